#pragma once

#include "api.hpp"
#include "security.hpp"
#include "servers.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi_detail {

/// A parameter of an operation, its references followed.
struct parameter {
  node object;
  std::string_view name;
  std::string in;  // path, query, header, cookie, querystring, body, formData
};

/// The parameters of the path and of the operation; the operation's win.
std::vector<parameter> parameters_of(const api& in, const operation& of);

/// A tool while it is put together: its inputs, and where each argument goes.
struct tool_parts {
  std::string url;
  schema_text properties;                       // the members of `properties`, with commas between
  std::vector<std::string> required;
  std::set<std::string, std::less<>> taken;     // names of arguments
  json options = json::object();                // of the template

  void add(std::string_view argument, const schema_text& schema, bool is_required);
};

/// Adds what the URL, the headers and the cookies take. `url` of `to` has the path with its placeholders.
void add_parameters(const api& in, const operation& of, const std::vector<parameter>& all, const operation_security& security,
                    const server& where, tool_parts& to);

/// Adds the body and says of what type it is.
void add_body(const api& in, const operation& of, const std::vector<parameter>& all, tool_parts& to);

}  // namespace utcp::openapi_detail
