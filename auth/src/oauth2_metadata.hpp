#pragma once

#include <utcp/auth.hpp>
#include <utcp/net/url.hpp>

#include <optional>
#include <string>
#include <vector>

namespace utcp {

/// Where an issuer's metadata may be, the first that is there counts.
struct metadata_places {
  metadata_places(net::url first, net::url second) : oauth(std::move(first)), openid(std::move(second)) {}

  net::url oauth;   ///< RFC 8414 section 3.1
  net::url openid;  ///< OpenID Connect Discovery 1.0 section 4
};

/// Fails with errc::invalid_config (no URL, or one with a query or fragment) and errc::not_allowed (the URL policy).
result<metadata_places> metadata_places_of(const std::string& issuer, bool allow_insecure_http);

/// What is used of an authorization server's metadata (RFC 8414 section 2, RFC 8705 section 5).
struct server_metadata {
  std::string token_endpoint;
  std::string tls_token_endpoint;  ///< of mtls_endpoint_aliases; empty: none
  bool is_public = false;          ///< answered from a public address
  std::vector<oauth2_auth::proof> proofs;  ///< with a secret, in the order in which they are tried; empty: the server takes none
};

/// Fails with errc::protocol_error: no JSON object, another issuer than `issuer` (compared as text), no `token_endpoint`.
result<server_metadata> read_metadata(const std::string& body, const std::string& issuer);

/// The endpoint for `how`. Fails with errc::protocol_error when it is no URL, and errc::not_allowed: the URL policy, this
/// machine named by another one, an origin that `how.token_origins` does not hold.
result<net::url> endpoint_of(const server_metadata& server, const oauth2_auth& how, bool allow_insecure_http);

}  // namespace utcp
