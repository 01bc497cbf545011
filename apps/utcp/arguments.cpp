#include "arguments.hpp"

#include <utcp/base64.hpp>
#include <utcp/document.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

namespace utcp::app {
namespace {

constexpr std::size_t max_argument_bytes = 64u << 20;

result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return error(errc::invalid_argument, "cannot read " + path + "; is it there, and may you read it?");
  std::string text;
  char block[65536];
  while (in.read(block, sizeof block) || in.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_argument_bytes) return error(errc::invalid_argument, path + " is over 64 MiB; arguments are smaller");
  }
  if (in.bad()) return error(errc::invalid_argument, "cannot read " + path + "; is it a folder?");
  return text;
}

result<json> file_object(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  json out = json::object();
  out["filename"] = path.substr(path.find_last_of('/') + 1);
  out["data"] = json::binary(json::binary_t::container_type(text->begin(), text->end()));
  return out;
}

result<argument_word> object_of(std::string_view text, const std::string& where) {
  auto value = parse_json(text);
  if (!value) return error(errc::invalid_argument, where + ": " + value.error().message);
  if (!value->is_object())
    return error(errc::invalid_argument, where + ": arguments are a JSON object, not " + value->type_name());
  return argument_word(std::move(*value));
}

result<argument_word> pair_of(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || (equals == 1 && (word[0] == ':' || word[0] == '@')))
    return error(errc::invalid_argument, "\"" + word + "\" is no argument; write key=value, key:=json, key@=path, a JSON object in quotes, "
                 "@file.json, or - for standard input");
  pair_argument out;
  out.is_json = word[equals - 1] == ':';
  const bool is_file = word[equals - 1] == '@';
  out.key = word.substr(0, out.is_json || is_file ? equals - 1 : equals);
  out.text = word.substr(equals + 1);
  if (is_file) {
    auto file = file_object(out.text);
    if (!file) return error(errc::invalid_argument, "argument \"" + out.key + "\": " + file.error().message);
    out.file = std::move(*file);
  }
  return argument_word(std::move(out));
}

bool has(const std::vector<std::string>& types, std::string_view type) { return std::find(types.begin(), types.end(), type) != types.end(); }

bool fits(const json& value, const std::vector<std::string>& types) {
  if (types.empty()) return true;
  switch (value.type()) {
    case json::value_t::null: return has(types, "null");
    case json::value_t::boolean: return has(types, "boolean");
    case json::value_t::object: return has(types, "object");
    case json::value_t::array: return has(types, "array");
    case json::value_t::string: return has(types, "string");
    case json::value_t::number_float:
      return has(types, "number") || (has(types, "integer") && std::trunc(value.get<double>()) == value.get<double>());
    default: return has(types, "number") || has(types, "integer");
  }
}

std::string joined(const std::vector<std::string>& types) {
  std::string out;
  for (const auto& type : types) out += (out.empty() ? "" : " or ") + type;
  return out;
}

std::string misfit(const std::string& key, const std::string& text, const std::vector<std::string>& types) {
  std::string hint;
  if (has(types, "array")) hint = R"(, such as ["a","b"])";
  else if (has(types, "object")) hint = R"(, such as {"key":"value"})";
  else if (has(types, "boolean")) hint = ", true or false";
  return "argument \"" + key + "\" must be " + joined(types) + hint + ", not \"" + text + "\"";
}

bool wants_base64(const json& schema, const json& root) {
  const json& s = resolve_ref(schema, root);
  return s.is_object() && (s.value("contentEncoding", json()) == "base64" || s.value("format", json()) == "byte");
}

json typed_file(const pair_argument& pair, const json& schema, const json& root, const std::vector<std::string>& types) {
  if (wants_base64(schema, root)) {
    const auto& raw = pair.file["data"].get_binary();
    return base64(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()));
  }
  if (has(types, "array") && !has(types, "object") && !has(types, "string")) {
    const json& array = resolve_ref(schema, root);
    const json items = array.is_object() ? array.value("items", json()) : json();
    return json::array({typed_file(pair, items, root, allowed_types(items, root))});
  }
  return pair.file;
}

result<json> typed(const pair_argument& pair, const json& schema, const json& root) {
  const auto types = allowed_types(schema, root);
  if (!pair.file.is_null()) return typed_file(pair, schema, root, types);
  if (pair.is_json) {
    auto value = parse_json(pair.text);
    if (!value) return error(errc::invalid_argument, "argument \"" + pair.key + "\": " + value.error().message);
    return value;
  }
  if (has(types, "string")) return json(pair.text);
  auto value = parse_json(pair.text);
  if (types.empty()) return value ? std::move(*value) : json(pair.text);
  if (value && fits(*value, types)) return value;
  if (has(types, "array") && !pair.text.starts_with('[')) {
    const json& array = resolve_ref(schema, root);
    const json none = json::object();
    const auto items = array.is_object() ? array.find("items") : array.end();
    auto item = typed(pair, array.is_object() && items != array.end() ? *items : none, root);
    if (!item) return item.error();
    return json::array({std::move(*item)});
  }
  return error(errc::invalid_argument, misfit(pair.key, pair.text, types));
}

const json* property_of(const json& schema, const json& root, const std::string& name) {
  const json& object = resolve_ref(schema, root);
  if (!object.is_object()) return nullptr;
  auto properties = object.find("properties");
  if (properties == object.end() || !properties->is_object()) return nullptr;
  auto it = properties->find(name);
  return it == properties->end() ? nullptr : &*it;
}

/// Puts one pair into `into`; `seen` holds the full keys that pairs have set.
result<void> put(json& into, const pair_argument& pair, const std::string& key, const json& schema, const json& root,
                 std::set<std::string>& seen) {
  const json* property = property_of(schema, root, key);
  const auto dot = key.find('.');
  if (property == nullptr && dot != std::string::npos && dot > 0) {
    const std::string head = key.substr(0, dot);
    const json* outer = property_of(schema, root, head);
    if (outer != nullptr && has(allowed_types(*outer, root), "object")) {
      json& inside = into[head];
      if (!inside.is_object()) inside = json::object();
      return put(inside, pair, key.substr(dot + 1), *outer, root, seen);
    }
  }
  const json any = json::object();
  auto value = typed(pair, property ? *property : any, root);
  if (!value) return value.error();
  if (seen.insert(pair.key).second) {
    into[key] = std::move(*value);
    return {};
  }
  json& before = into[key];
  if (!before.is_array() || !value->is_array())
    return error(errc::invalid_argument, "argument \"" + pair.key + "\" is given twice; only an array takes several values");
  before.insert(before.end(), value->begin(), value->end());
  return {};
}

void add_type(std::vector<std::string>& to, std::string type) {
  if (!has(to, type)) to.push_back(std::move(type));
}

std::string type_of_value(const json& value) {
  if (value.is_number_integer()) return "integer";
  return value.type_name();
}

void collect_types(const json& schema, const json& root, std::vector<std::string>& to, int depth) {
  const json& s = resolve_ref(schema, root);
  if (!s.is_object() || depth > 8) return;
  if (auto type = s.find("type"); type != s.end()) {
    if (type->is_string()) add_type(to, type->get<std::string>());
    if (type->is_array())
      for (const auto& one : *type)
        if (one.is_string()) add_type(to, one.get<std::string>());
    return;
  }
  if (auto values = s.find("enum"); values != s.end() && values->is_array())
    for (const auto& value : *values) add_type(to, type_of_value(value));
  if (auto value = s.find("const"); value != s.end()) add_type(to, type_of_value(*value));
  for (const char* key : {"anyOf", "oneOf", "allOf"})
    if (auto parts = s.find(key); parts != s.end() && parts->is_array())
      for (const auto& part : *parts) collect_types(part, root, to, depth + 1);
  if (to.empty() && s.contains("properties")) add_type(to, "object");
}

}  // namespace

const json& resolve_ref(const json& schema, const json& root) {
  const json* at = &schema;
  for (int hops = 0; hops < 8 && at->is_object(); ++hops) {
    auto ref = at->find("$ref");
    if (ref == at->end() || !ref->is_string()) break;
    const auto& text = ref->get_ref<const std::string&>();
    if (!text.starts_with("#/")) break;
    try {
      at = &root.at(json::json_pointer(text.substr(1)));
    } catch (const json::exception&) {
      break;
    }
  }
  return *at;
}

std::vector<std::string> allowed_types(const json& schema, const json& root) {
  std::vector<std::string> out;
  collect_types(schema, root, out, 0);
  return out;
}

result<std::vector<argument_word>> read_argument_words(const std::vector<std::string>& words,
                                                       const std::function<result<std::string>()>& read_stdin) {
  std::vector<argument_word> out;
  for (const auto& word : words) {
    result<argument_word> read = error(errc::invalid_argument, "an empty word is no argument");
    if (word == "-") {
      auto text = read_stdin();
      if (!text) return text.error();
      read = object_of(*text, "standard input");
    } else if (word.starts_with('@') && word.find('=') == std::string::npos) {
      auto text = read_file(word.substr(1));
      if (!text) return text.error();
      read = object_of(*text, word.substr(1));
    } else if (word.starts_with('{') || word.starts_with('[')) {
      read = object_of(word, "the arguments");
    } else if (!word.empty()) {
      read = pair_of(word);
    }
    if (!read) return read.error();
    out.push_back(std::move(*read));
  }
  return out;
}

result<json> build_arguments(const std::vector<argument_word>& words, const json& inputs) {
  json out = json::object();
  std::set<std::string> seen;
  for (const auto& word : words) {
    if (const auto* whole = std::get_if<json>(&word)) {
      out.update(*whole);
      continue;
    }
    const auto& pair = std::get<pair_argument>(word);
    if (auto done = put(out, pair, pair.key, inputs, inputs, seen); !done) return done.error();
  }
  return out;
}

std::vector<std::string> unnamed_arguments(const json& arguments, const json& inputs) {
  std::vector<std::string> out;
  if (!inputs.is_object() || !arguments.is_object()) return out;
  const auto properties = inputs.find("properties");
  if (properties == inputs.end() || !properties->is_object() || properties->empty()) return out;
  const auto more = inputs.find("additionalProperties");
  if (more != inputs.end() && (more->is_object() || *more == json(true))) return out;
  for (const auto& [key, value] : arguments.items())
    if (!properties->contains(key)) out.push_back(key);
  return out;
}

}  // namespace utcp::app
