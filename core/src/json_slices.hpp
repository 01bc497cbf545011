#pragma once

#include <cstring>
#include <string_view>

namespace utcp {

/// Cuts JSON text into its values without reading them. What it cuts from must be checked by a parser, before or after: it
/// follows quotes and brackets only.
class json_slicer {
 public:
  explicit json_slicer(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Whether `c` comes next, after white space; takes it then.
  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool at_end() {
    skip_space();
    return at_ == end_;
  }

  /// The text of the next value; empty when there is none or it does not end.
  std::string_view value() {
    skip_space();
    const char* begin = at_;
    if (at_ == end_) return {};
    if (*at_ == '"') {
      if (!skip_string()) return {};
    } else if (*at_ == '{' || *at_ == '[') {
      if (!skip_container()) return {};
    } else {
      while (at_ != end_ && !is_space(*at_) && *at_ != ',' && *at_ != ']' && *at_ != '}' && *at_ != ':') ++at_;
    }
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }

  bool skip_string() {
    const char* opening = at_++;
    while (at_ != end_) {
      at_ = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (!at_) break;
      const char* before = at_ - 1;
      while (before != opening && *before == '\\') --before;
      ++at_;
      if ((at_ - before) % 2 == 0) return true;  // an even number of backslashes: the quote ends the string
    }
    at_ = end_;
    return false;
  }

  bool skip_container() {
    std::size_t depth = 0;
    while (at_ != end_) {
      const char c = *at_;
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      else if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  const char* at_;
  const char* end_;
};

}  // namespace utcp
