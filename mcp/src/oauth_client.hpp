#pragma once

#include <utcp/auth/oauth2_metadata.hpp>
#include <utcp/auth/oauth2_request.hpp>
#include <utcp/mcp/oauth_authorizer.hpp>

#include "oauth_request.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace utcp::mcp {

/// A client as one authorization server knows it.
struct known_client {
  enum class source {
    configured,  ///< its secrets are the application's
    document,    ///< the id is the address of its metadata document
    registered,  ///< RFC 7591; kept in the store
  };
  source from = source::configured;
  std::string id;
  secret key;
  std::string method;        ///< token_endpoint_auth_method of the registration; empty: not said
  std::string redirect_uri;  ///< of the registration
  std::string scope;         ///< of the registration
  std::int64_t key_expires = 0;  ///< client_secret_expires_at, Unix seconds; 0: never
};

/// How the client proves itself at `server`. Fails with errc::unsupported: in no way that both know.
result<client_proof::way> choose_proof(const known_client& who, bool has_private_key, const server_metadata& server);

/// The proof itself; signs an assertion for `audience` where that is the way. Fails as sign_jwt.
result<client_proof> prove(const known_client& who, client_proof::way by, const secret& private_key, const std::string& audience);

/// The body of a registration request (RFC 7591 section 2).
std::string registration_body(const oauth_options& options, const std::string& redirect_uri, const scope_list& scopes, const server_metadata& server);

/// Reads its answer. Fails with errc::protocol_error: no JSON object, no `client_id`.
result<known_client> read_registration(const std::string& body, const std::string& redirect_uri, const scope_list& scopes);

/// For the store.
secret write_client(const known_client& who);
std::optional<known_client> read_client(const secret& text);

}  // namespace utcp::mcp
