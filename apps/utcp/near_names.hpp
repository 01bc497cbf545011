#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

/// Up to `count` of the names that a mistyped `wanted` (`manual.tool`) may have meant, nearest first: the whole name or the
/// part after its first dot is near, or one holds the other.
std::vector<std::string> near_names(std::string_view wanted, const std::vector<std::string>& names, std::size_t count = 3);

}  // namespace utcp::app
