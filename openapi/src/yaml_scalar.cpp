#include "yaml_scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace utcp::yaml_detail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits at the front, removed from `text`.
std::size_t take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  text.remove_prefix(n);
  return n;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool all_of_digits(std::string_view digits, int base) {
  if (digits.empty()) return false;
  for (const char c : digits) {
    const bool hexadecimal = base == 16 && ((c | 32) >= 'a' && (c | 32) <= 'f');
    if (!hexadecimal && !(is_digit(c) && c - '0' < base)) return false;
  }
  return true;
}

/// [0-9]+(\.[0-9]*)? or \.[0-9]+, then ([eE][-+]?[0-9]+)?
bool is_real(std::string_view text) {
  std::size_t digits = take_digits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    digits += take_digits(text);
  }
  if (digits == 0) return false;
  if (text.empty()) return true;
  if ((text[0] | 32) != 'e') return false;
  text = without_sign(text.substr(1));
  return take_digits(text) > 0 && text.empty();
}

/// Of a number that no double holds: whether it is too near to nothing, not too great. from_chars does not say.
bool is_below_one(std::string_view text) {
  const std::size_t mark = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, mark);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  // The power of ten of the first digit that counts.
  const auto power = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) - (first < point ? 1 : 0);
  if (mark == std::string_view::npos) return power < 0;
  const std::string_view exponent = text.substr(mark + 1);
  std::int32_t shift = 0;
  const std::string_view digits = without_sign(exponent);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), shift).ec != std::errc()) return exponent[0] == '-';
  return power + (exponent[0] == '-' ? -std::int64_t{shift} : std::int64_t{shift}) < 0;
}

}  // namespace

scalar_kind classify(std::string_view plain) {
  if (plain.empty() || plain == "~" || plain == "null" || plain == "Null" || plain == "NULL") return scalar_kind::null;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (plain == word) return scalar_kind::boolean;
  const std::string_view unsigned_text = without_sign(plain);
  scalar_kind kind = scalar_kind::string;
  if (plain.starts_with("0o") && all_of_digits(plain.substr(2), 8)) kind = scalar_kind::octal;
  else if (plain.starts_with("0x") && all_of_digits(plain.substr(2), 16)) kind = scalar_kind::hexadecimal;
  else if (all_of_digits(unsigned_text, 10)) kind = scalar_kind::integer;
  else if (is_real(unsigned_text)) kind = scalar_kind::real;
  if (kind == scalar_kind::string || std::isfinite(real_value(plain, kind))) return kind;
  return scalar_kind::string;
}

bool integer_value(std::string_view text, scalar_kind kind, bool& negative, std::uint64_t& magnitude) {
  negative = text[0] == '-';
  const int base = kind == scalar_kind::octal ? 8 : kind == scalar_kind::hexadecimal ? 16 : 10;
  const std::string_view digits = base == 10 ? without_sign(text) : text.substr(2);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (failed != std::errc() || end != digits.data() + digits.size()) return false;
  constexpr auto most_negative = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + 1;
  return !negative || magnitude <= most_negative;
}

double real_value(std::string_view text, scalar_kind kind) {
  double value = 0;
  if (kind == scalar_kind::octal || kind == scalar_kind::hexadecimal) {
    const double base = kind == scalar_kind::octal ? 8 : 16;
    for (const char c : text.substr(2)) value = value * base + (is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
    return value;
  }
  const std::string_view digits = without_sign(text);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed == std::errc::result_out_of_range) value = is_below_one(digits) ? 0 : std::numeric_limits<double>::infinity();
  return text[0] == '-' ? -value : value;
}

}  // namespace utcp::yaml_detail
