#pragma once

#include "completion.hpp"
#include "http_channel.hpp"

#include <utcp/net/sse_decoder.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <map>

namespace utcp::mcp {

/// Streamable HTTP of both eras: each request is a POST of its own, whose answer is JSON or a stream of events.
/// Source: MCP 2025-11-25 and 2026-07-28, "Streamable HTTP".
class http_wire final : public wire, public std::enable_shared_from_this<http_wire> {
 public:
  explicit http_wire(std::shared_ptr<http_channel> channel) : channel_(std::move(channel)), context_(channel_->context()) {}

  void send(outgoing what) override;
  task<result<void>> tell(std::string message) override;
  void abandon(std::int64_t id) override;
  bool abandoning_cancels() const noexcept override { return modern_; }
  void agreed(const std::string& revision, bool modern) override;
  bool has_session() const noexcept override { return !session_.empty(); }
  void listen() override;
  task<void> close() override;

 private:
  /// A conversation over one request, with the means to stop it.
  struct exchange {
    boost::asio::cancellation_signal stop;
    std::unique_ptr<alarm> patience;
    std::int64_t id = 0;
    bool answered = false;
    bool told = false;  // the sink knows how it ended
  };
  struct drop_guard;
  /// An event stream that can be taken up again.
  struct event_stream;

  static task<void> run(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, outgoing what);
  static task<void> converse(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, outgoing what);
  static task<void> read_answer(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, net::http_stream answer);
  static task<void> read_events(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, net::http_stream answer, time_point deadline);
  static task<result<void>> resume(std::shared_ptr<http_wire> self, std::shared_ptr<event_stream> stream, time_point deadline);
  static task<void> follow(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one);
  static task<void> run_follow(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one);
  static task<result<void>> tell_now(std::shared_ptr<http_wire> self, std::string message);
  static task<void> close_down(std::shared_ptr<http_wire> self);

  http_ask ask_for(const char* method) const;
  void deliver(exchange& one, std::string_view text, int status);
  void fail(exchange& one, error why);
  result<void> deliver_events(exchange& one, event_stream& stream);

  std::shared_ptr<http_channel> channel_;
  wire_context context_;
  std::map<std::int64_t, std::shared_ptr<exchange>> running_;
  std::shared_ptr<exchange> listening_;
  std::string revision_;
  std::string session_;
  bool modern_ = false;
  bool closing_ = false;
};

}  // namespace utcp::mcp
