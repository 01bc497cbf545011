#include "commands.hpp"
#include "output.hpp"
#include "table.hpp"
#include "variable_places.hpp"

#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

namespace utcp::app {
namespace {

std::optional<std::string> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void add(std::vector<variable_report>& to, variable_report one) {
  const bool known = std::any_of(to.begin(), to.end(), [&](const variable_report& r) { return r.name == one.name && r.needed_by == one.needed_by; });
  if (!known) to.push_back(std::move(one));
}

/// What the providers themselves need.
void add_of_providers(std::vector<variable_report>& to, const client_config& config, const variable_places& places) {
  for (const auto& entry : config.manuals) {
    if (!entry.how) continue;
    variable_scope scope;
    scope.manual = normalise_manual_name(entry.name);
    scope.dialect = entry.how->dialect;
    for (const auto& name : required_variables(*entry.how, scope))
      add(to, places.locate(scope.manual, look_up_names(name, scope, config.bare_variables)));
  }
}

/// The bare variables that a provider lets its fetched tools use.
std::vector<std::string> granted_by(const call_template& provider) {
  std::vector<std::string> out;
  auto listed = provider.options.find("allowed_variables");
  if (listed == provider.options.end() || !listed->is_array()) return out;
  for (const auto& name : *listed)
    if (name.is_string()) out.push_back(name.get<std::string>());
  return out;
}

/// What the tools that the providers published need.
void add_of_tools(std::vector<variable_report>& to, const client& from, const client_config& config, const variable_places& places) {
  for (const auto& manual : from.tools()->manuals())
    for (const auto& t : manual->tools()) {
      variable_scope scope;
      scope.manual = manual->name();
      scope.dialect = manual->provider()->dialect;
      scope.origin = t->tool_call_template->origin;
      scope.granted = granted_by(*manual->provider());
      for (const auto& name : required_variables(*t->tool_call_template, scope))
        add(to, places.locate(scope.manual, look_up_names(name, scope, config.bare_variables)));
    }
}

json report_document(const variable_report& r) {
  json out = json::object();
  out["name"] = r.name;
  out["manual"] = r.needed_by;
  out["found"] = !r.place.empty();
  out["place"] = r.place.empty() ? json() : json(r.place);
  if (!r.found_as.empty()) out["found_as"] = r.found_as;
  return out;
}

void write_report(program& p, const std::vector<variable_report>& reports) {
  if (p.global.json) {
    json out = json::array();
    for (const auto& r : reports) out.push_back(report_document(r));
    p.io.json_line(out, false);
    return;
  }
  if (reports.empty()) return p.io.note("no variables are needed");
  table rows({"VARIABLE", "MANUAL", "FOUND IN"});
  for (const auto& r : reports)
    rows.add({r.name, r.needed_by, r.place.empty() ? "missing" : r.place + (r.found_as.empty() ? "" : " (as " + r.found_as + ")")});
  p.io.raw(rows.lines(p.io.width(), p.io.colour()));
}

exit_code run_variables(program& p, bool offline) {
  auto parts = builtin_registry();
  auto config = read_configuration(p.global, parts);
  if (!config) return p.fail(config.error());
  auto places = variable_places::of(*config, parts, from_environment);
  if (!places) return p.fail(places.error());
  std::vector<variable_report> reports;
  add_of_providers(reports, *config, *places);
  session s(p.io, p.global);
  if (!offline) {
    if (auto opened = s.open(*config); !opened) return p.fail(opened.error());
    s.tell_failures();
    add_of_tools(reports, s.tools(), *config, *places);
  }
  std::stable_sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  write_report(p, reports);
  const bool missing = std::any_of(reports.begin(), reports.end(), [](const variable_report& r) { return r.place.empty(); });
  return missing ? exit_code::configuration : exit_code::fine;
}

}  // namespace

void add_variables_command(CLI::App& app, program& p) {
  auto offline = std::make_shared<bool>(false);
  auto* command = add_command(app, p, "variables", "List the variables that the configuration and its tools need, and where each is found",
                              "  utcp variables\n"
                              "  utcp variables --offline --json\n\n"
                              "Values are never shown. Exit code 3 when a variable is missing.\n");
  command->add_flag("--offline", *offline, "Contact no provider: only what the configuration itself needs");
  command->callback([&p, offline] { p.chosen = [&p, offline] { return run_variables(p, *offline); }; });
}

}  // namespace utcp::app
