#include "cli_settings.hpp"

#include "shell_words.hpp"

#include <utcp/net/program_policy.hpp>

#include <algorithm>

namespace utcp::cli {
namespace {

error wrong(const call_template& how, const std::string& key, const std::string& what) {
  return error(errc::invalid_config, place_of(how) + "/" + key + ": " + what);
}

result<void> read_flag(const call_template& how, const char* key, bool& out) {
  auto it = how.options.find(key);
  if (it == how.options.end()) return {};
  if (it->is_boolean()) out = it->get<bool>();
  else if (*it == "true" || *it == "false") out = *it == "true";  // a variable's value
  else return wrong(how, key, "expected true or false");
  return {};
}

result<void> read_sandbox(const call_template& how, cli_settings& out) {
  auto it = how.options.find("sandbox");
  if (it == how.options.end() || *it == false || *it == "none") return {};
  if (*it != "bubblewrap") return wrong(how, "sandbox", "expected \"bubblewrap\" or \"none\"");
  out.sandbox = true;
  return {};
}

result<void> read_style(const call_template& how, cli_settings& out) {
  auto it = how.options.find("cli_style");
  if (it == how.options.end()) return {};
  if (*it == "python") out.style = call_style::python;
  else if (*it == "go") out.style = call_style::go;
  else if (*it == "rs") out.style = call_style::rs;
  else return wrong(how, "cli_style", "expected \"python\", \"go\" or \"rs\"");
  return {};
}

result<void> read_steps(const call_template& how, cli_settings& out) {
  const json& commands = how.options.at("commands");
  if (!commands.is_array() || commands.empty()) return wrong(how, "commands", "CliCallTemplate '" + how.name + "' must have at least one command");
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const json& each = commands[i];
    auto text = each.is_object() ? each.find("command") : each.end();
    if (!each.is_object() || text == each.end() || !text->is_string()) return wrong(how, "commands/" + std::to_string(i), "expected an object with \"command\"");
    shell_step step;
    step.command = text->get<std::string>();
    if (step.command.find('\0') != std::string::npos) return wrong(how, "commands/" + std::to_string(i), "holds a NUL character");
    step.in_result = i + 1 == commands.size();
    auto append = each.find("append_to_final_output");
    if (append != each.end() && append->is_boolean()) step.in_result = append->get<bool>();
    out.steps.push_back(std::move(step));
  }
  return {};
}

result<void> read_words(const call_template& how, cli_settings& out) {
  auto it = how.options.find("command_name");
  if (it == how.options.end() || !it->is_string() || it->get_ref<const std::string&>().empty())
    return wrong(how, "command_name", "CliProvider '" + how.name + "' must have command_name set");
  auto words = split_shell_words(it->get_ref<const std::string&>());
  if (!words) return wrong(how, "command_name", words.error().message);
  if (words->empty() || words->front().empty()) return wrong(how, "command_name", "CliProvider '" + how.name + "' must have command_name set");
  out.words = std::move(*words);
  return {};
}

result<void> read_environment(const call_template& how, cli_settings& out) {
  if (auto it = how.options.find("env_vars"); it != how.options.end()) {
    if (!it->is_object()) return wrong(how, "env_vars", "expected an object of strings");
    for (auto& [name, value] : it->items()) {
      if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos || !value.is_string())
        return wrong(how, "env_vars/" + name, "expected a variable's name and a string");
      out.env_vars[name] = value.get<std::string>();
    }
  }
  if (auto it = how.options.find("inherit_env_vars"); it != how.options.end()) {
    if (!it->is_array()) return wrong(how, "inherit_env_vars", "expected an array of names");
    out.inherit_env_vars.emplace();
    for (const json& name : *it) {
      if (!name.is_string()) return wrong(how, "inherit_env_vars", "expected an array of names");
      out.inherit_env_vars->push_back(name.get<std::string>());
    }
  }
  if (auto it = how.options.find("working_dir"); it != how.options.end()) {
    if (!it->is_string()) return wrong(how, "working_dir", "expected a folder's path");
    out.working_dir = it->get<std::string>();
  }
  return {};
}

}  // namespace

result<cli_settings> read_settings(const call_template& how) {
  cli_settings out;
  if (!how.auth.is_null()) return wrong(how, "auth", "a program is given no auth; pass what it needs in \"env_vars\"");
  auto done = how.options.contains("commands") ? read_steps(how, out) : read_words(how, out);
  if (done) done = read_environment(how, out);
  if (done) done = read_style(how, out);
  if (done) done = read_sandbox(how, out);
  if (done) done = read_flag(how, "arguments_on_stdin", out.arguments_on_stdin);
  if (done) done = read_flag(how, "stderr_as_result", out.stderr_as_result);
  if (done) done = read_flag(how, "supervise", out.supervise);
  if (done) done = read_flag(how, "sandbox_network", out.sandbox_network);
  if (!done) return done.error();
  return out;
}

result<void> restrict_settings(cli_settings& settings, const call_template& how, const cli_settings* provider, const std::vector<std::string>& granted) {
  if (provider) {
    if (provider->sandbox) {
      settings.sandbox_network = provider->sandbox_network && (settings.sandbox_network || !settings.sandbox);
      settings.sandbox = true;
    }
    if (!settings.style) settings.style = provider->style;
  }
  if (how.origin == trust::configuration) return {};
  settings.supervise = !provider || provider->supervise;
  if (!settings.inherit_env_vars) return {};
  const auto lists = [](const std::vector<std::string>& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const std::string& name : *settings.inherit_env_vars) {
    if (net::is_harmless_variable(name) || lists(granted, name) || (provider && provider->inherit_env_vars && lists(*provider->inherit_env_vars, name))) continue;
    return error(errc::not_allowed, "the tool's template, which a program or a server wrote, asks for the environment variable " + name +
                                        "; to allow it name it in the provider's \"inherit_env_vars\" or \"allowed_variables\"");
  }
  return {};
}

std::vector<std::string> make_environment(const cli_settings& settings) { return net::make_environment(settings.inherit_env_vars, settings.env_vars); }

}  // namespace utcp::cli
