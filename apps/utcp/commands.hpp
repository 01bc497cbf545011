#pragma once

#include "console.hpp"
#include "session.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>

namespace utcp::app {

/// What the subcommands share: the console, the global options, and the command that the user chose.
struct program {
  console io;
  global_options global;
  std::function<exit_code()> chosen;

  /// Tells a failure and gives its exit code.
  exit_code fail(const error& e);
};

/// A subcommand with the global options, its help text and its examples.
CLI::App* add_command(CLI::App& app, program& p, const char* name, const char* purpose, const char* examples);

/// The global options; every subcommand takes them too, so that they stand before or after its name.
void add_global_options(CLI::App& app, program& p);

/// Refuses what is no whole number from 0 on; the library would take -1 for a very large one.
CLI::Validator whole_number();

void add_tools_command(CLI::App& app, program& p);
void add_search_command(CLI::App& app, program& p);
void add_call_command(CLI::App& app, program& p);
void add_describe_command(CLI::App& app, program& p);
void add_validate_command(CLI::App& app, program& p);
void add_convert_command(CLI::App& app, program& p);
void add_import_command(CLI::App& app, program& p);
void add_variables_command(CLI::App& app, program& p);
void add_login_command(CLI::App& app, program& p);
void add_logout_command(CLI::App& app, program& p);
void add_completion_command(CLI::App& app, program& p);

}  // namespace utcp::app
