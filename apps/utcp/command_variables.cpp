#include "commands.hpp"
#include "output.hpp"
#include "table.hpp"
#include "variable_places.hpp"

#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <memory>

namespace utcp::app {
namespace {

void add(std::vector<variable_report>& to, variable_report one) {
  for (variable_report& r : to)
    if (r.name == one.name && r.needed_by == one.needed_by && r.place == one.place && r.found_as == one.found_as) {
      r.required = r.required || one.required;
      return;
    }
  to.push_back(std::move(one));
}

void add_of(std::vector<variable_report>& to, const call_template& text, const call_template& provider, const variable_places& places) {
  for (const auto& use : variables_used(text, scope_of(text, provider), places.how())) add(to, places.locate(provider.name, use));
}

/// What the providers themselves need.
void add_of_providers(std::vector<variable_report>& to, const client_config& config, const variable_places& places) {
  for (const auto& entry : config.manuals) {
    if (!entry.how) continue;
    call_template provider = *entry.how;
    provider.name = normalise_manual_name(entry.name);
    add_of(to, provider, provider, places);
  }
}

/// What the tools that the providers published need.
void add_of_tools(std::vector<variable_report>& to, const client& from, const variable_places& places) {
  const auto now = from.tools();
  for (const auto& manual : now->manuals()) {
    const call_template* last = nullptr;
    for (const auto& t : manual->tools()) {
      if (t->tool_call_template.get() == last) continue;
      last = t->tool_call_template.get();
      add_of(to, *last, *manual->provider(), places);
    }
  }
}

json report_document(const variable_report& r) {
  json out = json::object();
  out["name"] = r.name;
  out["manual"] = r.needed_by;
  out["found"] = !r.place.empty();
  out["required"] = r.required;
  out["place"] = r.place.empty() ? json() : json(r.place);
  if (!r.found_as.empty()) out["found_as"] = r.found_as;
  return out;
}

std::string found_in(const variable_report& r) {
  if (r.missing()) return "missing";
  if (r.place.empty()) return "no value: the text stays as it is";
  return r.place + (r.found_as.empty() ? "" : " (as " + r.found_as + ")");
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
    rows.add({r.name, r.needed_by, found_in(r)});
  p.io.raw(rows.lines(p.io.width(), p.io.colour()));
}

exit_code run_variables(program& p, bool offline) {
  auto parts = builtin_registry();
  auto config = read_configuration(p.global, parts);
  if (!config) return p.fail(config.error());
  auto places = variable_places::of(*config, parts);
  if (!places) return p.fail(places.error());
  std::vector<variable_report> reports;
  add_of_providers(reports, *config, *places);
  session s(p.io, p.global);
  if (!offline) {
    if (auto opened = s.open(*config); !opened) return p.fail(opened.error());
    s.tell_failures();
    add_of_tools(reports, s.tools(), *places);
  }
  std::stable_sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  write_report(p, reports);
  const bool missing = std::any_of(reports.begin(), reports.end(), [](const variable_report& r) { return r.missing(); });
  return missing ? exit_code::configuration : exit_code::fine;
}

}  // namespace

void add_variables_command(CLI::App& app, program& p) {
  auto offline = std::make_shared<bool>(false);
  auto* command = add_command(app, p, "variables", "List the variables that the configuration and its tools need, and where each is found",
                              "  utcp variables\n"
                              "  utcp variables --offline --json\n\n"
                              "Values are never shown. Exit code 3 when a required variable is missing.\n");
  command->add_flag("--offline", *offline, "Contact no provider: only what the configuration itself needs");
  command->callback([&p, offline] { p.chosen = [&p, offline] { return run_variables(p, *offline); }; });
}

}  // namespace utcp::app
