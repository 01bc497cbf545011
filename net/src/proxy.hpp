#pragma once

#include <utcp/net/url.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

/// Which proxy the environment asks for: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` in lower or upper case, lower
/// case first. HTTP_PROXY does not count in a CGI program (REQUEST_METHOD is set), where a request's Proxy header sets it.
///
/// This machine is never reached through one: plain http is allowed to it because it stays here.
class proxy_environment {
 public:
  using lookup = std::function<const char*(const char*)>;

  /// `variable` is getenv, or a test's.
  explicit proxy_environment(const lookup& variable);

  /// The proxy's URL for a target; empty: none.
  const std::string& proxy_for(const url& target) const;

 private:
  bool is_excepted(const url& target) const;

  std::string http_, https_;
  std::vector<std::string> exceptions_;
};

/// Whether one entry of a no_proxy list names the target: `*`, a domain (its subdomains too, with or without a dot before it), an
/// address, a range as 10.0.0.0/8, each with an optional `:port`.
bool matches_exception(std::string_view entry, const url& target);

}  // namespace utcp::net
