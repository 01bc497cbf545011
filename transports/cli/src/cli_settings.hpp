#pragma once

#include "shell_script.hpp"

#include <utcp/transport.hpp>
#include <utcp/transports/cli.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace utcp::cli {

/// How the flags and words of a v0 call are made.
enum class call_style { python, go, rs };

/// A cli template, read.
struct cli_settings {
  std::vector<std::string> words;  ///< v0 `command_name`; empty with `steps`
  std::vector<shell_step> steps;   ///< v1 `commands`
  std::map<std::string, std::string> env_vars;
  std::optional<std::vector<std::string>> inherit_env_vars;
  std::string working_dir;
  std::optional<call_style> style;
  bool arguments_on_stdin = false;
  bool stderr_as_result = false;
  bool supervise = true;
  bool sandbox = false;
  bool sandbox_network = false;
};

/// Fails with errc::invalid_config, naming the field and the remedy.
result<cli_settings> read_settings(const call_template& how);

/// What a tool's own template may do, given the provider it came with (null: not a cli provider, or not known). A template
/// that a program printed gives itself no variables, and takes no sandbox or supervisor away.
/// Fails with errc::not_allowed.
result<void> restrict_settings(cli_settings& settings, const call_template& how, const cli_settings* provider, const std::vector<std::string>& granted);

/// The variables a program gets, `NAME=value`.
std::vector<std::string> make_environment(const cli_settings& settings);

}  // namespace utcp::cli
