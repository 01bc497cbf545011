#include "client_core.hpp"
#include "dialect_fields.hpp"

#include <utcp/dialect.hpp>
#include <utcp/plugin_loader.hpp>

#include <algorithm>

namespace utcp {
namespace {

std::string names_of(const auto& map) {
  std::string out;
  for (const auto& [name, made] : map) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

/// The named plug-in of a configuration object, or why there is none.
template <class Map>
result<typename Map::mapped_type> find_plugin(const Map& known, const json& options, const char* key, const char* fallback, const char* what) {
  std::string type = fallback;
  if (auto it = options.find(key); it != options.end() && it->is_string()) type = it->template get<std::string>();
  auto at = known.find(type);
  if (at == known.end())
    return error(errc::invalid_config, std::string(what) + " \"" + type + "\" is not known; this client has: " + names_of(known));
  return at->second;
}

/// The failure, with its place in the configuration.
error at(const client_config& config, const std::string& pointer, error why) {
  why.message = config.source + "#" + pointer + ": " + why.message;
  return why;
}

// An MCP tool is called manual.server.tool; peers leave the server out. `ending` begins with a dot.
tool_ptr find_without_server(const registered_manual& manual, std::string_view ending) {
  tool_ptr found;
  for (const tool_ptr& each : manual.tools()) {
    if (!each->name.ends_with(ending)) continue;
    if (found) return nullptr;  // which one is meant, nobody can tell
    found = each;
  }
  return found;
}

}  // namespace

error settle(const operation& op, error returned) {
  if (op.reason == operation::end::deadline && returned == errc::cancelled) return error(errc::timed_out, "no answer before the deadline");
  return returned;
}

error error_of(const operation& op, std::exception_ptr thrown) {
  if (op.reason == operation::end::deadline) return error(errc::timed_out, "no answer before the deadline");
  if (op.reason == operation::end::caller) return error(errc::cancelled, "cancelled");
  try {
    std::rethrow_exception(thrown);
  } catch (const exception& e) {
    return e.what_failed();
  } catch (const std::exception& e) {
    return error(errc::internal, std::string("unexpected: ") + e.what());
  } catch (...) {
    return error(errc::internal, "unexpected exception");
  }
}

result<std::shared_ptr<client_core>> client_core::make(boost::asio::any_io_executor executor, client_config config, client_options options) {
  const boost::asio::any_io_executor strand = boost::asio::make_strand(std::move(executor));
  // The last owner may be a thread that has just started or dropped something, while handlers still run on the strand.
  auto core = dying_on(strand, std::unique_ptr<client_core>(new client_core));
  if (!options.observer) options.observer = std::make_shared<observer>();
  if (!options.clock) options.clock = system_clock();
  core->config_ = std::move(config);
  core->options_ = std::move(options);
  core->operations_ = dying_on(strand, std::make_unique<operations>(core->options_.clock, strand));
  for (const auto& file : core->config_.plugins)
    if (auto loaded = add_plugin(core->options_.registry, file); !loaded) return std::move(loaded).error();
  if (auto done = core->set_up_variables(core->config_); !done) return done.error();
  if (auto done = core->set_up_plugins(core->config_); !done) return done.error();
  for (const notice& each : core->config_.notices) core->options_.observer->on_notice(each);
  return core;
}

result<void> client_core::set_up_variables(const client_config& config) {
  variable_source::settings settings;
  settings.escape_dollar = config.escape_dollar;
  settings.bare_variables = config.bare_variables;
  settings.environment = options_.environment;
  for (std::size_t i = 0; i < config.load_variables_from.size(); ++i) {
    const json& entry = config.load_variables_from[i];
    const std::string place = "/load_variables_from/" + std::to_string(i);
    auto make = find_plugin(options_.registry.variable_loaders(), entry, "variable_loader_type", "dotenv", "variable loader");
    if (!make) return at(config, place, make.error());
    auto loader = (*make)(entry, config.root_dir);
    if (!loader) return at(config, place, loader.error());
    settings.loaders.push_back(std::move(*loader));
  }
  // The configuration's own variables may refer to loaders and the environment, not to each other.
  const variable_source outer(settings);
  for (const auto& [name, text] : config.variables) {
    std::vector<std::string> secrets;
    auto value = substitute_json(json(text), variable_scope(), outer, secrets);
    if (value) {
      settings.variables[name] = value->get<std::string>();
      continue;
    }
    settings.unusable[name] = value.error().message;
    options_.observer->on_notice(notice("/variables/" + name, "left out: " + value.error().message));
  }
  variables_ = std::make_shared<const variable_source>(std::move(settings));
  return {};
}

result<void> client_core::set_up_plugins(const client_config& config) {
  const registry& known = options_.registry;
  if (options_.repository) {
    repository_ = options_.repository;
  } else {
    auto make = find_plugin(known.repositories(), config.tool_repository, "tool_repository_type", "in_memory", "tool repository");
    if (!make) return at(config, "/tool_repository", make.error());
    auto made = (*make)(config.tool_repository);
    if (!made) return at(config, "/tool_repository", made.error());
    repository_ = std::move(*made);
  }
  if (options_.search) {
    search_ = options_.search;
  } else if (!config.tool_search_strategy.is_null() || known.search_strategies().contains("indexed") ||
             known.search_strategies().contains("tag")) {
    const char* usual = known.search_strategies().contains("indexed") ? "indexed" : "tag";
    auto make = find_plugin(known.search_strategies(), config.tool_search_strategy, "tool_search_strategy_type", usual, "search strategy");
    if (!make) return at(config, "/tool_search_strategy", make.error());
    std::vector<std::string> secrets;  // a strategy keeps what is secret to itself
    auto ready = substitute_json(config.tool_search_strategy, variable_scope(), *variables_, secrets);
    if (!ready) return error(errc::missing_variable, config.source + "#/tool_search_strategy" + ready.error().message);
    auto made = (*make)(*ready, config.written_as);
    if (!made) return at(config, "/tool_search_strategy", made.error());
    search_ = std::move(*made);
  }
  for (std::size_t i = 0; i < config.post_processing.size(); ++i) {
    const json& entry = config.post_processing[i];
    const std::string place = "/post_processing/" + std::to_string(i);
    auto make = find_plugin(known.post_processors(), entry, "tool_post_processor_type", "", "post-processor");
    if (!make) return at(config, place, make.error());
    auto made = (*make)(entry);
    if (!made) return at(config, place, made.error());
    post_processors_.push_back(std::move(*made));
  }
  transport_services services;
  services.executor = operations_->executor();
  services.clock = options_.clock;
  services.documents = known.documents;
  services.limits = config.defaults.documents;
  services.root_dir = config.root_dir;
  services.source = config.source;
  services.http = config.defaults.http;
  services.allowed_programs = config.allowed_programs;
  services.shared = std::make_shared<shared_services>();
  transports_.set_up(known.transports(), std::move(services));
  return {};
}

call_context client_core::context_of(const call_template& provider, std::chrono::milliseconds timeout) const {
  call_context out;
  out.manual = provider.name;
  out.max_response_bytes = config_.defaults.max_response_bytes;
  out.allow_insecure_http = config_.defaults.allow_insecure_http;
  out.allow_private_addresses = config_.defaults.allow_private_addresses;
  out.observer = options_.observer;
  const json& options = provider.options;
  auto number = [&](const char* key) {
    auto it = options.find(key);
    return it == options.end() ? std::nullopt : whole_number(*it);
  };
  if (auto ms = number("timeout_ms")) timeout = std::chrono::milliseconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*ms, INT64_MAX)));
  if (auto limit = number("max_response_bytes")) out.max_response_bytes = *limit;
  if (auto it = options.find("allow_insecure_http"); it != options.end() && it->is_boolean()) out.allow_insecure_http = it->get<bool>();
  if (auto it = options.find("allow_private_addresses"); it != options.end() && it->is_boolean()) out.allow_private_addresses = it->get<bool>();
  out.deadline = deadline_in(timeout);
  return out;
}

time_point client_core::deadline_in(std::chrono::milliseconds timeout) const {
  // A timeout beyond a century is none.
  return timeout < std::chrono::hours(24 * 36500) ? operations_->time().now() + timeout : time_point::max();
}

tool_ptr client_core::find_tool(std::string_view name) const {
  const catalogue_ptr now = snapshot();
  if (auto found = now->find_tool(name)) return found;
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const std::string manual = normalise_manual_name(name.substr(0, dot));
  if (auto found = now->find_tool(manual + std::string(name.substr(dot)))) return found;
  const auto known = now->find_manual(manual);
  return known && known->provider()->protocol == "mcp" ? find_without_server(*known, name.substr(dot)) : nullptr;
}

result<std::vector<tool_match>> client_core::search(std::string_view query, const search_options& options) const {
  if (!search_) return error(errc::unsupported, "this client has no search strategy");
  return search_->search(snapshot(), query, options);
}

std::vector<std::string> client_core::required_variables() const {
  std::set<std::string> names;
  auto add = [&](const call_template& text, const call_template& provider) {
    for (variable_use& each : variables_used(text, scope_of(text, provider), variables_->how())) names.insert(std::move(each.keys.front()));
  };
  for (const configured_manual& each : config_.manuals) {
    if (!each.how) continue;
    call_template provider = *each.how;
    provider.name = normalise_manual_name(provider.name);
    add(provider, provider);
  }
  const catalogue_ptr now = snapshot();
  for (const manual_ptr& manual : now->manuals()) {
    add(*manual->provider(), *manual->provider());
    const call_template* last = nullptr;
    for (const tool_ptr& each : manual->tools()) {
      if (each->tool_call_template.get() == last) continue;
      last = each->tool_call_template.get();
      add(*last, *manual->provider());
    }
  }
  return {names.begin(), names.end()};
}

void client_core::shut_down() { operations_->close(); }

}  // namespace utcp
