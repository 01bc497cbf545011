#include "command_completion.hpp"

#include "commands.hpp"
#include "completion.hpp"
#include "completion_scripts.hpp"
#include "man_page.hpp"
#include "session.hpp"

#include <utcp/builtin.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace utcp::app {
namespace {

// Somebody waits at the keyboard.
constexpr std::chrono::milliseconds patience{1500};
constexpr unsigned last_resort_s = 3;

/// The configuration of the command line that is being typed, or nothing.
std::optional<client_config> configuration(const completion_sources& from) {
  global_options how;
  how.allow_insecure_http = from.allow_insecure_http;
  how.timeout = patience;
  if (!from.config.empty()) {
    how.config = from.config;
    how.config_given = true;
  }
  auto read = read_configuration(how, builtin_registry());
  if (!read) return std::nullopt;
  return std::move(*read);
}

std::vector<candidate> manual_names(const client_config& config, std::string_view after) {
  std::vector<candidate> out;
  for (const auto& each : config.manuals)
    if (!each.name.empty() && each.how) out.push_back({normalise_manual_name(each.name) + std::string(after), each.how->protocol});
  return out;
}

/// The tools of the one provider whose name the text begins with; no other is contacted.
template <class Use>
void with_tools_of(client_config config, std::string_view text, Use use) {
  if (!keep_provider_of(config, text) && config.manuals.size() != 1) return;
  console silent;
  const global_options how;
  session s(silent, how);
  if (s.open(std::move(config))) use(s);
}

completion complete_tools(const completion_sources& from, std::string_view begin) {
  completion out;
  auto config = configuration(from);
  if (!config) return out;
  const auto manuals = manual_names(*config, ".");
  std::string only;
  for (const auto& each : manuals) {
    if (begin.starts_with(each.word)) only = each.word;
    else if (std::string_view(each.word).starts_with(begin)) out.candidates.push_back(each);
  }
  if (only.empty() && out.candidates.size() == 1) only = out.candidates.front().word;
  if (only.empty()) {
    out.unfinished = true;
    return out;
  }
  // Kept when its tools cannot be had: the name of the manual is right all the same.
  const auto manual = std::exchange(out.candidates, {});
  with_tools_of(std::move(*config), only, [&](session& s) {
    for (const auto& m : s.tools().tools()->manuals())
      for (const auto& t : m->tools()) out.candidates.push_back({t->name, t->description});
  });
  if (out.candidates.empty()) {
    out.candidates = manual;
    out.unfinished = true;
  }
  return out;
}

completion complete_arguments(const completion_sources& from, std::string_view tool, std::string_view begin) {
  completion out;
  auto config = configuration(from);
  if (!config || begin.starts_with('{') || begin.starts_with('-')) return out;
  with_tools_of(std::move(*config), tool, [&](session& s) {
    const auto found = s.tools().tool(tool);
    if (!found) return;
    const json inputs = found->inputs.to_json();
    const auto properties = inputs.find("properties");
    if (properties == inputs.end() || !properties->is_object()) return;
    for (const auto& [key, of_key] : properties->items()) {
      const std::string word = key + "=";
      if (!begin.starts_with(word)) {
        out.candidates.push_back({word, of_key.is_object() && of_key.contains("description") && of_key["description"].is_string() ? of_key["description"].get<std::string>() : ""});
        continue;
      }
      json values = of_key.is_object() ? of_key.value("enum", json::array()) : json::array();
      if (of_key.is_object() && of_key.contains("type") && of_key["type"] == "boolean") values = {"true", "false"};
      if (!values.is_array()) continue;
      for (const auto& each : values) out.candidates.push_back({word + (each.is_string() ? each.get<std::string>() : each.dump()), ""});
    }
  });
  out.unfinished = begin.find('=') == std::string_view::npos;
  return out;
}

exit_code run_complete(program& p, const CLI::App& app, std::vector<std::string> words) {
  // Nothing may appear in the middle of a command line, and no provider may hold it up.
  if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  ::alarm(last_resort_s);
  completion_sources sources;
  sources.tools = complete_tools;
  sources.arguments = complete_arguments;
  sources.manuals = [](const completion_sources& from) {
    const auto config = configuration(from);
    return config ? manual_names(*config, "") : std::vector<candidate>();
  };
  p.io.raw(write_completion(complete(app, words, std::move(sources))));
  return exit_code::fine;
}

}  // namespace

std::optional<exit_code> run_machine_command(program& p, const CLI::App& app, int count, char** words) {
  const std::string first = count > 1 ? words[1] : "";
  if (first == "__complete") return run_complete(p, app, std::vector<std::string>(words + 2, words + count));
  if (first == "__man") {
    p.io.raw(write_man_page(app, UTCP_VERSION, count > 2 ? words[2] : ""));
    return exit_code::fine;
  }
  return std::nullopt;
}

void add_completion_command(CLI::App& app, program& p) {
  auto shell = std::make_shared<std::string>();
  auto* command = add_command(app, p, "completion", "Write the script that completes command lines of utcp in a shell",
                              "  source <(utcp completion bash)\n"
                              "  utcp completion zsh > ~/.zfunc/_utcp\n");
  command->add_option("shell", *shell, "bash or zsh")->required()->type_name("SHELL")->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([&p, shell] {
    p.chosen = [&p, shell] {
      p.io.raw(completion_script(*shell));
      return exit_code::fine;
    };
  });
}

}  // namespace utcp::app
