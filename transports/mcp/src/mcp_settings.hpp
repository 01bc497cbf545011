#pragma once

#include <utcp/auth.hpp>
#include <utcp/call_template.hpp>
#include <utcp/error.hpp>
#include <utcp/mcp/session_options.hpp>
#include <utcp/net/http_message.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace utcp::mcp_transport {

/// A server that is started.
struct program_settings {
  std::string command;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> env;
  std::optional<std::vector<std::string>> inherit_env_vars;
  std::string working_dir;
};

/// A server that has a URL.
struct url_settings {
  enum class flavour { automatic, streamable, events };

  std::string url;
  flavour kind = flavour::automatic;
  net::http_header_list headers;
  std::optional<auth> credentials;
};

struct server_settings {
  std::string name;
  std::variant<program_settings, url_settings> how;
  std::optional<std::chrono::milliseconds> timeout;
  mcp::era_choice era = mcp::era_choice::automatic;
  json entry;  ///< as it was written, for options that others read
};

/// An entry of `mcpServers`, or why it cannot be used.
struct server_entry {
  std::string name;
  result<server_settings> settings;
};

struct mcp_settings {
  std::vector<server_entry> servers;  ///< in the order of their names
  bool resources_as_tools = false;
  bool raw_results = false;
  bool tasks = false;
};

/// Reads a template's options. Fails with errc::invalid_config when there are no servers at all, or a key of its own is wrong.
result<mcp_settings> read_settings(const call_template& how);

}  // namespace utcp::mcp_transport
