#pragma once

#include <utcp/auth/oauth2.hpp>
#include <utcp/clock.hpp>
#include <utcp/net/http_message.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

constexpr std::string_view token_purpose = "OAuth2 token request";

/// What a token server granted.
struct token_grant {
  std::string token;
  std::chrono::seconds life{0};
};

/// A request to an authorization server, without any credentials. `until` is by the system's clock.
net::http_request oauth2_request(const net::url& target, const token_route& route, time_point until);

/// The request for a token (RFC 6749 section 4.4.2). `way` says where the credentials stand; it is not `any`.
net::http_request token_request(const net::url& target, const oauth2_auth& how, oauth2_auth::proof way, const token_route& route, time_point until);

/// Reads a successful answer (RFC 6749 section 5.1). Fails with errc::protocol_error: no JSON object, no fitting
/// `access_token`, a `token_type` other than Bearer; and with errc::unauthorized when it holds an `error` after all.
result<token_grant> read_grant(const net::http_response& answer, const oauth2_auth& how);

/// Whether a failure may be due to where the credentials stood.
bool may_want_other_proof(const net::http_response& answer);

/// Why a token server's answer is a failure. `tried` tells of an attempt before it. 400, 401, 403 → errc::unauthorized, the
/// others as net::status_error. An `error` that RFC 6749 section 5.2 knows is named; all else that the server says is in
/// `remote`, without tokens and without the client's secret.
error token_refusal(net::http_response answer, const oauth2_auth& how, const std::string& tried);

/// Replaces each of `secrets` in all texts of `value`, and what stands under keys that are tokens by name.
void hide_tokens(json& value, const std::vector<std::string>& secrets);

}  // namespace utcp
