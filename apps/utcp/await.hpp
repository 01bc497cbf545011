#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace utcp::app {

/// An event loop for one operation at a time, which Ctrl-C or a deadline cancels. An operation that does not end within two
/// seconds of its cancellation is given up.
class event_loop {
 public:
  event_loop();
  /// Lets what is left end, for at most `client_end_patience`; a quarter of a second when an operation was given up.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  boost::asio::any_io_executor executor() { return context_.get_executor(); }

  /// Operations that run in this time from now, and those begun later, are cancelled. Without a time: never.
  void cancel_after(std::optional<std::chrono::milliseconds> time);
  bool is_late() const { return late_; }

  /// Starts the operation with a completion token and runs until it completes with a T; nothing when it was given up.
  template <class T, class Start>
  std::optional<T> wait(Start start) {
    auto answer = std::make_shared<std::optional<T>>();
    start(boost::asio::bind_cancellation_slot(cancel_.slot(), [answer](T value) { answer->emplace(std::move(value)); }));
    run_until([&] { return answer->has_value(); });
    return std::move(*answer);
  }

 private:
  void run_until(const std::function<bool()>& done);
  void cancel();

  boost::asio::io_context context_{1};
  boost::asio::cancellation_signal cancel_;
  boost::asio::posix::stream_descriptor interrupts_;
  boost::asio::steady_timer patience_;
  boost::asio::steady_timer deadline_;
  bool late_ = false;
  bool given_up_ = false;
};

}  // namespace utcp::app
