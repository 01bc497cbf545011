#pragma once

#include <utcp/post_processor.hpp>
#include <utcp/repository.hpp>
#include <utcp/search_strategy.hpp>
#include <utcp/transport.hpp>
#include <utcp/variables.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace utcp {

/// Everything a client can be extended with, by name. A value: each client gets its own; nothing is global.
/// `add` replaces what had the name before.
class registry {
 public:
  /// With what core itself brings: the dotenv loader, the post-processors of UTCP 1.x and the in-memory repository.
  registry();

  /// The factory is called when a client first needs the protocol, once a client.
  void add(std::string protocol, transport_factory make) { transports_[std::move(protocol)] = std::move(make); }
  void add_search_strategy(std::string type, search_strategy_factory make) { strategies_[std::move(type)] = std::move(make); }
  void add_variable_loader(std::string type, variable_loader_factory make) { loaders_[std::move(type)] = std::move(make); }
  void add_post_processor(std::string type, post_processor_factory make) { post_processors_[std::move(type)] = std::move(make); }
  void add_repository(std::string type, std::function<result<std::shared_ptr<repository>>(const json&)> make) { repositories_[std::move(type)] = std::move(make); }

  document_ports documents;  ///< YAML reader and document importers

  template <class Factory>
  using named = std::map<std::string, Factory, std::less<>>;

  const named<transport_factory>& transports() const noexcept { return transports_; }
  const named<search_strategy_factory>& search_strategies() const noexcept { return strategies_; }
  const named<variable_loader_factory>& variable_loaders() const noexcept { return loaders_; }
  const named<post_processor_factory>& post_processors() const noexcept { return post_processors_; }
  const named<std::function<result<std::shared_ptr<repository>>(const json&)>>& repositories() const noexcept { return repositories_; }

 private:
  named<transport_factory> transports_;
  named<search_strategy_factory> strategies_;
  named<variable_loader_factory> loaders_;
  named<post_processor_factory> post_processors_;
  named<std::function<result<std::shared_ptr<repository>>(const json&)>> repositories_;
};

}  // namespace utcp
