#include "duration.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace utcp::app {
namespace {

std::optional<double> milliseconds_of(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1'000;
  if (unit == "ms") return 1;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  auto [rest, failure] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (failure != std::errc{}) return std::nullopt;
  auto unit = milliseconds_of(std::string_view(rest, static_cast<std::size_t>(end - rest)));
  if (!unit || !std::isfinite(number)) return std::nullopt;
  const double all = number * *unit;
  constexpr double day = 86'400'000;
  if (all < 1 || all > day) return std::nullopt;
  return std::chrono::milliseconds(std::llround(all));
}

std::string show_duration(std::chrono::nanoseconds time) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  char text[32];
  if (ms < 10) std::snprintf(text, sizeof text, "%.1f ms", ms);
  else if (ms < 1000) std::snprintf(text, sizeof text, "%.0f ms", ms);
  else std::snprintf(text, sizeof text, "%.1f s", ms / 1000);
  return text;
}

}  // namespace utcp::app
