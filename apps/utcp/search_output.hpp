#pragma once

#include <utcp/search/tool_definitions.hpp>
#include <utcp/search_strategy.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// What is shown of what a search found.
struct search_view {
  bool scores = false;
  bool reasons = false;
  bool all = false;  ///< tools that score nothing, too
};

/// Appends tools that were not found but pass the filters, with score 0, in the order of registration, up to the limit.
void add_unfound(const catalogue& in, const search_options& how, std::vector<tool_match>& found);

/// For `--json`.
json match_documents(const std::vector<tool_match>& found, const search_view& how);

/// For people; empty when there is nothing to show. `width` as for table::lines.
std::string match_lines(const std::vector<tool_match>& found, const search_view& how, std::optional<std::size_t> width, bool colour);

}  // namespace utcp::app
