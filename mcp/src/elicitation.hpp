#pragma once

#include <utcp/json.hpp>

namespace utcp::mcp {

/// Fills what an accepted form leaves out from the defaults of its schema, and drops `content` of one that was not accepted.
/// Source: MCP 2025-11-25, "Elicitation", SEP-1034.
void complete_form(const json& requested_schema, json& answer);

}  // namespace utcp::mcp
