#include "shell_script.hpp"

#include "placeholders.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <sys/random.h>

namespace utcp::cli {
namespace {

// A variable of the environment may have 128 KiB, all of them and the arguments some MiB at most. Larger ones go through a
// file in memory into variables that are not exported; the commands use them alike.
constexpr std::size_t max_variable_bytes = 96u << 10;
constexpr std::size_t max_environment_bytes = 512u << 10;

constexpr std::size_t status_digits = 3;

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a later step may use this one's output.
bool is_used_later(const std::vector<shell_step>& steps, std::size_t at) {
  const std::string name = "CMD_" + std::to_string(at) + "_OUTPUT";
  return std::any_of(steps.begin() + static_cast<std::ptrdiff_t>(at) + 1, steps.end(), [&](const shell_step& s) { return s.command.find(name) != std::string::npos; });
}

/// Values of all arguments that the commands name.
result<void> place_values(const rewritten_command& all, const json& arguments, std::string_view nonce, bool python_values, shell_script& out, std::string& prelude) {
  std::size_t used = 0;
  for (const std::string& name : all.names) {
    auto it = arguments.find(name);
    std::string value = it == arguments.end() ? "MISSING_ARG_" + name : argument_text(*it, python_values);
    if (value.find('\0') != std::string::npos)
      return error(errc::invalid_argument, "the argument \"" + name + "\" holds a NUL character, which no command can be given");
    if (all.numbers.contains(name) && !is_number(value))
      return error(errc::invalid_argument, "the argument \"" + name + "\" stands in shell arithmetic and must be an integer");
    const std::string variable = argument_variable(nonce, name);
    if (value.size() <= max_variable_bytes && used + value.size() <= max_environment_bytes) {
      used += value.size();
      out.environment.push_back(variable + "=" + value);
    } else {
      prelude += "IFS= read -r -d '' " + variable + " <&3\n";
      out.spilled += value;
      out.spilled += '\0';
    }
  }
  if (!out.spilled.empty()) prelude += "exec 3<&-\n";
  return {};
}

}  // namespace

std::string random_name(std::size_t bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  if (::getrandom(raw.data(), raw.size(), 0) != static_cast<ssize_t>(raw.size())) {
    std::random_device device;  // an old kernel without getrandom
    for (char& each : raw) each = static_cast<char>(device());
  }
  std::string out;
  for (char each : raw) {
    const auto value = static_cast<unsigned char>(each);
    out += digits[value >> 4];
    out += digits[value & 15];
  }
  return out;
}

std::string argument_text(const json& value, bool python_values) {
  if (value.is_string()) return value.get<std::string>();
  if (python_values && value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (python_values && value.is_null()) return "None";
  return write_json(value);
}

result<shell_script> write_script(const std::vector<shell_step>& steps, const json& arguments, bool python_values) {
  const std::string nonce = random_name(8);
  shell_script out;
  out.mark = std::string(1, '\0') + random_name(16);
  rewritten_command all;
  std::vector<std::string> commands;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto rewritten = rewrite_placeholders(steps[i].command, nonce);
    if (!rewritten) return error(errc::invalid_config, "commands/" + std::to_string(i) + ": " + rewritten.error().message);
    commands.push_back(std::move(rewritten->text));
    all.names.merge(rewritten->names);
    all.numbers.merge(rewritten->numbers);
    out.answered.push_back(is_used_later(steps, i));
    out.waits = out.waits || out.answered.back();
  }
  std::string prelude;
  if (auto placed = place_values(all, arguments, nonce, python_values, out, prelude); !placed) return placed.error();

  // Our own descriptors go out of the way of the commands' 3 to 9, and are closed inside each step.
  const int file = out.spilled.empty() ? 3 : 4;
  prelude += "exec 57>&1";
  if (out.waits) prelude += " 58<&" + std::to_string(file + 1) + " 59<&" + std::to_string(file) + " " + std::to_string(file) + "<&- " + std::to_string(file + 1) + "<&-";
  prelude += "\n";
  out.text = std::move(prelude);
  const std::string mark = out.mark.substr(1);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    // The newline before the brace ends a trailing comment; the group makes the redirection cover every command of the step.
    out.text += "{\n" + commands[i] + "\n} >&57 2>&1 57>&- 58<&- 59<&-\n__UTCP_STATUS=$?\n";
    out.text += "builtin printf '\\000" + mark + "%03d' \"$__UTCP_STATUS\" >&57\n";
    if (out.answered[i]) out.text += "IFS= builtin read -r -n 1 -u 58 __UTCP_ANSWER\nCMD_" + std::to_string(i) + "_OUTPUT=$(</proc/self/fd/59)\n";
  }
  out.text += "exit \"$__UTCP_STATUS\"\n";
  return out;
}

void step_splitter::feed(std::string_view bytes) {
  held_ += bytes;
  std::size_t done = 0;
  const std::size_t whole = mark_.size() + status_digits;
  while (done < held_.size()) {
    auto at = held_.find('\0', done);
    if (at == std::string::npos) at = held_.size();
    if (at > done && on_output) on_output(step_, std::string_view(held_).substr(done, at - done));
    done = at;
    if (done == held_.size()) break;
    const auto rest = std::string_view(held_).substr(done);
    const auto common = std::min(rest.size(), mark_.size());
    if (rest.substr(0, common) != std::string_view(mark_).substr(0, common)) {
      if (on_output) on_output(step_, rest.substr(0, 1));  // a NUL of the program's own
      ++done;
      continue;
    }
    if (rest.size() < whole) break;
    const auto ended = step_++;
    if (on_end) on_end(ended, std::atoi(std::string(rest.substr(mark_.size(), status_digits)).c_str()));
    done += whole;
  }
  held_.erase(0, done);
}

void step_splitter::finish() {
  if (!held_.empty() && on_output) on_output(step_, held_);
  held_.clear();
}

}  // namespace utcp::cli
