#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace utcp::net {

/// The media type of a Content-Type value in lower case, without parameters: `application/json`.
std::string media_type_of(std::string_view content_type);
/// The value of a parameter, unquoted; `name` in lower case. Nothing when the Content-Type has no such parameter.
std::optional<std::string> parameter_of(std::string_view content_type, std::string_view name);
/// The charset parameter in lower case; empty when there is none.
std::string charset_of(std::string_view content_type);

/// `application/json`, `text/json` and every `+json` (RFC 6839).
bool is_json_type(std::string_view media_type) noexcept;
/// One JSON value a line: `application/x-ndjson`, `application/jsonl` and alike.
bool is_json_lines_type(std::string_view media_type) noexcept;
/// Types whose bodies are text: `text/*`, XML, YAML, JavaScript, forms, NDJSON and alike.
bool is_text_type(std::string_view media_type) noexcept;

/// The media type that a file's ending usually stands for: `image/png` for `a.PNG`; empty when it is not a well-known one.
std::string_view type_of_file_name(std::string_view name) noexcept;

/// The longest prefix of at most `max_bytes` that does not cut a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace utcp::net
