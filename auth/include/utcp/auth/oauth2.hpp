#pragma once

#include <utcp/auth.hpp>
#include <utcp/clock.hpp>
#include <utcp/net/http_client.hpp>
#include <utcp/task.hpp>

#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace utcp {

/// Access tokens by the client credentials grant (RFC 6749 section 4.4), cached and shared by the transports of one client.
///
/// A token is kept until 30 s before it expires (`expires_in`, 3600 s when the server does not say). Many that ask at once
/// cause one request. Not thread-safe: used on the executor of the HTTP client only.
class oauth2_tokens : public std::enable_shared_from_this<oauth2_tokens> {
 public:
  oauth2_tokens(boost::asio::any_io_executor executor, std::shared_ptr<net::http_client> http, std::shared_ptr<clock> clock);
  ~oauth2_tokens();

  /// A token for `how`, from the cache or the server: credentials in the body first, then, when the server refuses that, as
  /// Basic. `deadline` is this caller's; the request to the token server has at most 30 s.
  /// Fails with errc::not_allowed (token URL policy), unauthorized or remote_failed (`remote` holds the server's words),
  /// protocol_error (no `access_token`), timed_out, cancelled, connection_failed.
  task<result<std::string>> get(oauth2_auth how, bool allow_insecure_http, time_point deadline);

  /// Drops a token that a server refused. One that was replaced meanwhile stays.
  void forget(const oauth2_auth& how, const std::string& token);

 private:
  struct flight;
  struct presence;
  struct entry {
    std::string token;
    time_point expires = time_point::min();
    std::shared_ptr<flight> running;
  };
  using key = std::tuple<std::string, std::string, std::string, std::string>;  // URL, id, secret, scope

  static key key_of(const oauth2_auth& how);
  std::shared_ptr<flight> start(const key& at, const oauth2_auth& how, bool allow_insecure_http);
  static task<void> run(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how, bool allow_insecure_http, std::shared_ptr<flight> into);
  static task<result<std::string>> wait(std::shared_ptr<oauth2_tokens> self, std::shared_ptr<flight> on, time_point deadline);
  void trim();

  boost::asio::any_io_executor executor_;
  std::shared_ptr<net::http_client> http_;
  std::shared_ptr<clock> clock_;
  std::map<key, entry> entries_;
};

}  // namespace utcp
