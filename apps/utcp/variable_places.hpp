#pragma once

#include <utcp/config.hpp>
#include <utcp/registry.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// A variable that something needs, and where it was found.
struct variable_report {
  std::string name;       ///< as it is looked up first
  std::string needed_by;  ///< manual
  std::string place;      ///< `configuration`, a loader's description, `environment`; empty: missing
  std::string found_as;   ///< the name it was found under, when it is another
};

/// Where variables are looked for, in order. Never gives a value out.
class variable_places {
 public:
  using environment_reader = std::function<std::optional<std::string>(const std::string&)>;

  /// Makes the configuration's loaders with the registry's factories. Fails with errc::invalid_config.
  static result<variable_places> of(const client_config& config, const registry& parts, environment_reader environment);

  /// Where the first of `keys` that has a value is found: all places for one key before the next key.
  variable_report locate(const std::string& needed_by, const std::vector<std::string>& keys) const;

 private:
  std::map<std::string, std::string> variables_;
  std::vector<std::shared_ptr<variable_loader>> loaders_;
  environment_reader environment_;
};

/// The names under which a variable of a scope is looked up, the first one being `name`, as `required_variables` gives it.
/// The configuration's own v0 text: bare, then namespaced. Other text: namespaced, then bare where the configuration
/// (`bare_variables`) or the provider (`scope.granted`) allows it.
std::vector<std::string> look_up_names(const std::string& name, const variable_scope& scope, bool bare_variables);

}  // namespace utcp::app
