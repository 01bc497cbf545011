#pragma once

#include "api.hpp"

#include <set>
#include <string>
#include <utility>

namespace utcp::openapi_detail {

/// How an operation's requests prove who asks.
struct operation_security {
  json auth;                    ///< canonical, or null
  json headers = json::object();  ///< what `auth` cannot hold: further keys of a combination
  std::set<std::pair<std::string, std::string>> covered;  ///< parameters (place, name) that these send
};

operation_security security_of(const api& in, const operation& of);

/// What a scheme's variables are called after their kind: letters, digits and `_`.
std::string variable_suffix(std::string_view scheme);

}  // namespace utcp::openapi_detail
