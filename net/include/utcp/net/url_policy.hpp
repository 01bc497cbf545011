#pragma once

#include <utcp/net/url.hpp>

#include <string_view>

namespace utcp::net {

/// Whether a host (lower case, no brackets) is this machine and nothing else: exactly `localhost`, an address of
/// 127.0.0.0/8 with four decimal parts, or `::1`. Plain http is fine there.
bool is_loopback_host(std::string_view host) noexcept;

/// Whether a host may reach this machine in any spelling: the above, `localhost.`, `*.localhost`, `0.0.0.0`, `::`,
/// IPv4-mapped and -compatible loopback, and the short, integer, octal and hexadecimal spellings of IPv4. For refusing
/// remote documents that point at the local machine.
bool is_loopback_like(std::string_view host) noexcept;

/// Whether `text` is an absolute URL (any scheme) or a bare `host` or `host:port` whose host is loopback-like.
bool points_at_loopback(std::string_view text) noexcept;

/// The URL safety rule: https to any host, plain http to this machine only unless `allow_insecure_http`, no other
/// scheme, no user info. `purpose` ("tool invocation") begins the message.
/// Fails with errc::not_allowed; the message names the URL without query and user info, and the remedy.
result<void> check_url(const url& target, bool allow_insecure_http, std::string_view purpose);

}  // namespace utcp::net
