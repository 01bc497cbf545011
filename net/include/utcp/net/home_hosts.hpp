#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>

#include <string>
#include <vector>

namespace utcp::net {

/// The hosts that a provider's manual may lead to without a word: its own and those of its `allowed_origins` (docs/security.md).
class home_hosts {
 public:
  explicit home_hosts(const call_template& provider);

  /// Whether the host of an origin (utcp::origin_of) is one. The names of this machine count as one host.
  bool have(const std::string& origin) const;

 private:
  std::vector<std::string> hosts_;
};

/// Whether other hosts are refused, as the provider's `other_origins` says; utcp::check_settings has looked at it.
bool refuses_other_hosts(const call_template& provider);

}  // namespace utcp::net
