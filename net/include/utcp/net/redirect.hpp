#pragma once

#include <utcp/net/http_message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

constexpr int max_redirects = 5;

/// What stays the same over the hops of one request.
struct redirect_rules {
  redirect_rules() = default;

  std::string purpose;                       ///< begins error messages: "tool invocation"
  bool allow_insecure_http = false;
  bool allow_private_addresses = false;      ///< also from a public server
  std::string query;                         ///< the caller's own pairs, sent again to the same origin
  std::vector<std::string> secret_headers;   ///< names that the auth description declares
  connection_ptr elsewhere;                  ///< for other origins; null: the client's own
};

/// The next request, and whether credentials still belong on it.
struct redirect_hop {
  http_request request;
  bool same_origin = true;
};

/// Whether this status asks for a redirect that is followed: 301, 302, 303, 307, 308.
bool is_redirect(int status) noexcept;

/// Works out where an answer sends us. 303 becomes GET without a body; the others keep both. To another origin go no
/// credentials, no cookies, no query pairs of ours and no body. `hops` counts those made before. After an answer from a public
/// address, or one whose address is not known, the next request goes to public addresses only (`public_addresses_only`).
/// Fails with errc::remote_failed (more than 5 hops, no or unreadable Location) and errc::not_allowed (the URL policy, from
/// another machine to this one, from a public address to a URL that is a private one).
result<redirect_hop> follow_redirect(http_request sent, const http_head& answer, const redirect_rules& rules, int hops);

}  // namespace utcp::net
