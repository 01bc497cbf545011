#pragma once

#include "index_keeper.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// A word of a query, or one that stands for it, as it is looked for.
struct sought_term {
  enum class kind : unsigned char { word, prefix, typo, related };

  std::string stem;
  std::string asked;   // the query's own word
  kind how = kind::word;
  float weight = 1;    // with how rare the term is among all tools in it
  float most = 0;        // points it can give
  std::vector<std::uint32_t> terms;  // by part of the view; none: it is not there
};

/// What a query looks for in a view: what its words are, and what stands for them. Those that can give most first.
std::vector<sought_term> terms_of_query(std::string_view query, const index_view& in, const indexed_search_options& how);

}  // namespace utcp::search_detail
