#include <utcp/transports/cli.hpp>

#include "cli_call.hpp"
#include "manual_text.hpp"

#include <algorithm>
#include <unordered_map>

namespace utcp {
namespace {

using namespace cli;

// Source: the limits of UTCP v0 (30 s); a client's own discovery deadline is mostly shorter.
constexpr std::chrono::seconds discovery_patience{30};

class cli_transport final : public transport {
 public:
  cli_transport(transport_services services, cli_options options) : services_(std::move(services)) {
    policy_.options = std::move(options);
    policy_.configured_programs = services_.allowed_programs;
    policy_.root_dir = services_.root_dir;
    if (policy_.options.supervise) policy_.supervisor = policy_.options.supervisor ? *policy_.options.supervisor : net::find_supervisor();
  }

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events>) override {
    auto settings = read_settings(provider);
    if (!settings) co_return std::move(settings).error();
    auto planned = plan_command(*settings, policy_, provider.name, "", json::object());
    if (!planned) co_return prefixed(provider.name, std::move(planned).error());
    context.deadline = std::min(context.deadline, services_.clock->now() + discovery_patience);
    auto ran = co_await run_command(services_.executor, services_.clock, std::move(*planned), settings->steps, std::move(context));
    if (!ran) co_return prefixed(provider.name, std::move(ran).error());
    co_return read_manual(std::move(*ran), provider, std::move(*settings));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    auto settings = settings_of(what, context);
    if (!settings) co_return std::move(settings).error();
    const std::string tool = what.tool->name;
    auto planned = plan_command(*settings, policy_, context.manual, tool, what.arguments);
    if (!planned) co_return prefixed(tool, std::move(planned).error());
    const bool want_meta = context.want_meta;
    auto ran = co_await run_command(services_.executor, services_.clock, std::move(*planned), settings->steps, std::move(context));
    if (!ran) co_return prefixed(tool, std::move(ran).error());
    co_return result_of(std::move(*ran), *settings, tool, want_meta);
  }

  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    auto settings = settings_of(what, context);
    if (!settings) co_return std::move(settings).error();
    auto planned = plan_command(*settings, policy_, context.manual, what.tool->name, what.arguments);
    if (!planned) co_return prefixed(what.tool->name, std::move(planned).error());
    co_return stream_command(services_.executor, std::move(*planned), *settings, what.tool->name, context.max_response_bytes);
  }

  task<void> release(std::string manual_name) override {
    providers_.erase(manual_name);
    co_return;
  }

  result<json> preview(const tool_call& what, const call_context& context) const override {
    auto settings = settings_of(what, context);
    if (!settings) return settings.error();
    json out = json::object();
    if (settings->steps.empty()) {
      out["program"] = settings->words.front();
      out["arguments"] = make_words(*settings, context.manual, what.tool->name, what.arguments);
    } else {
      auto script = write_script(settings->steps, what.arguments, settings->style.value_or(call_style::python) == call_style::python);
      if (!script) return script.error();
      out["program"] = "/bin/bash";
      out["script"] = script->text;
      out["argument_variables"] = script->environment;
    }
    out["working_dir"] = settings->working_dir;
    for (const std::string& each : make_environment(*settings)) out["environment"].push_back(each.substr(0, each.find('=')));  // names only
    if (writes_arguments(*settings, what.tool->name)) out["stdin"] = what.arguments;
    out["sandbox"] = settings->sandbox || policy_.options.sandbox;
    out["supervised"] = settings->supervise && !policy_.supervisor.empty();
    return out;
  }

 private:
  struct known_provider {
    cli_settings settings;
    std::vector<std::string> granted;  // its `allowed_variables`
  };

  static error prefixed(const std::string& name, error e) {
    if (!e.message.starts_with(name)) e.message.insert(0, name + ": ");
    return e;
  }

  result<cli_settings> settings_of(const tool_call& what, const call_context& context) const {
    auto settings = read_settings(*what.how);
    if (!settings) return prefixed(what.tool->name, std::move(settings).error());
    auto known = providers_.find(context.manual);
    const known_provider* provider = known == providers_.end() ? nullptr : &known->second;
    if (auto fine = restrict_settings(*settings, *what.how, provider ? &provider->settings : nullptr, provider ? provider->granted : std::vector<std::string>()); !fine) return prefixed(what.tool->name, fine.error());
    return settings;
  }

  result<discovery> read_manual(finished_command ran, const call_template& provider, cli_settings settings) {
    const bool failed = ran.end.signal != 0 || ran.end.code != 0;
    const bool use_errors = settings.steps.empty() ? failed : trimmed(ran.out).empty();
    manual_source source;
    source.where = "output of " + (settings.words.empty() ? std::string("the commands") : settings.words.front()) + " (" + provider.name + ")";
    source.as = syntax::json;
    // The program is the operator's, but what it prints may come from anywhere.
    source.origin = trust::remote;
    source.local = true;
    source.provider = std::make_shared<const call_template>(provider);
    auto found = find_manual(as_utf8(use_errors ? ran.err : ran.out), source, services_.documents, services_.limits);
    if (!found && failed) return *failure_of(ran, provider.name);
    if (!found) return std::move(found).error();
    if (failed) found->notices.emplace_back(provider.name, "the program printed a manual, but then failed: " + failure_of(ran, provider.name)->message);
    known_provider known;
    known.settings = std::move(settings);
    if (auto it = provider.options.find("allowed_variables"); it != provider.options.end() && it->is_array())
      for (const json& name : *it)
        if (name.is_string()) known.granted.push_back(name.get<std::string>());
    providers_.insert_or_assign(provider.name, std::move(known));
    discovery out;
    out.found = std::move(found->found);
    out.notices = std::move(found->notices);
    return out;
  }

  transport_services services_;
  command_policy policy_;
  std::unordered_map<std::string, known_provider> providers_;  // of manuals that are registered
};

}  // namespace

transport_factory make_cli_transport(cli_options options) {
  return [options = std::move(options)](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<cli_transport>(services, options); };
}

}  // namespace utcp
