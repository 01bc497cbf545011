#include "completion.hpp"

#include "terminal_text.hpp"

#include <algorithm>

namespace utcp::app {
namespace {

bool takes_value(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

const CLI::Option* find_option(const CLI::App& command, std::string_view name, bool is_long) {
  for (const CLI::Option* each : command.get_options()) {
    const auto& names = is_long ? each->get_lnames() : each->get_snames();
    if (std::find(names.begin(), names.end(), name) != names.end()) return each;
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    if (each->get_name() == name) return each;
  return nullptr;
}

/// Goes over the words before the unfinished one.
class walk {
 public:
  walk(const CLI::App& app, completion_sources& sources) : app_(app), command_(&app), sources_(sources) {}

  /// Whether the word can stand there.
  bool take(const std::string& word) {
    if (pending_) {
      give(*std::exchange(pending_, nullptr), word);
      return true;
    }
    if (!only_operands_ && word == "--") return only_operands_ = true;
    if (!only_operands_ && word.size() > 1 && word[0] == '-') {
      take_option(word);
      return true;
    }
    if (command_ == &app_) {
      command_ = find_command(app_, word);
      return command_ != nullptr;
    }
    operands_.push_back(word);
    return true;
  }

  const CLI::App& command() const { return *command_; }
  bool at_command() const { return command_ == &app_; }
  bool only_operands() const { return only_operands_; }
  const CLI::Option* pending() const { return pending_; }
  const std::vector<std::string>& operands() const { return operands_; }

  /// The operand that the next word is, or null.
  const CLI::Option* next_operand() const {
    std::size_t at = 0;
    for (const CLI::Option* each : command_->get_options()) {
      if (!each->get_positional()) continue;
      if (at == operands_.size() || each->get_items_expected_max() > 1) return each;
      ++at;
    }
    return nullptr;
  }

 private:
  void take_option(const std::string& word) {
    if (word.starts_with("--")) {
      const auto equals = word.find('=');
      const auto* option = find_option(*command_, std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2), true);
      if (!option) return;
      if (equals != std::string::npos) give(*option, word.substr(equals + 1));
      else if (takes_value(*option)) pending_ = option;
      else give(*option, "true");
      return;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto* option = find_option(*command_, std::string_view(word).substr(i, 1), false);
      if (!option || !takes_value(*option)) continue;
      if (i + 1 == word.size()) pending_ = option;
      return;
    }
  }

  void give(const CLI::Option& option, const std::string& value) {
    const auto& names = option.get_lnames();
    if (std::find(names.begin(), names.end(), "config") != names.end()) sources_.config = value;
    if (std::find(names.begin(), names.end(), "allow-insecure-http") != names.end()) sources_.allow_insecure_http = true;
  }

  const CLI::App& app_;
  const CLI::App* command_;
  completion_sources& sources_;
  const CLI::Option* pending_ = nullptr;
  std::vector<std::string> operands_;
  bool only_operands_ = false;
};

/// The members of a type's name such as `DIALECT:{v0,v1}`.
std::vector<std::string> members_of(const std::string& type) {
  std::vector<std::string> out;
  const auto open = type.find('{');
  const auto close = type.find('}', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return out;
  for (std::size_t at = open + 1; at <= close;) {
    const auto end = std::min(type.find(',', at), close);
    out.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

completion values_of(const CLI::Option& option, const walk& so_far, const completion_sources& sources, const std::string& begin) {
  completion out;
  const std::string type = option.get_type_name();
  if (type.starts_with("FILE")) {
    out.files = true;
  } else if (type.starts_with("TOOL")) {
    if (sources.tools) out = sources.tools(sources, begin);
  } else if (type.starts_with("MANUAL")) {
    if (sources.manuals) out.candidates = sources.manuals(sources);
  } else if (type.starts_with("ARGUMENT")) {
    if (begin.starts_with('@')) {
      out.files = true;
      out.before_file = "@";
    } else if (const auto file = begin.find("@="); file != std::string::npos && file + 1 == begin.find('=')) {
      out.files = true;
      out.before_file = begin.substr(0, file + 2);
    } else if (sources.arguments && !so_far.operands().empty()) {
      out = sources.arguments(sources, so_far.operands().front(), begin);
    }
  } else {
    for (const auto& member : members_of(type)) out.candidates.push_back({member, ""});
  }
  return out;
}

void put_before(completion& what, const std::string& text) {
  for (auto& each : what.candidates) each.word.insert(0, text);
  what.before_file.insert(0, text);
}

void add_options(const CLI::App& command, std::vector<candidate>& to) {
  for (const CLI::Option* each : command.get_options()) {
    if (each->get_positional() || each->get_group().empty()) continue;
    for (const auto& name : each->get_lnames()) to.push_back({"--" + name, each->get_description()});
    for (const auto& name : each->get_snames()) to.push_back({"-" + name, each->get_description()});
  }
}

completion unfiltered(const CLI::App& app, const std::vector<std::string>& words, completion_sources& sources) {
  walk so_far(app, sources);
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (!so_far.take(words[i])) return {};
  const std::string begin = words.empty() ? "" : words.back();
  if (so_far.pending()) return values_of(*so_far.pending(), so_far, sources, begin);
  completion out;
  if (!so_far.only_operands() && begin.starts_with('-')) {
    const auto equals = begin.find('=');
    if (!begin.starts_with("--") || equals == std::string::npos) {
      add_options(so_far.command(), out.candidates);
      return out;
    }
    const auto* option = find_option(so_far.command(), std::string_view(begin).substr(2, equals - 2), true);
    if (!option || !takes_value(*option)) return out;
    out = values_of(*option, so_far, sources, begin.substr(equals + 1));
    put_before(out, begin.substr(0, equals + 1));
    return out;
  }
  if (so_far.at_command()) {
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
      if (!each->get_group().empty()) out.candidates.push_back({each->get_name(), each->get_description()});
    return out;
  }
  if (const auto* operand = so_far.next_operand()) return values_of(*operand, so_far, sources, begin);
  return out;
}

}  // namespace

bool is_plain_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || std::string_view("-_./=:@,+%").find(c) != std::string_view::npos;
  });
}

completion complete(const CLI::App& app, const std::vector<std::string>& words, completion_sources sources) {
  completion out = unfiltered(app, words, sources);
  const std::string begin = words.empty() ? "" : words.back();
  std::erase_if(out.candidates, [&](const candidate& each) { return !each.word.starts_with(begin) || !is_plain_word(each.word); });
  return out;
}

std::string write_completion(const completion& what) {
  std::string out;
  for (const auto& each : what.candidates) {
    out += each.word;
    if (!each.description.empty()) out += "\t" + make_harmless(each.description, harmless::line);
    out += "\n";
  }
  out += ":";
  if (what.unfinished) out += " unfinished";
  if (what.files) out += " files " + what.before_file;
  return out + "\n";
}

}  // namespace utcp::app
