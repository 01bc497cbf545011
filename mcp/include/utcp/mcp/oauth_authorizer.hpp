#pragma once

#include <utcp/clock.hpp>
#include <utcp/mcp/authorizer.hpp>
#include <utcp/mcp/browser.hpp>
#include <utcp/mcp/token_store.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::mcp {

enum class oauth_grant {
  authorization_code,  ///< a person agrees in a browser
  client_credentials,  ///< the client for itself: needs a client id and a secret or key
  jwt_bearer,          ///< a JWT that the application brings (RFC 7523): of a workload identity, or of an enterprise's identity provider
};

/// Gives the JWT for an authorization: its audience is `issuer`. Called for each.
using assertion_source = std::function<task<result<secret>>(std::string issuer, std::string resource)>;

/// The content of a file, read each time; platforms that give workloads an identity renew it. At most 64 KiB.
/// Fails with errc::unauthorized: not there, empty, too large.
assertion_source make_file_assertion(std::string path);

/// How an enterprise's identity provider exchanges a person's ID token for an assertion (ID-JAG, RFC 8693).
struct identity_provider {
  identity_provider() = default;

  std::string token_endpoint;  ///< https, or this machine
  std::string client_id;       ///< there
  secret client_secret;        ///< there; empty: none
  secret id_token;
};
/// Fails as net::http_client::send, and with errc::unauthorized and protocol_error.
assertion_source make_enterprise_assertion(std::shared_ptr<net::http_client> http, identity_provider at);

/// Who the client is, and how it asks. What is empty is found out.
struct oauth_options {
  oauth_options() = default;

  oauth_grant grant = oauth_grant::authorization_code;
  std::string client_id;            ///< known to the authorization server already; empty: a metadata document, or registration
  secret client_secret;
  secret private_key;               ///< PEM; the client proves itself by a signed JWT (RFC 7523): ES256 or RS256, as the key is
  std::string issuer;               ///< the only authorization server that is used; empty: the first that the server names
  std::string client_metadata_url;  ///< of this client's metadata document: https with a path
  std::string client_name = "utcp"; ///< for registration: what the person is shown
  std::optional<std::string> scope; ///< instead of all the scopes that the server's metadata list; what a refusal asks for is added
  std::chrono::milliseconds request_timeout{30'000};   ///< of all requests up to the person's step, and of all after it
  std::chrono::milliseconds browser_timeout{300'000};  ///< of the person's step
  bool allow_private_addresses = false;                ///< a server with a public address may lead to private ones
  net::connection_ptr connection;                      ///< of requests to the MCP server's origin; null: the client's
  net::connection_ptr elsewhere;                       ///< of those to other origins
};

struct oauth_parts {
  oauth_parts() = default;

  boost::asio::any_io_executor executor;  ///< that of `http`
  std::shared_ptr<net::http_client> http;
  std::shared_ptr<clock> time = system_clock();
  std::shared_ptr<token_store> store = make_memory_token_store();
  std::shared_ptr<browser> person;        ///< null: nobody is there to ask; errc::unauthorized where a person is needed
  assertion_source assertion;             ///< of oauth_grant::jwt_bearer
  std::function<void(notice)> on_notice;  ///< a store that cannot be read or written stops nothing
};

/// MCP authorization (revisions 2025-03-26 to 2026-07-28) for one server: finds its authorization server (RFC 9728, RFC 8414, OpenID
/// Connect Discovery), gets a client id, asks a person or authorizes the client itself, keeps and refreshes tokens, and asks for more
/// scopes when a server wants them. PKCE (S256) and resource indicators (RFC 8707) always.
///
/// Credentials are bound to the issuer that gave them; a configured client without `issuer` is bound to the first that it is used
/// with. At most 3 authorizations follow one another without a token that lasts for five minutes; then the refusal stands for ten.
/// An authorization that failed is not tried again for a second, and where a person was asked, for a minute.
///
/// All that a document names has to be https, plain http on this machine only. It may be on another host, but another machine may not
/// name this one, and a server with a public address leads to public addresses only. Credentials never follow a redirect.
///
/// `authorization` and `refused` fail with errc::unauthorized (a server or person refused, or nobody is there to ask), not_allowed (those
/// rules, another issuer than the client is bound to), protocol_error (documents and answers that break theirs), unsupported (no way
/// to get a client id, no PKCE), timed_out, cancelled, and as net::http_client::send. What a server said is in `remote`, without secrets.
/// An authorization under way goes on when a request that waits for it is cancelled; the destructor ends it.
class oauth_authorizer final : public authorizer {
 public:
  /// Fails with errc::invalid_config for options that cannot be used, and errc::not_allowed (the URL policy).
  static result<std::shared_ptr<oauth_authorizer>> make(const std::string& server_url, oauth_options options, oauth_parts parts);
  ~oauth_authorizer() override;
  oauth_authorizer(oauth_authorizer&&) = delete;

  task<result<std::optional<secret>>> authorization() override;
  task<result<bool>> refused(refusal what) override;

  /// Drops the tokens, here and in the store. The client's registration stays.
  task<result<void>> sign_out();

  struct core;

 private:
  explicit oauth_authorizer(std::shared_ptr<core> made);
  std::shared_ptr<core> core_;
};

/// Drops the tokens that a store keeps for the server of that URL, or without a URL for all, whichever client got them. Gives the addresses
/// of those that had some. Clients' registrations stay. Fails as the store does, and with errc::invalid_config for what is no URL.
task<result<std::vector<std::string>>> sign_out(std::shared_ptr<token_store> store, std::optional<std::string> server_url);

}  // namespace utcp::mcp
