#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace utcp {
struct transport_services;
}

namespace utcp::net {

enum class tls_version { tls1_2, tls1_3 };
enum class http_version { automatic, http1_1 };  ///< automatic: HTTP/2 when a TLS server offers it

/// How connections are made. Requests share connections when their options are equal.
struct connection_options {
  std::string ca_file;                ///< PEM; empty: the system's certificates
  std::string client_certificate;     ///< PEM file; empty: none
  std::string client_key;             ///< PEM file; empty: the key stands in `client_certificate`
  secret client_key_password;
  tls_version least_tls = tls_version::tls1_2;
  http_version version = http_version::automatic;
  std::optional<secret> proxy;        ///< URL, may hold a password; empty text: none; nothing: the environment decides
  std::string unix_socket;            ///< path of a socket to connect to in the place of the URL's host and port

  friend bool operator==(const connection_options&, const connection_options&) = default;
};

/// Never changed once made: transfers compare pointers first.
using connection_ptr = std::shared_ptr<const connection_options>;

/// Reads `ca_file`, `client_certificate`, `client_key`, `client_key_password`, `tls_min_version` ("1.2", "1.3"),
/// `http_version` ("auto", "1.1"), `proxy` (http, https, socks4, socks4a, socks5, socks5h; "": none) and
/// `unix_socket` of `options`; what is not there comes from `otherwise`. Relative paths start at `root_dir`.
/// Fails with errc::invalid_config that names the key behind `place`, where the options stand: a wrong type or word, a file that cannot
/// be read, a key without a certificate.
result<connection_options> read_connection_options(const json& options, const std::string& place, const std::filesystem::path& root_dir,
                                                   const connection_options& otherwise);

/// Those of `defaults.http`.
result<connection_options> usual_connection_options(const transport_services& services);

/// Whether `options` hold any of these keys.
bool has_connection_options(const json& options);

/// What holds for servers other than the one the options were written for: no client certificate and no unix socket.
connection_options without_identity(connection_options options);

}  // namespace utcp::net
