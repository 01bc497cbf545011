#pragma once

#include "index_keeper.hpp"
#include "query_words.hpp"
#include "tool_filter.hpp"

#include <cstdint>
#include <vector>

namespace utcp::search_detail {

struct text_hit {
  float score = 0;
  std::uint32_t rank = 0;  // of the manual in the snapshot
  std::uint32_t tool = 0;  // in the manual
  std::uint32_t part = 0;  // of the view
  std::uint32_t document = 0;
};

/// The best tools for some terms, best first; of equal scores those registered first. The cost grows with the lists of the
/// terms, and lists that cannot change which are the best are not walked through.
std::vector<text_hit> best_tools(const index_view& in, const std::vector<sought_term>& terms, const tool_filter& filter, std::size_t limit);

/// What a term gives to a document; 0 if it is not there.
float points_of(const index_view& in, const sought_term& term, std::uint32_t part, std::uint32_t document);

}  // namespace utcp::search_detail
