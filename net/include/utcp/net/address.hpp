#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace utcp::net {

/// How far an IP address reaches. Source: the IANA special-purpose address registries (RFC 6890).
enum class address_scope {
  loopback,     ///< this machine: 127.0.0.0/8, 0.0.0.0, ::1, ::
  link_local,   ///< 169.254.0.0/16, where clouds keep their metadata, and fe80::/10
  private_use,  ///< RFC 1918, unique local, carrier-grade NAT, multicast, and everything else that is not for the public
  public_use,
};

/// IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) have the scope of what they carry.
address_scope scope_of(const boost::asio::ip::address& address) noexcept;

/// The address that a URL's host is, in every spelling that a resolver takes for one: also the short, integer, octal and
/// hexadecimal ones of IPv4, a trailing dot, and IPv6 with a zone. Nothing for a name.
std::optional<boost::asio::ip::address> address_of_host(std::string_view host);

/// "a private address", for messages.
std::string_view to_string(address_scope scope) noexcept;

}  // namespace utcp::net
