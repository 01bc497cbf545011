#include "tokens.hpp"

#include "code_points.hpp"
#include "word_ranges.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace utcp::search_detail {
namespace {

/// A locale of our own, so that the program's setlocale changes nothing. Null where the system has no UTF-8 locale: then
/// only ASCII is lower-cased.
locale_t utf8_locale() {
  static const locale_t made = [] {
    for (const char* name : {"C.UTF-8", "C.utf8", "en_US.UTF-8"})
      if (const locale_t found = newlocale(LC_CTYPE_MASK, name, nullptr)) return found;
    return locale_t{};
  }();
  return made;
}

bool is_cased(std::uint32_t code) {
  const locale_t locale = utf8_locale();
  return locale && (towlower_l(code, locale) != code || towupper_l(code, locale) != code);
}

/// Unicode's Case_Ignorable as far as it stands beside Greek letters: marks, modifiers, and punctuation inside words.
bool is_case_ignorable(std::uint32_t code) {
  if (code >= 0x2B0 && code <= 0x36F) return true;
  if (code >= 0x200B && code <= 0x200F) return true;
  static constexpr std::uint32_t singles[] = {'\'',   '.',    ':',    '^',    '`',    0xA8,   0xAD,   0xAF,   0xB4,  0xB7,
                                              0xB8,   0x37A,  0x384,  0x385,  0x387,  0x2018, 0x2019, 0x2024, 0x2027};
  return std::ranges::find(singles, code) != std::end(singles);
}

/// A sigma at the end of a word is written ς; Python lower-cases Σ to it there.
bool is_final(const std::u32string& text, std::size_t at) {
  std::size_t before = at;
  while (before > 0 && is_case_ignorable(text[before - 1])) --before;
  if (before == 0 || !is_cased(text[before - 1])) return false;
  std::size_t after = at + 1;
  while (after < text.size() && is_case_ignorable(text[after])) ++after;
  return after == text.size() || !is_cased(text[after]);
}

std::string lower_beyond_ascii(std::string_view text) {
  std::u32string codes;
  codes.reserve(text.size());
  while (!text.empty()) {
    const auto [code, size] = decode(text);
    codes.push_back(code);
    text.remove_prefix(size);
  }
  constexpr char32_t capital_sigma = 0x3A3;
  constexpr char32_t dotted_capital_i = 0x130;  // two code points in lower case, which towlower cannot say
  const locale_t locale = utf8_locale();
  std::string out;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const char32_t code = codes[i];
    if (code < 0x80) {
      out.push_back(static_cast<char>(code >= 'A' && code <= 'Z' ? code + 32 : code));
    } else if ((code & invalid_code) != 0 || !locale) {
      encode(code, out);
    } else if (code == dotted_capital_i) {
      out += "i\u0307";
    } else if (code == capital_sigma) {
      encode(is_final(codes, i) ? 0x3C2 : 0x3C3, out);
    } else {
      encode(towlower_l(code, locale), out);
    }
  }
  return out;
}

}  // namespace

bool is_word_character(std::uint32_t code) {
  if (code < 0x80) return code == '_' || (code >= '0' && code <= '9') || ((code | 32u) >= 'a' && (code | 32u) <= 'z');
  const auto* after = std::upper_bound(std::begin(word_ranges), std::end(word_ranges), code,
                                       [](std::uint32_t c, const code_point_range& range) { return c < range.first; });
  return after != std::begin(word_ranges) && code <= std::prev(after)->last;
}

std::string lower(std::string_view text) {
  std::string out(text);
  unsigned char seen = 0;
  for (char& c : out) {
    seen |= static_cast<unsigned char>(c);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return seen < 0x80 ? out : lower_beyond_ascii(text);
}

word next_word(std::string_view& rest) {
  decoded here{};
  std::size_t begin = 0;
  for (; begin < rest.size(); begin += here.size) {
    here = decode(rest.substr(begin));
    if (is_word_character(here.code)) break;
  }
  std::size_t end = begin;
  word found;
  for (; end < rest.size(); end += here.size, ++found.code_points) {
    here = decode(rest.substr(end));
    if (!is_word_character(here.code)) break;
  }
  found.text = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return found;
}

}  // namespace utcp::search_detail
