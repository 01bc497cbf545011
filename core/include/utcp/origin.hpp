#pragma once

#include <utcp/call_template.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace utcp {

/// Scheme, host and effective port of a URL, e.g. "https://api.example:443"; ws counts as http, wss as https (RFC 6454).
/// Nothing when the text leaves any doubt: placeholders, user names, spaces, control characters, backslashes.
std::optional<std::string> origin_of_url(std::string_view url);

/// Where a call of the template goes: the origin of its `url`, or "protocol://host:port". Nothing when that cannot be told.
std::optional<std::string> origin_of(const call_template& how);

}  // namespace utcp
