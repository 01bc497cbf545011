#pragma once

#include <utcp/json.hpp>

#include <string>
#include <string_view>

namespace utcp {

// What may be shown of text that a user wrote. Values that variables gave are another matter: see docs/security.md.

/// What stands for a secret wherever something is shown.
inline constexpr std::string_view mask = "***";

/// Whether a header, a parameter, a variable or a key of that name usually carries a credential: it has one of the words auth,
/// key, token, secret, password, session, cookie and the like.
bool sounds_secret(std::string_view name);

/// Whether a text is only references to variables, or `***` in their place, perhaps after an authentication scheme.
bool only_references(std::string_view text);

/// Keys of an auth object that hold no credential: auth_type, var_name, location, token_url, issuer, scope and the like.
bool is_open_auth_key(std::string_view key) noexcept;

/// A URL for display: the password of its user and the values of query parameters that sound secret become `***`.
std::string mask_url(std::string_view url);

/// The value of a header or of metadata for display: `***` where the name sounds secret, unless it is only references.
std::string mask_field(std::string_view name, const std::string& value);

/// An auth object for display, its credentials being `***`. References to variables (`${KEY}`, `Bearer $TOKEN`) stay, since
/// they say where the secret comes from and not what it is. Null stays null.
json masked_auth(json auth);

/// A call template for display: credentials written out anywhere in it become `***`.
json mask_template(const json& call_template);

}  // namespace utcp
