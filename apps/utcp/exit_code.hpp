#pragma once

#include <utcp/error.hpp>

namespace utcp::app {

/// What the program tells its caller. Documented in docs/cli.md and in `utcp --help`.
enum class exit_code {
  fine = 0,
  tool_failed = 1,
  usage = 2,
  configuration = 3,
  unknown_tool = 4,
  network = 5,
  interrupted = 130,
};

/// The exit code of a failed operation; a code that is not ours counts as the tool's failure.
exit_code exit_code_for(const boost::system::error_code& code) noexcept;

/// The name of an error for machines: that of its errc, or "unknown".
std::string error_name(const boost::system::error_code& code);

}  // namespace utcp::app
