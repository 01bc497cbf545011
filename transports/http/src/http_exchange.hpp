#pragma once

#include <utcp/auth.hpp>
#include <utcp/auth/oauth2.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/net/redirect.hpp>

#include <memory>
#include <optional>

namespace utcp::http {

/// What the exchanges of one client share.
struct shared_parts {
  std::shared_ptr<net::http_client> client;
  std::shared_ptr<oauth2_tokens> tokens;
};

/// A request, who asks, and the rules for its redirects.
struct exchange_plan {
  exchange_plan() = default;

  net::http_request request;
  net::redirect_rules rules;
  std::optional<auth> credentials;
  time_point deadline = time_point::max();  ///< by the client's clock; the request has its own by the system's
};

/// Checks the URL, puts the credentials on, sends, follows redirects, and after a 401 tries once with a fresh OAuth2 token.
/// Any final status is a success; `request` of the response is the one it answers.
/// Fails as http_client::send, oauth2_tokens::get, follow_redirect and check_url.
task<result<net::http_response>> exchange(shared_parts parts, exchange_plan plan);

}  // namespace utcp::http
