#pragma once

#include <array>
#include <string_view>

namespace utcp::mcp {

/// The newest revision of the stateless protocol. Source: MCP 2026-07-28.
inline constexpr std::string_view modern_revision = "2026-07-28";

/// The revisions that begin with a handshake, newest first.
inline constexpr std::array<std::string_view, 4> legacy_revisions{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

/// Whether it is a handshake revision that this client speaks.
bool is_legacy_revision(std::string_view revision) noexcept;
/// Whether a revision is a stateless one, also one that this client does not know: revisions are dates.
bool is_modern_revision(std::string_view revision) noexcept;

/// Error codes of JSON-RPC and MCP.
namespace rpc {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int header_mismatch = -32020;
inline constexpr int missing_capability = -32021;
inline constexpr int unsupported_revision = -32022;
inline constexpr int url_elicitation_required = -32042;
}  // namespace rpc

/// Keys of `_meta`.
namespace meta_key {
inline constexpr const char* revision = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr const char* client = "io.modelcontextprotocol/clientInfo";
inline constexpr const char* server = "io.modelcontextprotocol/serverInfo";
inline constexpr const char* log_level = "io.modelcontextprotocol/logLevel";
inline constexpr const char* subscription = "io.modelcontextprotocol/subscriptionId";
inline constexpr const char* related_task = "io.modelcontextprotocol/related-task";
}  // namespace meta_key

/// The extension for long-running calls.
inline constexpr const char* tasks_extension = "io.modelcontextprotocol/tasks";

}  // namespace utcp::mcp
