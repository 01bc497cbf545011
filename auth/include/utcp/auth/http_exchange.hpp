#pragma once

#include <utcp/auth.hpp>
#include <utcp/auth/oauth2.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/net/redirect.hpp>

#include <memory>
#include <optional>

namespace utcp {

/// What the exchanges of one client share.
struct http_parts {
  std::shared_ptr<net::http_client> client;
  std::shared_ptr<oauth2_tokens> tokens;
};

/// A request, who asks, and the rules for its redirects.
struct http_plan {
  http_plan() = default;

  net::http_request request;
  net::redirect_rules rules;
  std::optional<auth> credentials;
  time_point deadline = time_point::max();  ///< by the client's clock; the request has its own by the system's
};

/// Checks the URL, puts the credentials on, sends, follows redirects, and after a 401 tries once with a fresh OAuth2 token.
/// Any final status is a success; `request` of the response is the one it answers.
/// Fails as http_client::send, oauth2_tokens::get, follow_redirect and check_url.
task<result<net::http_response>> exchange(http_parts parts, http_plan plan);

/// The same for an answer whose body is pulled.
task<result<net::http_stream>> open_exchange(http_parts parts, http_plan plan);

}  // namespace utcp
