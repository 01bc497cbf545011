#pragma once

#include "text_query.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// A whole search in a view, best first. Hits for which `tool_of` gives null are left out.
std::vector<tool_match> find_tools(const index_view& in, std::string_view query, const search_options& options, const indexed_search_options& how,
                                   const std::function<tool_ptr(const text_hit&)>& tool_of);

}  // namespace utcp::search_detail
