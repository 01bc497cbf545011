#pragma once

#include <utcp/client.hpp>
#include <utcp/search/catalogue_file.hpp>
#include <utcp/search/tool_definitions.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

/// What is shown of what a search found.
struct search_view {
  bool scores = false;
  bool reasons = false;
  bool all = false;  ///< tools that score nothing, too
};

/// Where tools are looked for: the manuals that a client has registered, or a file that holds them. Refers to either.
class tool_source {
 public:
  explicit tool_source(const client& registered) : registered_(&registered) {}
  explicit tool_source(const catalogue_file& stored) : stored_(&stored) {}

  result<std::vector<tool_match>> search(std::string_view query, const search_options& how) const;
  /// Appends tools that were not found but pass the filters, with score 0, in the order of registration, up to the limit.
  result<void> add_unfound(const search_options& how, std::vector<tool_match>& found) const;

 private:
  result<void> for_each_tool(const std::function<bool(const std::string&, const tool_ptr&)>& visit) const;

  const client* registered_ = nullptr;
  const catalogue_file* stored_ = nullptr;
};

/// For `--json`.
json match_documents(const std::vector<tool_match>& found, const search_view& how);

/// For people; empty when there is nothing to show. `width` as for table::lines.
std::string match_lines(const std::vector<tool_match>& found, const search_view& how, std::optional<std::size_t> width, bool colour);

}  // namespace utcp::app
