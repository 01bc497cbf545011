#pragma once

#include "cli_settings.hpp"

#include <utcp/net/subprocess.hpp>

#include <filesystem>

namespace utcp::cli {

/// What the client decides for all of its commands.
struct command_policy {
  cli_options options;
  std::optional<std::vector<std::string>> configured_programs;  ///< `client_config::allowed_programs`; both lists hold
  std::string supervisor;          ///< empty: none
  std::filesystem::path root_dir;  ///< where a relative working_dir begins, and without one a program's path
};

/// A command, ready to be started.
struct planned_command {
  net::process_description process;
  std::optional<shell_script> script;  ///< with `commands`
  net::descriptor answer_file;
  net::descriptor answer_pipe;
};

/// The words after which a v0 program is run: argv without the sandbox. `tool` is empty for discovery.
std::vector<std::string> make_words(const cli_settings& settings, const std::string& manual, const std::string& tool, const json& arguments);

/// Whether the arguments go to stdin as JSON.
bool writes_arguments(const cli_settings& settings, const std::string& tool);

/// Fails with errc::invalid_config, errc::not_allowed (program), errc::unsupported (sandbox) and as `write_script`.
result<planned_command> plan_command(const cli_settings& settings, const command_policy& policy, const std::string& manual, const std::string& tool, const json& arguments);

}  // namespace utcp::cli
