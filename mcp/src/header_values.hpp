#pragma once

#include <utcp/error.hpp>
#include <utcp/net/http_message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp::mcp {

/// A header's value for any text: as it is where a header can carry it, else `=?base64?…?=`.
/// Source: MCP 2026-07-28, "Streamable HTTP", request headers.
std::string header_value(std::string_view text);

/// An argument that is also sent as a header: `x-mcp-header` of its schema.
struct header_rule {
  std::vector<std::string> path;  ///< names of nested properties
  std::string header;             ///< `Mcp-Param-…`
};

/// The annotated properties of an input schema. Fails with errc::protocol_error when an annotation is not valid: not a token, used
/// twice, on something else than string, integer or boolean, or not reached through `properties` alone.
result<std::vector<header_rule>> read_header_rules(const json& input_schema);

/// The headers for the arguments of a call. What is absent or null gives none.
std::vector<net::http_header> parameter_headers(const std::vector<header_rule>& rules, const json& arguments);

}  // namespace utcp::mcp
