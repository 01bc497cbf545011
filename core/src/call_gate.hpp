#pragma once

#include "breaker_state.hpp"
#include "token_bucket.hpp"

#include <utcp/call_limits.hpp>
#include <utcp/clock.hpp>
#include <utcp/task.hpp>
#include <utcp/transport.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <string>

namespace utcp {

class call_gate;

/// The right to one call. Destruction gives the place back; without `judge` nothing is learnt of the server, unless the
/// deadline has passed. An empty permit does nothing.
class call_permit {
 public:
  call_permit() = default;
  call_permit(std::shared_ptr<call_gate> gate, breaker_state::ticket ticket, time_point deadline);
  call_permit(call_permit&& other) noexcept = default;
  call_permit& operator=(call_permit&& other) noexcept;
  ~call_permit() { release(); }

  /// What the call tells of the server; an error without a code: it answered. Only the first counts.
  void judge(const error& outcome);
  void release();
  explicit operator bool() const noexcept { return gate_ != nullptr; }

 private:
  std::shared_ptr<call_gate> gate_;
  breaker_state::ticket ticket_ = 0;
  time_point deadline_ = time_point::max();
  bool judged_ = false;
};

/// Holds the calls of one manual to its limits. Those that wait are served in the order they came. Lives on the client's strand.
class call_gate : public std::enable_shared_from_this<call_gate> {
 public:
  call_gate(std::string manual, const call_limits& limits, std::shared_ptr<clock> clock, boost::asio::any_io_executor strand);

  /// Waits for a turn. Fails with errc::unavailable while the breaker is open; with errc::rate_limited at once when the
  /// rate gives no turn before the deadline; with errc::timed_out when no place was free in time; with errc::cancelled.
  task<result<call_permit>> enter(time_point deadline);

 private:
  friend class call_permit;
  struct waiter {
    explicit waiter(const boost::asio::any_io_executor& e) : bell(e, time_point::max()) {}
    boost::asio::steady_timer bell;  // never expires: `cancel` is the signal
    bool granted = false;
  };
  using line = std::list<std::shared_ptr<waiter>>;
  class place_in_line;

  bool has_place() const noexcept { return limits_.max_concurrent_calls == 0 || active_ < limits_.max_concurrent_calls; }
  void take(time_point now);
  void leave();
  void serve();
  error refusal(time_point now) const;
  error too_many() const;
  error too_fast(time_point now, std::size_t ahead) const;
  void judge(breaker_state::ticket ticket, const error& outcome, time_point deadline);

  const std::string manual_;
  const call_limits limits_;
  const std::shared_ptr<clock> clock_;
  const boost::asio::any_io_executor strand_;
  const std::unique_ptr<alarm> alarm_;
  token_bucket tokens_;
  breaker_state breaker_;
  std::size_t active_ = 0;
  line waiting_;
};

/// A stream that keeps its permit until it ends.
std::unique_ptr<tool_stream> hold_while_open(std::unique_ptr<tool_stream> inner, call_permit permit);

}  // namespace utcp
