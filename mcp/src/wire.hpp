#pragma once

#include <utcp/mcp/message.hpp>
#include <utcp/mcp/session_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace utcp::mcp {

/// For what the peer is only told: how long its taking of it may last.
constexpr std::chrono::seconds tell_patience{30};

/// A request that is ready to be sent.
struct outgoing {
  outgoing() = default;

  std::int64_t id = 0;
  std::string message;                       ///< JSON text
  std::string method;
  std::string name;                          ///< for `Mcp-Name`; empty: none
  std::vector<net::http_header> parameters;  ///< `Mcp-Param-*`
  time_point deadline = time_point::max();   ///< by the session's clock
};

/// Where a wire puts what comes in. Called on the session's executor.
class wire_sink {
 public:
  virtual ~wire_sink() = default;
  /// `status` is the HTTP status that it came with, or 0.
  virtual void on_message(message what, int status) = 0;
  /// A request will get no answer.
  virtual void on_failed(std::int64_t id, error why) = 0;
  /// While held, the request's time without an answer does not count: a person is asked for authorization. 0: no request waits.
  virtual void on_held(std::int64_t id, bool held) = 0;
  /// The server is gone; no request under way will get an answer.
  virtual void on_lost(error why) = 0;
  /// The executor is gone: nothing may be completed any more, only dropped.
  virtual void on_dropped() noexcept = 0;
  virtual void on_notice(std::string what) = 0;
};

/// What all wires are made with.
struct wire_context {
  wire_context() = default;

  boost::asio::any_io_executor executor;
  std::weak_ptr<wire_sink> sink;
  std::shared_ptr<const session_options> options;
};

/// How messages travel. Answers come to the sink.
class wire {
 public:
  virtual ~wire() = default;

  virtual void send(outgoing what) = 0;
  /// A notification, or an answer to the server. Completes when it is on its way; over HTTP when the server took it.
  virtual task<result<void>> tell(std::string message) = 0;
  /// Nobody waits for that request any more.
  virtual void abandon(std::int64_t id) = 0;
  /// Whether `abandon` also tells the server; else `notifications/cancelled` does.
  virtual bool abandoning_cancels() const noexcept { return false; }
  /// What was agreed on: from now on messages are of this revision.
  virtual void agreed(const std::string& /*revision*/, bool /*modern*/) {}
  /// Whether messages carry a session's id that the server gave.
  virtual bool has_session() const noexcept { return false; }
  /// Opens the stream for what the server says on its own, where the wire needs one.
  virtual void listen() {}
  /// Ends the server or the conversation with it, politely. The sink hears no more.
  virtual task<void> close() = 0;
};

}  // namespace utcp::mcp
