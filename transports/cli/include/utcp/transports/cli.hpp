#pragma once

#include <utcp/transport.hpp>

#include <optional>
#include <string>
#include <vector>

namespace utcp {

/// How the client itself bounds what command-line tools may do; a provider or a tool can only be stricter.
struct cli_options {
  cli_options() = default;

  /// Programs that may be run: absolute paths, or names that are looked up in PATH. Absent: any. A tool of `commands` runs
  /// /bin/bash, which can run anything else: without "bash" or "/bin/bash" here there are no such tools.
  std::optional<std::vector<std::string>> allowed_programs;
  bool sandbox = false;                    ///< every tool runs under bubblewrap, whatever its template says
  bool sandbox_network = false;            ///< with `sandbox`: the network stays reachable
  bool supervise = true;                   ///< false: no supervisor, whatever the templates say
  std::optional<std::string> supervisor;   ///< path of utcp-supervisor; absent: the one of this installation
};

/// Makes the transport of the protocol `cli`: tools that are programs of this machine. Docs: docs/transports/cli.md.
///
/// v0 `command_name`: the words of a command line, run without a shell; arguments become flags, in the order of their names:
/// true `--key`, false and null nothing, a list `--key item` for each, an object `--key {json}`, other values `--key value`.
/// v1 `commands`: steps of one bash script; arguments are `UTCP_ARG_<name>_UTCP_END` and arrive unchanged whatever they hold.
///
/// Programs see of this process's environment only PATH, HOME, LANG, LC_ALL, LC_CTYPE, USER, LOGNAME, SHELL, TZ and TERM, or
/// what `inherit_env_vars` names, and then `env_vars`. They have no terminal, and an empty stdin unless `arguments_on_stdin`.
///
/// Fails with errc::invalid_config (no such program, bad template), errc::not_allowed, errc::too_large (arguments, output),
/// errc::remote_failed (exit status not 0, or a signal; `remote` has exit_code or signal, stdout, stderr), errc::timed_out,
/// errc::cancelled, and errc::unsupported (no sandbox on this machine). On the last three nothing the call started is left
/// running when it returns. `open_stream` gives each line of stdout.
transport_factory make_cli_transport(cli_options options = {});

}  // namespace utcp
