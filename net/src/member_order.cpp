#include "member_order.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace utcp::net {
namespace {

using schema_json = nlohmann::ordered_json;

// A larger one costs more to read than the order of a query is worth.
constexpr std::size_t max_schema_bytes = 64u << 10;
constexpr int max_hops = 16;

const schema_json* child(const schema_json& of, const char* key) {
  if (!of.is_object()) return nullptr;
  const auto it = of.find(key);
  return it == of.end() ? nullptr : &*it;
}

std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    out += escape ? (token[i + 1] == '1' ? '/' : '~') : token[i];
    if (escape) ++i;
  }
  return out;
}

const schema_json* pointed_at(const schema_json& root, std::string_view pointer) {
  if (!pointer.starts_with("#")) return nullptr;
  pointer.remove_prefix(1);
  const schema_json* at = &root;
  while (at && pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    at = child(*at, unescaped(pointer.substr(0, end)).c_str());
    pointer.remove_prefix(end);
  }
  return at;
}

// Follows `$ref` and collects what describes the members of one object: the schema, and those it is composed of.
void collect(const schema_json& root, const schema_json* at, std::vector<const schema_json*>& to, int hops) {
  if (!at || hops > max_hops || to.size() > 64) return;
  if (const schema_json* ref = child(*at, "$ref"); ref && ref->is_string()) collect(root, pointed_at(root, ref->get_ref<const std::string&>()), to, hops + 1);
  to.push_back(at);
  for (const char* key : {"allOf", "anyOf", "oneOf"})
    if (const schema_json* all = child(*at, key); all && all->is_array())
      for (const schema_json& each : *all) collect(root, &each, to, hops + 1);
}

}  // namespace

struct member_order::document {
  schema_json root;
};

member_order::member_order(const schema* inputs) : inputs_(inputs) {}
member_order::~member_order() = default;

member_order::node member_order::of_argument(const std::string& name) {
  if (!inputs_ || inputs_->empty() || inputs_->text().size() > max_schema_bytes) return nullptr;
  if (!read_) {
    read_ = std::make_unique<document>();
    read_->root = schema_json::parse(inputs_->text(), nullptr, false);
  }
  return of_member(&read_->root, name);
}

member_order::node member_order::of_member(node of, const std::string& name) const {
  if (!of) return nullptr;
  std::vector<const schema_json*> parts;
  collect(read_->root, static_cast<const schema_json*>(of), parts, 0);
  for (const schema_json* part : parts)
    if (const schema_json* properties = child(*part, "properties"))
      if (const schema_json* found = child(*properties, name.c_str())) return found;
  return nullptr;
}

member_order::node member_order::of_items(node of) const {
  if (!of) return nullptr;
  std::vector<const schema_json*> parts;
  collect(read_->root, static_cast<const schema_json*>(of), parts, 0);
  for (const schema_json* part : parts)
    if (const schema_json* items = child(*part, "items")) return items;
  return nullptr;
}

std::vector<member_order::member> member_order::members(const json& object, node of, nulls what) const {
  std::vector<member> out;
  out.reserve(object.size());
  std::unordered_set<const json*> taken;
  std::vector<const schema_json*> parts;
  if (of && object.size() > 1) collect(read_->root, static_cast<const schema_json*>(of), parts, 0);
  const auto take = [&](const json::const_iterator& it) {
    if (it->is_null() && what == nulls::left_out) return;
    if (parts.empty() || taken.insert(&*it).second) out.push_back({&it.key(), &*it});
  };
  for (const schema_json* part : parts) {
    const schema_json* properties = child(*part, "properties");
    if (!properties || !properties->is_object()) continue;
    for (const auto& property : properties->items())
      if (const auto it = object.find(property.key()); it != object.end()) take(it);
  }
  for (auto it = object.begin(); it != object.end(); ++it) take(it);
  return out;
}

std::string member_order::json_text(const json& value, node of, bool ascii) const {
  std::string out;
  if (value.is_array()) {
    const node items = of_items(of);
    for (const json& item : value) out.append(out.empty() ? "[" : ",").append(json_text(item, items, ascii));
    return out.empty() ? "[]" : out + ']';
  }
  if (value.is_object()) {
    for (const member& each : members(value, of, nulls::kept))
      out.append(out.empty() ? "{" : ",").append(json(*each.name).dump(-1, ' ', ascii, json::error_handler_t::replace)).append(":").append(json_text(*each.value, of_member(of, *each.name), ascii));
    return out.empty() ? "{}" : out + '}';
  }
  return value.is_string() && ascii ? value.dump(-1, ' ', true, json::error_handler_t::replace) : write_json(value);
}

}  // namespace utcp::net
