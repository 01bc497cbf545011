#include "proxy.hpp"

#include <utcp/net/address.hpp>
#include <utcp/net/http_message.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <charconv>

namespace utcp::net {
namespace {

namespace ip = boost::asio::ip;

const std::string no_proxy_at_all;

bool in_range(std::string_view range, std::string_view host) {
  const auto address = address_of_host(host);
  if (!address) return false;
  boost::system::error_code ec;
  const std::string text(range);
  if (address->is_v4()) {
    const auto network = ip::make_network_v4(text, ec);
    return !ec && ip::network_v4(address->to_v4(), network.prefix_length()).canonical() == network.canonical();
  }
  const auto network = ip::make_network_v6(text, ec);
  return !ec && ip::network_v6(address->to_v6(), network.prefix_length()).canonical() == network.canonical();
}

// Cuts `:port` off an entry; false when it is another port than the target's.
bool take_port(std::string_view& entry, const url& target) {
  const std::size_t colon = entry.rfind(':');
  const bool bracketed = entry.starts_with('[');
  if (colon == std::string_view::npos || (!bracketed && entry.find(':') != colon)) return true;  // none, or a bare IPv6 address
  if (bracketed && entry[colon - 1] != ']') return true;
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
  if (ec != std::errc() || end != entry.data() + entry.size()) return true;
  entry = entry.substr(0, colon);
  return port == target.port();
}

}  // namespace

bool matches_exception(std::string_view entry, const url& target) {
  if (entry == "*") return true;
  const std::string_view host = target.host();
  if (entry.find('/') != std::string_view::npos) return in_range(entry, host);
  if (!take_port(entry, target)) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.starts_with("*.")) entry.remove_prefix(2);
  else if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  if (const auto address = address_of_host(entry)) return address == address_of_host(host);
  if (entry.size() > host.size() || !equal_ignoring_case(host.substr(host.size() - entry.size()), entry)) return false;
  return entry.size() == host.size() || host[host.size() - entry.size() - 1] == '.';
}

proxy_environment::proxy_environment(const lookup& variable) {
  const auto first_of = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names)
      if (const char* value = variable(name); value && *value) return value;
    return {};
  };
  const std::string all = first_of({"all_proxy", "ALL_PROXY"});
  http_ = variable("REQUEST_METHOD") ? first_of({"http_proxy"}) : first_of({"http_proxy", "HTTP_PROXY"});
  https_ = first_of({"https_proxy", "HTTPS_PROXY"});
  if (http_.empty()) http_ = all;
  if (https_.empty()) https_ = all;
  const std::string list = first_of({"no_proxy", "NO_PROXY"});
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(", \t", at), list.size());
    if (end > at) exceptions_.push_back(list.substr(at, end - at));
    at = end + 1;
  }
}

bool proxy_environment::is_excepted(const url& target) const {
  return is_loopback_like(target.host()) ||
         std::any_of(exceptions_.begin(), exceptions_.end(), [&](const std::string& entry) { return matches_exception(entry, target); });
}

const std::string& proxy_environment::proxy_for(const url& target) const {
  const std::string& proxy = target.scheme() == "https" ? https_ : http_;
  return proxy.empty() || is_excepted(target) ? no_proxy_at_all : proxy;
}

}  // namespace utcp::net
