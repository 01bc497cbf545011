#pragma once

#include <utcp/auth.hpp>
#include <utcp/auth/flight.hpp>
#include <utcp/clock.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/task.hpp>

#include <chrono>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace utcp {

struct server_metadata;
struct token_grant;

struct oauth2_options {
  oauth2_options() = default;

  std::chrono::milliseconds fetch_timeout{30'000};  ///< for a new token in all: metadata, every attempt, every redirect
};

/// How a token server is reached, and which servers may be asked.
struct token_route {
  token_route() = default;

  net::connection_ptr connection;         ///< null: the client's; with a client certificate for proof::tls
  bool allow_insecure_http = false;
  bool allow_private_addresses = false;   ///< of a token endpoint that a public issuer names
  bool public_addresses_only = false;     ///< see net::http_request

  friend auto operator<=>(const token_route&, const token_route&) = default;
};

/// Access tokens by the client credentials grant (RFC 6749 section 4.4), cached and shared by the transports of one client.
///
/// A token is kept until 30 s before it expires (`expires_in`, 3600 s when the server does not say); an issuer's metadata for
/// an hour. Many that ask at once cause one request. What a server refuses (400, 401, 403, 429) is remembered for a second, and
/// 429 and 503 with Retry-After for as long as they say, at most a minute: until then all who ask get that error.
/// Not thread-safe: used on the executor of the HTTP client only.
class oauth2_tokens : public std::enable_shared_from_this<oauth2_tokens> {
 public:
  oauth2_tokens(boost::asio::any_io_executor executor, std::shared_ptr<net::http_client> http, std::shared_ptr<clock> clock, oauth2_options options = oauth2_options());
  ~oauth2_tokens();

  /// A token for `how`, from the cache or the server. With proof::any the credentials go into the body first, then, when the
  /// server refuses that, as Basic; an issuer's metadata may say otherwise, and what worked comes first the next time.
  /// `deadline` is this caller's, by the client's clock; it does not end the request that others wait for.
  /// Fails with errc::invalid_config (proof::tls without a certificate), not_allowed (the policy for URLs and redirects), unauthorized, rate_limited, unavailable or remote_failed
  /// (`remote` holds the server's words), protocol_error (no `access_token`, another type than Bearer, metadata of another
  /// issuer), unsupported (the server takes no secret), too_large, timed_out, cancelled, connection_failed.
  task<result<std::string>> get(oauth2_auth how, token_route route, time_point deadline);

  /// Drops a token that a server refused. One that was replaced meanwhile stays. At most 8 at once and then one a second are
  /// dropped for the same credentials, so that a service which refuses every token causes no storm of token requests.
  void forget(const oauth2_auth& how, const token_route& route, const std::string& token);

 private:
  using token_flight = flight<std::string>;
  // All that makes a token another token.
  struct key {
    std::string place, id, secret, scope;
    oauth2_auth::proof client_auth = oauth2_auth::proof::any;
    std::optional<std::vector<std::string>> token_origins;
    bool by_issuer = false;
    token_route route;

    friend auto operator<=>(const key&, const key&) = default;
  };
  struct entry {
    std::string token;
    time_point expires = time_point::min();
    std::shared_ptr<token_flight> running;
    std::optional<error> refusal;
    time_point refused_until = time_point::min();
    oauth2_auth::proof proven = oauth2_auth::proof::any;  // what the server took last
    time_point drops_paid_until = time_point::min();
  };
  struct known_server;

  static key key_of(const oauth2_auth& how, token_route route);
  std::shared_ptr<token_flight> start(const key& at, const oauth2_auth& how);
  static task<result<std::string>> run(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how);
  static task<result<token_grant>> fetch(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how, time_point until);
  static task<result<server_metadata>> metadata_of(std::shared_ptr<oauth2_tokens> self, std::string issuer, token_route route, time_point until);
  std::optional<error> recent_refusal(const entry& known) const;
  void remember_refusal(entry& known, const error& failure);
  void trim();

  boost::asio::any_io_executor executor_;
  std::shared_ptr<net::http_client> http_;
  std::shared_ptr<clock> clock_;
  oauth2_options options_;
  std::map<key, entry> entries_;
  std::map<std::pair<std::string, net::connection_ptr>, std::shared_ptr<const known_server>> servers_;  // by issuer; whom to trust is the connection's
};

}  // namespace utcp
