#include "cli_command.hpp"

#include <utcp/document.hpp>
#include <utcp/net/program_policy.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

namespace utcp::cli {
namespace {

result<void> check_allowed(const std::string& name, const std::string& path, const command_policy& policy) {
  auto fine = net::check_program(name, path, policy.options.allowed_programs, "cli_options::allowed_programs");
  if (!fine) return fine;
  return net::check_program(name, path, policy.configured_programs, "\"allowed_programs\" of the configuration");
}

void append_flag(std::vector<std::string>& out, const std::string& flag, const json& value) {
  if (value.is_null() || value == false) return;
  out.push_back(flag);
  if (value != true) out.push_back(argument_text(value, false));
}

void append_flags(std::vector<std::string>& out, const json& arguments) {
  for (auto& [key, value] : arguments.items()) {
    const std::string flag = "--" + key;
    if (!value.is_array()) {
      append_flag(out, flag, value);
      continue;
    }
    for (const json& each : value) {
      out.push_back(flag);
      out.push_back(argument_text(each, false));
    }
  }
}

/// Puts bubblewrap around a command: everything can be read, nothing written but a fresh /tmp, no other process seen.
result<void> put_in_sandbox(net::process_description& process, bool network) {
  auto bwrap = net::find_program("bwrap", net::path_of_this_process(), {});
  if (!bwrap)
    return error(errc::unsupported, "the sandbox needs bubblewrap, which this machine does not have; install it (Debian: apt install bubblewrap), or set \"sandbox\": \"none\"");
  std::vector<std::string> words{"bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--unshare-all", "--die-with-parent"};
  if (network) words.push_back("--share-net");
  if (!process.working_dir.empty()) {
    words.push_back("--chdir");
    words.push_back(process.working_dir);
  }
  words.push_back("--");
  words.push_back(process.program);
  words.insert(words.end(), process.arguments.begin() + 1, process.arguments.end());
  process.program = std::move(*bwrap);
  process.arguments = std::move(words);
  return {};
}

error too_long(error e) {
  if (e == errc::too_large) e.message += "; set \"arguments_on_stdin\": true, and have the program read them as JSON";
  return e;
}

result<void> plan_script(const cli_settings& settings, const json& arguments, planned_command& out) {
  auto script = write_script(settings.steps, arguments, settings.style.value_or(call_style::python) == call_style::python);
  if (!script) return script.error();
  if (script->text.size() > net::max_argument_bytes)
    return error(errc::too_large, "the script of the commands has " + std::to_string(script->text.size()) + " bytes; the system passes on at most " + std::to_string(net::max_argument_bytes) + "; keep it in a file and run that");
  auto& process = out.process;
  process.environment.insert(process.environment.end(), script->environment.begin(), script->environment.end());
  process.arguments = {"bash", "-c", script->text};
  if (!script->spilled.empty()) {
    auto file = net::make_memory_file(script->spilled);
    if (!file) return file.error();
    process.passed.push_back(std::move(*file));
  }
  if (script->waits) {
    auto file = net::make_memory_file({});
    if (!file) return file.error();
    auto pipe = net::make_pipe();
    if (!pipe) return pipe.error();
    out.answer_file = net::descriptor(::fcntl(file->get(), F_DUPFD_CLOEXEC, 3));
    if (!out.answer_file) return error(errc::unavailable, "no descriptors are left");
    out.answer_pipe = std::move(pipe->write);
    process.passed.push_back(std::move(*file));
    process.passed.push_back(std::move(pipe->read));
  }
  out.script = std::move(*script);
  return {};
}

/// What no program can be given, said with the remedy of a v0 tool.
result<void> check_flags(const std::vector<std::string>& words) {
  for (const std::string& each : words)
    if (each.size() > net::max_argument_bytes)
      return too_long(error(errc::too_large, "an argument has " + std::to_string(each.size()) + " bytes; the system passes on at most " + std::to_string(net::max_argument_bytes)));
  return {};
}

}  // namespace

bool writes_arguments(const cli_settings& settings, const std::string& tool) {
  if (tool.empty()) return false;
  const auto style = settings.style.value_or(call_style::python);
  return settings.arguments_on_stdin || (settings.steps.empty() && style != call_style::python);
}

std::vector<std::string> make_words(const cli_settings& settings, const std::string& manual, const std::string& tool, const json& arguments) {
  std::vector<std::string> out = settings.words;
  const auto style = settings.style.value_or(call_style::python);
  if (tool.empty()) {
    if (style == call_style::go) out.push_back("list-tools");
    return out;
  }
  if (style == call_style::go) out.resize(1);
  if (style != call_style::python) out.insert(out.end(), {"call", manual, tool});
  if (!settings.arguments_on_stdin) append_flags(out, arguments);
  return out;
}

result<planned_command> plan_command(const cli_settings& settings, const command_policy& policy, const std::string& manual, const std::string& tool, const json& arguments) {
  planned_command out;
  auto& process = out.process;
  process.environment = make_environment(settings);
  if (!settings.working_dir.empty()) {
    std::filesystem::path folder(settings.working_dir);
    if (folder.is_relative()) folder = policy.root_dir / folder;
    std::error_code failed;
    process.working_dir = std::filesystem::absolute(folder, failed).lexically_normal().string();
  }
  std::string name = "/bin/bash";
  if (settings.steps.empty()) {
    process.arguments = make_words(settings, manual, tool, arguments);
    name = process.arguments.front();
    if (auto fit = check_flags(process.arguments); !fit) return fit.error();
  } else if (auto planned = plan_script(settings, arguments, out); !planned) {
    return planned.error();
  }
  const bool bounded = policy.options.allowed_programs || policy.configured_programs;
  // An allowed name means the program this process would run, not one that a template's own PATH leads to.
  auto path = net::find_program(name, bounded ? net::path_of_this_process() : net::path_of(process.environment), process.working_dir.empty() ? policy.root_dir : std::filesystem::path(process.working_dir));
  if (!path) return path.error();
  if (auto fine = check_allowed(settings.steps.empty() ? name : "bash", *path, policy); !fine) return fine.error();
  process.program = std::move(*path);
  if (writes_arguments(settings, tool)) process.input = write_json(arguments);
  const bool sandboxed = settings.sandbox || policy.options.sandbox;
  const bool network = settings.sandbox ? settings.sandbox_network && (!policy.options.sandbox || policy.options.sandbox_network) : policy.options.sandbox_network;
  if (sandboxed)
    if (auto inside = put_in_sandbox(process, network); !inside) return inside.error();
  if (settings.supervise && policy.options.supervise) process.supervisor = policy.supervisor;
  return out;
}

}  // namespace utcp::cli
