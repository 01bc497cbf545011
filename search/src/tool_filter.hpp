#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/search_strategy.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// What `search_options` asks of a tool beside the query, ready for comparing.
struct tool_filter {
  explicit tool_filter(const search_options& options);

  bool empty() const noexcept { return any_tags.empty() && all_tags.empty() && manuals.empty() && protocols.empty(); }
  bool admits_manual(std::string_view name) const;
  bool admits(const tool& one) const;  ///< but for its manual

  std::vector<std::string> any_tags;  // lower case
  std::vector<std::string> all_tags;  // lower case, each once
  std::vector<std::string> manuals;   // normalised
  std::vector<std::string> protocols; // canonical
};

inline constexpr std::size_t max_query_bytes = 64u << 10;

/// errc::invalid_argument for a query that is too long.
result<void> check_query(std::string_view query);

}  // namespace utcp::search_detail
