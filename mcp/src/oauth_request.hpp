#pragma once

#include <utcp/auth/oauth2_metadata.hpp>
#include <utcp/error.hpp>
#include <utcp/net/url.hpp>
#include <utcp/secret.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace utcp::mcp {

constexpr std::size_t max_scopes = 1024;  // of a challenge, of metadata

using scope_list = std::vector<std::string>;

/// The words of a scope value, each once.
scope_list split_scope(std::string_view text);
std::string join_scope(const scope_list& scopes);
/// Appends what is not there.
void add_scopes(scope_list& to, const scope_list& more);
bool has_scopes(const scope_list& all, const scope_list& some);

/// What is asked for: what the refusal names, else the operator's choice, else all that the resource lists; and what was asked for
/// before. `offline_access` is asked for where the authorization server lists it, and a refresh token has a use.
scope_list choose_scopes(const std::optional<std::string>& challenge, const std::optional<std::string>& operators, const scope_list& resource_scopes,
                         const scope_list& before, const scope_list& server_scopes, bool wants_refresh);

/// The pairs of a query, decoded as a form is. At most 64. Fails with errc::protocol_error: more, or a broken percent sign.
result<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query);

/// What is kept of an authorization request until its answer comes.
struct pending_authorization {
  std::string url;
  std::string state;
  std::string verifier;  ///< secret until it is used
};

struct authorization_question {
  net::url endpoint;
  std::string client_id;
  std::string redirect_uri;
  std::string resource;
  scope_list scopes;
};

/// RFC 6749 section 4.1.1 with PKCE (RFC 7636, S256), a state, and the resource (RFC 8707). Fails as random_text.
result<pending_authorization> ask_for_code(const authorization_question& what);

/// The code of the answer to `asked` (RFC 6749 section 4.1.2). Fails with errc::protocol_error: another state, another issuer or none where
/// the server says that it names itself (RFC 9207), a parameter twice, no code; then nothing of the answer is shown or used. Fails with
/// errc::unauthorized for the server's `error`, which is in `remote`.
result<secret> read_code(std::string_view query, const pending_authorization& asked, const server_metadata& server);

}  // namespace utcp::mcp
