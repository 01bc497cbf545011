#pragma once

#include <utcp/auth.hpp>
#include <utcp/auth/oauth2.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/net/url.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Where an issuer's metadata may be, the first that is there counts.
struct metadata_places {
  metadata_places(net::url first, net::url last) : oauth(std::move(first)), openid(std::move(last)) {}

  net::url oauth;                           ///< RFC 8414 section 3.1
  std::optional<net::url> openid_inserted;  ///< RFC 8414 section 5: of an issuer with a path
  net::url openid;                          ///< OpenID Connect Discovery 1.0 section 4
};

/// Fails with errc::invalid_config (no URL, or one with a query or fragment) and errc::not_allowed (the URL policy).
result<metadata_places> metadata_places_of(const std::string& issuer, bool allow_insecure_http);

/// What is used of an authorization server's metadata (RFC 8414 section 2, RFC 8705 section 5, RFC 9207 section 3).
struct server_metadata {
  std::string issuer;
  std::string token_endpoint;
  std::string tls_token_endpoint;        ///< of mtls_endpoint_aliases; empty: none
  std::string authorization_endpoint;    ///< empty: none
  std::string registration_endpoint;     ///< empty: none
  bool is_public = false;                ///< answered from a public address
  bool names_itself_in_answers = false;  ///< authorization_response_iss_parameter_supported
  bool takes_metadata_documents = false; ///< client_id_metadata_document_supported
  std::vector<oauth2_auth::proof> proofs;  ///< with a secret, in the order in which they are tried; empty: the server takes none
  std::vector<std::string> proof_methods;  ///< token_endpoint_auth_methods_supported; what RFC 8414 says when it is not there
  std::vector<std::string> challenge_methods;  ///< code_challenge_methods_supported
  std::vector<std::string> scopes;
};

inline constexpr std::string_view issuer_remedy = "write \"issuer\" exactly as the server writes its own name, or set \"token_url\" in its place";

/// Fails with errc::protocol_error: no JSON object, another issuer than `issuer` (compared as text; `remedy` ends that message), no
/// `token_endpoint`.
result<server_metadata> read_metadata(const std::string& body, const std::string& issuer, std::string_view remedy = issuer_remedy);

/// The endpoint for `how`. Fails with errc::protocol_error when it is no URL, and errc::not_allowed: the URL policy, this
/// machine named by another one, an origin that `how.token_origins` does not hold.
result<net::url> endpoint_of(const server_metadata& server, const oauth2_auth& how, bool allow_insecure_http);

/// An address that `by` names, as `what` ("token endpoint"). Fails as `endpoint_of`; the origin is free.
result<net::url> named_endpoint(const std::string& address, const net::url& by, bool allow_insecure_http, std::string_view what);

/// Whether an answer means that no document is there. Servers say so with 404, with the same 401 or 403 as for everything, or with
/// their web page.
bool is_absent(const net::http_response& answer);

/// Asks the places of an issuer's metadata one after the other. `remedy` is a literal that ends messages of an issuer that does not fit.
/// Fails as `read_metadata` and oauth2_exchange; errc::remote_failed: none of the places is there.
task<result<server_metadata>> fetch_metadata(std::shared_ptr<net::http_client> http, std::string issuer, token_route route, time_point until,
                                             std::string_view remedy = issuer_remedy);

}  // namespace utcp
