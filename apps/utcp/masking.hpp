#pragma once

#include <utcp/json.hpp>

#include <string>
#include <string_view>

namespace utcp::app {

/// A call template for display: credentials written out in it become `***`. References to variables (`${KEY}`,
/// `Bearer $TOKEN`) stay, since they say where the secret comes from and not what it is.
json mask_template(const json& call_template);

/// A URL for display: the password of its user and the values of query parameters that sound secret become `***`.
std::string mask_url(std::string_view url);

/// Whether a header, a parameter or a key of that name usually carries a credential: it has one of the words auth, key,
/// token, secret, password, session, cookie and the like.
bool sounds_secret(std::string_view name);

/// Whether a text is only references to variables, perhaps after an authentication scheme.
bool only_references(std::string_view text);

}  // namespace utcp::app
