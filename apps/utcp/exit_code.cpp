#include "exit_code.hpp"

namespace utcp::app {

exit_code exit_code_for(const boost::system::error_code& code) noexcept {
  if (code.category() != utcp::category()) return exit_code::tool_failed;
  switch (static_cast<errc>(code.value())) {
    case errc::invalid_argument: return exit_code::usage;
    case errc::invalid_config:
    case errc::missing_variable:
    case errc::already_registered:
    case errc::not_allowed:
    case errc::unsupported: return exit_code::configuration;
    case errc::unknown_tool: return exit_code::unknown_tool;
    case errc::timed_out:
    case errc::connection_failed:
    case errc::unavailable: return exit_code::network;
    case errc::cancelled: return exit_code::interrupted;
    case errc::unauthorized:
    case errc::rate_limited:
    case errc::remote_failed:
    case errc::too_large:
    case errc::protocol_error:
    case errc::internal: return exit_code::tool_failed;
  }
  return exit_code::tool_failed;
}

std::string error_name(const boost::system::error_code& code) {
  if (code.category() != utcp::category()) return "unknown";
  return std::string(to_string(static_cast<errc>(code.value())));
}

}  // namespace utcp::app
