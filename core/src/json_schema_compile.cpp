#include "dialect_fields.hpp"
#include "json_schema_nodes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <deque>

namespace utcp {
namespace {

// A schema comes from somebody else: what is made of it must stay in proportion to its text.
constexpr std::size_t max_notices = 20;
constexpr std::size_t max_schema_depth = 256;
constexpr std::size_t max_schemas = 50'000;
constexpr std::size_t max_identifier_bytes = 4'096;       // of an `$id`, made absolute: each reference is resolved against one
constexpr std::size_t max_resources = 1'000;
constexpr std::uint64_t max_regex_terms = 1'000'000;      // of all patterns
constexpr std::size_t max_place_bytes = 300;

// Keywords that hold a schema, a list of schemas (or one), a map of schemas.
constexpr std::array<const char*, 14> schema_keys{"additionalProperties", "propertyNames", "items", "additionalItems", "contains", "not", "if", "then", "else",
                                                  "unevaluatedProperties", "unevaluatedItems", "contentSchema", "prefixItems", "allOf"};
constexpr std::array<const char*, 2> list_keys{"anyOf", "oneOf"};
constexpr std::array<const char*, 6> map_keys{"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"};

bool is_schema(const json& value) { return value.is_object() || value.is_boolean(); }

/// The JSON pointer of a key below a place. One that gets too long stays the place of what is around.
std::string below(const std::string& place, std::string_view key) {
  if (place.size() + key.size() > max_place_bytes) return place;
  std::string out = place + "/";
  for (char c : key) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// RFC 3986 section 5.2; of dot segments only a leading `./`. `reference` has no fragment.
std::string resolved(const std::string& base, std::string reference) {
  std::size_t dots = 0;
  while (reference.compare(dots, 2, "./") == 0) dots += 2;
  reference.erase(0, dots);
  if (reference.empty()) return base;
  const auto colon = reference.find(':');
  if (colon != std::string::npos && reference.find('/') > colon) return reference;
  const auto scheme = base.find(':');
  if (scheme == std::string::npos) return reference;
  if (reference.starts_with("//")) return base.substr(0, scheme + 1) + reference;
  const std::size_t authority = base.compare(scheme, 3, "://") == 0 ? base.find('/', scheme + 3) : scheme + 1;
  if (reference.front() == '/') return base.substr(0, authority) + reference;
  if (authority == std::string::npos) return base + "/" + reference;
  return base.substr(0, std::max(base.rfind('/') + 1, authority)) + reference;
}

std::pair<std::string, std::string> split_fragment(const std::string& uri) {
  const auto hash = uri.find('#');
  if (hash == std::string::npos) return {uri, {}};
  return {uri.substr(0, hash), uri.substr(hash + 1)};
}

/// Makes nodes of a document, each schema once: references to itself become cycles of nodes.
class schema_compiler {
 public:
  explicit schema_compiler(json_schema::compiled& into) : out_(into) {}

  void run() {
    if (!is_schema(out_.document)) {
      told("", "is no schema but " + type_phrase(out_.document));
      out_.document = true;
    }
    draft_7_ = is_old(out_.document);
    by_identifier_.emplace("", &resources_.emplace_back(resource{{}, &out_.document, {}}));
    index(out_.document, &resources_.front(), 0);
    out_.root = node_of(out_.document, "");
    // Not by recursion: a chain of references may be as long as the document.
    while (!open_.empty()) {
      const open_node next = std::move(open_.back());
      open_.pop_back();
      fill(*next.node, *next.source, next.place);
    }
  }

 private:
  struct open_node {
    schema_node* node;
    const json* source;
    std::string place;
  };

  void told(const std::string& place, std::string what) {
    if (filling_) filling_->unsure = true;
    if (out_.notices.size() < max_notices) out_.notices.emplace_back(place, std::move(what));
  }

  static bool is_old(const json& document) {
    if (!document.is_object()) return false;
    auto it = document.find("$schema");
    if (it == document.end() || !it->is_string()) return false;
    const auto& text = it->get_ref<const std::string&>();
    return text.find("draft-0") != std::string::npos;
  }

  /// A schema with an identifier of its own, or the document: what references in it are relative to.
  struct resource {
    std::string base;
    const json* root;
    std::unordered_map<std::string, const json*> anchors;
  };

  /// Records resources and anchors of a schema and all schemas in it.
  void index(const json& schema, resource* in, std::size_t depth) {
    if (!schema.is_object() || depth > max_schema_depth || resource_of_.contains(&schema)) return;
    if (auto id = schema.find("$id"); id != schema.end() && id->is_string() && !(draft_7_ && schema.contains("$ref"))) {
      const auto [uri, fragment] = split_fragment(id->get_ref<const std::string&>());
      if (!uri.empty()) in = entered(in, uri, schema);
      if (draft_7_ && !fragment.empty()) in->anchors.emplace(fragment, &schema);
    }
    resource_of_.emplace(&schema, in);
    for (const char* key : {"$anchor", "$dynamicAnchor"})
      if (auto it = schema.find(key); it != schema.end() && it->is_string()) in->anchors.emplace(it->get<std::string>(), &schema);
    auto each_of = [&](const char* key) {
      auto it = schema.find(key);
      if (it == schema.end()) return;
      if (it->is_array())
        for (const json& child : *it) index(child, in, depth + 1);
      else index(*it, in, depth + 1);
    };
    for (const char* key : schema_keys) each_of(key);
    for (const char* key : list_keys) each_of(key);
    for (const char* key : map_keys)
      if (auto it = schema.find(key); it != schema.end() && it->is_object())
        for (const json& child : *it) index(child, in, depth + 1);
  }

  resource* entered(resource* from, const std::string& uri, const json& schema) {
    std::string whole = resolved(from->base, uri);
    if (auto known = by_identifier_.find(whole); known != by_identifier_.end()) return known->second;
    if (whole.size() > max_identifier_bytes || resources_.size() >= max_resources) {
      told("", "has too many or too long $id; references to them let any value pass");
      return from;
    }
    resource* made = &resources_.emplace_back(resource{whole, &schema, {}});
    by_identifier_.emplace(std::move(whole), made);
    return made;
  }

  const schema_node* node_of(const json& source, const std::string& place) {
    if (out_.nodes.size() >= max_schemas && !out_.nodes.contains(&source)) {
      if (!full_) told(place, "has more than " + std::to_string(max_schemas) + " schemas; the others let any value pass");
      full_ = true;
      static const schema_node passing = [] {
        schema_node out;
        out.always = schema_node::verdict::pass;
        out.unsure = true;
        return out;
      }();
      return &passing;
    }
    auto [at, added] = out_.nodes.try_emplace(&source);
    if (!added) return at->second.get();
    at->second = std::make_unique<schema_node>();
    open_.push_back({at->second.get(), &source, place});
    return at->second.get();
  }

  /// The schema a reference leads to; null with a notice when it is not in this document.
  const schema_node* target_of(const std::string& reference, const json& from, const std::string& place) {
    const auto own = resource_of_.find(&from);
    resource* in = own == resource_of_.end() ? &resources_.front() : own->second;
    const auto [uri, encoded] = split_fragment(reference);
    if (!uri.empty()) {
      const auto known = by_identifier_.find(resolved(in->base, uri));
      in = known == by_identifier_.end() ? nullptr : known->second;
    }
    const std::string fragment = percent_decoded(encoded);
    const json* found = nullptr;
    if (in && fragment.empty()) found = in->root;
    else if (in && fragment.front() == '/') found = at_pointer(*in->root, fragment);
    else if (in)
      if (auto anchor = in->anchors.find(fragment); anchor != in->anchors.end()) found = anchor->second;
    if (!found || !is_schema(*found)) {
      told(place, "leads to no schema of this document; any value passes");
      return nullptr;
    }
    // A place that no keyword leads to, such as OpenAPI's components.
    index(*found, in, 0);
    return node_of(*found, reference.starts_with('#') && fragment.size() < max_place_bytes ? fragment : place);
  }

  static const json* at_pointer(const json& in, const std::string& text) {
    try {
      const json::json_pointer pointer(text);
      return in.contains(pointer) ? &in.at(pointer) : nullptr;
    } catch (const json::exception&) {
      return nullptr;
    }
  }

  // --- One schema object.

  void fill(schema_node& node, const json& source, const std::string& place) {
    if (source.is_boolean()) {
      node.always = source.get<bool>() ? schema_node::verdict::pass : schema_node::verdict::fail;
      return;
    }
    filling_ = &node;
    if (!source.is_object()) {
      node.always = schema_node::verdict::pass;
      if (!source.is_null()) told(place, "expected a schema, not " + type_phrase(source) + "; any value passes");
      return;
    }
    source_ = &source;
    place_ = place;
    for (const char* key : {"$ref", "$dynamicRef", "$recursiveRef"})
      if (auto* text = keyword(key, &json::is_string, "a string"); text && !node.ref) node.ref = target_of(text->get<std::string>(), source, below(place, key));
    if (draft_7_ && source.contains("$ref")) return;  // draft 7: nothing beside a reference counts
    fill_any(node);
    fill_number(node);
    fill_string(node);
    fill_array(node);
    fill_object(node);
    fill_combined(node);
  }

  /// A keyword's value; null when it is absent, null, or (with a notice) not what the keyword takes.
  template <class Test>
  const json* keyword(const char* key, Test test, const char* wanted) {
    auto it = source_->find(key);
    if (it == source_->end() || it->is_null()) return nullptr;
    if (((*it).*test)()) return &*it;
    told(below(place_, key), std::string("expected ") + wanted + ", not " + type_phrase(*it) + "; any value passes");
    return nullptr;
  }
  const json* number(const char* key) { return keyword(key, &json::is_number, "a number"); }
  void count(const char* key, std::optional<std::uint64_t>& into) {
    const json* value = number(key);
    if (!value) return;
    const double given = value->get<double>();
    if (given >= 0 && given == std::floor(given) && given < 1.8e19) into = static_cast<std::uint64_t>(given);
    else told(below(place_, key), "expected an integer that is not negative; any value passes");
  }
  const schema_node* child(const char* key) {
    auto it = source_->find(key);
    if (it == source_->end() || it->is_null()) return nullptr;
    if (is_schema(*it)) return node_of(*it, below(place_, key));
    told(below(place_, key), "expected a schema, not " + type_phrase(*it) + "; any value passes");
    return nullptr;
  }
  std::vector<const schema_node*> children(const char* key) {
    std::vector<const schema_node*> out;
    const json* list = keyword(key, &json::is_array, "an array of schemas");
    if (!list) return out;
    for (std::size_t i = 0; i < list->size(); ++i) out.push_back(node_of((*list)[i], below(below(place_, key), std::to_string(i))));
    return out;
  }
  template <class Take>
  void each_member(const char* key, Take take) {
    const json* map = keyword(key, &json::is_object, "an object");
    if (!map) return;
    for (const auto& [name, value] : map->items()) take(name, value, below(below(place_, key), name));
  }
  std::optional<linear_regex> regex(const std::string& text, const std::string& place) {
    auto made = linear_regex::compile(text, regex_terms_);
    if (made) return std::move(*made);
    told(place, "the pattern has " + made.error().message + ", which is not supported; any value passes");
    return std::nullopt;
  }
  std::vector<std::string> strings(const json& list, const std::string& place) {
    std::vector<std::string> out;
    for (const json& each : list) {
      if (each.is_string()) out.push_back(each.get<std::string>());
      else told(place, "expected strings only, not " + type_phrase(each));
    }
    return out;
  }

  void fill_any(schema_node& node) {
    fill_types(node);
    if (auto it = source_->find("const"); it != source_->end() && !(it->is_null() && has_other_null())) node.constant = &*it;
    node.choices = keyword("enum", &json::is_array, "an array");
    auto is = [&](const char* key, const json& value) {
      auto it = source_->find(key);
      return it != source_->end() && *it == value;
    };
    node.secret = is("writeOnly", true) || is("format", "password");
  }

  /// python-utcp writes every keyword that is not set as null, `const` among them.
  bool has_other_null() const {
    return std::any_of(source_->items().begin(), source_->items().end(), [](const auto& each) { return each.value().is_null() && each.key() != "const" && each.key() != "default"; });
  }

  void fill_types(schema_node& node) {
    auto it = source_->find("type");
    if (it == source_->end() || it->is_null()) return;
    static constexpr std::array<std::pair<const char*, unsigned>, 7> names{{{"null", schema_node::null_type}, {"boolean", schema_node::boolean}, {"integer", schema_node::integer},
        {"number", schema_node::number}, {"string", schema_node::string}, {"array", schema_node::array}, {"object", schema_node::object}}};
    const json one = it->is_array() ? json() : json::array({*it});
    for (const json& name : it->is_array() ? *it : one) {
      auto known = std::find_if(names.begin(), names.end(), [&](const auto& each) { return name == each.first; });
      if (known == names.end()) {
        told(below(place_, "type"), "an unknown type; any value passes");
        node.types = 0;
        return;
      }
      node.types |= known->second;
    }
    if (auto nullable = source_->find("nullable"); node.types != 0 && nullable != source_->end() && *nullable == true) node.types |= schema_node::null_type;
  }

  void fill_number(schema_node& node) {
    node.minimum = number("minimum");
    node.maximum = number("maximum");
    // OpenAPI 3.0 and draft 4: a boolean beside the bound.
    auto exclusive = [&](const char* key, const json*& bound, const json*& into) {
      auto it = source_->find(key);
      if (it == source_->end() || !it->is_boolean()) into = number(key);
      else if (it->get<bool>()) std::swap(into, bound);
    };
    exclusive("exclusiveMinimum", node.minimum, node.above);
    exclusive("exclusiveMaximum", node.maximum, node.below);
    node.multiple_of = number("multipleOf");
    if (node.multiple_of && node.multiple_of->get<double>() <= 0) {
      told(below(place_, "multipleOf"), "expected a number above 0; any value passes");
      node.multiple_of = nullptr;
    }
  }

  void fill_string(schema_node& node) {
    count("minLength", node.min_length);
    count("maxLength", node.max_length);
    if (auto* text = keyword("pattern", &json::is_string, "a string")) {
      node.pattern_text = text->get<std::string>();
      node.pattern = regex(node.pattern_text, below(place_, "pattern"));
    }
  }

  void fill_array(schema_node& node) {
    count("minItems", node.min_items);
    count("maxItems", node.max_items);
    if (auto* unique = keyword("uniqueItems", &json::is_boolean, "true or false")) node.unique_items = unique->get<bool>();
    node.prefix = children("prefixItems");
    if (auto items = source_->find("items"); items != source_->end() && items->is_array()) {
      // The tuples of draft 7.
      node.prefix = children("items");
      node.items = child("additionalItems");
    } else {
      node.items = child("items");
    }
    node.contains = child("contains");
    node.contains_evaluates = !draft_7_;
    if (!draft_7_) {
      std::optional<std::uint64_t> least;
      count("minContains", least);
      node.min_contains = least.value_or(1);
      count("maxContains", node.max_contains);
    }
    node.unevaluated_items = child("unevaluatedItems");
    out_.tracks_evaluated = out_.tracks_evaluated || node.unevaluated_items;
  }

  void fill_object(schema_node& node) {
    each_member("properties", [&](const std::string& name, const json& value, const std::string& place) { node.properties[name] = node_of(value, place); });
    each_member("patternProperties", [&](const std::string& text, const json& value, const std::string& place) {
      // The names it would match are unknown, so additionalProperties must not refuse them.
      if (auto pattern = regex(text, place)) node.pattern_properties.emplace_back(std::move(*pattern), node_of(value, place));
      else unknown_names_ = true;
    });
    node.additional = unknown_names_ ? nullptr : child("additionalProperties");
    node.property_names = child("propertyNames");
    // Draft 3 wrote a boolean into the property itself.
    if (auto it = source_->find("required"); it != source_->end() && it->is_array()) node.required = strings(*it, below(place_, "required"));
    count("minProperties", node.min_properties);
    count("maxProperties", node.max_properties);
    each_member("dependentRequired", [&](const std::string& name, const json& value, const std::string& place) { add_dependency(node, name, value, place); });
    each_member("dependentSchemas", [&](const std::string& name, const json& value, const std::string& place) { add_dependency(node, name, value, place); });
    each_member("dependencies", [&](const std::string& name, const json& value, const std::string& place) { add_dependency(node, name, value, place); });
    node.unevaluated_properties = unknown_names_ ? nullptr : child("unevaluatedProperties");
    out_.tracks_evaluated = out_.tracks_evaluated || node.unevaluated_properties;
    unknown_names_ = false;
  }
  void add_dependency(schema_node& node, const std::string& name, const json& value, const std::string& place) {
    if (value.is_array()) node.dependent_required[name] = strings(value, place);
    else if (is_schema(value)) node.dependent_schemas[name] = node_of(value, place);
    else told(place, "expected an array of names or a schema, not " + type_phrase(value));
  }

  void fill_combined(schema_node& node) {
    node.all_of = children("allOf");
    node.any_of = children("anyOf");
    node.one_of = children("oneOf");
    node.negated = child("not");
    node.condition = child("if");
    if (!node.condition) return;
    node.then = child("then");
    node.otherwise = child("else");
  }

  json_schema::compiled& out_;
  bool draft_7_ = false;
  bool unknown_names_ = false;
  bool full_ = false;
  std::uint64_t regex_terms_ = max_regex_terms;
  std::deque<resource> resources_;  // the document first
  std::unordered_map<std::string, resource*> by_identifier_;
  std::unordered_map<const json*, resource*> resource_of_;
  std::vector<open_node> open_;
  // What is being filled.
  schema_node* filling_ = nullptr;
  const json* source_ = nullptr;
  std::string place_;
};

}  // namespace

void compile_schema(json_schema::compiled& into) { schema_compiler(into).run(); }

}  // namespace utcp
