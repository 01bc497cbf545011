#pragma once

#include <utcp/mcp/browser.hpp>
#include <utcp/mcp/session_options.hpp>
#include <utcp/mcp/token_store.hpp>
#include <utcp/transport.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp {

/// A server for which an authorizer may be made.
struct mcp_server_request {
  mcp_server_request() = default;

  std::string manual;
  std::string server;       ///< its name under `mcpServers`
  std::string url;
  json options;             ///< the server's own entry, variables replaced
  bool allow_insecure_http = false;
  bool allow_private_addresses = false;
  net::connection_ptr connection;  ///< to the server's origin
  net::connection_ptr elsewhere;   ///< to others
  boost::asio::any_io_executor executor;
  http_parts parts;
  std::shared_ptr<utcp::clock> clock;
};

/// What an application sets for all MCP servers of a client.
struct mcp_options {
  mcp_options() = default;

  /// Programs that may be started as servers, as cli_options::allowed_programs. Absent: any that a configuration names.
  std::optional<std::vector<std::string>> allowed_programs;
  bool supervise = true;                   ///< false: no supervisor; a killed client then leaves its servers
  std::optional<std::string> supervisor;   ///< path of utcp-supervisor; absent: the one of this installation
  /// What the application offers to servers: sampling, elicitation, roots. Its other callbacks are the transport's.
  mcp::session_callbacks offers;
  mcp::implementation client{"utcp", ""};
  /// Makes the browser step for a manual's servers. Empty: nobody is there to ask.
  std::function<std::shared_ptr<mcp::browser>(std::string manual, boost::asio::any_io_executor executor)> browser;
  /// Where tokens and registrations of MCP authorization stay. Null: a file of mode 0600 (mcp::usual_token_file).
  std::shared_ptr<mcp::token_store> store;
  /// Makes the authorizer of a server over HTTP that has no `auth` and no Authorization header, in the place of
  /// mcp::oauth_authorizer. Null from it: none.
  std::function<std::shared_ptr<mcp::authorizer>(mcp_server_request)> authorize;
};

/// Makes the transport of the protocol `mcp`: each server of `config.mcpServers` is a source of tools. Docs: docs/transports/mcp.md.
///
/// Tools are called `manual.server.tool`. One session a server is kept until `release`; a program is started anew after its end.
/// Programs see of this process's environment only what cli tools see, or what `inherit_env_vars` names, and then `env`; their stderr
/// and their log messages go to observer::on_notice, progress to observer::on_call_progress. A changed list is read again.
///
/// A server that cannot be used is a notice as long as another one can. Fails as mcp::session; a tool that says that it failed is
/// errc::remote_failed, with {"content", "structuredContent"?} in `remote`. A template that was fetched from a remote names no servers:
/// errc::not_allowed.
transport_factory make_mcp_transport(mcp_options options = mcp_options());

}  // namespace utcp
