#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::grpc_transport {

/// Seconds since the epoch and nanoseconds, as Timestamp has them; and a Duration's.
struct time_parts {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

/// RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction. Nothing when it is outside the years 1 to 9999.
std::optional<std::string> write_timestamp(time_parts time);
/// Any offset, at most nine digits of fraction.
std::optional<time_parts> parse_timestamp(std::string_view text);

/// "1.5s". Nothing when it is outside ±10,000 years or the signs differ.
std::optional<std::string> write_duration(time_parts span);
std::optional<time_parts> parse_duration(std::string_view text);

/// A path of a field mask, "foo_bar.baz", as "fooBar.baz", and back. Nothing when that would not go round.
std::optional<std::string> camel_case(std::string_view path);
std::optional<std::string> snake_case(std::string_view path);

/// Base64 of both alphabets (RFC 4648), padded or not.
std::optional<std::string> decode_any_base64(std::string_view text);

/// The double that is written like the float: 0.1f as 0.1.
double as_written(float value);

}  // namespace utcp::grpc_transport
