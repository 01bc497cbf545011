#include <utcp/net/url_policy.hpp>

#include <boost/asio/ip/address_v6.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace utcp::net {
namespace {

constexpr std::uint32_t loopback_v4_net = 127;

// Four decimal parts without leading zeros, nothing else.
std::optional<std::uint32_t> strict_ipv4(std::string_view host) {
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    unsigned part = 0;
    const auto [end, ec] = std::from_chars(host.data(), host.data() + host.size(), part);
    const auto size = static_cast<std::size_t>(end - host.data());
    if (ec != std::errc() || part > 255 || (size > 1 && host.front() == '0')) return std::nullopt;
    host.remove_prefix(size);
    if (i < 3) {
      if (host.empty() || host.front() != '.') return std::nullopt;
      host.remove_prefix(1);
    }
    address = address << 8 | part;
  }
  if (!host.empty()) return std::nullopt;
  return address;
}

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
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
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

bool is_local_v4(std::uint32_t address) { return address >> 24 == loopback_v4_net || address == 0; }

bool is_local_v6(std::string_view host) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address_v6(std::string(host.substr(0, host.find('%'))), ec);
  if (ec) return false;
  if (address.is_loopback() || address.is_unspecified()) return true;
  const auto octets = address.to_bytes();
  for (std::size_t i = 0; i < 10; ++i)
    if (octets[i] != 0) return false;
  const bool embeds_v4 = (octets[10] == 0xff && octets[11] == 0xff) || (octets[10] == 0 && octets[11] == 0);
  const std::uint32_t v4 = std::uint32_t{octets[12]} << 24 | std::uint32_t{octets[13]} << 16 | std::uint32_t{octets[14]} << 8 | octets[15];
  return embeds_v4 && is_local_v4(v4);
}

error refused(const url& target, std::string_view purpose, std::string_view why) {
  return {errc::not_allowed, "Security error during " + std::string(purpose) + ": " + target.shown() + " " + std::string(why)};
}

}  // namespace

bool is_loopback_host(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1") return true;
  const auto v4 = strict_ipv4(host);
  return v4 && *v4 >> 24 == loopback_v4_net;
}

bool is_loopback_like(std::string_view host) noexcept {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  if (host.size() > 255) return false;
  std::string lower(host);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (lower == "localhost" || lower.ends_with(".localhost") || lower == "localhost.localdomain") return true;
  if (lower.find(':') != std::string::npos) return is_local_v6(lower);
  const auto v4 = lax_ipv4(lower);
  return v4 && is_local_v4(*v4);
}

bool points_at_loopback(std::string_view text) noexcept {
  if (const std::size_t slashes = text.find("://"); slashes != std::string_view::npos) text.remove_prefix(slashes + 3);
  else if (text.starts_with("//")) text.remove_prefix(2);
  text = text.substr(0, text.find_first_of("/?#\\"));
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  if (text.starts_with('[')) return is_loopback_like(text.substr(1, text.find(']') - 1));
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) return is_loopback_like(text);
  return is_loopback_like(text.substr(0, colon));
}

result<void> check_url(const url& target, bool allow_insecure_http, std::string_view purpose) {
  if (target.has_userinfo()) return refused(target, purpose, "carries a user name or password; put it into the provider's \"auth\" instead");
  if (target.scheme() == "https") return {};
  if (target.scheme() != "http") return refused(target, purpose, "is neither https nor http");
  if (allow_insecure_http || is_loopback_host(target.host())) return {};
  return refused(target, purpose,
                 "is plain http to another machine. URL must use HTTPS or be a literal loopback address; "
                 "to allow it, set \"allow_insecure_http\": true in the provider");
}

}  // namespace utcp::net
