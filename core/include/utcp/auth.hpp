#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace utcp {

/// A key sent with each request. Source: UTCP `auth_type: api_key`.
struct api_key_auth {
  enum class place { header, query, cookie };
  secret key;
  std::string name = "X-Api-Key";
  place location = place::header;
};

/// RFC 7617. Source: UTCP `auth_type: basic`.
struct basic_auth {
  secret username;
  secret password;
};

/// RFC 6749 section 4.4, client credentials. Source: UTCP `auth_type: oauth2`; `issuer`, `client_auth` and `token_origins`
/// are this client's own.
struct oauth2_auth {
  /// How the client proves who it is: in one of the two ways that the server takes, in the body (client_secret_post), by
  /// Basic (client_secret_basic), or by its TLS certificate and no secret (RFC 8705).
  enum class proof { any, body, header, tls };

  std::string token_url;  ///< empty when `issuer` is given
  std::string issuer;     ///< whose metadata (RFC 8414) name the token endpoint; empty when `token_url` is given
  secret client_id;
  secret client_secret;   ///< empty with proof::tls and only then
  std::optional<std::string> scope;
  proof client_auth = proof::any;
  /// Where the token endpoint that the metadata name may be, beside the issuer's own origin. Nothing: anywhere.
  std::optional<std::vector<std::string>> token_origins;
};

/// How a request proves who asks.
using auth = std::variant<api_key_auth, basic_auth, oauth2_auth>;

/// Reads a canonical auth object (`auth_type` present, see dialect.hpp).
/// Fails with errc::invalid_config for a missing field, fields that exclude each other, an empty key or secret, and
/// errc::unsupported for another kind.
result<auth> parse_auth(const json& description);

}  // namespace utcp
