#pragma once

#include <utcp/error.hpp>
#include <utcp/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

/// What a value becomes: OpenAPI 3.2, XML Object, `nodeType`.
enum class xml_kind : std::uint8_t { element, attribute, text, cdata, none };

/// A value's place in XML: an object of `x-body-xml`.
struct xml_node {
  xml_node() = default;
  std::string property;  ///< of the object that holds it
  std::string name;      ///< with its prefix
  std::string prefix;
  std::string space;     ///< the namespace's URI, declared where the node is; empty: none
  xml_kind kind = xml_kind::element;
  std::string type;      ///< whose members and items it has; empty: its own
  std::vector<xml_node> members;
  std::vector<xml_node> items;  ///< one: of a list's items; none: as the list itself
};

/// `x-body-xml` of a call template, read once: how an object becomes an XML document.
class xml_shape {
 public:
  /// Fails with errc::invalid_config: a wrong type, a name that XML does not allow, a `type` that is not there; errc::too_large: more than
  /// 20,000 nodes, nested deeper than 64.
  static result<std::shared_ptr<const xml_shape>> read(const json& source);

  /// A document with declaration, UTF-8. Members come in the order of the shape, then those that it does not know as elements of their
  /// name; null is left out. Fails with errc::invalid_argument: what XML cannot hold, or a structure in an attribute; errc::too_large.
  result<std::string> write(const json& value) const;

  const xml_node* type(std::string_view name) const;

 private:
  xml_node root_;
  std::map<std::string, xml_node, std::less<>> types_;
};

}  // namespace utcp::net
