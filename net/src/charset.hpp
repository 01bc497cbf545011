#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::net {

struct charset;

/// The charset of a label in lower case; null when it is none of those that the WHATWG Encoding standard names, nor UTF-32.
/// A server chooses the label, so what else the C library can read stays out of its reach.
const charset* find_charset(std::string_view label) noexcept;

/// Whether text that calls itself so is UTF-8 when it reads as UTF-8: UTF-8 itself, and the labels that servers write by
/// default without knowing (US-ASCII, ISO-8859-1, windows-1252).
bool may_be_utf8(const charset& of) noexcept;
/// UTF-16 and UTF-32: text in it is no text byte by byte.
bool is_wide(const charset& of) noexcept;

/// Turns text of one charset into UTF-8, piece by piece. What is illegal becomes U+FFFD; a byte order mark is left out. UTF-16
/// and UTF-32 without a mark and an order in their name are little-endian, unless the first character is ASCII in the other.
/// It makes at most three bytes of each.
class charset_decoder {
 public:
  /// Nothing when the C library lacks the charset.
  static std::optional<charset_decoder> of(const charset& from);

  void feed(std::string_view bytes, std::string& out);
  /// Nothing more comes: what is unfinished becomes U+FFFD.
  void finish(std::string& out);

 private:
  struct closer { void operator()(void* converter) const noexcept; };

  explicit charset_decoder(const charset& from);
  bool open(const char* name);
  void choose_order();
  void convert(std::string_view bytes, std::string& out);
  void convert_utf8(std::string_view bytes, std::string& out);
  void give_back(std::string& out);

  const charset* from_;
  std::unique_ptr<void, closer> converter_;  // null: UTF-8
  std::string rest_;     // the beginning of a character
  bool order_is_open_;
  bool at_start_ = true;
};

/// The whole of a text; nothing when the C library lacks the charset.
std::optional<std::string> to_utf8(std::string_view bytes, const charset& from);

}  // namespace utcp::net
