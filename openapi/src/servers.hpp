#pragma once

#include "api.hpp"

#include <string>
#include <vector>

namespace utcp::openapi_detail {

/// A placeholder in a server's URL that has a value when the caller gives none.
struct server_choice {
  std::string name;
  std::string preset;
  node variable;
};

/// Where an operation's requests go.
struct server {
  std::string base;                    ///< absolute, without a slash at its end; may hold `{placeholders}`
  std::vector<std::string> arguments;  ///< placeholders in `base` that nothing gives a value
  std::vector<server_choice> choices;  ///< and those that the caller may fill
  json all;                            ///< where there is a choice: {"url", "description"} of each
  std::string refused;                 ///< why there is no tool for it; empty: fine
};

/// The explicit base URL, else the server of the operation, of its path, of the document, else where the document came from.
server server_of(const api& in, const operation& of);

/// Joins without losing the base's path or doubling slashes. Takes a path's `#…` away.
std::string join_url(const std::string& base, std::string_view path);

/// The names in braces.
std::vector<std::string> placeholders_in(std::string_view text);

}  // namespace utcp::openapi_detail
