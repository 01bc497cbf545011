#pragma once

#include <utcp/config.hpp>
#include <utcp/registry.hpp>

#include <string>
#include <vector>

namespace utcp::app {

/// By what is told whether a manual that was kept is still the one that a configuration means.
struct manual_key {
  std::string name;          ///< normalised
  std::string hash;          ///< of all that decides what discovering it gives, the values of its variables among it; not to be guessed
  bool is_constant = false;  ///< what it gives follows from the configuration alone
};

/// One key a manual, in the order of the configuration. `secret` keys the hashes. Fails as variable loaders do.
result<std::vector<manual_key>> keys_of_manuals(const client_config& config, const registry& parts, const std::string& secret);

/// The options of the `indexed` strategy where the configuration has it, with its variables replaced; nothing for another strategy.
/// Fails as variables and options do.
result<std::optional<json>> indexed_strategy_of(const client_config& config, const registry& parts);

}  // namespace utcp::app
