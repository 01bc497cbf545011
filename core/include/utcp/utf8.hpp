#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace utcp {

/// How many bytes the UTF-8 sequence at the front of a text takes; 0 if there is none (RFC 3629).
inline std::size_t utf8_sequence_size(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates, and what is beyond U+10FFFF show in the second byte.
  const unsigned char next = byte(1);
  const bool bad = (lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F) || (lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F);
  return bad ? 0 : size;
}

/// How many bytes at the front of a text are UTF-8.
inline std::size_t utf8_prefix_size(std::string_view text) noexcept {
  std::size_t at = 0;
  for (;;) {
    for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {  // most text is ASCII
      std::memcpy(&word, text.data() + at, sizeof word);
      if (word & 0x8080808080808080u) break;
    }
    const std::size_t size = utf8_sequence_size(text.substr(at));
    if (size == 0) return at;
    at += size;
  }
}

inline bool is_utf8(std::string_view text) noexcept { return utf8_prefix_size(text) == text.size(); }

}  // namespace utcp
