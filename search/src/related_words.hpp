#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

struct related_word {
  std::string_view stem;
  float nearness;  ///< above 0, at most 1
};

/// Whether the thesaurus has the stem.
bool is_known_stem(std::string_view stem);

/// Stems near in meaning, nearest first. Nothing in a build without WordNet. docs/search.md says how they were found.
std::vector<related_word> related_words(std::string_view stem);

}  // namespace utcp::search_detail
