#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>
#include <utcp/net/http_message.hpp>
#include <utcp/schema.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::net {

class parameter_map;

/// What the HTTP family of templates says about a request. Source: UTCP `http`, `sse` and `http_stream` call templates.
struct tool_request_options {
  std::string url;                                  ///< may hold `{name}` placeholders
  std::optional<net::url> target;                   ///< `url` when nothing is to be filled in, else nothing
  std::string method = "GET";                       ///< upper case
  std::optional<std::string> content_type;          ///< of a body; nothing: application/json, or the type of a file; empty: no header
  bool post_with_body = false;                      ///< a request with a body is a POST
  bool text_as_it_is = false;                       ///< text without a content type is sent as text/plain, not as JSON
  std::optional<std::string> body_field = "body";   ///< nothing: no argument is the body
  std::vector<std::string> header_fields;           ///< arguments that become headers
  http_header_list headers;
  bool post_args_as_json = false;                   ///< POST, PUT, PATCH without a body argument send the others as one JSON object
  std::shared_ptr<const parameter_map> parameters;  ///< `x-arg-map`, `cookie_fields`, `x-body-encoding`; null: none of them is there
};

/// Reads an `http` template's options. Fails with errc::invalid_config: no url, a method that is not of letters and hyphens, at
/// most 32, or is CONNECT or TRACE, a key of the wrong type, a line break in a header, a parameter style that is not known or not for that place.
result<tool_request_options> read_tool_request_options(const call_template& from);
/// The same for a template whose defaults are others.
result<tool_request_options> read_tool_request_options(const call_template& from, const tool_request_options& usual);

/// An integer that is not negative, also as text, which a variable gives; nothing when it is not there.
/// Fails with errc::invalid_config.
result<std::optional<std::uint64_t>> read_number_option(const json& options, const char* key);

struct tool_request {
  http_request request;
  std::string query;  ///< the pairs that came from arguments; they follow a redirect to the same origin
};

/// Turns arguments (a JSON object) into a request: header fields, body, path parameters (percent-encoded with nothing
/// safe), and the rest as query. Pure. Query values: booleans as true/false, null left out, lists repeated, objects as JSON.
/// A body is encoded by its Content-Type: JSON, form, multipart/form-data (RFC 7578), text or bytes; a file in it is a binary
/// value, or {"filename", "content_type", "data"}, with "base64" in the place of "data" where there is only JSON text.
/// Where the template has `x-arg-map` and the like, arguments are written as those say; members of an object then stand in the order
/// of `inputs`, the tool's schema, where that is given and at most 64 KiB long.
/// `input` is the body, of type application/octet-stream unless the template says more; an argument that is a body, too, is refused.
/// Fails with errc::invalid_argument ("Missing required path parameter: X", `.` or `..` as path segment, a line break in a
/// header, bad base64 …), invalid_config (the URL that comes out), unsupported (a multipart body within a
/// part), too_large (a styled argument nested deeper than 64, or of more than 100,000 pairs; a multipart body of too many parts).
result<tool_request> build_tool_request(const tool_request_options& options, const json& arguments, const schema* inputs = nullptr,
                                         std::shared_ptr<input_source> input = nullptr);

}  // namespace utcp::net
