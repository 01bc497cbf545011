#include "command_line.hpp"

#include "command_completion.hpp"
#include "commands.hpp"
#include "duration.hpp"
#include "interrupt.hpp"
#include "near_names.hpp"
#include "output.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>

namespace utcp::app {
namespace {

constexpr const char* overview = R"(Exit codes:
  0  fine                3  configuration, or a use it forbids
  1  the tool failed     4  unknown tool
  2  wrong usage         5  network or timeout
  130  interrupted

Examples:
  utcp tools
  utcp search "weather in a city"
  utcp call weather.current city=Oslo
  utcp --config other.json call weather.current '{"city":"Oslo"}' --json

`utcp COMMAND --help` shows the options of a command and more examples.)";

std::string needs_duration(const std::string& text) {
  if (parse_duration(text)) return {};
  return "\"" + text + "\" is no duration; write 5, 2.5s, 500ms or 2m (at most a day)";
}

/// The words of a usage error are the user's own; the library's end in line breaks.
std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

const CLI::App* chosen_command(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? &app : commands.front();
}

/// Why no command was found, where a word stands in its place.
std::string unknown_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return "there is no option \"" + word + "\" before a command";
  std::vector<std::string> names;
  for (const auto* each : app.get_subcommands({})) names.push_back(each->get_name());
  const auto near = near_names(word, names, 1);
  return "there is no command \"" + word + "\"" + (near.empty() ? "" : "; did you mean \"" + near.front() + "\"?");
}

exit_code wrong_usage(program& p, const CLI::App& app, const CLI::ParseError& e) {
  const auto* command = chosen_command(app);
  const std::string which = command == &app ? "utcp" : "utcp " + command->get_name();
  // `--name value` is how other programs take what a tool is called with.
  const bool takes_it_for_an_option = which == "utcp call" && e.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  const std::string advice = takes_it_for_an_option ? "; arguments of a tool are written key=value" : "";
  const auto unread = command == &app ? app.remaining() : std::vector<std::string>();
  const std::string what = unread.empty() ? trimmed(e.what()) : unknown_command(app, unread.front());
  const error told(errc::invalid_argument, what + advice + (what.ends_with('?') ? " See `" : ". See `") + which + " --help`");
  return report(p.io, p.global.json, told);
}

/// Needed for what is wrong before the library has read the option.
bool wants_json(int count, char** words) { return std::find(words, words + count, std::string_view("--json")) != words + count; }

exit_code run_chosen(program& p) {
  try {
    return p.chosen();
  } catch (const exception& e) {
    return p.fail(e.what_failed());
  } catch (const std::exception& e) {
    return p.fail(error(errc::internal, std::string("unexpected: ") + e.what()));
  }
}

exit_code parse_and_run(program& p, int count, char** words) {
  CLI::App app("Finds and calls tools over their own protocols.", "utcp");
  app.set_version_flag("--version", "utcp " UTCP_VERSION, "Show the version");
  app.set_help_flag("-h,--help", "Show this help");
  app.footer(overview);
  app.require_subcommand(1);
  add_global_options(app, p);
  add_tools_command(app, p);
  add_search_command(app, p);
  add_call_command(app, p);
  add_describe_command(app, p);
  add_validate_command(app, p);
  add_convert_command(app, p);
  add_import_command(app, p);
  add_variables_command(app, p);
  add_login_command(app, p);
  add_logout_command(app, p);
  add_completion_command(app, p);
  try {
    if (const auto done = run_machine_command(p, app, count, words)) return *done;
    app.parse(count, words);
  } catch (const CLI::CallForHelp&) {
    p.io.raw(chosen_command(app)->help());
    return exit_code::fine;
  } catch (const CLI::CallForVersion& e) {
    p.io.raw(std::string(e.what()) + "\n");
    return exit_code::fine;
  } catch (const CLI::ParseError& e) {
    p.global.json = p.global.json || wants_json(count, words);
    return wrong_usage(p, app, e);
  }
  return run_chosen(p);
}

}  // namespace

exit_code program::fail(const error& e) {
  // Whatever an interrupted operation reports, the user knows why it ended.
  if (interrupt::arrived() != 0) {
    if (global.json) io.json_line(error_document(error(errc::cancelled, "interrupted")), false);
    return exit_code::interrupted;
  }
  return report(io, global.json, e);
}

void add_global_options(CLI::App& app, program& p) {
  const char* group = "Options of every command";
  app.add_option_function<std::string>("--config", [&p](const std::string& file) {
    p.global.config = file;
    p.global.config_given = true;
  }, "The configuration: a providers.json, or a v1 configuration; JSON or YAML. Default: ./providers.json")
      ->type_name("FILE")->group(group);
  app.add_flag("--json", p.global.json, "Write JSON for machines")->group(group);
  app.add_option_function<std::string>("--timeout", [&p](const std::string& text) { p.global.timeout = parse_duration(text); },
                                       "Time for each provider to be read and for the call, such as 5, 500ms, 2m")
      ->type_name("TIME")->check(CLI::Validator(needs_duration, "", "duration"))->group(group);
  app.add_flag("-v,--verbose", p.global.verbose, "Say on standard error what happens")->group(group);
  app.add_flag("--allow-insecure-http", p.global.allow_insecure_http, "Allow plain http to other hosts than this one")->group(group);
}

CLI::Validator whole_number() {
  auto refuse = [](const std::string& text) -> std::string {
    const bool digits = !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
    return digits ? std::string() : "\"" + text + "\" is no number from 0 on";
  };
  return CLI::Validator(refuse, "", "whole number");
}

CLI::App* add_command(CLI::App& app, program& p, const char* name, const char* purpose, const char* examples) {
  CLI::App* command = app.add_subcommand(name, purpose);
  command->set_help_flag("-h,--help", "Show this help");
  command->footer(std::string("Examples:\n") + examples);
  add_global_options(*command, p);
  return command;
}

int run(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  program p;
  const exit_code code = parse_and_run(p, count, words);
  p.io.flush();
  if (const int signal = interrupt::arrived(); signal != 0) return 128 + signal;
  if (p.io.write_failure()) {
    p.io.note("cannot write the result: " + *p.io.write_failure());
    return static_cast<int>(exit_code::tool_failed);
  }
  return static_cast<int>(code);
}

}  // namespace utcp::app
