#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi_detail {

/// Names that models' APIs take: `^[A-Za-z0-9_-]{1,64}$`.
constexpr std::size_t max_name = 64;

/// An operation's name before collisions are resolved: its id, or its method and path.
std::string tool_name(std::string_view prefix, std::string_view operation_id, std::string_view method, std::string_view path);

/// Makes the names fit and differ. Those that are too long or that several operations have end in a hash of method and path,
/// so that a name does not depend on the order of operations. `places` are "GET /path".
void make_unique(std::vector<std::string>& names, const std::vector<std::string>& places);

/// A name for an argument that models' APIs take: `[A-Za-z0-9_.-]{1,64}`; the same when it is one.
std::string safe_argument(std::string_view name);

/// `name`, or with `suffix`, or numbered: what is not in `taken`. Puts it there.
std::string unused(std::set<std::string, std::less<>>& taken, const std::string& name, std::string_view suffix);

/// At most `max` bytes of a text, cut after a sentence or word, never in a character.
std::string shortened(std::string_view text, std::size_t max);

/// `*` stands for any text, `?` for one character.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace utcp::openapi_detail
