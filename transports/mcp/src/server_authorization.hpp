#pragma once

#include <utcp/error.hpp>
#include <utcp/mcp/oauth_authorizer.hpp>
#include <utcp/transports/mcp.hpp>

#include <memory>
#include <optional>
#include <string>

namespace utcp::mcp_transport {

/// What a server's entry says under `authorization`.
struct authorization_settings {
  bool wanted = true;     ///< false: `"authorization": false`
  bool written = false;   ///< the entry has an object; nothing of it may be lost silently
  mcp::oauth_options options;
  std::string assertion_file;
};

/// Fails with errc::invalid_config: an unknown key, another type.
result<authorization_settings> read_authorization(const std::string& server, const json& entry);

/// The authorizer of a server over HTTP; null: none. Fails with errc::invalid_config and errc::not_allowed.
result<std::shared_ptr<mcp::authorizer>> make_authorizer(const mcp_options& options, mcp_server_request request, std::function<void(notice)> on_notice);

}  // namespace utcp::mcp_transport
