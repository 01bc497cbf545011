#pragma once

#include <map>
#include <string>
#include <string_view>

/// Names of tools as a chat model may see them: at most 64 of letters, digits, `_` and `-`. Each stands for one tool, and back.
class tool_names {
 public:
  /// The same for the same tool, and different for different tools.
  const std::string& shown(const std::string& tool) {
    if (auto known = shown_.find(tool); known != shown_.end()) return known->second;
    std::string name = tool.substr(0, max_length);
    for (char& c : name)
      if (!allowed(c)) c = '_';
    for (int n = 2; tools_.contains(name); ++n) {
      const std::string ending = "_" + std::to_string(n);
      name = name.substr(0, max_length - ending.size()) + ending;
    }
    tools_[name] = tool;
    return shown_[tool] = std::move(name);
  }

  /// The tool's own name; null when the model made the name up.
  const std::string* tool(std::string_view shown) const {
    auto it = tools_.find(shown);
    return it == tools_.end() ? nullptr : &it->second;
  }

 private:
  static constexpr std::size_t max_length = 64;
  static bool allowed(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

  std::map<std::string, std::string, std::less<>> shown_;  // by tool
  std::map<std::string, std::string, std::less<>> tools_;  // by the name shown
};
