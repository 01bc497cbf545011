#include "header_values.hpp"

#include "json_members.hpp"

#include <utcp/base64.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace utcp::mcp {
namespace {

constexpr const char* annotation = "x-mcp-header";
constexpr std::size_t max_depth = 64;
constexpr double max_integer = 9007199254740991.0;  // 2^53 - 1

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
  });
}

error bad_annotation(const std::string& why) { return error(errc::protocol_error, "its input schema has an x-mcp-header that " + why); }

/// Values, not schemas, stand under these keys.
bool holds_values(const std::string& key) {
  constexpr std::array<std::string_view, 9> names{"default", "examples", "example", "enum", "const", "required", "title", "description", annotation};
  return std::find(names.begin(), names.end(), key) != names.end();
}

/// Schemas by a name that is no keyword stand under these keys.
bool holds_named_schemas(const std::string& key) {
  constexpr std::array<std::string_view, 6> names{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"};
  return std::find(names.begin(), names.end(), key) != names.end();
}

class rule_reader {
 public:
  result<void> read(const json& schema, bool reachable, std::size_t depth) {
    if (depth > max_depth || !schema.is_object()) return {};
    if (const json* found = member(schema, annotation))
      if (auto fine = take(schema, *found, reachable); !fine) return fine;
    for (const auto& [key, value] : schema.items()) {
      if (holds_values(key)) continue;
      if (holds_named_schemas(key) && value.is_object()) {
        if (auto fine = read_named(value, reachable && key == "properties", depth); !fine) return fine;
      } else if (value.is_object()) {
        if (auto fine = read(value, false, depth + 1); !fine) return fine;
      } else if (value.is_array()) {
        for (const json& each : value)
          if (auto fine = read(each, false, depth + 1); !fine) return fine;
      }
    }
    return {};
  }

  std::vector<header_rule> rules;

 private:
  result<void> read_named(const json& schemas, bool reachable, std::size_t depth) {
    for (const auto& [name, schema] : schemas.items()) {
      path_.push_back(name);
      auto fine = read(schema, reachable, depth + 1);
      path_.pop_back();
      if (!fine) return fine;
    }
    return {};
  }

  result<void> take(const json& schema, const json& name, bool reachable) {
    if (!name.is_string() || !is_token(name.get_ref<const std::string&>())) return bad_annotation("is no header name");
    if (!reachable || path_.empty()) return bad_annotation("is not on a property that properties alone lead to");
    const auto* type = text_member(schema, "type");
    if (!type || (*type != "string" && *type != "integer" && *type != "boolean")) return bad_annotation("is on something else than a string, an integer or a boolean");
    header_rule rule;
    rule.path = path_;
    rule.header = "Mcp-Param-" + name.get_ref<const std::string&>();
    const bool twice = std::any_of(rules.begin(), rules.end(), [&](const header_rule& other) { return net::equal_ignoring_case(other.header, rule.header); });
    if (twice) return bad_annotation("is used twice");
    rules.push_back(std::move(rule));
    return {};
  }

  std::vector<std::string> path_;
};

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) {
    if (std::abs(value.get<double>()) > max_integer) return std::nullopt;
    return value.dump();
  }
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) > max_integer) return std::nullopt;
    return std::to_string(static_cast<std::int64_t>(number));
  }
  return std::nullopt;
}

}  // namespace

std::string header_value(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  bool plain = text.empty() || (!blank(text.front()) && !blank(text.back()));
  for (char c : text) plain = plain && ((c >= 0x20 && c < 0x7f) || c == '\t');
  if (text.starts_with("=?base64?") && text.ends_with("?=")) plain = false;
  if (plain) return std::string(text);
  return "=?base64?" + base64(text) + "?=";
}

result<std::vector<header_rule>> read_header_rules(const json& input_schema) {
  rule_reader reader;
  if (auto fine = reader.read(input_schema, true, 0); !fine) return fine.error();
  return std::move(reader.rules);
}

std::vector<net::http_header> parameter_headers(const std::vector<header_rule>& rules, const json& arguments) {
  std::vector<net::http_header> out;
  for (const header_rule& rule : rules) {
    const json* at = &arguments;
    for (const std::string& name : rule.path)
      if (at) at = member(*at, name.c_str());
    if (!at) continue;
    if (auto text = text_of(*at)) out.emplace_back(rule.header, header_value(*text));
  }
  return out;
}

}  // namespace utcp::mcp
