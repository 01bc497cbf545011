#include "xml.hpp"

#include "arguments.hpp"

#include <algorithm>
#include <set>

namespace utcp::openapi_detail {
namespace {

constexpr int max_xml_depth = 48;
constexpr std::size_t max_xml_nodes = 5'000;

bool is_element_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

/// What the XML Objects of a schema and of those that it refers to say; the outermost counts.
struct xml_words {
  std::string name, prefix, space, kind;
  bool attribute = false, wrapped = false;

  void take(node xml) {
    if (!xml.is_object()) return;
    const auto text = [&](const char* key, std::string& to) {
      if (to.empty()) to = xml[key].text();
    };
    text("name", name);
    text("prefix", prefix);
    text("namespace", space);
    text("nodeType", kind);
    attribute = attribute || xml["attribute"].is_true();
    wrapped = wrapped || xml["wrapped"].is_true();
  }
};

class shape_maker {
 public:
  explicit shape_maker(const api& in) : in_(in) {}

  json root(node schema) {
    std::string name;
    if (const node reference = schema["$ref"]; reference.is_string()) name = reference.text().substr(reference.text().rfind('/') + 1);
    json out = node_of(schema, name, 0, true);
    if (!types_.empty()) out["types"] = std::move(types_);
    return nodes_ > max_xml_nodes || !out.contains("name") ? json() : out;
  }

 private:
  json node_of(node schema, const std::string& inherited, int depth, bool is_root = false) {
    json out = json::object();
    if (depth > max_xml_depth || ++nodes_ > max_xml_nodes) {
      nodes_ = max_xml_nodes + 1;
      return out;
    }
    xml_words words;
    words.take(schema["xml"]);
    node target = schema;
    for (int hops = 0; references::is_reference(target) && hops < 32; ++hops) {
      target = in_.refs.resolve(target, target["$ref"].text());
      words.take(target["xml"]);
    }
    const bool list = (in_.writer.shape(target) & shape_array) != 0;
    const std::string name = words.name.empty() ? inherited : words.name;
    if (is_element_name(name)) out["name"] = name;
    if (!words.prefix.empty()) out["prefix"] = words.prefix;
    if (!words.space.empty()) out["namespace"] = words.space;
    const std::string kind = kind_of(words, list, is_root);
    if (kind != "element") out["nodeType"] = kind;
    if (target != schema && target.is_object()) {
      if (const std::string type = type_of(target, name, depth); !type.empty()) out["type"] = type;
    } else {
      put_content(target, name, depth, out);
    }
    return out;
  }

  /// A document has one root, so a list there has an element of its own.
  static std::string kind_of(const xml_words& words, bool list, bool is_root) {
    if (is_root) return "element";
    if (!words.kind.empty()) return words.kind;
    if (words.attribute) return "attribute";
    return list && !words.wrapped ? "none" : "element";
  }

  /// The name of a shared type, made when it is new. The items of a list take the list's name, so that is part of it.
  std::string type_of(node target, const std::string& name, int depth) {
    const std::string shared = in_.writer.shape(target) & shape_array ? name : std::string();
    const auto known = std::find_if(known_.begin(), known_.end(), [&](const auto& each) { return each.first == target && each.second.first == shared; });
    if (known != known_.end()) return known->second.second;
    std::string type = "t" + std::to_string(known_.size());
    known_.push_back({target, {shared, type}});
    json made = json::object();
    put_content(target, name, depth, made);
    types_[type] = std::move(made);
    return type;
  }

  void put_content(node schema, const std::string& name, int depth, json& out) {
    if (const node items = schema["items"]; items.is_object()) out["items"] = node_of(items, name, depth + 1);
    std::set<std::string_view> seen;
    json members = json::array();
    add_members(schema, depth, 0, seen, members);
    if (!members.empty()) out["members"] = std::move(members);
  }

  void add_members(node schema, int depth, int nested, std::set<std::string_view>& seen, json& to) {
    schema = in_.refs.follow(schema);
    if (!schema.is_object() || nested > 8) return;
    for (const char* key : {"allOf", "oneOf", "anyOf"}) schema[key].each_item([&](node each) { add_members(each, depth, nested + 1, seen, to); });
    schema["properties"].each_member([&](std::string_view property, node each) {
      if (in_.refs.follow(each)["readOnly"].is_true() || !seen.insert(property).second) return;
      json made = node_of(each, std::string(property), depth + 1);
      if (made.value("name", std::string()) == property) made.erase("name");
      else if (!made.contains("name") && !is_element_name(property)) return in_.notices.add(each, "the property's name cannot be one of an XML element, and \"xml\" gives no other");
      made["property"] = std::string(property);
      to.push_back(std::move(made));
    });
  }

  const api& in_;
  std::vector<std::pair<node, std::pair<std::string, std::string>>> known_;
  json types_ = json::object();
  std::size_t nodes_ = 0;
};

}  // namespace

json xml_shape_of(const api& in, node schema) {
  if (!schema.is_object()) return {};
  json out = shape_maker(in).root(schema);
  if (out.is_null()) in.notices.add(schema, "how this is written as XML cannot be said: the root has no name, or it is too large; the body is given as XML text");
  return out;
}

}  // namespace utcp::openapi_detail
