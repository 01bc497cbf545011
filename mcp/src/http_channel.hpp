#pragma once

#include "wire.hpp"

#include <utcp/net/http_client.hpp>

namespace utcp::mcp {

/// One HTTP request to a server.
struct http_ask {
  http_ask() = default;

  std::string method = "POST";
  std::optional<net::url> target;                 ///< nothing: the server's own
  std::vector<net::http_header> headers;
  std::shared_ptr<const std::string> body;
  time_point deadline = time_point::max();        ///< by the session's clock; until the head of the answer
  bool whole = false;                             ///< the deadline also holds for the body
  std::optional<std::int64_t> for_request;        ///< whose time does not count while authorization is got
};

/// Sends requests to one server with its headers and credentials.
class http_channel : public std::enable_shared_from_this<http_channel> {
 public:
  /// Fails with errc::invalid_config and errc::not_allowed for the URL.
  static result<std::shared_ptr<http_channel>> make(http_server server, wire_context context);
  http_channel(http_server server, net::url target, wire_context context);

  /// Any status is a success; one of 401 or 403 is what remains after authorization.
  task<result<net::http_stream>> open(http_ask what);

  const net::url& target() const noexcept { return target_; }
  const wire_context& context() const noexcept { return context_; }

 private:
  static task<result<net::http_stream>> open_with(std::shared_ptr<http_channel> self, http_ask what);
  http_plan plan(http_ask what) const;
  void hold(const http_ask& what, bool held) const;

  http_server server_;
  net::redirect_rules rules_;
  net::url target_;
  wire_context context_;
};

/// The rest of a body. Fails with errc::too_large beyond `limit`, and as the stream.
task<result<std::string>> read_body(std::shared_ptr<net::http_body_stream> from, std::size_t limit);

/// Why an answer is a failure, with at most 64 KiB of `body` as its words.
error failure_of_status(net::http_request sent, net::http_head head, std::string body);

/// Of a stream: `Content-Type` without parameters.
std::string type_of(const net::http_head& head);

/// Whether an exception means that the coroutine was cancelled; else an error that names it.
error error_of_thrown(const std::exception& thrown);

}  // namespace utcp::mcp
