#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace utcp::search_detail {

/// Lower-cases UTF-8 as Python's `str.lower` does. Bytes that are not UTF-8 stay.
std::string lower(std::string_view text);

/// A run of word characters. `code_points` is its length as Python counts it.
struct word {
  std::string_view text;
  std::size_t code_points = 0;
};

/// Takes the next `\w+` of lower-cased text and moves `rest` past it; an empty word is the end.
word next_word(std::string_view& rest);

}  // namespace utcp::search_detail
