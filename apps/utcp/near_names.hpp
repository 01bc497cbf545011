#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

/// The number of single-character changes (insert, delete, replace, swap of neighbours) between two texts; anything over
/// `limit` counts as `limit + 1`. Bytes, not characters: good enough for names.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// Up to `count` of the names that a mistyped `wanted` (`manual.tool`) may have meant, nearest first: the whole name or the
/// part after its first dot is near, or one holds the other.
std::vector<std::string> near_names(std::string_view wanted, const std::vector<std::string>& names, std::size_t count = 3);

}  // namespace utcp::app
