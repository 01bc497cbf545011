#pragma once

#include <utcp/config.hpp>
#include <utcp/registry.hpp>

#include <optional>
#include <string>

namespace utcp::app {

/// A variable that something needs, and where it was found.
struct variable_report {
  std::string name;       ///< as it is looked up first
  std::string needed_by;  ///< manual
  std::string place;      ///< `configuration`, a loader's description, `environment`; empty: missing
  std::string found_as;   ///< the name it was found under, when it is another
  bool required = false;  ///< false: the text stays as it is when the variable is missing

  bool missing() const noexcept { return place.empty() && required; }
};

/// Where variables are looked for, as the library does. Never gives a value out.
class variable_places {
 public:
  using environment_reader = std::function<std::optional<std::string>(const std::string&)>;

  /// Makes the configuration's loaders with the registry's factories. `environment`: null for the process's. Fails with errc::invalid_config.
  static result<variable_places> of(const client_config& config, const registry& parts, environment_reader environment = nullptr);

  /// How the library's variables are looked up in this configuration.
  const variable_source::settings& how() const noexcept { return how_; }

  /// Where the first of a variable's keys that has a value is found: all places for one key before the next key.
  variable_report locate(const std::string& needed_by, const variable_use& what) const;

 private:
  variable_source::settings how_;
};

}  // namespace utcp::app
