#pragma once

#include <utcp/error.hpp>
#include <utcp/json.hpp>
#include <utcp/net/http_message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace utcp::net {

/// Bytes that are either a view of an argument, which must outlive this, or its own.
class content {
 public:
  content() = default;
  static content of(std::string_view text) {
    content out;
    out.borrowed_ = text;
    return out;
  }
  static content owning(std::string text) {
    content out;
    out.owned_ = std::move(text);
    return out;
  }
  std::string_view view() const noexcept { return owned_ ? std::string_view(*owned_) : borrowed_; }

 private:
  std::string_view borrowed_;
  std::optional<std::string> owned_;
};

/// A file in the arguments: {"filename", "content_type", "headers", "data": text or binary, or "base64": text}, or a binary value.
struct file_value {
  std::string filename;      ///< empty: not said
  std::string content_type;  ///< as said, else guessed by the file's name; empty: neither
  content data;
  bool is_bytes = false;     ///< came as bytes or base64, not as text
  http_header_list headers;  ///< of the part that it becomes
};

/// Whether the value is a file: binary, or an object of the keys above only, with "base64", binary "data", or "data" and
/// another of them.
bool is_file(const json& value);
/// Whether it is a file that no JSON text can say: binary, or an object of the keys above with binary "data".
bool is_binary_file(const json& value);

/// Reads what is_file() is true for. `where` names it in messages.
/// Fails with errc::invalid_argument: both "data" and "base64", bad base64, a wrong type, a line break in "content_type" or a header,
/// a header that says what the part is.
result<file_value> read_file(const json& value, const std::string& where);

}  // namespace utcp::net
