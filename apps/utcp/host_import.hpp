#pragma once

#include <utcp/document.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

struct host_import {
  json document;                      ///< a providers.json
  std::vector<std::string> remarks;   ///< what was left out, which variables it needs, where secrets stand; never a secret
};

/// Makes a providers.json of the file in which a host keeps its MCP servers: `mcpServers` (Claude Desktop and others),
/// `servers` or `mcp.servers` (VS Code, comments and trailing commas allowed); or of a UTCP v1 configuration. Each server
/// becomes a provider of its own. `${input:x}`, `${env:X}` and `${X:-default}` become `${x}` and `${X}`.
/// Fails with errc::invalid_config and errc::too_large.
result<host_import> import_host_file(const std::filesystem::path& file, const document_ports& ports);

/// The same for a text; relative paths start in `root_dir`, `where` names it.
result<host_import> import_host_text(std::string_view text, const std::filesystem::path& root_dir, const std::string& where, const document_ports& ports);

}  // namespace utcp::app
