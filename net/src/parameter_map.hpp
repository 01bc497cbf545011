#pragma once

#include "parameter_style.hpp"
#include "xml_body.hpp"

#include <utcp/net/http_message.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

/// How a property of a form or multipart body is written: an entry of `x-body-encoding`, which is an OpenAPI Encoding Object.
struct property_encoding {
  property_encoding() = default;
  bool styled = false;       ///< `style` and the like were said; `content_type` does not count then (OpenAPI 3.1, 4.8.15.1)
  value_style how;
  std::string content_type;  ///< empty: by the value
  http_header_list headers;  ///< of the parts of a multipart body
};

using body_encoding = std::map<std::string, property_encoding, std::less<>>;

/// What becomes of one argument: an entry of `x-arg-map`.
struct parameter_rule {
  parameter_rule() = default;
  std::string argument;
  parameter_place place = parameter_place::query;
  std::string name;  ///< on the wire
  std::string preset;  ///< in a path: what stands there without the argument; empty: nothing does
  value_style how;
};

/// `x-arg-map`, `cookie_fields`, `x-body-encoding` and `x-body-xml` of a call template, read once.
class parameter_map {
 public:
  /// Null when the template has none of the four. Fails as xml_shape::read does, and with errc::invalid_config: a wrong type, a style that does not stand where it
  /// is said, a path parameter without its place in `url`, two arguments for one place or the whole query.
  static result<std::shared_ptr<const parameter_map>> read(const json& options, const std::string& url);

  const parameter_rule* of_argument(std::string_view argument) const noexcept;
  /// The rule of the argument that `{placeholder}` stands for.
  const parameter_rule* of_placeholder(std::string_view placeholder) const noexcept;
  const body_encoding& encoding() const noexcept { return encoding_; }
  /// Null: objects are not written as XML.
  const xml_shape* xml() const noexcept { return xml_.get(); }

 private:
  result<void> read_rule(const std::string& argument, const json& entry, const std::string& url);
  result<void> read_cookie_fields(const json& options);
  result<void> read_encoding(const json& options);

  std::vector<parameter_rule> rules_;  // sorted by argument
  body_encoding encoding_;
  std::shared_ptr<const xml_shape> xml_;
};

}  // namespace utcp::net
