#pragma once

#include "commands.hpp"
#include "openapi_conversion.hpp"

namespace utcp::app {

/// The flags that say how an OpenAPI document is converted. `to` has to live as long as the command.
void add_spec_flags(CLI::App& command, spec_options& to);

}  // namespace utcp::app
