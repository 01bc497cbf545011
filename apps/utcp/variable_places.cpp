#include "variable_places.hpp"

namespace utcp::app {

result<variable_places> variable_places::of(const client_config& config, const registry& parts, environment_reader environment) {
  variable_places out;
  out.how_.escape_dollar = config.escape_dollar;
  out.how_.bare_variables = config.bare_variables;
  out.how_.environment = std::move(environment);
  for (const auto& entry : config.load_variables_from) {
    const std::string type = entry.is_object() ? entry.value("variable_loader_type", "") : "";
    auto factory = parts.variable_loaders().find(type);
    if (factory == parts.variable_loaders().end())
      return error(errc::invalid_config, "load_variables_from: there is no variable loader \"" + type + "\" in this build");
    auto loader = factory->second(entry, config.root_dir);
    if (!loader) return loader.error();
    out.how_.loaders.push_back(std::move(*loader));
  }
  // One of the configuration whose own reference has no value is left out, as the client leaves it out.
  const variable_source outer(out.how_);
  out.how_.environment = outer.how().environment;
  for (const auto& [name, text] : config.variables) {
    std::vector<std::string> secrets;
    if (auto value = substitute_json(json(text), variable_scope(), outer, secrets)) out.how_.variables[name] = value->get<std::string>();
  }
  return out;
}

variable_report variable_places::locate(const std::string& needed_by, const variable_use& what) const {
  variable_report out;
  out.needed_by = needed_by;
  out.required = what.required;
  if (what.keys.empty()) return out;
  out.name = what.keys.front();
  auto found = [&](const std::string& key, std::string place) {
    out.place = std::move(place);
    if (key != out.name) out.found_as = key;
    return out;
  };
  for (const auto& key : what.keys) {
    if (how_.variables.contains(key)) return found(key, "configuration");
    for (const auto& loader : how_.loaders) {
      auto value = loader->load(key);
      if (value && !value->empty()) return found(key, loader->describe());
    }
    auto value = how_.environment(key);
    if (value && !value->empty()) return found(key, "environment");
  }
  return out;
}

}  // namespace utcp::app
