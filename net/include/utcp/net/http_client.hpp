#pragma once

#include <utcp/net/http_message.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::net {

class http_engine;
class http_transfer;
struct plain_exchange;

struct http_client_options {
  http_client_options() = default;

  std::size_t max_connections = 256;           ///< kept open in all
  std::size_t max_connections_per_host = 128;  ///< more requests wait for a free one
  std::chrono::milliseconds connect_timeout{20'000};
  /// How long a wait polls at most before it sleeps, where that brings answers sooner. 0: never. Not done with a single CPU.
  std::chrono::microseconds poll_for{100};
  std::size_t stream_window_bytes = 128u << 10;  ///< buffered of a stream before the peer is held back
  connection_ptr connection;                   ///< of requests that bring none; null: the defaults
  bool libcurl_only = false;                   ///< plain http to this machine and to addresses goes through libcurl too
  std::vector<std::string> resolve;            ///< "host:port:address", looked at before the resolver
  /// What an address counts as; empty: net::scope_of.
  std::function<address_scope(const boost::asio::ip::address&)> scope_of;
};

/// A response body, pulled. Destruction cancels the transfer.
class http_body_stream {
 public:
  /// One of the two is null.
  http_body_stream(std::shared_ptr<http_engine> engine, http_transfer* transfer, plain_exchange* plain) noexcept;
  http_body_stream(http_body_stream&&) = delete;
  ~http_body_stream();

  /// The bytes that came since the last call, at least one; nothing at the end. One read at a time. Back-pressure: what is
  /// not read stays in the peer beyond `stream_window_bytes`. Fails as `http_client::send`.
  task<result<std::optional<std::string>>> read();

 private:
  std::shared_ptr<http_engine> engine_;
  http_transfer* transfer_;
  plain_exchange* plain_;
};

struct http_stream {
  http_head head;
  http_request request;  ///< what was sent
  std::unique_ptr<http_body_stream> body;
};

/// Sends HTTP requests over kept connections: HTTP/1.1, and HTTP/2 when a TLS server offers it. Certificates are verified;
/// compressed bodies are decompressed; nothing but http and https is spoken. Which engine sends what: docs/adr/0006-plain-http.md.
///
/// Not thread-safe. Everything runs on the executor it was made with, which must be a strand or have one thread; call from
/// there only. Operations honour asio's cancellation at any moment and then fail with errc::cancelled. Nothing keeps the
/// executor busy while no request is under way. Requests under way keep the engine alive.
class http_client {
 public:
  http_client(boost::asio::any_io_executor executor, const http_client_options& options);
  explicit http_client(boost::asio::any_io_executor executor);
  ~http_client();
  http_client(http_client&&) = delete;

  /// The whole response. Any status is a success here.
  /// Fails with errc::timed_out (deadline), cancelled, connection_failed (resolve, connect, TLS, reset, closed early),
  /// too_large (body beyond the limit, header fields beyond 256 KiB), protocol_error, invalid_argument (bad header),
  /// invalid_config (certificate or key files that cannot be used), not_allowed (public_addresses_only), unsupported (a body with
  /// HEAD), and what an upload's source fails with. Messages show the URL without its query.
  task<result<http_response>> send(http_request request);

  /// The response as soon as its header fields are there; the body is pulled. The deadline holds until then, the size limit
  /// for all that is read. Fails as `send`.
  task<result<http_stream>> open(http_request request);

 private:
  std::shared_ptr<http_engine> engine_;
};

}  // namespace utcp::net
