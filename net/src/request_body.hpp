#pragma once

#include "form_data.hpp"
#include "parameter_map.hpp"

#include <optional>

namespace utcp::net {

/// Encodes a body argument by its Content-Type. Nothing said: application/json, or the type of a file.
/// - Bytes, and files with binary data, are sent as they are whatever the type; multipart/form-data has them as parts.
/// - JSON types: JSON. JSON Lines and JSON sequences: a value for each item of a list. Multipart types: see form_data.hpp. application/x-www-form-urlencoded: an object as a form.
/// - XML types, with `xml`: an object, list, number or boolean as `xml` says; text, which is a document already, as it is.
/// - Other types: text as it is, files (file_value.hpp) as what they hold, anything else as JSON text.
/// `encoding`, when not null, says how the properties of a form or multipart body are written.
/// Fails as write_multipart and xml_shape::write do.
result<encoded_body> encode_body(const json& value, const std::optional<std::string>& content_type, const body_encoding* encoding = nullptr, const xml_shape* xml = nullptr);

}  // namespace utcp::net
