#pragma once

#include <utcp/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Checks the types of the keys that UTCP defines for a protocol and maps the peers' other spellings to them. Keys that
/// UTCP does not define stay. Fails with errc::invalid_config that names the place, the type found and the type wanted.
result<void> normalise_options(std::string_view protocol, json& options, const std::string& place);

/// The wire name of a canonical protocol in a dialect, e.g. http_stream is `streamable_http` in v1.
std::string protocol_name(const std::string& canonical, bool v1);

/// The article and name of a JSON value's type, e.g. "a number".
std::string type_phrase(const json& value);

/// The options that are read in a provider of the protocol, canonically named; none where only a plug-in knows them.
std::vector<std::string_view> known_options(std::string_view protocol);

/// Whether documents or samples of UTCP or of another client have the key there, although it has no meaning here.
bool is_option_of_peers(std::string_view protocol, std::string_view key);

/// Whether UTCP defines the key for the protocol.
bool is_defined_option(std::string_view protocol, std::string_view key);

/// Whether the key holds an integer that UTCP defines for the protocol.
bool is_integer_option(std::string_view protocol, std::string_view key);

}  // namespace utcp
