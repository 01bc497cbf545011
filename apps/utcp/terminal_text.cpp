#include "terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace utcp::app {
namespace {

constexpr char32_t replacement = 0xFFFD;

struct range {
  char32_t first;
  char32_t last;
};

// East Asian Width W and F, and emoji shown as pictures (Unicode 15), joined where the gaps are unassigned.
constexpr std::array wide_ranges{
    range{0x1100, 0x115F},   range{0x231A, 0x231B},   range{0x2329, 0x232A},   range{0x23E9, 0x23EC},   range{0x23F0, 0x23F0},
    range{0x23F3, 0x23F3},   range{0x25FD, 0x25FE},   range{0x2614, 0x2615},   range{0x2648, 0x2653},   range{0x267F, 0x267F},
    range{0x2693, 0x2693},   range{0x26A1, 0x26A1},   range{0x26AA, 0x26AB},   range{0x26BD, 0x26BE},   range{0x26C4, 0x26C5},
    range{0x26CE, 0x26CE},   range{0x26D4, 0x26D4},   range{0x26EA, 0x26EA},   range{0x26F2, 0x26F3},   range{0x26F5, 0x26F5},
    range{0x26FA, 0x26FA},   range{0x26FD, 0x26FD},   range{0x2705, 0x2705},   range{0x270A, 0x270B},   range{0x2728, 0x2728},
    range{0x274C, 0x274C},   range{0x274E, 0x274E},   range{0x2753, 0x2755},   range{0x2757, 0x2757},   range{0x2795, 0x2797},
    range{0x27B0, 0x27B0},   range{0x27BF, 0x27BF},   range{0x2B1B, 0x2B1C},   range{0x2B50, 0x2B50},   range{0x2B55, 0x2B55},
    range{0x2E80, 0x303E},   range{0x3041, 0x33FF},   range{0x3400, 0x4DBF},   range{0x4E00, 0xA4CF},   range{0xA960, 0xA97F},
    range{0xAC00, 0xD7A3},   range{0xF900, 0xFAFF},   range{0xFE10, 0xFE19},   range{0xFE30, 0xFE6F},   range{0xFF00, 0xFF60},
    range{0xFFE0, 0xFFE6},   range{0x16FE0, 0x18CFF}, range{0x1AFF0, 0x1B2FF}, range{0x1F004, 0x1F004}, range{0x1F0CF, 0x1F0CF},
    range{0x1F18E, 0x1F18E}, range{0x1F191, 0x1F19A}, range{0x1F200, 0x1F320}, range{0x1F32D, 0x1F335}, range{0x1F337, 0x1F37C},
    range{0x1F37E, 0x1F393}, range{0x1F3A0, 0x1F3CA}, range{0x1F3CF, 0x1F3D3}, range{0x1F3E0, 0x1F3F0}, range{0x1F3F4, 0x1F3F4},
    range{0x1F3F8, 0x1F43E}, range{0x1F440, 0x1F440}, range{0x1F442, 0x1F4FC}, range{0x1F4FF, 0x1F53D}, range{0x1F54B, 0x1F54E},
    range{0x1F550, 0x1F567}, range{0x1F57A, 0x1F57A}, range{0x1F595, 0x1F596}, range{0x1F5A4, 0x1F5A4}, range{0x1F5FB, 0x1F64F},
    range{0x1F680, 0x1F6C5}, range{0x1F6CC, 0x1F6CC}, range{0x1F6D0, 0x1F6D2}, range{0x1F6D5, 0x1F6DF}, range{0x1F6EB, 0x1F6EC},
    range{0x1F6F4, 0x1F6FC}, range{0x1F7E0, 0x1F7EB}, range{0x1F7F0, 0x1F7F0}, range{0x1F90C, 0x1F93A}, range{0x1F93C, 0x1F945},
    range{0x1F947, 0x1F9FF}, range{0x1FA70, 0x1FAFF}, range{0x20000, 0x3FFFD},
};

// Marks that sit on the character before them, and invisible joiners.
constexpr std::array zero_ranges{
    range{0x0300, 0x036F},   range{0x0483, 0x0489},   range{0x0591, 0x05BD}, range{0x05BF, 0x05BF}, range{0x05C1, 0x05C2},
    range{0x05C4, 0x05C5},   range{0x05C7, 0x05C7},   range{0x0610, 0x061A}, range{0x064B, 0x065F}, range{0x0670, 0x0670},
    range{0x06D6, 0x06DC},   range{0x06DF, 0x06E4},   range{0x06E7, 0x06E8}, range{0x06EA, 0x06ED}, range{0x0711, 0x0711},
    range{0x0730, 0x074A},   range{0x0900, 0x0902},   range{0x093A, 0x093A}, range{0x093C, 0x093C}, range{0x0941, 0x0948},
    range{0x094D, 0x094D},   range{0x0951, 0x0957},   range{0x0962, 0x0963}, range{0x0E31, 0x0E31}, range{0x0E34, 0x0E3A},
    range{0x0E47, 0x0E4E},   range{0x1160, 0x11FF},   range{0x1AB0, 0x1AFF}, range{0x1DC0, 0x1DFF}, range{0x200B, 0x200F},
    range{0x2060, 0x2064},   range{0x20D0, 0x20F0},   range{0x302A, 0x302F}, range{0x3099, 0x309A}, range{0xFE00, 0xFE0F},
    range{0xFE20, 0xFE2F},   range{0xFEFF, 0xFEFF},   range{0xE0100, 0xE01EF},
};

template <std::size_t N>
bool within(const std::array<range, N>& ranges, char32_t c) {
  auto it = std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t value, const range& r) { return value < r.first; });
  return it != ranges.begin() && c <= std::prev(it)->last;
}

std::size_t width_of(char32_t c) {
  if (c < 0x300) return c < 0x20 || (c >= 0x7F && c < 0xA0) ? 0 : 1;
  if (within(zero_ranges, c)) return 0;
  return within(wide_ranges, c) ? 2 : 1;
}

/// Can move the cursor, change colours or titles, or make text read in another order than it is written.
bool drives_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string spelt_out(char32_t c, harmless how) {
  char text[16];
  const bool short_form = c < 0x80 && how != harmless::json;
  std::snprintf(text, sizeof text, short_form ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
  return text;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at++);
  if (first < 0x80) return first;
  std::size_t more = 0;
  char32_t value = 0;
  char32_t least = 0;
  if ((first & 0xE0) == 0xC0) more = 1, value = first & 0x1F, least = 0x80;
  else if ((first & 0xF0) == 0xE0) more = 2, value = first & 0x0F, least = 0x800;
  else if ((first & 0xF8) == 0xF0) more = 3, value = first & 0x07, least = 0x10000;
  else return replacement;
  std::size_t i = at;
  for (; more > 0; --more, ++i) {
    if (i >= text.size() || (byte(i) & 0xC0) != 0x80) return replacement;
    value = (value << 6) | (byte(i) & 0x3F);
  }
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return replacement;
  at = i;
  return value;
}

std::string make_harmless(std::string_view text, harmless how) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(text, at);
    const bool space = c == '\n' || c == '\t' || c == '\r' || c == ' ';
    if (how == harmless::line && space) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    if (c == '\r' && how == harmless::text && at < text.size() && text[at] == '\n') continue;
    if (c == '\n' || c == '\t') out += static_cast<char>(c);
    else if (drives_terminal(c)) out += spelt_out(c, how);
    else if (c == replacement) out += "\xEF\xBF\xBD";
    else out.append(text.substr(start, at - start));
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += width_of(next_code_point(text, at));
  return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t fits = 0;  // bytes that leave a column for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    used += width_of(next_code_point(text, at));
    if (used <= columns - 1) fits = at;
    if (used > columns) return std::string(text.substr(0, fits)) + "\xE2\x80\xA6";
  }
  return std::string(text);
}

}  // namespace utcp::app
