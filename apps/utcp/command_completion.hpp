#pragma once

#include "exit_code.hpp"

#include <CLI/App.hpp>

#include <optional>

namespace utcp::app {

struct program;

/// Words that are for machines and in no help: `__complete WORD…` asks what fits, `__man DATE` writes the manual page.
/// Nothing when the command line is another.
std::optional<exit_code> run_machine_command(program& p, const CLI::App& app, int count, char** words);

}  // namespace utcp::app
