#pragma once

#include <utcp/error.hpp>

#include <string>
#include <string_view>

namespace utcp {

/// Checks the types of the keys that UTCP defines for a protocol and maps the peers' other spellings to them. Keys that
/// UTCP does not define stay. Fails with errc::invalid_config that names the place, the type found and the type wanted.
result<void> normalise_options(std::string_view protocol, json& options, const std::string& place);

/// The wire name of a canonical protocol in a dialect, e.g. http_stream is `streamable_http` in v1.
std::string protocol_name(const std::string& canonical, bool v1);

/// The article and name of a JSON value's type, e.g. "a number".
std::string type_phrase(const json& value);

/// Whether UTCP defines the key for the protocol.
bool is_defined_option(std::string_view protocol, std::string_view key);

/// Whether the key holds an integer that UTCP defines for the protocol.
bool is_integer_option(std::string_view protocol, std::string_view key);

}  // namespace utcp
