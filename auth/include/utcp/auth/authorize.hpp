#pragma once

#include <utcp/auth.hpp>
#include <utcp/net/http_message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// How the credentials of a request are written.
enum class credentials_as {
  real,
  masked,  ///< `***` in the place of each secret, for display
};

/// Puts an API key or basic credentials on a request. They win over what the request already has of that name: headers
/// ignoring case, query parameters and cookies by their exact name. Doing it again changes nothing.
/// OAuth2 needs a token first (oauth2_tokens, set_bearer); masked, `Bearer ***` is written.
/// Fails with errc::invalid_argument for a line break in a name or value, and for a user name with a colon (RFC 7617).
result<void> authorize(net::http_request& request, const auth& how, credentials_as as = credentials_as::real);

/// `Authorization: Bearer TOKEN` (RFC 6750). Fails with errc::protocol_error for an empty token or one that fits no header.
result<void> set_bearer(net::http_request& request, const std::string& token);

/// `Authorization: Basic …` with the texts as UTF-8 (RFC 7617). Fails as `authorize`.
result<void> set_basic(net::http_request& request, const std::string& user, const std::string& password);

/// The header names that carry the credentials: they never go to another origin.
std::vector<std::string> credential_headers(const auth& how);

}  // namespace utcp
