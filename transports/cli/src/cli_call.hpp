#pragma once

#include "cli_command.hpp"
#include "script_output.hpp"

namespace utcp::cli {

/// A command that ran to its end.
struct finished_command {
  net::process_end end;
  std::string out;
  std::string err;
  std::vector<int> statuses;  ///< of the steps of a script
};

/// Runs a command. Kills it at the context's deadline, by the clock given, and beyond its `max_response_bytes`.
task<result<finished_command>> run_command(boost::asio::any_io_executor executor, std::shared_ptr<clock> time, planned_command what, std::vector<shell_step> steps,
                                           call_context context);

/// Opens a stream of the lines that a command prints.
result<std::unique_ptr<tool_stream>> stream_command(boost::asio::any_io_executor executor, planned_command what, const cli_settings& settings, std::string tool, std::size_t max_line_bytes);

/// The failure of a command that ended badly, or nothing.
std::optional<error> failure_of(const finished_command& what, const std::string& tool);

/// The result of a call. Fails as `failure_of`, unless `stderr_as_result`.
result<tool_result> result_of(finished_command what, const cli_settings& settings, const std::string& tool, bool want_meta);

}  // namespace utcp::cli
