#include <utcp/net/program_policy.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace utcp::net {
namespace {

constexpr std::array<const char*, 10> harmless_variables{"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME", "SHELL", "TZ", "TERM"};

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return a == b || std::filesystem::equivalent(a, b, failed);
}

}  // namespace

bool is_harmless_variable(std::string_view name) noexcept { return std::find(harmless_variables.begin(), harmless_variables.end(), name) != harmless_variables.end(); }

std::vector<std::string> make_environment(const std::optional<std::vector<std::string>>& inherit, const std::map<std::string, std::string>& set) {
  std::map<std::string, std::string> all;
  const auto take = [&](const char* name) {
    if (const char* value = std::getenv(name)) all[name] = value;
  };
  if (inherit) {
    for (const std::string& name : *inherit) take(name.c_str());
  } else {
    for (const char* name : harmless_variables) take(name);
  }
  for (const auto& [name, value] : set) all[name] = value;
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

std::string path_of_this_process() {
  const char* path = std::getenv("PATH");
  return path ? path : "";
}

std::string path_of(const std::vector<std::string>& environment) {
  for (const std::string& each : environment)
    if (each.starts_with("PATH=")) return each.substr(5);
  return {};
}

result<void> check_program(const std::string& name, const std::string& path, const program_list& allowed, std::string_view list_name) {
  if (!allowed) return {};
  const bool listed = std::any_of(allowed->begin(), allowed->end(), [&](const std::string& each) {
    return each.find('/') != std::string::npos ? is_same_file(each, path) : each == name;
  });
  if (listed) return {};
  return error(errc::not_allowed, "program " + path + " is not among the programs this client may run; to allow it add it to " + std::string(list_name));
}

}  // namespace utcp::net
