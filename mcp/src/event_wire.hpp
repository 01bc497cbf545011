#pragma once

#include "completion.hpp"
#include "http_channel.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <map>

namespace utcp::mcp {

/// HTTP+SSE: all answers come over one stream, whose first event says where to post. Source: MCP 2024-11-05, "HTTP with SSE".
class event_wire final : public wire, public std::enable_shared_from_this<event_wire> {
 public:
  /// Opens the stream and waits for its `endpoint` event, at most until `deadline`. Fails with errc::protocol_error when it is no such
  /// stream, and errc::not_allowed for an endpoint of another origin: credentials go there. The body of a refusal is read only when
  /// its words are wanted: it may never end.
  static task<result<std::shared_ptr<wire>>> open(std::shared_ptr<http_channel> channel, time_point deadline, bool want_words);
  explicit event_wire(std::shared_ptr<http_channel> channel) : channel_(std::move(channel)), context_(channel_->context()) {}

  void send(outgoing what) override;
  task<result<void>> tell(std::string message) override;
  void abandon(std::int64_t id) override;
  void agreed(const std::string& revision, bool) override { revision_ = revision; }
  task<void> close() override;

 private:
  struct drop_guard;
  using signal = boost::asio::cancellation_signal;

  static task<void> read_all(std::shared_ptr<event_wire> self, std::shared_ptr<net::http_body_stream> body);
  static task<void> run_read(std::shared_ptr<event_wire> self, std::shared_ptr<net::http_body_stream> body);
  static task<void> run_send(std::shared_ptr<event_wire> self, outgoing what);
  static task<result<void>> post(std::shared_ptr<event_wire> self, std::string message, time_point deadline, std::optional<std::int64_t> for_request);
  static task<void> close_down(std::shared_ptr<event_wire> self);

  result<void> take_endpoint(const std::string& reference);
  void take_message(const std::string& text);

  std::shared_ptr<http_channel> channel_;
  wire_context context_;
  std::optional<net::url> endpoint_;
  std::shared_ptr<occasion> ready_;
  std::shared_ptr<occasion> ended_;
  std::shared_ptr<signal> reading_;
  std::map<std::int64_t, std::shared_ptr<signal>> posting_;
  std::string revision_;
  bool closing_ = false;
};

}  // namespace utcp::mcp
