#pragma once

#include "parameter_map.hpp"

#include <utcp/error.hpp>
#include <utcp/json.hpp>

#include <string>
#include <string_view>

namespace utcp::net {

/// A body with the Content-Type that goes with it.
struct encoded_body {
  std::string text;
  std::string content_type;  ///< empty: none is sent
};

/// Writes an object as multipart/form-data (RFC 7578), a part for each member and each item of a list: text, numbers and
/// booleans as text, files (file_value.hpp) as files, other objects and lists as application/json; null is left out. Names
/// are escaped as browsers do (WHATWG HTML, "multipart/form-data encoding algorithm"). The boundary of `content_type` is
/// used; without one a random boundary, which does not occur in the parts, is added to it. Another multipart type takes an object
/// likewise, or a list whose items are parts without names.
/// Where `encoding` names a property, its parts have the type and the headers that are said there, or are written in its style. Text of
/// a type that is neither text nor JSON is a file then. Of a list "0" names the first item, "*" those that are not named.
/// Fails with errc::invalid_argument: no object (or list), NUL in a name, a bad file, the author's boundary within a part; and with
/// errc::invalid_config: the author's boundary is none (RFC 2046 section 5.1.1).
result<encoded_body> write_multipart(const json& value, std::string_view content_type, const body_encoding* encoding = nullptr);

}  // namespace utcp::net
