#include <utcp/net/sse_decoder.hpp>

#include <utcp/utf8.hpp>

#include <charconv>

namespace utcp::net {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The same text with U+FFFD for each byte that is not part of UTF-8.
std::string repaired(std::string text) {
  const std::size_t fine = utf8_prefix_size(text);
  if (fine == text.size()) return text;
  std::string out = text.substr(0, fine);
  for (std::string_view rest = std::string_view(text).substr(fine); !rest.empty();) {
    const std::size_t size = utf8_sequence_size(rest);
    out += size ? rest.substr(0, size) : std::string_view("\xEF\xBF\xBD");
    rest.remove_prefix(size ? size : 1);
  }
  return out;
}

}  // namespace

void sse_decoder::feed(std::string_view bytes) {
  if (at_ > 0) {  // what has been read makes room
    buffer_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
  }
  buffer_ += bytes;
}

void sse_decoder::reconnect() {
  buffer_.clear();
  at_ = searched_ = 0;
  at_start_ = true;
  skip_lf_ = false;
  type_.clear();
  data_.clear();
  id_ = last_id_;
}

// A line without its end; nothing when none is complete. A CR ends a line at once: an LF may follow much later, or never.
std::optional<std::string_view> sse_decoder::take_line() {
  if (at_start_) {
    const std::string_view begin(buffer_);
    if (begin.size() < byte_order_mark.size() && byte_order_mark.starts_with(begin)) return std::nullopt;
    at_start_ = false;
    if (begin.starts_with(byte_order_mark)) at_ = searched_ = byte_order_mark.size();
  }
  if (skip_lf_ && at_ < buffer_.size()) {
    skip_lf_ = false;
    if (buffer_[at_] == '\n') searched_ = ++at_;
  }
  const std::size_t end = buffer_.find_first_of("\r\n", searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
  skip_lf_ = buffer_[end] == '\r';
  at_ = searched_ = end + 1;
  return line;
}

result<std::optional<sse_event>> sse_decoder::next() {
  while (!too_large_) {
    const auto line = take_line();
    if (!line) {
      too_large_ = data_.size() + (buffer_.size() - at_) > max_event_bytes_;
      if (too_large_) break;
      return std::optional<sse_event>();
    }
    if (line->empty()) {
      if (auto event = dispatch()) return event;
      continue;
    }
    take_field(*line);
    too_large_ = data_.size() > max_event_bytes_;
  }
  return error(errc::too_large, "an event of the stream is larger than " + std::to_string(max_event_bytes_) + " bytes");
}

void sse_decoder::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    std::uint32_t ms = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), ms);
    if (!value.empty() && ec == std::errc() && end == value.data() + value.size()) retry_ = std::chrono::milliseconds(ms);
  }
}

std::optional<sse_event> sse_decoder::dispatch() {
  last_id_ = id_;
  if (data_.empty()) {
    type_.clear();
    return std::nullopt;
  }
  data_.pop_back();  // the LF after the last line
  sse_event event;
  event.data = repaired(std::exchange(data_, std::string()));
  if (!type_.empty()) event.type = repaired(std::exchange(type_, std::string()));
  event.last_id = repaired(last_id_);
  return event;
}

}  // namespace utcp::net
