#pragma once

#include <utcp/net/http_message.hpp>

#include <memory>
#include <string_view>

namespace utcp::net {

/// Reads the response to one request from the bytes of an HTTP/1.0 or 1.1 connection, with Boost.Beast's parser; no I/O.
/// Source: RFC 9112. Informational answers are passed over, trailer fields too; the body is decoded.
class response_reader {
 public:
  response_reader();
  ~response_reader();
  response_reader(response_reader&&) = delete;

  /// Forgets what was read. `request` is referred to until the next begin. `in_pieces`: the body is to be taken as it comes; then a
  /// body that was compressed more than once is refused, since each coding multiplies what few bytes may become.
  void begin(const http_request& request, bool in_pieces = false);
  /// True when the response is complete; then nothing more may be fed.
  /// Fails with errc::too_large (body, header fields, one header line), protocol_error.
  result<bool> feed(std::string_view bytes);
  /// The peer has closed. Fails with errc::connection_failed when that cut the response off.
  result<void> end();

  bool started() const noexcept;        ///< a byte has come
  bool head_complete() const noexcept;
  /// After a failure with protocol_error: whether a more lenient reader might make sense of the response.
  bool may_be_readable() const noexcept;
  /// Whether another request may be sent over the connection, once the response is complete.
  bool keeps_connection() const noexcept;
  /// What was read, with no request in it.
  http_response take();

  // Piece by piece, for streams.
  http_head take_head();          ///< once it is complete
  std::size_t body_size() const noexcept;  ///< of what was read and not taken
  std::string take_body();
  bool is_coded() const noexcept;  ///< the body is decompressed

 private:
  struct message;
  std::unique_ptr<message> message_;
};

}  // namespace utcp::net
