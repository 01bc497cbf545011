#pragma once

#include <cstddef>
#include <string_view>

namespace utcp {

/// The number of single-character changes (insert, delete, replace, swap of neighbours) between two texts; anything over
/// `limit` counts as `limit + 1`. Bytes, not characters: good enough for names.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace utcp
