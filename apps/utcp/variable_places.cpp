#include "variable_places.hpp"

#include <algorithm>

namespace utcp::app {

result<variable_places> variable_places::of(const client_config& config, const registry& parts, environment_reader environment) {
  variable_places out;
  out.variables_ = config.variables;
  out.environment_ = std::move(environment);
  for (const auto& entry : config.load_variables_from) {
    const std::string type = entry.is_object() ? entry.value("variable_loader_type", "") : "";
    auto factory = parts.variable_loaders().find(type);
    if (factory == parts.variable_loaders().end())
      return error(errc::invalid_config, "load_variables_from: there is no variable loader \"" + type + "\" in this build");
    auto loader = factory->second(entry, config.root_dir);
    if (!loader) return loader.error();
    out.loaders_.push_back(std::move(*loader));
  }
  return out;
}

variable_report variable_places::locate(const std::string& needed_by, const std::vector<std::string>& keys) const {
  variable_report out;
  out.needed_by = needed_by;
  if (keys.empty()) return out;
  out.name = keys.front();
  auto found = [&](const std::string& key, std::string place) {
    out.place = std::move(place);
    if (key != out.name) out.found_as = key;
    return out;
  };
  for (const auto& key : keys) {
    if (variables_.contains(key)) return found(key, "configuration");
    for (const auto& loader : loaders_) {
      auto value = loader->load(key);
      if (value && !value->empty()) return found(key, loader->describe());
    }
    auto value = environment_(key);
    if (value && !value->empty()) return found(key, "environment");
  }
  return out;
}

std::vector<std::string> look_up_names(const std::string& name, const variable_scope& scope, bool bare_variables) {
  const bool remote = scope.origin == trust::remote;
  if (scope.dialect == dialect::v0 && !remote) return {name, namespaced_variable(scope.manual, name)};
  const std::string prefix = namespaced_variable(scope.manual, "");
  if (!name.starts_with(prefix)) return {name};
  const std::string bare = name.substr(prefix.size());
  const bool granted = std::find(scope.granted.begin(), scope.granted.end(), bare) != scope.granted.end();
  if (granted || (bare_variables && !remote)) return {name, bare};
  return {name};
}

}  // namespace utcp::app
