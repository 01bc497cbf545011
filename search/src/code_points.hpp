#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace utcp::search_detail {

inline constexpr std::uint32_t invalid_code = 0x8000'0000;  // with the byte that is not UTF-8 in its low bits

struct decoded {
  std::uint32_t code;
  std::size_t size;
};

/// The code point at the front of text that is not empty.
inline decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {invalid_code | lead, 1};
  std::uint32_t code = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {invalid_code | lead, 1};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x1'0000);
  if (overlong || code > 0x10'FFFF || (code >= 0xD800 && code < 0xE000)) return {invalid_code | lead, 1};
  return {code, size};
}

/// Appends a code point as UTF-8, or the byte that was none.
inline void encode(std::uint32_t code, std::string& to) {
  const auto put = [&](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (code < 0x80 || (code & invalid_code) != 0) {
    put(code & 0xFF);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x1'0000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Whether a code point is matched by Python's `\w`.
bool is_word_character(std::uint32_t code);

}  // namespace utcp::search_detail
