#pragma once

#include "console.hpp"

#include <utcp/error.hpp>
#include <utcp/registry.hpp>

#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// What a command does when an MCP server wants a person to agree in a browser.
enum class sign_in {
  refuse,  ///< fails, and names `utcp login`
  ask,     ///< shows the address on standard error, opens it where there is a display, and waits for the browser
};

/// Gives the mcp transport of `parts` that way. Does nothing in a build without MCP.
void set_sign_in(registry& parts, console& io, sign_in how);

/// Removes the tokens that are kept for the MCP servers at these addresses, without addresses for all. Gives the addresses of those that had
/// some. Fails as mcp::sign_out; with errc::unsupported in a build without MCP.
result<std::vector<std::string>> sign_out(const std::optional<std::vector<std::string>>& servers);

}  // namespace utcp::app
