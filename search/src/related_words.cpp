#include "related_words.hpp"

#include <cstring>
#include <optional>

#ifdef UTCP_RELATED_WORDS_FILE
// The table is made by related_words_table when the project is built. It is read where it lies; nothing is copied.
__asm__(
    ".section .rodata\n"
    ".balign 8\n"
    ".hidden utcp_related_words_begin\n"
    ".globl utcp_related_words_begin\n"
    "utcp_related_words_begin:\n"
    ".incbin \"" UTCP_RELATED_WORDS_FILE "\"\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const unsigned char utcp_related_words_begin[];
#endif

namespace utcp::search_detail {
namespace {

#ifdef UTCP_RELATED_WORDS_FILE
const unsigned char* table() { return utcp_related_words_begin; }
#else
const unsigned char* table() {
  static constexpr unsigned char none[16] = {};
  return none;
}
#endif

std::uint32_t number_at(std::size_t byte) {
  std::uint32_t out = 0;
  std::memcpy(&out, table() + byte, sizeof out);
  return out;
}

// uint32 words, uint32 entries; then for each word and one more: uint32 begin of its text, uint32 begin of its list; then for
// each entry uint16 word; then for each entry uint8 nearness of 255; then the texts, sorted.
std::uint32_t words() { return number_at(0); }
std::size_t texts_at() { return 8 + std::size_t{words() + 1} * 8 + std::size_t{number_at(4)} * 3; }

std::string_view text(std::uint32_t word) {
  const std::uint32_t begin = number_at(8 + std::size_t{word} * 8);
  const std::uint32_t end = number_at(8 + std::size_t{word + 1} * 8);
  return {reinterpret_cast<const char*>(table()) + texts_at() + begin, end - begin};
}

std::optional<std::uint32_t> find(std::string_view stem) {
  std::uint32_t low = 0;
  std::uint32_t high = words();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (text(middle) < stem) low = middle + 1;
    else high = middle;
  }
  if (low < words() && text(low) == stem) return low;
  return std::nullopt;
}

}  // namespace

bool is_known_stem(std::string_view stem) { return find(stem).has_value(); }

std::vector<related_word> related_words(std::string_view stem) {
  std::vector<related_word> out;
  const auto word = find(stem);
  if (!word) return out;
  const std::size_t entries_at = 8 + std::size_t{words() + 1} * 8;
  const std::size_t nearness_at = entries_at + std::size_t{number_at(4)} * 2;
  const std::uint32_t begin = number_at(8 + std::size_t{*word} * 8 + 4);
  const std::uint32_t end = number_at(8 + std::size_t{*word + 1} * 8 + 4);
  for (std::uint32_t i = begin; i < end; ++i) {
    std::uint16_t other = 0;
    std::memcpy(&other, table() + entries_at + std::size_t{i} * 2, sizeof other);
    out.push_back({text(other), static_cast<float>(table()[nearness_at + i]) / 255.F});
  }
  return out;
}

}  // namespace utcp::search_detail
