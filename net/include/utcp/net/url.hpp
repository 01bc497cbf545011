#pragma once

#include <utcp/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace utcp::net {

/// An absolute URL with a host, in one normal form: scheme and host in lower case, the default port left out, at least `/`
/// as path, no fragment. It owns its text. Source: RFC 3986, read leniently: a character that may not stand in a path or
/// query is percent-encoded instead of refused, as browsers do.
class url {
 public:
  url() = default;

  /// Fails with errc::invalid_config: control characters, no scheme or host, a host that is not a DNS name or an IP
  /// literal, a port outside 1..65535. The message shows neither user info nor query.
  static result<url> parse(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  std::string_view scheme() const noexcept { return part(0, scheme_size_); }
  /// Without user info and port; an IPv6 literal without brackets.
  std::string_view host() const noexcept { return part(host_at_, host_size_); }
  /// As written, else the scheme's default; 0 when the scheme has none.
  std::uint16_t port() const noexcept { return port_; }
  std::string_view path() const noexcept { return part(path_at_, path_size_); }
  /// Without the question mark; empty when there is none.
  std::string_view query() const noexcept;
  bool has_userinfo() const noexcept { return has_userinfo_; }

  /// Same scheme, host and effective port (RFC 6454).
  bool same_origin(const url& other) const noexcept;
  /// `scheme://host:port/path`: what may be shown; no user info, no query.
  std::string shown() const;

  void set_query(std::string_view query);

  /// The URL that a reference (a Location header) names. Fails with errc::invalid_config.
  result<url> resolve(std::string_view reference) const;

 private:
  std::string_view part(std::size_t at, std::size_t size) const noexcept { return std::string_view(text_).substr(at, size); }
  static result<url> compose(std::string_view clean);

  std::string text_;
  std::uint32_t scheme_size_ = 0, host_at_ = 0, host_size_ = 0, path_at_ = 0, path_size_ = 0;
  std::uint16_t port_ = 0;
  bool has_userinfo_ = false;
};

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986 unreserved), bytewise.
void append_component(std::string& to, std::string_view value);
std::string encode_component(std::string_view value);

/// Appends `name=value` to a query or a form body, with `&` between pairs; spaces become `+` (application/x-www-form-urlencoded).
void append_query_pair(std::string& query, std::string_view name, std::string_view value);
/// Replaces the first pair of that name and drops the others; appends when there is none.
void set_query_pair(std::string& query, std::string_view name, std::string_view value);
/// Whether a pair of that name is there; names are compared decoded.
bool has_query_pair(std::string_view query, std::string_view name);
/// Appends the pairs of `more` whose names `query` does not have.
void merge_query(std::string& query, std::string_view more);

}  // namespace utcp::net
