#include <utcp/net/home_hosts.hpp>

#include <utcp/net/url_policy.hpp>
#include <utcp/origin.hpp>

#include <algorithm>

namespace utcp::net {
namespace {

std::string host_of_origin(const std::string& origin) {
  const std::size_t host = origin.find("://") + 3;
  return origin.substr(host, origin.rfind(':') - host);
}

}  // namespace

home_hosts::home_hosts(const call_template& provider) {
  if (const auto own = origin_of(provider)) hosts_.push_back(host_of_origin(*own));
  if (const auto listed = provider.options.find("allowed_origins"); listed != provider.options.end() && listed->is_array())
    for (const json& each : *listed)
      if (const auto origin = each.is_string() ? origin_of_url(each.get_ref<const std::string&>()) : std::nullopt) hosts_.push_back(host_of_origin(*origin));
}

bool home_hosts::have(const std::string& origin) const {
  const std::string host = host_of_origin(origin);
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& home) { return home == host || (is_loopback_like(home) && is_loopback_like(host)); });
}

bool refuses_other_hosts(const call_template& provider) {
  const auto rule = provider.options.find("other_origins");
  return rule != provider.options.end() && *rule != "report";
}

}  // namespace utcp::net
