#include "result_selector.hpp"

#include "dialect_fields.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>

namespace utcp {
namespace {

std::string place_of(std::string_view type, std::string_view key) { return std::string(type) + ": \"" + std::string(key) + "\""; }

std::string normalised_tool(const std::string& name) {
  const auto dot = name.find('.');
  return dot == std::string::npos ? name : normalise_manual_name(std::string_view(name).substr(0, dot)) + name.substr(dot);
}

}  // namespace

result<name_set> read_names(const json& options, std::string_view key, std::string_view type) {
  name_set out;
  auto it = options.find(key);
  if (it == options.end() || it->is_null()) return out;
  if (!it->is_array()) return error(errc::invalid_config, place_of(type, key) + " must be a list of strings, not " + type_phrase(*it));
  for (const json& name : *it) {
    if (!name.is_string()) return error(errc::invalid_config, place_of(type, key) + " must hold strings only, not " + type_phrase(name));
    out.insert(name.get<std::string>());
  }
  return out;
}

result<result_selector> result_selector::read(const json& options, std::string_view type, std::initializer_list<std::string_view> own_keys) {
  if (!options.is_object()) return error(errc::invalid_config, std::string(type) + ": expected an object, not " + type_phrase(options));
  result_selector out;
  struct selector {
    std::string_view key;
    name_set& into;
    bool manuals;
  };
  const selector selectors[] = {{"exclude_tools", out.exclude_tools_, false},
                                {"only_include_tools", out.only_include_tools_, false},
                                {"exclude_manuals", out.exclude_manuals_, true},
                                {"only_include_manuals", out.only_include_manuals_, true}};
  std::string known;
  for (std::string_view key : own_keys) known += std::string(key) + ", ";
  for (const selector& each : selectors) {
    known += std::string(each.key) + (each.key == "only_include_manuals" ? "" : ", ");
    auto names = read_names(options, each.key, type);
    if (!names) return names.error();
    for (const std::string& name : *names) each.into.insert(each.manuals ? normalise_manual_name(name) : normalised_tool(name));
  }
  for (const auto& [key, value] : options.items()) {
    const bool is_known = key == "tool_post_processor_type" || std::find(own_keys.begin(), own_keys.end(), key) != own_keys.end() ||
                          std::any_of(std::begin(selectors), std::end(selectors), [&name = key](const selector& s) { return s.key == name; });
    if (!is_known) return error(errc::invalid_config, place_of(type, key) + " is an unknown key; known are " + known);
  }
  return out;
}

bool result_selector::selects(const std::string& tool, const std::string& manual) const {
  if (exclude_tools_.contains(tool) || exclude_manuals_.contains(manual)) return false;
  if (!only_include_tools_.empty() && !only_include_tools_.contains(tool)) return false;
  return only_include_manuals_.empty() || only_include_manuals_.contains(manual);
}

}  // namespace utcp
