#pragma once

#include <utcp/error.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::net {

/// One event of an event stream. Texts are UTF-8; what was not is U+FFFD.
struct sse_event {
  std::string type = "message";
  std::string data;     ///< lines joined by LF
  std::string last_id;  ///< of this event or of the last one before it that had one
};

/// Decodes an event stream, whatever pieces it comes in. Does no input or output; not thread-safe.
/// Source: WHATWG HTML, "Server-sent events", sections "Parsing" and "Interpreting an event stream".
class sse_decoder {
 public:
  static constexpr std::size_t default_max_event_bytes = 16u << 20;

  explicit sse_decoder(std::size_t max_event_bytes = default_max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  /// Adds bytes as they came.
  void feed(std::string_view bytes);

  /// The next whole event, or nothing until more bytes come. What is unfinished at the stream's end is no event.
  /// Fails with errc::too_large for an event beyond the limit, and then for ever.
  result<std::optional<sse_event>> next();

  /// To be sent as `Last-Event-ID` when the connection is made anew; empty: none.
  const std::string& last_id() const noexcept { return last_id_; }
  /// How long the server wants clients to wait before that, when it has said so.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

  /// Begins a new connection: forgets the unfinished event, keeps `last_id` and `retry`.
  void reconnect();

 private:
  std::optional<std::string_view> take_line();
  void take_field(std::string_view line);
  std::optional<sse_event> dispatch();

  std::size_t max_event_bytes_;
  std::string buffer_;       // from at_ on: not looked at, or the beginning of a line
  std::size_t at_ = 0;
  std::size_t searched_ = 0;  // up to here no line ends after at_
  bool at_start_ = true;      // a byte order mark may come
  bool skip_lf_ = false;      // the last line ended with CR, which an LF may complete
  bool too_large_ = false;
  std::string type_;
  std::string data_;
  std::string id_;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace utcp::net
