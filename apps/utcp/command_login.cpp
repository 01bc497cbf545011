#include "commands.hpp"
#include "near_names.hpp"

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

}  // namespace

void add_login_command(CLI::App& app, program& p) {
  auto name = std::make_shared<std::string>();
  auto* command = add_command(app, p, "login", "Sign in to the MCP servers of a provider, in a browser",
                              "  utcp login mail\n\n"
                              "The tokens are kept in ~/.local/share/utcp/credentials.json, which only you can read.\n");
  command->add_option("provider", *name, "Name of the provider")->type_name("MANUAL")->required();
  command->callback([&p, name] { p.chosen = [&p, name] { return run_login(p, *name); }; });
}

}  // namespace utcp::app
