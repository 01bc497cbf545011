#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::mcp {

/// A line of a stream without its end.
struct line {
  std::string_view text;  ///< valid until the next call; of a line beyond the limit its first bytes
  std::string_view tail;  ///< of a line beyond the limit its last bytes
  bool cut = false;       ///< beyond the limit: the middle was dropped
};

/// Splits a stream of text into lines, whatever pieces it comes in. Keeps at most the limit and one piece. Sans-io.
class line_splitter {
 public:
  explicit line_splitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes), kept_bytes_(std::min<std::size_t>(max_line_bytes, 512)) {}

  void feed(std::string_view bytes);
  /// The next whole line, or nothing until more bytes come.
  std::optional<line> next();

 private:
  std::size_t max_line_bytes_;
  std::size_t kept_bytes_;    // of each end of a longer one; within the limit, so that the pieces make no difference
  std::string buffer_;
  std::size_t at_ = 0;        // the line begins here
  std::size_t searched_ = 0;  // no line end between at_ and here
  bool dropping_ = false;     // the line is beyond the limit already
  std::string head_;
  std::string tail_;
};

}  // namespace utcp::mcp
