#pragma once

#include <utcp/json.hpp>
#include <utcp/search/indexed_search.hpp>

namespace utcp::search_detail {

bool is_usable(const indexed_search_options& how);
/// What `read_indexed_search_options` reads.
json write_indexed_options(const indexed_search_options& how);

}  // namespace utcp::search_detail
