#include <utcp/net/url_policy.hpp>

#include <utcp/net/address.hpp>

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
  const auto address = address_of_host(lower);
  return address && scope_of(*address) == address_scope::loopback;
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
