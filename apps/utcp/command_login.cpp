#include "commands.hpp"
#include "near_names.hpp"
#include "sign_in.hpp"
#include "terminal_text.hpp"
#include "variable_places.hpp"

#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <memory>

namespace utcp::app {
namespace {

// A person has to read, to type a password, perhaps to look for a telephone.
constexpr std::chrono::minutes patience{6};

result<void> keep_only(client_config& config, const std::string& name) {
  const auto wanted = normalise_manual_name(name);
  std::vector<std::string> names;
  for (const auto& each : config.manuals)
    if (each.how && each.how->protocol == "mcp") names.push_back(each.name);
  std::erase_if(config.manuals, [&](const configured_manual& each) { return normalise_manual_name(each.name) != wanted; });
  if (config.manuals.empty()) {
    const auto near = near_names(name, names);
    return error(errc::invalid_argument, "there is no provider \"" + name + "\" in the configuration" + (near.empty() ? "" : "; did you mean \"" + near.front() + "\"?"));
  }
  const auto& kept = config.manuals.front();
  if (kept.failure) return *kept.failure;
  if (kept.how->protocol != "mcp") return error(errc::invalid_argument, "provider \"" + name + "\" speaks " + kept.how->protocol + "; only MCP servers are signed in to");
  return {};
}

exit_code run_login(program& p, const std::string& name) {
  const auto parts = builtin_registry();
  global_options how = p.global;
  if (!how.timeout) how.timeout = patience;
  auto config = read_configuration(how, parts);
  if (!config) return p.fail(config.error());
  if (auto kept = keep_only(*config, name); !kept) return p.fail(kept.error());
  session s(p.io, p.global);
  s.may_ask_in_a_browser();
  if (auto opened = s.open(*std::move(config)); !opened) return p.fail(opened.error());
  bool fine = true;
  for (const auto& report : s.tools().registered()) {
    if (report.failure) return p.fail(*report.failure);
    for (const auto& each : report.notices) p.io.note((each.place.empty() ? report.name : each.place) + ": " + each.message);
    fine = fine && report.notices.empty();
    if (p.global.json) p.io.json_line(json{{"name", report.name}, {"tools", report.tools}}, false);
    else p.io.raw(report.name + ": " + std::to_string(report.tools) + (report.tools == 1 ? " tool\n" : " tools\n"));
  }
  return fine ? exit_code::fine : exit_code::tool_failed;
}

/// The addresses of a provider's servers. Of its variables only those in them need a value.
result<std::vector<std::string>> server_addresses(call_template provider, const client_config& config, const registry& parts) {
  json servers = json::object();
  const json all = provider.options.value(json::json_pointer("/config/mcpServers"), json::object());
  for (const auto& [name, entry] : all.items())
    if (entry.is_object() && entry.contains("url")) servers[name]["url"] = entry["url"];
  provider.name = normalise_manual_name(provider.name);
  provider.auth = nullptr;
  provider.options = json{{"config", {{"mcpServers", std::move(servers)}}}};
  const auto places = variable_places::of(config, parts);
  if (!places) return places.error();
  const auto ready = substitute(provider, scope_of(provider, provider), variable_source(places->how()));
  if (!ready) return ready.error();
  std::vector<std::string> out;
  for (const auto& [name, entry] : ready->value.options["config"]["mcpServers"].items())
    if (entry["url"].is_string()) out.push_back(entry["url"].get<std::string>());
  return out;
}

/// Without a name: of all, whatever a configuration says.
result<std::optional<std::vector<std::string>>> servers_to_leave(program& p, const std::string& name) {
  std::optional<std::vector<std::string>> out;
  if (name.empty()) return out;
  const auto parts = builtin_registry();
  auto config = read_configuration(p.global, parts);
  if (!config) return config.error();
  if (auto kept = keep_only(*config, name); !kept) return kept.error();
  auto addresses = server_addresses(*config->manuals.front().how, *config, parts);
  if (!addresses) return addresses.error();
  out = *std::move(addresses);
  return out;
}

exit_code run_logout(program& p, const std::string& name) {
  const auto servers = servers_to_leave(p, name);
  if (!servers) return p.fail(servers.error());
  const auto left = sign_out(*servers);
  if (!left) return p.fail(left.error());
  if (p.global.json) p.io.json_line(json{{"signed_out", *left}}, false);
  else
    for (const std::string& each : *left) p.io.raw("signed out of " + make_harmless(each, harmless::line) + "\n");
  if (left->empty()) p.io.note("no tokens are kept" + (name.empty() ? std::string() : " for the servers of \"" + name + "\""));
  return exit_code::fine;
}

}  // namespace

void add_login_command(CLI::App& app, program& p) {
  auto name = std::make_shared<std::string>();
  auto* command = add_command(app, p, "login", "Sign in to the MCP servers of a provider, in a browser",
                              "  utcp login mail\n\n"
                              "The tokens are kept in ~/.local/share/utcp/credentials.json, which only you can read.\n");
  command->add_option("provider", *name, "Name of the provider")->type_name("MANUAL")->required();
  command->callback([&p, name] { p.chosen = [&p, name] { return run_login(p, *name); }; });
}

void add_logout_command(CLI::App& app, program& p) {
  auto name = std::make_shared<std::string>();
  auto* command = add_command(app, p, "logout", "Remove the tokens that are kept for the MCP servers of a provider, or for all",
                              "  utcp logout mail\n"
                              "  utcp logout\n\n"
                              "Without a provider no configuration is needed. The servers are not told.\n");
  command->add_option("provider", *name, "Name of the provider; without it all tokens are removed")->type_name("MANUAL");
  command->callback([&p, name] { p.chosen = [&p, name] { return run_logout(p, *name); }; });
}

}  // namespace utcp::app
