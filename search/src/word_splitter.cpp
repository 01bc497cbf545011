#include "word_splitter.hpp"

#include "code_points.hpp"
#include "tokens.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#ifdef UTCP_WITH_UTF8PROC
#include <utf8proc.h>
#endif

namespace utcp::search_detail {
namespace {

enum class kind : unsigned char { other, lower, upper, digit, unspaced };

constexpr std::array<kind, 128> ascii_kinds = [] {
  std::array<kind, 128> out{};
  for (char c = 'a'; c <= 'z'; ++c) out[static_cast<std::size_t>(c)] = kind::lower;
  for (char c = 'A'; c <= 'Z'; ++c) out[static_cast<std::size_t>(c)] = kind::upper;
  for (char c = '0'; c <= '9'; ++c) out[static_cast<std::size_t>(c)] = kind::digit;
  return out;
}();

/// Han, kana, Hangul, bopomofo, Yi, and the scripts of South-East Asia that put no spaces between words.
bool is_unspaced(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  return within(0x0E00, 0x0EFF) || within(0x1000, 0x109F) || within(0x1780, 0x17FF) || within(0x3005, 0x3007) || within(0x3040, 0x30FF) ||
         within(0x3100, 0x312F) || within(0x31A0, 0x31BF) || within(0x31F0, 0x31FF) || within(0x3400, 0x4DBF) || within(0x4E00, 0x9FFF) ||
         within(0xA000, 0xA48F) || within(0xAC00, 0xD7A3) || within(0xF900, 0xFAFF) || within(0xFF66, 0xFF9F) || within(0x2'0000, 0x3'FFFF);
}

/// Marks that are dropped: accents and the points of Hebrew and Arabic. Vowel signs of other scripts stay.
bool is_mark(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  return within(0x0300, 0x036F) || within(0x0591, 0x05C7) || within(0x064B, 0x065F) || code == 0x0670 || within(0x1AB0, 0x1AFF) ||
         within(0x1DC0, 0x1DFF) || within(0x20D0, 0x20FF) || within(0x3099, 0x309C) || within(0xFE00, 0xFE0F) || code == 0x0640;
}

#ifdef UTCP_WITH_UTF8PROC
kind kind_of(std::uint32_t code) {
  if (code < 0x80) return ascii_kinds[code];
  if ((code & invalid_code) != 0) return kind::other;
  if (is_unspaced(code)) return is_word_character(code) || is_mark(code) ? kind::unspaced : kind::other;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT: return kind::upper;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return kind::digit;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC: return kind::lower;
    case UTF8PROC_CATEGORY_SO: return code >= 0x1'F000 && code < 0x2'0000 ? kind::unspaced : kind::other;  // emoji
    default: return kind::other;
  }
}

void fold(std::uint32_t code, std::string& to) {
  std::array<utf8proc_int32_t, 32> parts{};
  int last_class = 0;
  const auto how = static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  // The syllables of Hangul stay whole.
  const auto count = code >= 0xAC00 && code <= 0xD7A3 ? -1
                                                      : utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts.data(),
                                                                                static_cast<utf8proc_ssize_t>(parts.size()), how, &last_class);
  if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
    encode(code, to);
    return;
  }
  for (utf8proc_ssize_t i = 0; i < count; ++i)
    if (const auto part = static_cast<std::uint32_t>(parts[static_cast<std::size_t>(i)]); !is_mark(part)) encode(part, to);
}
#else
kind kind_of(std::uint32_t code) {
  if (code < 0x80) return ascii_kinds[code];
  if ((code & invalid_code) != 0) return kind::other;
  if (is_unspaced(code)) return is_word_character(code) || is_mark(code) ? kind::unspaced : kind::other;
  if (code >= 0x1'F000 && code < 0x2'0000) return kind::unspaced;
  if (is_mark(code)) return kind::lower;
  return is_word_character(code) ? kind::lower : kind::other;
}

void fold(std::uint32_t code, std::string& to) {
  if (is_mark(code)) return;
  std::string one;
  encode(code, one);
  to += lower(one);
}
#endif

bool is_connector(std::uint32_t code) {
  return code == '_' || code == '-' || code == '.' || code == '/' || code == ':' || code == 0x2010 || code == 0x2011;
}

bool is_apostrophe(std::uint32_t code) { return code == '\'' || code == 0x2019; }

}  // namespace

void word_splitter::add_piece(std::size_t begin, std::size_t size, bool whole) {
  if (size == 0) return;
  if (size > max_word_bytes) {
    size = max_word_bytes;
    while (size > 0 && (static_cast<unsigned char>(folded_[begin + size]) & 0xC0) == 0x80) --size;  // not within a character
  }
  pieces_.push_back({begin, size, whole});
}

void word_splitter::end_part() {
  add_piece(part_begin_, folded_.size() - part_begin_, false);
  part_begin_ = folded_.size();
}

void word_splitter::add_whole(std::size_t first_piece) {
  // The parts stand side by side in `folded_`, so the whole is there already.
  if (pieces_.size() < first_piece + 2) return;
  const std::size_t begin = pieces_[first_piece].begin;
  if (folded_.size() - begin <= max_word_bytes) add_piece(begin, folded_.size() - begin, true);
}

/// Reads one word with its connectors: `getUser-2`. Stops before what can follow no word.
std::size_t word_splitter::read_word(std::string_view text) {
  const std::size_t first_piece = pieces_.size();
  part_begin_ = folded_.size();
  kind before = kind::other;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto [code, size] = decode(text.substr(at));
    const kind now = kind_of(code);
    if (now == kind::other || now == kind::unspaced) {
      const std::size_t after = at + size;
      const kind next = after < text.size() ? kind_of(decode(text.substr(after)).code) : kind::other;
      if (next == kind::other || next == kind::unspaced || now == kind::unspaced) break;
      if (is_apostrophe(code)) {
        // What follows (`'s`, `'t`, `'ll`) says nothing.
        at = after;
        while (at < text.size()) {
          const auto [skipped, skipped_size] = decode(text.substr(at));
          if (kind_of(skipped) != kind::lower && kind_of(skipped) != kind::upper) break;
          at += skipped_size;
        }
        break;
      }
      if (!is_connector(code)) break;
      end_part();
      before = kind::other;
      at = after;
      continue;
    }
    const bool starts_digits = (now == kind::digit) != (before == kind::digit);
    bool starts_word = now == kind::upper && before == kind::lower;
    if (now == kind::upper && before == kind::upper && at + size < text.size())  // the P of HTTPProxy
      starts_word = kind_of(decode(text.substr(at + size)).code) == kind::lower;
    if (before != kind::other && (starts_digits || starts_word)) end_part();
    if (code < 0x80) folded_.push_back(static_cast<char>(now == kind::upper ? code + 32 : code));
    else fold(code, folded_);
    before = now;
    at += size;
  }
  end_part();
  add_whole(first_piece);
  return at;
}

std::size_t word_splitter::read_unspaced(std::string_view text) {
  bounds_.clear();
  std::size_t at = 0;
  while (at < text.size()) {
    const auto [code, size] = decode(text.substr(at));
    if (kind_of(code) != kind::unspaced) break;
    const std::size_t begin = folded_.size();
    fold(code, folded_);
    if (folded_.size() > begin) bounds_.push_back(begin);
    at += size;
  }
  bounds_.push_back(folded_.size());
  const std::size_t characters = bounds_.size() - 1;
  if (characters == 1) add_piece(bounds_[0], bounds_[1] - bounds_[0], false);
  for (std::size_t i = 0; i + 2 <= characters; ++i) add_piece(bounds_[i], bounds_[i + 2] - bounds_[i], false);
  part_begin_ = folded_.size();
  return at;
}

bool word_splitter::next_run(std::string_view text, std::size_t& at) {
  folded_.clear();
  pieces_.clear();
  while (at < text.size()) {
    const auto [code, size] = decode(text.substr(at));
    const kind now = kind_of(code);
    if (now == kind::other) {
      at += size;
      continue;
    }
    at += now == kind::unspaced ? read_unspaced(text.substr(at)) : read_word(text.substr(at));
    return true;
  }
  return false;
}

}  // namespace utcp::search_detail
