#pragma once

#include <utcp/json.hpp>

#include <optional>
#include <string>

namespace utcp::net {

/// The value as text for a query, path, header or form; nothing for null. Objects and lists are JSON text, bytes base64.
std::optional<std::string> text_of(const json& value);
/// A list as one text, as OpenAPI's "simple" style writes it; anything else as text_of.
std::optional<std::string> joined_text_of(const json& value);
/// Appends a pair to a query or form; one for each item of a list, none for null.
void append_pairs(std::string& to, const std::string& name, const json& value);

}  // namespace utcp::net
