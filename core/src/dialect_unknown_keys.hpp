#pragma once

#include <utcp/call_template.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp {

struct unknown_key {
  std::string key;
  std::string meant;  ///< the key that is nearest to it; empty: none is near
};

/// Whether a key is meant for people or for other programs: `_…`, `$…`, `#…`, `//…`, `x-…`.
bool is_remark(std::string_view key);

/// The keys of a provider that nobody reads, neither this client nor a peer, and that are no remarks. None where only a plug-in knows the
/// protocol. `written` is what `read` was made of.
std::vector<unknown_key> unknown_keys(const json& written, const call_template& read);

/// The one of `known` that a mistyped key meant, if `written` does not have it as well; empty when none is near.
std::string nearest_key(std::string_view mistyped, const std::vector<std::string_view>& known, const json& written);

/// What to tell of it.
std::string text_of(const unknown_key& key);

}  // namespace utcp
