#pragma once

#include <utcp/auth/oauth2.hpp>
#include <utcp/clock.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/secret.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

inline constexpr std::string_view token_purpose = "OAuth2 token request";
inline constexpr std::string_view metadata_purpose = "OAuth2 issuer's metadata";

/// What a token server granted (RFC 6749 section 5.1).
struct token_grant {
  std::string token;
  std::chrono::seconds life{0};
  secret refresh_token;              ///< empty: none
  std::optional<std::string> scope;  ///< nothing: what was asked for
};

/// How a client proves at a token endpoint who it is.
struct client_proof {
  enum class way {
    body,       ///< client_secret_post
    header,     ///< client_secret_basic
    id_only,    ///< none, or the TLS certificate (RFC 8705)
    assertion,  ///< private_key_jwt (RFC 7523)
  };
  client_proof() = default;

  way by = way::id_only;
  secret id;
  secret key;        ///< the client's secret
  secret assertion;  ///< the signed JWT
};

/// A request to an authorization server, without any credentials. `until` is by the system's clock.
net::http_request oauth2_request(const net::url& target, const token_route& route, time_point until);

/// A POST of `form` (`grant_type=…`) to a token endpoint, with the client's proof.
net::http_request token_request(const net::url& target, std::string form, const client_proof& who, const token_route& route, time_point until);

/// The client's secrets in each form in which a server may have got them, and so may say them again.
std::vector<std::string> secrets_of(const client_proof& who);

/// Adds a secret that stands in a form, as it is and as the form has it. Those of less than four characters would hide too much.
void add_secret(std::vector<std::string>& to, const std::string& secret);

/// Reads a successful answer (RFC 6749 section 5.1). Fails with errc::protocol_error: no JSON object, no fitting
/// `access_token`, a `token_type` other than Bearer; and with errc::unauthorized when it holds an `error` after all.
/// None of `secrets` is shown.
result<token_grant> read_grant(const net::http_response& answer, const std::vector<std::string>& secrets);

/// Whether a failure may be due to where the credentials stood.
bool may_want_other_proof(const net::http_response& answer);

/// The `error` of an answer when RFC 6749 section 5.2 knows it, else empty; a literal.
std::string_view token_error(const net::http_response& answer);

/// Why a token server's answer is a failure. `tried` tells of an attempt before it, `remedy` ends the message. 400, 401, 403 →
/// errc::unauthorized, the others as net::status_error. An `error` that RFC 6749 section 5.2 knows is named; all else that the server
/// says is in `remote`, without tokens and without any of `secrets`.
error token_refusal(net::http_response answer, const std::vector<std::string>& secrets, const std::string& tried, std::string_view remedy);

/// Replaces each of `secrets` in all texts of `value`, and what stands under keys that are tokens by name.
void hide_tokens(json& value, const std::vector<std::string>& secrets);

/// Sends a request to an authorization server. Redirects are followed within the origin only, and never by another method: neither the
/// credentials nor who is asked for them may be chosen by an answer. `purpose` and `remedy` are literals.
/// Fails as http_client::send, and with errc::not_allowed for other redirects.
task<result<net::http_response>> oauth2_exchange(std::shared_ptr<net::http_client> http, net::http_request request, std::string_view purpose,
                                                 std::string_view remedy, token_route route);

}  // namespace utcp
