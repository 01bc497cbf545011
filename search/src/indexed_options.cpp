#include "indexed_options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace utcp {
namespace {

struct weight_key {
  const char* name;
  double indexed_search_options::*value;
};
constexpr std::array<weight_key, 8> weight_keys{{{"name", &indexed_search_options::name},
                                                 {"description", &indexed_search_options::description},
                                                 {"tags", &indexed_search_options::tags},
                                                 {"parameter_names", &indexed_search_options::parameter_names},
                                                 {"parameter_descriptions", &indexed_search_options::parameter_descriptions},
                                                 {"parameter_values", &indexed_search_options::parameter_values},
                                                 {"provider", &indexed_search_options::provider},
                                                 {"saturation", &indexed_search_options::saturation}}};

struct switch_key {
  const char* name;
  bool indexed_search_options::*value;
};
constexpr std::array<switch_key, 3> switch_keys{{{"prefixes", &indexed_search_options::prefixes},
                                                 {"typos", &indexed_search_options::typos},
                                                 {"related_words", &indexed_search_options::related_words}}};

bool is_weight(double value) { return std::isfinite(value) && value >= 0 && value <= 1e6; }

}  // namespace

bool search_detail::is_usable(const indexed_search_options& how) {
  return how.saturation > 0 && std::ranges::all_of(weight_keys, [&](const weight_key& key) { return is_weight(how.*key.value); });
}

json search_detail::write_indexed_options(const indexed_search_options& how) {
  json out = json::object();
  for (const weight_key& key : weight_keys) out[key.name] = how.*key.value;
  for (const switch_key& key : switch_keys) out[key.name] = how.*key.value;
  return out;
}

result<indexed_search_options> read_indexed_search_options(const json& options) {
  indexed_search_options how;
  if (!options.is_null() && !options.is_object()) return error{errc::invalid_config, "tool_search_strategy must be an object"};
  const auto given = [&](const char* key) -> const json* {
    if (!options.is_object()) return nullptr;
    const auto found = options.find(key);
    return found == options.end() || found->is_null() ? nullptr : &*found;
  };
  for (const weight_key& key : weight_keys)
    if (const json* value = given(key.name)) {
      if (!value->is_number() || !is_weight(value->get<double>()) || (key.value == &indexed_search_options::saturation && !(value->get<double>() > 0)))
        return error{errc::invalid_config, std::string("tool_search_strategy: `") + key.name + "` must be a number of 0 or more"};
      how.*key.value = value->get<double>();
    }
  for (const switch_key& key : switch_keys)
    if (const json* value = given(key.name)) {
      if (!value->is_boolean()) return error{errc::invalid_config, std::string("tool_search_strategy: `") + key.name + "` must be true or false"};
      how.*key.value = value->get<bool>();
    }
  return how;
}

}  // namespace utcp
