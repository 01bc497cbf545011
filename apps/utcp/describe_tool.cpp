#include "describe_tool.hpp"

#include "arguments.hpp"
#include "request_text.hpp"
#include "table.hpp"
#include "terminal_text.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/masking.hpp>

#include <algorithm>

namespace utcp::app {
namespace {

constexpr int max_opened = 3;

std::string string_member(const json& object, const char* key) {
  if (!object.is_object()) return {};
  auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool lists(const json& required, const std::string& name) {
  return required.is_array() && std::find(required.begin(), required.end(), json(name)) != required.end();
}

void add_rows(const json& schema, const json& root, const std::string& prefix, int depth, std::vector<input_row>& out) {
  const json& object = resolve_ref(schema, root);
  if (!object.is_object()) return;
  auto properties = object.find("properties");
  if (properties == object.end() || !properties->is_object()) return;
  const json required = object.value("required", json::array());
  for (const bool wanted : {true, false})
    for (const auto& [name, property] : properties->items()) {
      if (lists(required, name) != wanted) continue;
      const json& p = resolve_ref(property, root);
      std::string description = string_member(property, "description");
      if (description.empty()) description = string_member(p, "description");
      if (p.is_object() && p.contains("default") && !p["default"].is_null())
        description += (description.empty() ? "default " : ", default ") + write_json(p["default"]);
      input_row row;
      row.name = prefix + name;
      row.type = type_text(property, root);
      row.required = wanted;
      row.description = std::move(description);
      out.push_back(std::move(row));
      if (depth < max_opened) add_rows(p, root, prefix + name + ".", depth + 1, out);
    }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : " or ") + part;
  return out;
}

/// A value that fits the schema, from its examples where there are some.
json sample(const json& schema, const json& root, const std::string& name, int depth) {
  const json& s = resolve_ref(schema, root);
  if (s.is_object()) {
    if (auto it = s.find("examples"); it != s.end() && it->is_array() && !it->empty()) return it->front();
    for (const char* key : {"example", "default", "const"})
      if (auto it = s.find(key); it != s.end() && !it->is_null()) return *it;
    if (auto it = s.find("enum"); it != s.end() && it->is_array() && !it->empty()) return it->front();
  }
  const auto types = allowed_types(s, root);
  const std::string type = types.empty() ? "string" : types.front();
  if (type == "integer") return s.contains("minimum") && s["minimum"].is_number_integer() ? s["minimum"] : json(1);
  if (type == "number") return 1.5;
  if (type == "boolean") return true;
  if (type == "null") return nullptr;
  if (type == "array") {
    json out = json::array();
    if (depth < max_opened) out.push_back(sample(s.value("items", json::object()), root, name, depth + 1));
    return out;
  }
  if (type == "object") {
    json out = json::object();
    if (depth < max_opened && s.contains("properties") && s["properties"].is_object())
      for (const auto& [key, property] : s["properties"].items())
        if (lists(s.value("required", json::array()), key)) out[key] = sample(property, root, key, depth + 1);
    return out;
  }
  std::string placeholder;
  for (char c : name) placeholder += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return placeholder;
}

std::string heading(const std::string& text, bool bold) { return bold ? "\x1b[1m" + text + "\x1b[0m\n" : text + "\n"; }

std::string indented(const std::string& text) {
  std::string out;
  std::size_t start = 0;
  while (start < text.size()) {
    const auto end = std::min(text.find('\n', start), text.size());
    out += "  " + text.substr(start, end - start) + "\n";
    start = end + 1;
  }
  return out;
}

}  // namespace

std::vector<input_row> input_rows(const json& inputs) {
  std::vector<input_row> out;
  add_rows(inputs, inputs, "", 0, out);
  return out;
}

std::string type_text(const json& schema, const json& root) {
  const json& s = resolve_ref(schema, root);
  if (!s.is_object()) return "any";
  if (auto values = s.find("enum"); values != s.end() && values->is_array() && !values->empty() && values->size() <= 8) {
    std::vector<std::string> parts;
    for (const auto& value : *values) parts.push_back(write_json(value));
    return joined(parts);
  }
  auto types = allowed_types(s, root);
  if (types.empty()) return "any";
  for (auto& type : types) {
    if (type == "array" && s.contains("items")) {
      const auto items = allowed_types(s["items"], root);
      if (!items.empty()) type += " of " + joined(items);
    }
  }
  std::string out = joined(types);
  const std::string format = string_member(s, "format");
  return format.empty() ? out : out + " (" + format + ")";
}

std::string example_call(const std::string& name, const json& inputs) {
  std::string out = "utcp call " + shell_word(name);
  if (!inputs.is_object()) return out;
  auto properties = inputs.find("properties");
  if (properties == inputs.end() || !properties->is_object()) return out;
  const json required = inputs.value("required", json::array());
  for (const auto& [key, property] : properties->items()) {
    if (!lists(required, key)) continue;
    const json value = sample(property, inputs, key, 0);
    const auto types = allowed_types(property, inputs);
    const bool kept_as_text = types.empty() || std::find(types.begin(), types.end(), "string") != types.end();
    if (value.is_string()) out += " " + shell_word(key + "=" + value.get<std::string>());
    else out += " " + shell_word(key + (kept_as_text && !types.empty() ? ":=" : "=") + write_json(value));
  }
  return out;
}

json tool_document(const tool& shown) {
  std::vector<notice> ignored;
  json out = write_tool(shown, dialect::v1, fidelity::full, ignored);
  if (auto how = out.find("tool_call_template"); how != out.end()) *how = mask_template(*how);
  return out;
}

std::string describe(const tool& shown, std::optional<std::size_t> width, bool bold) {
  const json document = tool_document(shown);
  const json inputs = shown.inputs.to_json();
  std::string out = heading(make_harmless(shown.name, harmless::line), bold);
  if (!shown.description.empty()) out += indented(make_harmless(shown.description, harmless::text));
  if (!shown.tags.empty()) {
    std::string tags;
    for (const auto& tag : shown.tags) tags += (tags.empty() ? "" : ", ") + make_harmless(tag, harmless::line);
    out += "  tags: " + tags + "\n";
  }
  out += "\n" + heading("Inputs", bold);
  table rows({"NAME", "TYPE", "REQUIRED", "DESCRIPTION"});
  for (const auto& row : input_rows(inputs)) rows.add({row.name, row.type, row.required ? "yes" : "", row.description});
  const auto room = width ? std::optional<std::size_t>(*width > 2 ? *width - 2 : 1) : std::nullopt;
  out += rows.empty() ? "  none\n" : indented(rows.lines(room, false));
  out += "\n" + heading("Outputs", bold);
  out += shown.outputs.empty() ? "  not described\n" : indented(make_harmless(write_json(shown.outputs.to_json(), 2), harmless::json));
  out += "\n" + heading("Call template", bold);
  out += indented(make_harmless(write_json(document.value("tool_call_template", json::object()), 2), harmless::json));
  out += "\n" + heading("Example", bold);
  out += "  " + make_harmless(example_call(shown.name, inputs), harmless::line) + "\n";
  return out;
}

}  // namespace utcp::app
