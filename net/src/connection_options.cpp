#include <utcp/net/connection_options.hpp>

#include <utcp/net/url.hpp>
#include <utcp/transport.hpp>

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 8> keys = {"ca_file",         "client_certificate", "client_key", "client_key_password",
                                             "tls_min_version", "http_version",       "proxy",      "unix_socket"};
constexpr std::array<std::string_view, 6> proxy_schemes = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};

class reader {
 public:
  reader(const json& options, const std::string& place, const fs::path& root_dir, connection_options& out) : options_(options), place_(place), root_dir_(root_dir), out_(out) {}

  result<void> read() {
    if (auto done = read_file("ca_file", out_.ca_file); !done) return done;
    if (auto done = read_identity(); !done) return done;
    if (auto done = read_versions(); !done) return done;
    if (auto done = read_proxy(); !done) return done;
    return read_socket();
  }

 private:
  error bad(const char* key, const std::string& what) const { return {errc::invalid_config, place_ + "/" + key + ": " + what}; }

  /// The text at `key`; null when it is absent or JSON null. Not a string: a failure.
  result<const std::string*> text(const char* key) const {
    const auto it = options_.find(key);
    if (it == options_.end() || it->is_null()) return static_cast<const std::string*>(nullptr);
    if (!it->is_string()) return bad(key, "must be a string");
    return &it->get_ref<const std::string&>();
  }

  std::string absolute(const std::string& path) const { return path.empty() || path.front() == '/' ? path : (root_dir_ / path).string(); }

  result<void> read_file(const char* key, std::string& to) const {
    auto given = text(key);
    if (!given) return given.error();
    if (!*given) return {};
    to = absolute(**given);
    if (!to.empty() && ::access(to.c_str(), R_OK) != 0) return bad(key, "names " + to + ", which cannot be read");
    return {};
  }

  result<void> read_identity() const {
    const auto own = options_.find("client_certificate");
    if (own != options_.end()) {  // a certificate of its own does not go with the key of another
      out_.client_key.clear();
      out_.client_key_password = secret();
    }
    if (auto done = read_file("client_certificate", out_.client_certificate); !done) return done;
    if (auto done = read_file("client_key", out_.client_key); !done) return done;
    auto password = text("client_key_password");
    if (!password) return password.error();
    if (*password) out_.client_key_password = secret(**password);
    if (!out_.client_key.empty() && out_.client_certificate.empty()) return bad("client_key", "needs \"client_certificate\" beside it");
    return {};
  }

  result<void> read_versions() const {
    auto tls = text("tls_min_version");
    if (!tls) return tls.error();
    if (*tls) {
      if (**tls != "1.2" && **tls != "1.3") return bad("tls_min_version", "must be \"1.2\" or \"1.3\"");
      out_.least_tls = **tls == "1.3" ? tls_version::tls1_3 : tls_version::tls1_2;
    }
    auto http = text("http_version");
    if (!http) return http.error();
    if (*http) {
      if (**http != "auto" && **http != "1.1") return bad("http_version", "must be \"auto\" or \"1.1\"");
      out_.version = **http == "1.1" ? http_version::http1_1 : http_version::automatic;
    }
    return {};
  }

  result<void> read_proxy() const {
    auto given = text("proxy");
    if (!given) return given.error();
    if (!*given) return {};
    const std::string& address = **given;
    if (!address.empty()) {
      const auto parsed = url::parse(address);
      // The text is not shown: it may hold a password.
      if (!parsed || std::find(proxy_schemes.begin(), proxy_schemes.end(), parsed->scheme()) == proxy_schemes.end())
        return bad("proxy", "must be a URL such as \"http://proxy.example:3128\", with http, https, socks4, socks4a, socks5 or socks5h");
    }
    out_.proxy = secret(address);
    return {};
  }

  result<void> read_socket() const {
    auto given = text("unix_socket");
    if (!given) return given.error();
    if (!*given) return {};
    out_.unix_socket = absolute(**given);
    if (out_.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) return bad("unix_socket", "is longer than a socket's path may be (107 bytes)");
    return {};
  }

  const json& options_;
  const std::string& place_;
  const fs::path& root_dir_;
  connection_options& out_;
};

}  // namespace

result<connection_options> read_connection_options(const json& options, const std::string& place, const fs::path& root_dir, const connection_options& otherwise) {
  connection_options out = otherwise;
  if (auto done = reader(options, place, root_dir, out).read(); !done) return done.error();
  return out;
}

result<connection_options> usual_connection_options(const transport_services& services) {
  return read_connection_options(services.http, services.source + "#/defaults/http", services.root_dir, connection_options());
}

bool has_connection_options(const json& options) {
  return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return options.contains(key); });
}

connection_options without_identity(connection_options options) {
  options.client_certificate.clear();
  options.client_key.clear();
  options.client_key_password = secret();
  options.unix_socket.clear();
  return options;
}

}  // namespace utcp::net
