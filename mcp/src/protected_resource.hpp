#pragma once

#include <utcp/error.hpp>
#include <utcp/net/url.hpp>

#include <string>
#include <vector>

namespace utcp::mcp {

/// What is used of a protected resource's metadata (RFC 9728 section 2).
struct protected_resource {
  std::string resource;              ///< as written there
  std::vector<std::string> issuers;  ///< authorization_servers, at least one
  std::vector<std::string> scopes;   ///< scopes_supported
};

/// The well-known places of a server's metadata, in the order in which they are asked: the one for its path, then its origin's.
std::vector<net::url> resource_metadata_places(const net::url& server);

/// `scheme://host:port`.
std::string origin_of(const net::url& address);

/// The server's address as RFC 8707 wants it: no query, no slash at its end.
std::string resource_of(const net::url& server);

/// Whether metadata of `resource` speak for `server`: same origin, and the path of `server` is that of `resource` or below it.
bool covers(const std::string& resource, const net::url& server);

/// Fails with errc::protocol_error: no JSON object, a `resource` that does not cover `server`, no `authorization_servers`.
result<protected_resource> read_protected_resource(const std::string& body, const net::url& server);

}  // namespace utcp::mcp
