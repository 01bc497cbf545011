#pragma once

#include <string>
#include <string_view>

namespace utcp::openapi_detail {

/// Whether a text begins with a scheme, as in `https:`.
bool has_scheme(std::string_view url) noexcept;

/// A URL stays; a file's path becomes a `file:` URL; empty stays empty.
std::string as_url(const std::string& url_or_path);

/// The path of a `file:` URL, else empty.
std::string path_of_file_url(std::string_view url);

/// RFC 3986, section 5.2. `base` is absolute, or empty: the reference stays as it is.
std::string resolve_url(std::string_view base, std::string_view reference);

/// "https://h:1" of a URL; empty without an authority.
std::string_view origin_of(std::string_view url) noexcept;

/// Whether a URL's host is this machine or a link-local address.
bool is_local_url(std::string_view url);

/// `%41` becomes `A`; what is no escape stays.
std::string percent_decoded(std::string_view text);

}  // namespace utcp::openapi_detail
