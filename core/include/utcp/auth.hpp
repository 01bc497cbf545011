#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>

#include <optional>
#include <string>
#include <variant>

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

/// RFC 6749 section 4.4, client credentials. Source: UTCP `auth_type: oauth2`.
struct oauth2_auth {
  std::string token_url;
  secret client_id;
  secret client_secret;
  std::optional<std::string> scope;
};

/// How a request proves who asks.
using auth = std::variant<api_key_auth, basic_auth, oauth2_auth>;

/// Reads a canonical auth object (`auth_type` present, see dialect.hpp).
/// Fails with errc::invalid_config for a missing field or an empty key, and errc::unsupported for another kind.
result<auth> parse_auth(const json& description);

}  // namespace utcp
