#include "session.hpp"

#include "duration.hpp"
#include "interrupt.hpp"
#include "near_names.hpp"
#include "progress.hpp"

#include <utcp/builtin.hpp>
#include <utcp/search/tool_definitions.hpp>

#include <algorithm>
#include <filesystem>

namespace utcp::app {
namespace {

error stopped() { return error(errc::cancelled, "interrupted"); }

std::string_view manual_part(std::string_view tool) { return tool.substr(0, tool.find('.')); }

/// Something that a user can put after a message.
std::string in_quotes(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "\"" : ", \"") + name + "\"";
  return out;
}

/// For every provider, whatever its own `timeout_ms` says.
void set_timeout(client_config& config, std::chrono::milliseconds time) {
  config.defaults.call_timeout = config.defaults.discovery_timeout = time;
  config.defaults.longer_discovery = "--timeout gives it more";
  for (auto& each : config.manuals)
    if (each.how) each.how->options.erase("timeout_ms");
}

/// For a client that only discovers: an index would be made for nothing.
class no_search final : public search_strategy {
 public:
  result<std::vector<tool_match>> search(const catalogue_ptr&, std::string_view, const search_options&) const override {
    return error(errc::unsupported, "this client does not search");
  }
};

}  // namespace

result<client_config> read_configuration(const global_options& how, const registry& parts) {
  std::error_code ignored;
  if (!how.config_given && !std::filesystem::exists(how.config, ignored))
    return error(errc::invalid_config, "there is no " + how.config + " here. Name a configuration with --config FILE, or write one: "
                 R"([{"name":"weather","provider_type":"http","url":"https://weather.example/utcp"}])");
  auto config = load_config(how.config, parts.documents);
  if (!config) return config.error();
  if (how.allow_insecure_http) config->defaults.allow_insecure_http = true;
  if (how.timeout) set_timeout(*config, *how.timeout);
  return config;
}

bool keep_provider_of(client_config& config, std::string_view tool) {
  const auto wanted = normalise_manual_name(manual_part(tool));
  auto needed = [&](const configured_manual& m) { return !m.name.empty() && normalise_manual_name(m.name) == wanted; };
  auto& all = config.manuals;
  if (std::none_of(all.begin(), all.end(), needed)) return false;
  const auto before = all.size();
  std::erase_if(all, [&](const configured_manual& m) { return !needed(m); });
  return all.size() != before;
}

std::string failure_line(const manual_report& report) {
  const std::string why = report.failure ? report.failure->message : std::string("registered");
  return report.name + ": " + why + " (after " + show_duration(report.took) + ")";
}

void tell_report(console& io, const manual_report& report, bool verbose, const std::string& when) {
  if (!report.ok()) io.note("provider " + (when.empty() ? failure_line(report) : report.name + ": " + report.failure->message + " (" + when + ")"));
  else if (report.tools == 0 && !report.notices.empty() && !verbose)
    io.note("provider " + report.name + " has no tools: " + report.notices.back().message);
  if (verbose)
    for (const auto& n : report.notices) io.note(report.name + ": " + (n.place.empty() ? n.message : n.place + ": " + n.message));
}

session::~session() { client_ = client(); }

result<void> session::open(contact whom, std::string_view tool) {
  auto parts = builtin_registry();
  auto config = read_configuration(how_, parts);
  if (!config) return config.error();
  if (how_.verbose)
    for (const auto& n : config->notices) io_.note(n.place.empty() ? n.message : n.place + ": " + n.message);
  contacted_ = whom == contact::one_tool && keep_provider_of(*config, tool) ? contact::one_tool : contact::all;
  auto opened = open(std::move(*config));
  if (opened) tell_failures();
  return opened;
}

result<void> session::open(client_config config) { return open(std::move(config), client_options(builtin_registry())); }

result<void> session::open_for_news(client_config config, std::map<std::string, manual_version> known) {
  client_options options(builtin_registry());
  options.known_versions = std::move(known);
  options.search = std::make_shared<no_search>();
  return open(std::move(config), std::move(options));
}

result<void> session::open(client_config config, client_options options) {
  set_sign_in(options.registry, io_, sign_in_);
  options.observer = std::make_shared<progress>(io_, config.manuals.size(), how_.verbose);
  auto made = loop_.wait<result<client>>([&](auto token) {
    client::async_create(loop_.executor(), std::move(config), std::move(options), std::move(token));
  });
  io_.progress({});
  if (!made || interrupt::arrived() != 0) return stopped();
  if (!*made) return made->error();
  client_ = std::move(**made);
  return {};
}

void session::tell_failures() const {
  for (const auto& report : client_.registered()) tell_report(io_, report, how_.verbose);
}

result<tool_ptr> session::find(const std::string& name) {
  if (auto found = client_.tool(name)) return found;
  // A model calls a tool by the name that `search --format` gave it.
  if (auto found = find_tool_named(*client_.tools(), tool_format::openai, name)) return found;
  const auto manual = normalise_manual_name(manual_part(name));
  std::string message = "there is no tool \"" + name + "\"";
  for (const auto& report : client_.registered())
    if (!report.ok() && report.name == manual) message += ": its provider could not be registered (" + report.failure->message + ")";
  std::vector<std::string> names;
  for (const auto& m : client_.tools()->manuals())
    for (const auto& t : m->tools()) names.push_back(t->name);
  const auto near = near_names(name, names);
  if (!near.empty()) message += ". Did you mean " + in_quotes(near) + "?";
  else message += ". `utcp tools` lists the names";
  return error(errc::unknown_tool, std::move(message));
}

result<tool_result> session::call(const std::string& name, json arguments, call_options options) {
  auto answer = loop_.wait<result<tool_result>>([&](auto token) {
    client_.async_call_tool(name, std::move(arguments), std::move(options), std::move(token));
  });
  if (!answer) return stopped();
  return std::move(*answer);
}

result<void> session::stream(const std::string& name, json arguments, call_options options,
                             const std::function<bool(tool_result)>& on_item) {
  const auto time = options.timeout;
  loop_.cancel_after(time);
  auto done = open_and_pull(name, std::move(arguments), std::move(options), on_item);
  const bool late = loop_.is_late();
  loop_.cancel_after(std::nullopt);
  if (!done && done.error() == errc::cancelled && late) return error(errc::timed_out, "the stream did not end within " + show_duration(*time) + "; --timeout gives it more");
  return done;
}

result<void> session::open_and_pull(const std::string& name, json arguments, call_options options, const std::function<bool(tool_result)>& on_item) {
  auto opened = loop_.wait<result<result_stream>>([&](auto token) {
    client_.async_call_tool_streaming(name, std::move(arguments), std::move(options), std::move(token));
  });
  if (!opened) return stopped();
  if (!*opened) return opened->error();
  return pull(**opened, on_item);
}

result<void> session::pull(result_stream& from, const std::function<bool(tool_result)>& on_item) {
  for (;;) {
    auto item = loop_.wait<result<std::optional<tool_result>>>([&](auto token) { from.async_next(std::move(token)); });
    if (!item || interrupt::arrived() != 0) return stopped();
    if (!*item) return item->error();
    if (!**item) return {};
    if (!on_item(std::move(***item))) return {};
  }
}

}  // namespace utcp::app
