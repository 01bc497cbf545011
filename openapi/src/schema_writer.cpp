#include "schema_writer.hpp"

#include "schema_keywords.hpp"

#include <algorithm>

namespace utcp::openapi_detail {
namespace {

/// Whether what a schema says of a property leaves no room for this value.
bool excludes(references& refs, node schema, std::string_view property, std::string_view value) {
  const node said = refs.follow(schema["properties"][property]);
  if (const node only = said["const"]; only.is_string()) return only.text() != value;
  bool listed = !said["enum"].is_array();
  said["enum"].each_item([&](node each) { listed = listed || each.text() == value; });
  bool out = !listed;
  schema["allOf"].each_item([&](node each) {
    if (const node part = refs.follow(each); !references::is_reference(each)) out = out || excludes(refs, part, property, value);
  });
  return out;
}

}  // namespace

/// One object schema while it is written.
struct schema_writer::frame {
  frame(node of, const overlay* with, std::string& out) : schema(of), beside(with), members(out), text(out) {}

  node schema;
  const overlay* beside;
  object_out members;
  std::string& text;
  bool nullable = false;
  bool without_choice = false;           // `oneOf` and `anyOf` do not count
  std::vector<std::string_view> optional;  // properties that are not asked for
};

schema_text schema_writer::write(node schema, direction way, const overlay& beside) {
  schema_text out;
  way_ = way;
  to_ = &out;
  put(schema, &beside, out.text);
  return out;
}

schema_text schema_writer::write_list_of(node items, direction way, std::string_view description) {
  schema_text out = write(items, way);
  std::string text = "{\"type\":\"array\",\"items\":" + out.text;
  if (!description.empty()) text += ",\"description\":", put_string(text, description);
  out.text = text + "}";
  return out;
}

void schema_writer::write_definitions() {
  std::uint32_t at = 0;
  while (const node target = defs_.next_unwritten(at)) {
    sensitive_ = false;
    schema_text request = write(target, direction::request);
    schema_text response;
    const bool same = !sensitive_;
    if (!same) response = write(target, direction::response);
    defs_.write(at, std::move(request), std::move(response), same);
  }
}

void schema_writer::drop(node value, std::string_view key, std::string_view why) {
  notices_.add(value, "\"" + std::string(key) + "\" left out: " + std::string(why));
}

void schema_writer::put(node schema, const overlay* beside, std::string& out) {
  if (!schema.is_object()) {
    if (schema && !schema.is_boolean()) notices_.add(schema, "is no schema; anything is allowed there");
    object_out members(out);
    if (schema.is_boolean() && !schema.is_true()) members.raw("not", "{}");
    if (beside && !beside->description.empty()) members.text("description", beside->description);
    members.close();
    return;
  }
  for (const char* key : {"$ref", "$dynamicRef", "$recursiveRef"})
    if (const node reference = schema[key]; reference.is_string()) return put_reference(schema, reference.text(), beside, out);
  put_object(schema, beside, out);
}

void schema_writer::put_reference(node schema, std::string_view reference, const overlay* beside, std::string& out) {
  node target = refs_.resolve(schema, reference);
  // What only renames another one needs no definition of its own.
  for (int hops = 0; references::is_reference(target) && (generation_ != generation::openapi_3_1 || target.size() == 1); ++hops)
    target = hops < 64 ? refs_.resolve(target, target["$ref"].text()) : node();
  const bool usable = target.is_object() || target.is_boolean();
  if (target && !usable) notices_.add(schema, "refers to something that is no schema");
  const bool also_string = usable && beside && beside->also_string && target.is_object();
  if (also_string && !references::is_reference(target)) return put_object(target, beside, out);  // its type is widened, so not shared
  const bool nullable = is_nullable(schema);
  if (nullable) out += "{\"anyOf\":[";
  if (usable && generation_ == generation::openapi_3_1 && schema.size() > 1) {
    put_object(schema, beside, out);
  } else {
    object_out members(out);
    std::string_view description = beside ? beside->description : std::string_view();
    if (description.empty()) description = schema["description"].text();
    std::string missing;
    if (!usable) description = missing = "unresolved reference " + std::string(reference);
    if (usable) {
      const std::uint32_t definition = defs_.of(target);
      to_->use(definition);
      members.text("$ref", "#/$defs/" + defs_.name(definition));
    }
    if (!description.empty()) members.text("description", description);
    if (beside) put_examples(members, out, beside, {});
    if (beside && beside->deprecated) members.raw("deprecated", "true");
    members.close();
  }
  if (nullable) out += ",{\"type\":\"null\"}]}";
}

void schema_writer::put_object(node schema, const overlay* beside, std::string& out, bool without_choice) {
  // A null cannot pass the members of `allOf`, so it stands beside them.
  const bool wrap = is_nullable(schema) && schema["allOf"].is_array();
  if (wrap) out += "{\"anyOf\":[";
  frame at(schema, beside, out);
  at.nullable = is_nullable(schema) && !wrap;
  at.without_choice = without_choice;
  if (beside && !beside->description.empty()) at.members.text("description", beside->description);
  put_type(at);
  schema.each_member([&](std::string_view key, node value) { put_keyword(at, key, value); });
  put_required(at);
  put_examples(at.members, out, beside, schema);
  if (beside && beside->deprecated) at.members.raw("deprecated", "true");
  at.members.close();
  if (wrap) out += ",{\"type\":\"null\"}]}";
}

void schema_writer::put_type(frame& at) {
  const node type = at.schema["type"];
  std::vector<std::string_view> names;
  bool file = false;
  auto take = [&](node one) {
    std::string_view name = one.is_null() ? "null" : known_type(one.text());  // YAML without quotes
    if (one.text() == "file") name = "string", file = true;
    if (name.empty()) drop(one, "type", "JSON Schema has no such type");
    else if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (type.is_string() || (type.is_null() && generation_ == generation::openapi_3_1)) take(type);
  else if (type.is_array()) type.each_item(take);
  else if (type && !type.is_null()) drop(type, "type", "it is no text");
  const bool has_properties = at.schema["properties"].is_object();
  if (names.empty() && has_properties && generation_ != generation::openapi_3_1) names.push_back("object");
  if (names.empty()) return;
  if (at.nullable && std::find(names.begin(), names.end(), "null") == names.end()) names.push_back("null");
  if (at.beside && at.beside->also_string && std::find(names.begin(), names.end(), "string") == names.end()) names.push_back("string");
  at.members.key("type");
  if (names.size() == 1) put_string(at.text, names[0]);
  else {
    char before = '[';
    for (const std::string_view name : names) {
      at.text += before;
      before = ',';
      put_string(at.text, name);
    }
    at.text += ']';
  }
  if (file && !at.schema["format"].is_string()) at.members.text("format", "binary");
}

void schema_writer::put_number(frame& at, std::string_view key, node value) {
  const bool exclusive = key.starts_with("exclusive");
  if (exclusive && value.is_boolean()) {  // before 3.1 it says how `minimum` is meant
    const node limit = at.schema[key == "exclusiveMinimum" ? "minimum" : "maximum"];
    if (value.is_true() && limit.is_number()) at.members.value(key, limit);
    return;
  }
  if (!value.is_number()) return drop(value, key, "it is no number");
  if (key == "minimum" && at.schema["exclusiveMinimum"].is_true()) return;
  if (key == "maximum" && at.schema["exclusiveMaximum"].is_true()) return;
  if (key == "multipleOf" && !(value.number() > 0)) return drop(value, key, "it must be greater than 0");
  at.members.value(key, value);
}

// What stands beside a reference does not count here, even from 3.1 on: many documents rely on that, and the keyword stays to be seen.
bool schema_writer::is_hidden(node property) {
  const node meant = references::is_reference(property) ? refs_.follow(property) : property;
  if (!meant.is_object()) return false;
  const bool read_only = meant["readOnly"].is_true();
  const bool write_only = meant["writeOnly"].is_true();
  if (read_only || write_only) sensitive_ = true;
  return way_ == direction::request ? read_only : write_only;
}

void schema_writer::put_properties(frame& at, node value) {
  if (!value.is_object()) return drop(value, "properties", "it is no object");
  std::size_t count = 0;
  value.each_member([&](std::string_view name, node property) {
    ++count;
    if (is_hidden(property)) at.optional.push_back(name);
  });
  // Where nothing would be left they stay, marked as they are, and are not asked for.
  const bool all_hidden = at.optional.size() == count;
  at.members.key("properties");
  object_out members(at.text);
  value.each_member([&](std::string_view name, node property) {
    if (!all_hidden && std::find(at.optional.begin(), at.optional.end(), name) != at.optional.end()) return;
    members.key(name);
    put(property, nullptr, at.text);
  });
  members.close();
}

void schema_writer::put_required(frame& at) {
  const node value = at.schema["required"];
  if (!value || (at.beside && at.beside->swagger_parameter)) return;
  if (!value.is_array()) return drop(value, "required", "in a schema it is a list of names");
  std::vector<std::string_view> names;
  value.each_item([&](node each) {
    const std::string_view name = each.text();
    if (!each.is_string()) drop(each, "required", "it is no name");
    else if (std::find(at.optional.begin(), at.optional.end(), name) == at.optional.end() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  });
  if (names.empty()) return;
  at.members.key("required");
  char before = '[';
  for (const std::string_view name : names) {
    at.text += before;
    before = ',';
    put_string(at.text, name);
  }
  at.text += ']';
}

void schema_writer::put_sub(frame& at, std::string_view key, node value, bool keep_boolean) {
  if (!value.is_object() && !value.is_boolean()) return drop(value, key, "it is no schema");
  at.members.key(key);
  if (keep_boolean && value.is_boolean()) at.text += value.is_true() ? "true" : "false";
  else put(value, nullptr, at.text);
}

/// Whether `schema` is `parent`, or has it among its `allOf`.
bool schema_writer::comes_from(node schema, node parent, int depth) {
  schema = refs_.follow(schema);
  if (schema == parent) return true;
  bool found = false;
  if (depth < 4) schema["allOf"].each_item([&](node each) { found = found || comes_from(each, parent, depth + 1); });
  return found;
}

/// A member of `allOf` that lists its heirs, which this schema is one of: to ask for one of them here again would have no end.
bool schema_writer::put_parent(frame& at, node value, std::string& out) {
  if (!references::is_reference(value)) return false;
  const node parent = refs_.follow(value);
  bool lists_it = false;
  for (const char* key : {"oneOf", "anyOf"}) parent[key].each_item([&](node each) { lists_it = lists_it || comes_from(each, at.schema); });
  if (lists_it) put_object(parent, nullptr, out, true);
  return lists_it;
}

/// A member of `oneOf` or `anyOf` beside a discriminator: what the property is for it.
bool schema_writer::put_variant(frame& at, node value, std::string& out) {
  const node discriminator = at.schema["discriminator"];
  const std::string_view property = discriminator["propertyName"].text();
  const node reference = value["$ref"];
  if (property.empty() || !reference.is_string()) return false;
  const node target = refs_.follow(value);
  if (!target.is_object()) return false;
  const auto is_meant = [&](node to) {
    const std::string_view where = to.text();
    if (where.find_first_of("#/.") == std::string_view::npos) return reference.text().ends_with("/" + std::string(where));
    return where == reference.text() || refs_.resolve(to, where) == target;
  };
  if (const node rest = discriminator["defaultMapping"]; rest.is_string() && is_meant(rest)) return false;  // 3.2: for any other value, and for none
  std::vector<std::string> names;
  discriminator["mapping"].each_member([&](std::string_view name, node to) {
    if (is_meant(to)) names.emplace_back(name);
  });
  if (names.empty()) {
    names.emplace_back(reference.text().substr(reference.text().rfind('/') + 1));
    if (excludes(refs_, target, property, names[0])) {
      notices_.add(value, "the discriminator would be \"" + names[0] + "\", which the schema excludes; it does not count");
      return false;
    }
  }
  const std::uint32_t definition = defs_.of(target);
  to_->use(definition);
  object_out members(out);
  members.text("$ref", "#/$defs/" + defs_.name(definition));
  members.key("properties");
  object_out properties(out);
  properties.key(property);
  object_out inner(out);
  if (names.size() == 1) inner.text("const", names[0]);
  else {
    inner.key("enum");
    char before = '[';
    for (const std::string& name : names) {
      out += before;
      before = ',';
      put_string(out, name);
    }
    out += ']';
  }
  inner.close();
  properties.close();
  members.close();
  return true;
}

void schema_writer::put_list(frame& at, std::string_view key, node value) {
  if (!value.is_array()) return drop(value, key, "it is no list");
  std::string list;
  const bool choice = key == "oneOf" || key == "anyOf";
  value.each_item([&](node each) {
    if (!each.is_object() && !each.is_boolean()) return drop(each, key, "it is no schema");
    if (!list.empty()) list += ',';
    if (choice && put_variant(at, each, list)) return;
    if (key == "allOf" && put_parent(at, each, list)) return;
    put(each, nullptr, list);
  });
  if (list.empty()) return;
  if (choice && at.nullable && !at.schema["type"]) list += ",{\"type\":\"null\"}";
  at.members.key(key);
  at.text += '[';
  at.text += list;
  at.text += ']';
}

void schema_writer::put_map(frame& at, std::string_view key, node value) {
  if (!value.is_object()) return drop(value, key, "it is no object");
  at.members.key(key);
  object_out members(at.text);
  value.each_member([&](std::string_view name, node each) {
    members.key(name);
    put(each, nullptr, at.text);
  });
  members.close();
}

void schema_writer::put_items(frame& at, node value) {
  if (!value.is_array()) return put_sub(at, "items", value, false);
  if (value.empty()) return;
  put_list(at, "prefixItems", value);
  if (const node more = at.schema["additionalItems"]) put_sub(at, "items", more, true);
}

void schema_writer::put_enum(frame& at, node value) {
  if (!value.is_array()) return drop(value, "enum", "it is no list");
  if (value.empty()) return drop(value, "enum", "it is empty");
  at.members.key("enum");
  bool has_null = false;
  char before = '[';
  value.each_item([&](node each) {
    at.text += before;
    before = ',';
    put_value(at.text, each);
    has_null = has_null || each.is_null();
  });
  if (at.nullable && !has_null) at.text += ",null";
  at.text += ']';
}

/// `dependentRequired`: each value a list of names.
void schema_writer::put_name_lists(frame& at, std::string_view key, node value) {
  if (!value.is_object()) return drop(value, key, "it is no object");
  at.members.key(key);
  object_out members(at.text);
  value.each_member([&](std::string_view name, node each) {
    bool fine = each.is_array();
    each.each_item([&](node one) { fine = fine && one.is_string(); });
    if (fine) members.value(name, each);
    else drop(each, key, "it is no list of names");
  });
  members.close();
}

void schema_writer::put_examples(object_out& members, std::string& out, const overlay* beside, node schema) {
  constexpr std::size_t max_bytes = 1024;
  constexpr std::size_t max_count = 5;
  std::vector<std::string> found;
  auto take = [&](node value) {
    if (!value || found.size() >= max_count) return;
    std::string text;
    put_value(text, value);
    if (text.size() <= max_bytes && std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
  };
  // `example: null` mostly means that there is none.
  auto take_all = [&](node example, node examples) {
    if (!example.is_null()) take(example);
    examples.each_item(take);
    examples.each_member([&](std::string_view, node each) {
      const node meant = refs_.follow(each);
      take(meant["value"]);
      take(meant["dataValue"]);
    });
  };
  if (beside) take_all(beside->example, beside->examples);
  take_all(schema["example"], schema["examples"]);
  if (found.empty()) return;
  members.key("examples");
  char before = '[';
  for (const std::string& text : found) {
    out += before;
    before = ',';
    out += text;
  }
  out += ']';
}

void schema_writer::put_keyword(frame& at, std::string_view key, node value) {
  if (value.is_null() && key != "const" && key != "default") return;
  if (at.without_choice && (key == "oneOf" || key == "anyOf")) return;
  switch (keyword_of(key)) {
    case keyword::other: return;
    case keyword::text:
      if (!value.is_string()) return drop(value, key, "it is no text");
      at.members.text(key, value.text());
      if (key == "format" && value.text() == "byte" && !at.schema["contentEncoding"]) at.members.text("contentEncoding", "base64");
      return;
    case keyword::description:
      if (at.beside && !at.beside->description.empty()) return;
      if (!value.is_string()) return drop(value, key, "it is no text");
      return at.members.text(key, value.text());
    case keyword::number: return put_number(at, key, value);
    case keyword::count:
      if (!is_count(value)) return drop(value, key, "it is no whole number from 0 on");
      return at.members.raw(key, std::to_string(static_cast<std::uint64_t>(value.number())));
    case keyword::flag:
      if (!value.is_boolean()) return drop(value, key, "it is neither true nor false");
      if (key == "deprecated" && at.beside && at.beside->deprecated) return;
      return at.members.value(key, value);
    case keyword::schema: return put_sub(at, key, value, false);
    case keyword::schema_or_boolean: return put_sub(at, key, value, true);
    case keyword::list: return put_list(at, key, value);
    case keyword::map: return put_map(at, key, value);
    case keyword::name_lists: return put_name_lists(at, key, value);
    case keyword::properties: return put_properties(at, value);
    case keyword::items: return put_items(at, value);
    case keyword::enumeration: return put_enum(at, value);
    case keyword::value:
      if (key == "default" && value.entry().next - value.index() > 256) return;  // longer than a model should read
      return at.members.value(key, value);
    case keyword::reference: {  // beside other keywords, which count from 3.1 on
      const node target = refs_.resolve(at.schema, value.text());
      if (!target.is_object() && !target.is_boolean()) return;
      const std::uint32_t definition = defs_.of(target);
      to_->use(definition);
      return at.members.text("$ref", "#/$defs/" + defs_.name(definition));
    }
  }
}

unsigned schema_writer::shape(node schema, int depth) {
  if (depth > 8) return 0;
  schema = refs_.follow(schema);
  if (!schema.is_object()) return 0;
  unsigned out = 0;
  auto take = [&](node type) {
    const std::string_view name = type.text();
    if (name == "array") out |= shape_array;
    else if (name == "object") out |= shape_object;
    else if (!name.empty() && name != "null") out |= shape_scalar;
  };
  if (schema["type"].is_string()) take(schema["type"]);
  schema["type"].each_item(take);
  if (out) return out;
  if (schema["properties"].is_object()) return shape_object;
  if (schema["items"]) return shape_array;
  for (const char* key : {"oneOf", "anyOf", "allOf"}) schema[key].each_item([&](node each) { out |= shape(each, depth + 1); });
  return out;
}

}  // namespace utcp::openapi_detail
