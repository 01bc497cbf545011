#pragma once

#include "console.hpp"

#include <utcp/registry.hpp>

namespace utcp::app {

/// What a command does when an MCP server wants a person to agree in a browser.
enum class sign_in {
  refuse,  ///< fails, and names `utcp login`
  ask,     ///< shows the address on standard error, opens it where there is a display, and waits for the browser
};

/// Gives the mcp transport of `parts` that way. Does nothing in a build without MCP.
void set_sign_in(registry& parts, console& io, sign_in how);

}  // namespace utcp::app
