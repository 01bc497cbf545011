#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::app {

/// `5`, `5s`, `2.5s`, `500ms`, `2m`, `1h`; a bare number is seconds. Nothing for anything else, for zero, and for more than
/// a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `0.4 ms`, `12 ms`, `1.3 s`: three digits are enough for people.
std::string show_duration(std::chrono::nanoseconds time);

}  // namespace utcp::app
