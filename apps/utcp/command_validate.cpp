#include "commands.hpp"
#include "duration.hpp"
#include "output.hpp"
#include "terminal_text.hpp"
#include "variable_places.hpp"

#include <utcp/builtin.hpp>
#include <utcp/dialect.hpp>
#include <utcp/plugin_loader.hpp>
#include <utcp/provider_settings.hpp>

#include <algorithm>
#include <memory>

namespace utcp::app {
namespace {

/// What is wrong with a provider without contacting it.
manual_report offline_report(const configured_manual& entry, const client_config& config, const registry& parts, const variable_source& variables) {
  manual_report out;
  out.name = normalise_manual_name(entry.name);
  out.failure = entry.failure;
  if (!entry.how) return out;
  call_template provider = *entry.how;
  provider.name = out.name;
  out.protocol = provider.protocol;
  auto replaced = substitute(provider, scope_of(provider, provider), variables);
  if (!replaced) out.failure = replaced.error();
  else out.notices = std::move(replaced->notices);
  if (!parts.transports().contains(provider.protocol))
    out.failure = error(errc::unsupported, "neither this build nor a plug-in has a transport for \"" + provider.protocol + "\"");
  if (const auto fine = check_settings(provider, config.defaults.limits); !fine) out.failure = fine.error();
  return out;
}

/// Fails for what is wrong beside the providers, as a registration does.
result<client::reports> check_offline(session& s, const client_config& config, registry parts) {
  client_config rest = config;
  rest.manuals.clear();
  if (auto opened = s.open(std::move(rest)); !opened) return opened.error();
  for (const auto& file : config.plugins)
    if (auto added = add_plugin(parts, file); !added) return added.error();
  const auto places = variable_places::of(config, parts);
  if (!places) return places.error();
  const variable_source variables(places->how());
  client::reports out;
  for (const auto& entry : config.manuals) {
    manual_report report = offline_report(entry, config, parts, variables);
    const bool taken = std::any_of(out.begin(), out.end(), [&](const manual_report& r) { return r.ok() && r.name == report.name; });
    if (report.ok() && taken) report.failure = error(errc::already_registered, "another provider has the same name");
    out.push_back(std::move(report));
  }
  return out;
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
    auto checked = check_offline(s, *config, parts);
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
