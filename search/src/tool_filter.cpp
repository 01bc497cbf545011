#include "tool_filter.hpp"

#include "tokens.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>

namespace utcp::search_detail {
namespace {

bool has(const std::vector<std::string>& list, std::string_view text) { return std::ranges::find(list, text) != list.end(); }

}  // namespace

tool_filter::tool_filter(const search_options& options) {
  for (const std::string& tag : options.any_of_tags_required) any_tags.push_back(lower(tag));
  for (const std::string& tag : options.all_of_tags_required)
    if (std::string lowered = lower(tag); !has(all_tags, lowered)) all_tags.push_back(std::move(lowered));
  for (const std::string& name : options.manuals) manuals.push_back(normalise_manual_name(name));
  for (const std::string& name : options.protocols) protocols.push_back(canonical_protocol(name));
}

bool tool_filter::admits_manual(std::string_view name) const { return manuals.empty() || has(manuals, name); }

bool tool_filter::admits(const tool& one) const {
  if (!protocols.empty() && (!one.tool_call_template || !has(protocols, one.tool_call_template->protocol))) return false;
  if (any_tags.empty() && all_tags.empty()) return true;
  std::vector<std::string> tags;
  for (const std::string& tag : one.tags) tags.push_back(lower(tag));
  const auto stands = [&](const std::string& tag) { return has(tags, tag); };
  return (any_tags.empty() || std::ranges::any_of(any_tags, stands)) && std::ranges::all_of(all_tags, stands);
}

result<void> check_query(std::string_view query) {
  if (query.size() <= max_query_bytes) return {};
  return error{errc::invalid_argument, "the search query has " + std::to_string(query.size()) + " bytes; at most " +
                                           std::to_string(max_query_bytes) + " are allowed: search with a shorter sentence"};
}

}  // namespace utcp::search_detail
