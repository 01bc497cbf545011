#pragma once

#include <utcp/error.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

/// Whether a program sees this variable of ours unless it is told otherwise: PATH, HOME, LANG, LC_ALL, LC_CTYPE, USER, LOGNAME, SHELL,
/// TZ, TERM. Source: the allow-list of UTCP v1 (Unix).
bool is_harmless_variable(std::string_view name) noexcept;

/// The environment of a program, `NAME=value`: of this process's own variables those that `inherit` names (nothing: the harmless
/// ones), then `set`, sorted.
std::vector<std::string> make_environment(const std::optional<std::vector<std::string>>& inherit, const std::map<std::string, std::string>& set);

/// PATH of this process, or of such an environment; empty when there is none.
std::string path_of_this_process();
std::string path_of(const std::vector<std::string>& environment);

/// Programs that may be started: paths, or names. Nothing: any.
using program_list = std::optional<std::vector<std::string>>;

/// `name` is what was asked for and `path` what it leads to; `list_name` is where the list stands.
/// Fails with errc::not_allowed.
result<void> check_program(const std::string& name, const std::string& path, const program_list& allowed, std::string_view list_name);

}  // namespace utcp::net
