#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace utcp {

/// One code point of a text, and how many bytes it takes. A byte that begins no valid sequence counts as one code point by
/// itself, so that a text of such bytes cannot pass a limit.
struct code_point {
  char32_t value = 0;
  std::size_t bytes = 1;
};

/// The code point at `at`, which must be inside the text.
inline code_point decode_code_point(std::string_view text, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const std::size_t wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < wanted) return {0xFFFD, 1};
  char32_t value = first & (0xFFu >> (wanted + 1));
  for (std::size_t i = 1; i < wanted; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return {0xFFFD, 1};
    value = value << 6 | (next & 0x3Fu);
  }
  return {value, wanted};
}

inline std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size(); ++n) at += decode_code_point(text, at).bytes;
  return n;
}

/// The bytes that the first `n` code points take.
inline std::size_t bytes_of_code_points(std::string_view text, std::uint64_t n) noexcept {
  if (text.size() <= n) return text.size();
  std::size_t at = 0;
  for (; n > 0 && at < text.size(); --n) at += decode_code_point(text, at).bytes;
  return at;
}

}  // namespace utcp
