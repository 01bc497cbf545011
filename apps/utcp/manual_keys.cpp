#include "manual_keys.hpp"

#include "keyed_hash.hpp"
#include "variable_places.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#ifdef UTCP_WITH_MCP
#include <utcp/mcp/token_store.hpp>
#endif

#include <sys/stat.h>

#include <chrono>
#include <random>

namespace utcp::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_path = 4'096;

/// A file changed within this time may change again without its time telling: clocks of file systems tick in milliseconds.
constexpr auto clock_tick = std::chrono::milliseconds(50);

std::chrono::nanoseconds since_epoch(const timespec& at) { return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec); }

/// Null for what is no regular file.
json stamp_of(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return nullptr;
  json out = json::array({file.string(), about.st_dev, about.st_ino, about.st_size, since_epoch(about.st_mtim).count(), since_epoch(about.st_ctim).count()});
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  if (now - since_epoch(about.st_ctim) < clock_tick) out.push_back(std::random_device()());
  return out;
}

/// The stamps of the files that a value's texts name.
void add_stamps(const json& value, const fs::path& root_dir, json& to) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty() || text.size() > longest_path || text.find_first_of("\n\0", 0, 2) != std::string::npos) return;
    if (json stamp = stamp_of(root_dir / text); !stamp.is_null()) to.push_back(std::move(stamp));
  } else if (value.is_structured()) {
    for (const json& child : value) add_stamps(child, root_dir, to);
  }
}

json written(const call_template& how) {
  json out{{"protocol", how.protocol}, {"dialect", how.dialect == dialect::v0 ? 0 : 1}, {"options", how.options}, {"auth", how.auth}, {"auth_tools", how.auth_tools}};
  if (how.allowed_communication_protocols) out["allowed"] = *how.allowed_communication_protocols;
  return out;
}

/// What holds for all manuals and may change what they give.
json surroundings(const client_config& config, const registry& parts) {
  const client_defaults& usual = config.defaults;
  json out{{"program", UTCP_VERSION},
           {"root", fs::absolute(config.root_dir).lexically_normal().string()},
           {"dialect", config.written_as == dialect::v0 ? 0 : 1},
           {"loaders", config.load_variables_from},
           {"post_processing", config.post_processing},
           {"escape_dollar", config.escape_dollar},
           {"bare_variables", config.bare_variables},
           {"timeout", usual.discovery_timeout.count()},
           {"insecure", usual.allow_insecure_http},
           {"private", usual.allow_private_addresses},
           {"http", usual.http},
           {"limits", {usual.documents.max_bytes, usual.documents.max_depth, usual.documents.max_values, usual.documents.max_tools}}};
  if (config.allowed_programs) out["programs"] = *config.allowed_programs;
  for (const auto& file : config.plugins) out["plugins"].push_back({file.string(), stamp_of(file)});
  for (const auto& [protocol, factory] : parts.transports()) out["transports"].push_back(protocol);
  return out;
}

}  // namespace

result<std::vector<manual_key>> keys_of_manuals(const client_config& config, const registry& parts, const std::string& secret) {
  auto places = variable_places::of(config, parts);
  if (!places) return places.error();
  const variable_source variables(places->how());
  const std::string shared = write_json(surroundings(config, parts));
  std::vector<manual_key> out;
  for (const configured_manual& each : config.manuals) {
    manual_key key;
    key.name = normalise_manual_name(each.how ? each.how->name : each.name);
    json says = json::array({key.name});
    if (each.how) {
      call_template provider = *each.how;
      provider.name = key.name;
      says.push_back(written(provider));
      const auto ready = substitute(provider, scope_of(provider, provider), variables);
      says.push_back(ready ? written(ready->value) : json(ready.error().message));
      json stamps = json::array();
      if (ready)
        for (const auto& [name, option] : ready->value.options.items())
          if (name != "content") add_stamps(option, config.root_dir, stamps);
#ifdef UTCP_WITH_MCP
      // Signing in changes what a server gives.
      if (provider.protocol == "mcp") stamps.push_back(stamp_of(mcp::usual_token_file()));
#endif
      says.push_back(std::move(stamps));
    } else {
      says.push_back(each.failure ? each.failure->message : std::string());
      key.is_constant = true;
    }
    key.hash = keyed_hash(secret, shared + "\n" + write_json(says));
    if (key.hash.empty()) return error(errc::internal, "HMAC-SHA256 failed");
    out.push_back(std::move(key));
  }
  return out;
}

result<std::optional<json>> indexed_strategy_of(const client_config& config, const registry& parts) {
  const json& strategy = config.tool_search_strategy;
  if (strategy.is_null()) return std::optional<json>(json());
  const auto type = strategy.find("tool_search_strategy_type");
  if (type != strategy.end() && *type != "indexed") return std::optional<json>();
  auto places = variable_places::of(config, parts);
  if (!places) return places.error();
  std::vector<std::string> secrets;
  auto ready = substitute_json(strategy, variable_scope(), variable_source(places->how()), secrets);
  if (!ready) return ready.error();
  return std::optional<json>(std::move(*ready));
}

}  // namespace utcp::app
