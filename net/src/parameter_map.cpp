#include "parameter_map.hpp"

#include <utcp/net/media_type.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace utcp::net {
namespace {

constexpr std::size_t max_rules = 10'000;

std::string entry_of(const char* option, std::string_view name) {
  std::string shown(utf8_prefix(name, 60));
  std::replace_if(shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return std::string("\"") + option + "\", \"" + shown + "\"";
}

error bad_map(const std::string& where, std::string_view what) { return {errc::invalid_config, where + ": " + std::string(what)}; }

const json* option(const json& options, const char* key) {
  const auto it = options.find(key);
  return it == options.end() || it->is_null() ? nullptr : &*it;
}

std::optional<parameter_place> place_named(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, parameter_place>, 7> places = {{{"path", parameter_place::path},
                                                                                         {"query", parameter_place::query},
                                                                                         {"header", parameter_place::header},
                                                                                         {"cookie", parameter_place::cookie},
                                                                                         {"body", parameter_place::body},
                                                                                         {"form", parameter_place::body},
                                                                                         {"querystring", parameter_place::query_string}}};
  for (const auto& [name, place] : places)
    if (name == word) return place;
  return std::nullopt;
}

bool has_placeholder(const std::string& url, const std::string& name) { return url.find('{' + name + '}') != std::string::npos; }

bool comes_before(const parameter_rule& rule, std::string_view argument) noexcept { return rule.argument < argument; }

bool says_style(const json& entry) {
  return option(entry, "style") || option(entry, "collectionFormat") || option(entry, "explode") || option(entry, "allowReserved");
}

// Headers of a part: those that say what it is are the client's.
result<void> read_part_headers(const json& entry, const std::string& where, http_header_list& to) {
  const json* headers = option(entry, "headers");
  if (!headers) return {};
  if (!headers->is_object()) return bad_map(where, "\"headers\" must be an object of strings");
  for (const auto& [name, value] : headers->items()) {
    if (!value.is_string()) return bad_map(where, "\"headers\" must be an object of strings");
    const auto& text = value.get_ref<const std::string&>();
    if (auto fine = check_header(name, text); !fine) return bad_map(where, fine.error().message);
    if (equal_ignoring_case(name, "Content-Type") || equal_ignoring_case(name, "Content-Disposition"))
      return bad_map(where, "the header \"" + name + "\" of a part is written by the client");
    to.set(name, text);
  }
  return {};
}

// The first that names a type: `image/*, image/png`. Of wildcards only, the plainest that fits.
std::string first_type(std::string_view types) {
  std::string of_wildcards;
  while (!types.empty()) {
    const std::string_view each = types.substr(0, types.find(','));
    types.remove_prefix(std::min(each.size() + 1, types.size()));
    const std::size_t begin = each.find_first_not_of(" \t");
    if (each.find('*') != std::string_view::npos) {
      if (of_wildcards.empty()) of_wildcards = each.substr(begin).starts_with("text/") ? "text/plain" : "application/octet-stream";
      continue;
    }
    if (begin != std::string_view::npos) return std::string(each.substr(begin, each.find_last_not_of(" \t") - begin + 1));
  }
  return of_wildcards;
}

result<property_encoding> read_property(const std::string& name, const json& entry) {
  const std::string where = entry_of("x-body-encoding", name);
  if (!entry.is_object()) return bad_map(where, "must be an object");
  property_encoding out;
  out.styled = says_style(entry);
  if (out.styled) {
    auto how = read_value_style(entry, parameter_place::body, where);
    if (!how) return how.error();
    out.how = *std::move(how);
    out.styled = out.how.style != parameter_style::content;
  }
  if (const json* type = option(entry, "contentType")) {
    if (!type->is_string()) return bad_map(where, "\"contentType\" must be a string");
    if (auto fine = check_header("Content-Type", type->get_ref<const std::string&>()); !fine) return bad_map(where, "\"contentType\" contains a line break or NUL");
    out.content_type = first_type(type->get_ref<const std::string&>());
  }
  if (auto fine = read_part_headers(entry, where, out.headers); !fine) return fine.error();
  return out;
}

}  // namespace

result<std::shared_ptr<const parameter_map>> parameter_map::read(const json& options, const std::string& url) {
  const json* map = option(options, "x-arg-map");
  if (!map && !option(options, "cookie_fields") && !option(options, "x-body-encoding") && !option(options, "x-body-xml")) return std::shared_ptr<const parameter_map>();
  auto out = std::make_shared<parameter_map>();
  if (auto fine = out->read_encoding(options); !fine) return fine.error();
  if (const json* xml = option(options, "x-body-xml")) {
    auto shape = xml_shape::read(*xml);
    if (!shape) return shape.error();
    out->xml_ = *std::move(shape);
  }
  if (map && !map->is_object()) return error(errc::invalid_config, "\"x-arg-map\" must be an object");
  if (map && map->size() > max_rules) return error(errc::too_large, "\"x-arg-map\" has more than " + std::to_string(max_rules) + " entries");
  if (map)
    for (const auto& [argument, entry] : map->items())
      if (auto fine = out->read_rule(argument, entry, url); !fine) return fine.error();
  if (auto fine = out->read_cookie_fields(options); !fine) return fine.error();
  const auto whole = std::count_if(out->rules_.begin(), out->rules_.end(), [](const parameter_rule& rule) { return rule.place == parameter_place::query_string; });
  if (whole > 1) return error(errc::invalid_config, "\"x-arg-map\": two arguments are the whole query (\"querystring\")");
  return std::shared_ptr<const parameter_map>(std::move(out));
}

result<void> parameter_map::read_rule(const std::string& argument, const json& entry, const std::string& url) {
  const std::string where = entry_of("x-arg-map", argument);
  if (!entry.is_object()) return bad_map(where, "must be an object");
  parameter_rule rule;
  rule.argument = rule.name = argument;
  if (const json* name = option(entry, "name")) {
    if (!name->is_string()) return bad_map(where, "\"name\" must be a string");
    rule.name = name->get_ref<const std::string&>();
  }
  const json* in = option(entry, "in");
  const auto place = in && in->is_string() ? place_named(in->get_ref<const std::string&>()) : std::nullopt;
  if (in && !place) return bad_map(where, "\"in\" must be path, query, header, cookie, querystring, body or form");
  if (place) rule.place = *place;
  else if (has_placeholder(url, argument)) rule.place = parameter_place::path;
  if (rule.place == parameter_place::path && !has_placeholder(url, argument) && !has_placeholder(url, rule.name))
    return bad_map(where, "\"url\" has no {" + rule.name + "} for it");
  if (const json* preset = option(entry, "default")) {
    if (!preset->is_string() || rule.place != parameter_place::path) return bad_map(where, "\"default\" must be a string, and of a path parameter");
    rule.preset = preset->get_ref<const std::string&>();
  }
  if (rule.place == parameter_place::header)
    if (auto fine = check_header(rule.name, {}); !fine) return bad_map(where, fine.error().message);
  if (rule.place == parameter_place::body) {
    auto property = read_property(argument, entry);
    if (!property) return property.error();
    if (property->styled || !property->content_type.empty()) encoding_.try_emplace(rule.name, *std::move(property));
  } else {
    auto how = read_value_style(entry, rule.place, where);
    if (!how) return how.error();
    rule.how = *std::move(how);
  }
  rules_.push_back(std::move(rule));  // a JSON object gives its members by name
  return {};
}

result<void> parameter_map::read_cookie_fields(const json& options) {
  const json* fields = option(options, "cookie_fields");
  if (!fields) return {};
  if (!fields->is_array()) return error(errc::invalid_config, "\"cookie_fields\" must be a list of strings");
  for (const json& name : *fields) {
    if (!name.is_string()) return error(errc::invalid_config, "\"cookie_fields\" must be a list of strings");
    parameter_rule rule;
    rule.argument = rule.name = name.get_ref<const std::string&>();
    rule.place = parameter_place::cookie;
    const auto at = std::lower_bound(rules_.begin(), rules_.end(), rule.argument, comes_before);
    if (at == rules_.end() || at->argument != rule.argument) rules_.insert(at, rule);
  }
  return {};
}

result<void> parameter_map::read_encoding(const json& options) {
  const json* encoding = option(options, "x-body-encoding");
  if (!encoding) return {};
  if (!encoding->is_object()) return error(errc::invalid_config, "\"x-body-encoding\" must be an object");
  if (encoding->size() > max_rules) return error(errc::too_large, "\"x-body-encoding\" has more than " + std::to_string(max_rules) + " entries");
  for (const auto& [name, entry] : encoding->items()) {
    auto property = read_property(name, entry);
    if (!property) return property.error();
    encoding_.emplace(name, *std::move(property));
  }
  return {};
}

const parameter_rule* parameter_map::of_argument(std::string_view argument) const noexcept {
  const auto it = std::lower_bound(rules_.begin(), rules_.end(), argument, comes_before);
  return it != rules_.end() && it->argument == argument ? &*it : nullptr;
}

const parameter_rule* parameter_map::of_placeholder(std::string_view placeholder) const noexcept {
  const parameter_rule* own = of_argument(placeholder);
  if (own && own->place == parameter_place::path) return own;
  const auto it = std::find_if(rules_.begin(), rules_.end(), [&](const parameter_rule& rule) { return rule.place == parameter_place::path && rule.name == placeholder; });
  return it != rules_.end() ? &*it : nullptr;
}

}  // namespace utcp::net
