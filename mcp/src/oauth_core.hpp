#pragma once

#include <utcp/auth/flight.hpp>
#include <utcp/mcp/oauth_authorizer.hpp>

#include "oauth_client.hpp"
#include "oauth_request.hpp"
#include "protected_resource.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::mcp {

/// What a refusal asks for.
struct wanted_access {
  bool more_scopes = false;  ///< 403 insufficient_scope
  std::optional<std::string> scope;
  std::optional<std::string> metadata;  ///< resource_metadata
};

/// Where a server's authorization is done.
struct authority {
  server_metadata server;
  std::string resource;  ///< what tokens are asked for
  scope_list scopes;     ///< that the resource lists
  bool is_fallback = false;  ///< 2025-03-26: there are no metadata of the server's own
  token_route route;
};

/// A granted access, and what refreshing it needs.
struct access {
  std::string issuer;
  std::string resource;
  std::string token_endpoint;
  known_client client;
  client_proof::way by = client_proof::way::id_only;
  bool public_only = false;
  std::string token;  ///< empty: none
  secret refresh_token;
  scope_list scopes;   ///< asked for so far
  scope_list granted;  ///< as the server says, else as asked for
  time_point refresh_at = time_point::min();
  time_point expires = time_point::min();
  time_point obtained = time_point::min();
  std::int64_t expires_unix = 0;
};

// How the store's entries with tokens are named: `access to RESOURCE`, `access to RESOURCE as CLIENT`. A resource has no space.
inline constexpr std::string_view access_entries = "access to ";
inline constexpr std::string_view as_client = " as ";

struct oauth_authorizer::core : std::enable_shared_from_this<oauth_authorizer::core> {
  core(net::url at, oauth_options how, oauth_parts with) : server(std::move(at)), options(std::move(how)), parts(std::move(with)) {}

  net::url server;
  oauth_options options;
  oauth_parts parts;
  bool loaded = false;
  access current;
  std::shared_ptr<flight<void>> running;
  int attempts = 0;  ///< authorizations since a token lasted
  time_point last_attempt = time_point::min();
  std::optional<error> failure;  ///< of the last authorization
  time_point failure_until = time_point::min();

  bool interactive() const noexcept { return options.grant == oauth_grant::authorization_code; }
  std::string client_entry(const std::string& issuer) const { return "client of " + issuer; }
  std::string access_entry() const { return std::string(access_entries) + resource_of(server) + (options.client_id.empty() ? "" : std::string(as_client) + options.client_id); }
  std::string issuer_entry() const { return "issuer of " + options.client_id + " for " + resource_of(server); }
  /// For requests of an authorization: by the system's clock.
  time_point until() const { return time_point::clock::now() + options.request_timeout; }
  token_route route_to(const net::url& target) const;
  bool can_renew() const noexcept { return !current.issuer.empty() && (!interactive() || !current.refresh_token.empty()); }
};

using core_ptr = std::shared_ptr<oauth_authorizer::core>;

inline constexpr std::string_view purpose = "MCP authorization";

/// The URL policy for all that tokens and codes go to: https, or http on this machine, whatever else a configuration allows.
/// Fails with errc::not_allowed.
result<void> check_secure(const net::url& target, std::string_view what);

/// An address that `by` names. Fails as check_secure and named_endpoint.
result<net::url> secure_endpoint(const std::string& address, const net::url& by, std::string_view what);

// Free coroutines: they keep the core alive, and their parameters are values.

/// Finds the authorization server. Fails as oauth_authorizer.
task<result<authority>> find_authority(core_ptr self, wanted_access wanted, time_point until);

/// The client for `at`; registers one where that is the way, for `redirect_uri`.
task<result<known_client>> find_client(core_ptr self, authority at, std::string redirect_uri, scope_list scopes, time_point until);

/// The redirect URI of an earlier registration with `issuer`, or empty.
task<std::string> registered_redirect(core_ptr self, std::string issuer);

/// A new access token by the refresh token, or by the client's own credentials. On errc::unauthorized the old tokens are gone.
task<result<void>> renew(core_ptr self);

/// A whole authorization.
task<result<void>> authorize(core_ptr self, wanted_access wanted);

/// Takes what the store holds of this server, unless there is something newer. Trouble with the store becomes a notice.
task<void> load_access(core_ptr self);
task<void> save_access(core_ptr self);
/// The store's text of that name.
task<std::optional<secret>> load_entry(core_ptr self, std::string name);
task<void> save_entry(core_ptr self, std::string name, secret value);

}  // namespace utcp::mcp
