#include "commands.hpp"
#include "duration.hpp"
#include "output.hpp"
#include "terminal_text.hpp"

#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <memory>

namespace utcp::app {
namespace {

/// Reads the variables of each provider without contacting it.
client::reports offline_reports(const client_config& config, const registry& parts, const variable_source& variables) {
  client::reports out;
  for (const auto& entry : config.manuals) {
    manual_report report;
    report.name = normalise_manual_name(entry.name);
    if (!entry.how) {
      report.failure = entry.failure;
    } else {
      report.protocol = entry.how->protocol;
      variable_scope scope;
      scope.manual = report.name;
      scope.dialect = entry.how->dialect;
      auto replaced = substitute(*entry.how, scope, variables);
      if (!replaced) report.failure = replaced.error();
      else report.notices = std::move(replaced->notices);
      if (!report.failure && !parts.transports().contains(entry.how->protocol))
        report.failure = error(errc::unsupported, "this build has no transport for \"" + entry.how->protocol + "\"");
    }
    const bool taken = std::any_of(out.begin(), out.end(), [&](const manual_report& r) { return r.ok() && r.name == report.name; });
    if (!report.failure && taken) report.failure = error(errc::already_registered, "another provider has the same name");
    out.push_back(std::move(report));
  }
  return out;
}

result<client::reports> check_offline(const client_config& config, const registry& parts) {
  variable_source::settings settings;
  settings.variables = config.variables;
  settings.escape_dollar = config.escape_dollar;
  settings.bare_variables = config.bare_variables;
  for (const auto& entry : config.load_variables_from) {
    const std::string type = entry.value("variable_loader_type", "");
    auto factory = parts.variable_loaders().find(type);
    if (factory == parts.variable_loaders().end())
      return error(errc::invalid_config, "load_variables_from: there is no variable loader \"" + type + "\" in this build");
    auto loader = factory->second(entry, config.root_dir);
    if (!loader) return loader.error();
    settings.loaders.push_back(std::move(*loader));
  }
  return offline_reports(config, parts, variable_source(std::move(settings)));
}

json notice_document(const notice& n) {
  json out = json::object();
  out["place"] = n.place;
  out["message"] = n.message;
  return out;
}

json report_document(const manual_report& report, bool offline) {
  json out = json::object();
  out["name"] = report.name;
  out["protocol"] = report.protocol;
  out["ok"] = report.ok();
  if (!offline) {
    out["tools"] = report.tools;
    out["took_ms"] = std::chrono::duration<double, std::milli>(report.took).count();
  }
  if (report.failure) out["error"] = error_document(*report.failure)["error"];
  out["notices"] = json::array();
  for (const auto& n : report.notices) out["notices"].push_back(notice_document(n));
  return out;
}

std::string paint(const console& io, const char* colour, const std::string& text) {
  return io.colour() ? std::string("\x1b[") + colour + "m" + text + "\x1b[0m" : text;
}

void write_lines(console& io, const client::reports& reports, bool offline) {
  for (const auto& report : reports) {
    const std::string name = make_harmless(report.name, harmless::line);
    const std::string over = report.protocol.empty() ? "" : " (" + make_harmless(report.protocol, harmless::line) + ")";
    if (report.ok()) {
      const std::string tools = std::to_string(report.tools) + (report.tools == 1 ? " tool" : " tools");
      io.raw(paint(io, "32", "ok    ") + "  " + name + over + (offline ? "" : ": " + tools + ", " + show_duration(report.took)) + "\n");
    } else {
      const std::string why = make_harmless(report.failure->message, harmless::line);
      io.raw(paint(io, "31", "failed") + "  " + name + over + ": " + why + (offline ? "" : " (after " + show_duration(report.took) + ")") + "\n");
    }
    for (const auto& n : report.notices)
      io.raw("        " + make_harmless(n.place.empty() ? n.message : n.place + ": " + n.message, harmless::line) + "\n");
  }
}

exit_code run_validate(program& p, bool offline) {
  auto parts = builtin_registry();
  auto config = read_configuration(p.global, parts);
  if (!config) return p.fail(config.error());
  const auto notices = config->notices;
  session s(p.io, p.global);
  client::reports reports;
  if (offline) {
    auto checked = check_offline(*config, parts);
    if (!checked) return p.fail(checked.error());
    reports = std::move(*checked);
  } else {
    if (auto opened = s.open(std::move(*config)); !opened) return p.fail(opened.error());
    reports = s.tools().registered();
  }
  const bool failed = std::any_of(reports.begin(), reports.end(), [](const manual_report& r) { return !r.ok(); });
  for (const auto& n : notices) p.io.note(n.place.empty() ? n.message : n.place + ": " + n.message);
  if (p.global.json) {
    json out = json::array();
    for (const auto& report : reports) out.push_back(report_document(report, offline));
    p.io.json_line(out, false);
  } else {
    if (reports.empty()) p.io.note("the configuration has no providers");
    write_lines(p.io, reports, offline);
  }
  return failed ? exit_code::configuration : exit_code::fine;
}

}  // namespace

void add_validate_command(CLI::App& app, program& p) {
  auto offline = std::make_shared<bool>(false);
  auto* command = add_command(app, p, "validate", "Check the configuration and every provider in it; exit code 3 when one fails",
                              "  utcp validate\n"
                              "  utcp --config shop.yaml validate --offline\n"
                              "  utcp validate --json --timeout 2s\n");
  command->add_flag("--offline", *offline, "Contact no provider: check what is written and the variables it needs");
  command->callback([&p, offline] { p.chosen = [&p, offline] { return run_validate(p, *offline); }; });
}

}  // namespace utcp::app
