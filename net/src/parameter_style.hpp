#pragma once

#include "member_order.hpp"

#include <utcp/error.hpp>
#include <utcp/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace utcp::net {

/// Where in a request an argument goes.
enum class parameter_place : std::uint8_t { path, query, header, cookie, body, query_string };

enum class parameter_style : std::uint8_t { form, simple, label, matrix, space_delimited, pipe_delimited, tab_delimited, deep_object, cookie, content };

/// How deepObject names the items of a list, which OpenAPI leaves open.
enum class list_names : std::uint8_t { repeat, brackets, indices };

/// How a value is written. Source: OpenAPI 3.2.0, "Style Values" and "Encoding Object"; Swagger 2.0, `collectionFormat`.
struct value_style {
  value_style() = default;
  parameter_style style = parameter_style::form;
  bool explode = true;
  bool allow_reserved = false;  ///< RFC 6570 reserved expansion, as far as the place allows
  bool allow_empty = false;     ///< an empty list or object is an empty value, not left out
  bool dotted = false;          ///< label without explode has `.` between items, as OpenAPI 3.0.0 to 3.0.3 say
  list_names lists = list_names::repeat;
  std::string content_type;                  ///< of the style `content`
  std::shared_ptr<const value_style> items;  ///< of a list in a list (Swagger 2.0); null: JSON text
};

/// Reads `style` or `collectionFormat`, `explode`, `allowReserved`, `allowEmptyValue`, `contentType` or `content`, `items`, `lists`,
/// `dotted`. `where` names the entry in messages. Fails with errc::invalid_config: a wrong type, or a style that is none of the place's.
result<value_style> read_value_style(const json& entry, parameter_place place, const std::string& where);

/// What is written around a value, so also how it is escaped.
enum class value_escape : std::uint8_t {
  component,  ///< percent-encoding, all but RFC 3986 unreserved
  form,       ///< the same with `+` for a space: application/x-www-form-urlencoded
  none,       ///< the text as it is, for headers and parts of a multipart body
};

/// A value with what its writing depends on. All are views of things that must outlive it.
struct styled_value {
  styled_value(const std::string& n, const json& v, const value_style& h, member_order& o, member_order::node s) : name(n), value(v), how(h), order(o), shape(s) {}
  const std::string& name;  ///< on the wire
  const json& value;        ///< not null
  const value_style& how;
  member_order& order;
  member_order::node shape;  ///< the value's schema
};

using pair_sink = std::function<result<void>(std::string_view name, std::string value)>;

/// Gives the pairs that a value is in a query, a form or a multipart body: names as they are, values escaped.
/// Fails with errc::too_large: nested deeper than 64, or more than 100,000 pairs.
result<void> write_pairs(const styled_value& what, value_escape escape, const pair_sink& sink);

/// Appends the pairs to a query or form.
result<void> append_styled_query(std::string& query, const styled_value& what, value_escape escape);

/// The value for the place of `{name}`, percent-encoded; empty: there is nothing to write.
result<std::string> path_text(const styled_value& what);
/// The value for a header, not escaped; the caller checks it.
std::string header_text(const styled_value& what);
/// Appends to the value of a Cookie header. The style `form` is percent-encoded; `cookie` is not, so what RFC 6265 does not allow in a
/// name or value fails with errc::invalid_argument, but for spaces within and the commas of a list.
result<void> append_cookies(std::string& cookies, const styled_value& what);
/// The value as a whole query (OpenAPI 3.2 `in: querystring`).
std::string whole_query(const styled_value& what);

}  // namespace utcp::net
