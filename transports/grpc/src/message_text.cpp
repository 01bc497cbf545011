#include "message_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace utcp::grpc_transport {
namespace {

constexpr std::int64_t first_second = -62'135'596'800;   // 0001-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;    // 9999-12-31T23:59:59Z
constexpr std::int64_t longest_duration = 315'576'000'000;

/// Days since 1970-01-01 of a date of the Gregorian calendar.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + static_cast<std::int64_t>(of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719'468;
}

struct date {
  std::int64_t year = 0;
  unsigned month = 0, day = 0;
};

date date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * of_year + 2) / 153;
  date out;
  out.day = of_year - (153 * shifted + 2) / 5 + 1;
  out.month = shifted < 10 ? shifted + 3 : shifted - 9;
  out.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (out.month <= 2 ? 1 : 0);
  return out;
}

unsigned days_in(std::int64_t year, unsigned month) {
  static constexpr std::array<unsigned, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : lengths[month - 1];
}

/// "", ".123", ".123456" or ".123456789".
std::string fraction(std::int32_t nanos) {
  if (nanos == 0) return "";
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), ".%09d", nanos);
  std::string out(digits.data());
  while (out.ends_with("000")) out.resize(out.size() - 3);
  return out;
}

/// Takes `count` digits off the front.
std::optional<unsigned> take_digits(std::string_view& from, std::size_t count) {
  if (from.size() < count) return std::nullopt;
  unsigned out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (from[i] < '0' || from[i] > '9') return std::nullopt;
    out = out * 10 + static_cast<unsigned>(from[i] - '0');
  }
  from.remove_prefix(count);
  return out;
}

bool take(std::string_view& from, char c) {
  if (!from.starts_with(c)) return false;
  from.remove_prefix(1);
  return true;
}

/// Takes ".5" and the like, 1 to 9 digits.
std::optional<std::int32_t> take_fraction(std::string_view& from) {
  if (!take(from, '.')) return 0;
  std::int32_t out = 0;
  std::size_t count = 0;
  while (!from.empty() && from.front() >= '0' && from.front() <= '9') {
    if (++count > 9) return std::nullopt;
    out = out * 10 + (from.front() - '0');
    from.remove_prefix(1);
  }
  if (count == 0) return std::nullopt;
  for (; count < 9; ++count) out *= 10;
  return out;
}

}  // namespace

std::optional<std::string> write_timestamp(time_parts time) {
  if (time.seconds < first_second || time.seconds > last_second || time.nanos < 0 || time.nanos > 999'999'999) return std::nullopt;
  std::int64_t days = time.seconds / 86'400;
  std::int64_t rest = time.seconds % 86'400;
  if (rest < 0) {
    rest += 86'400;
    --days;
  }
  const date on = date_of(days);
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(on.year), on.month, on.day, static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  return out.data() + fraction(time.nanos) + "Z";
}

std::optional<time_parts> parse_timestamp(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take(text, 'T')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *month < 1 || *month > 12 || *day < 1 || *day > days_in(*year, *month) || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto nanos = take_fraction(text);
  if (!nanos) return std::nullopt;
  std::int64_t offset = 0;
  if (!take(text, 'Z')) {
    const bool behind = take(text, '-');
    if (!behind && !take(text, '+')) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset = (static_cast<std::int64_t>(*hours) * 60 + *minutes) * 60 * (behind ? -1 : 1);
  }
  if (!text.empty()) return std::nullopt;
  time_parts out;
  out.seconds = days_of(*year, *month, *day) * 86'400 + *hour * 3600 + *minute * 60 + *second - offset;
  out.nanos = *nanos;
  if (out.seconds < first_second || out.seconds > last_second) return std::nullopt;
  return out;
}

std::optional<std::string> write_duration(time_parts span) {
  if (span.seconds < -longest_duration || span.seconds > longest_duration || span.nanos < -999'999'999 || span.nanos > 999'999'999) return std::nullopt;
  if ((span.seconds > 0 && span.nanos < 0) || (span.seconds < 0 && span.nanos > 0)) return std::nullopt;
  const bool negative = span.seconds < 0 || span.nanos < 0;
  return (negative ? "-" : "") + std::to_string(std::abs(span.seconds)) + fraction(std::abs(span.nanos)) + "s";
}

std::optional<time_parts> parse_duration(std::string_view text) {
  const bool negative = take(text, '-');
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  time_parts out;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out.seconds);
  if (read.ec != std::errc() || out.seconds > longest_duration) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  const auto nanos = take_fraction(text);
  if (!nanos || text != "s" || (out.seconds == longest_duration && *nanos > 0)) return std::nullopt;
  out.nanos = *nanos;
  if (negative) {
    out.seconds = -out.seconds;
    out.nanos = -out.nanos;
  }
  return out;
}

std::optional<std::string> camel_case(std::string_view path) {
  std::string out;
  bool raise = false;
  for (const char c : path) {
    if (c >= 'A' && c <= 'Z') return std::nullopt;
    if (raise && (c < 'a' || c > 'z')) return std::nullopt;
    if (c == '_') raise = true;
    else out += raise ? static_cast<char>(c - 32) : c;
    if (c != '_') raise = false;
  }
  if (raise) return std::nullopt;
  return out;
}

std::optional<std::string> snake_case(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '_') return std::nullopt;
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += static_cast<char>(c + 32);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> decode_any_base64(std::string_view text) {
  static constexpr auto values = [] {
    std::array<signed char, 256> table{};
    table.fill(-1);
    signed char value = 0;
    for (char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) table[static_cast<unsigned char>(c)] = value++;
    table[static_cast<unsigned char>('-')] = 62;
    table[static_cast<unsigned char>('_')] = 63;
    return table;
  }();
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return std::nullopt;
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  unsigned group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    group = (group << 6 | static_cast<unsigned>(value)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  return out;
}

double as_written(float value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double out = value;
  std::from_chars(text.data(), written.ptr, out);
  return out;
}

}  // namespace utcp::grpc_transport
