#include <utcp/net/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace utcp::net {
namespace {

namespace ip = boost::asio::ip;

std::optional<std::uint64_t> any_base_number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What inet_aton accepts: one to four parts, each decimal, octal or hexadecimal; the last fills the rest.
std::optional<std::uint32_t> lax_ipv4(std::string_view host) {
  std::array<std::uint64_t, 4> parts{};
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == parts.size()) return std::nullopt;
    const std::size_t dot = host.find('.');
    more = dot != std::string_view::npos;
    const auto part = any_base_number(host.substr(0, dot));
    if (!part) return std::nullopt;
    parts[count] = *part;
    if (more) host.remove_prefix(dot + 1);
  }
  std::uint64_t address = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return std::nullopt;
    address |= parts[i] << (24 - 8 * i);
  }
  if (parts[count - 1] >> (8 * (5 - count))) return std::nullopt;
  return static_cast<std::uint32_t>(address | parts[count - 1]);
}

struct v4_range {
  std::uint32_t first;
  int bits;
  address_scope scope;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }

constexpr v4_range v4_ranges[] = {
    {v4(127, 0, 0, 0), 8, address_scope::loopback},     {v4(0, 0, 0, 0), 32, address_scope::loopback},
    {v4(169, 254, 0, 0), 16, address_scope::link_local}, {v4(0, 0, 0, 0), 8, address_scope::private_use},
    {v4(10, 0, 0, 0), 8, address_scope::private_use},    {v4(100, 64, 0, 0), 10, address_scope::private_use},
    {v4(172, 16, 0, 0), 12, address_scope::private_use}, {v4(192, 0, 0, 0), 24, address_scope::private_use},
    {v4(192, 0, 2, 0), 24, address_scope::private_use},  {v4(192, 168, 0, 0), 16, address_scope::private_use},
    {v4(198, 18, 0, 0), 15, address_scope::private_use}, {v4(198, 51, 100, 0), 24, address_scope::private_use},
    {v4(203, 0, 113, 0), 24, address_scope::private_use}, {v4(224, 0, 0, 0), 3, address_scope::private_use},
};

address_scope scope_of_v4(std::uint32_t address) noexcept {
  for (const v4_range& range : v4_ranges)
    if ((address ^ range.first) >> (32 - range.bits) == 0) return range.scope;
  return address_scope::public_use;
}

using v6_bytes = ip::address_v6::bytes_type;

bool begins_with(const v6_bytes& address, std::initializer_list<unsigned> prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), address.begin(), [](unsigned a, unsigned char b) { return a == b; });
}

std::uint32_t v4_at(const v6_bytes& address, std::size_t at) noexcept { return v4(address[at], address[at + 1], address[at + 2], address[at + 3]); }

address_scope scope_of_v6(const v6_bytes& a) noexcept {
  static constexpr std::initializer_list<unsigned> ten_zeros = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  if (begins_with(a, ten_zeros)) {
    const bool compatible = a[10] == 0 && a[11] == 0;
    if (compatible && v4_at(a, 12) <= 1) return address_scope::loopback;  // :: and ::1
    if (compatible || (a[10] == 0xff && a[11] == 0xff)) return scope_of_v4(v4_at(a, 12));
  }
  if (begins_with(a, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return scope_of_v4(v4_at(a, 12));
  if (begins_with(a, {0x20, 0x02})) return scope_of_v4(v4_at(a, 2));
  if (begins_with(a, {0x20, 0x01, 0, 0})) return scope_of_v4(~v4_at(a, 12));
  if (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) return address_scope::link_local;
  if (begins_with(a, {0x20, 0x01, 0x0d, 0xb8})) return address_scope::private_use;
  // Only 2000::/3 is given out for the public.
  return (a[0] & 0xe0) == 0x20 ? address_scope::public_use : address_scope::private_use;
}

}  // namespace

address_scope scope_of(const ip::address& address) noexcept {
  return address.is_v4() ? scope_of_v4(address.to_v4().to_uint()) : scope_of_v6(address.to_v6().to_bytes());
}

std::optional<ip::address> address_of_host(std::string_view host) {
  if (host.size() > 255) return std::nullopt;
  if (host.find(':') != std::string_view::npos) {
    boost::system::error_code ec;
    const auto v6 = ip::make_address_v6(std::string(host.substr(0, host.find('%'))), ec);
    if (ec) return std::nullopt;
    return ip::address(v6);
  }
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  const auto v4 = lax_ipv4(host);
  if (!v4) return std::nullopt;
  return ip::address(ip::address_v4(*v4));
}

std::string_view to_string(address_scope scope) noexcept {
  switch (scope) {
    case address_scope::loopback: return "an address of this machine";
    case address_scope::link_local: return "a link-local address";
    case address_scope::private_use: return "a private address";
    case address_scope::public_use: break;
  }
  return "a public address";
}

}  // namespace utcp::net
