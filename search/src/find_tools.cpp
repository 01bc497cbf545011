#include "find_tools.hpp"

#include <algorithm>

namespace utcp::search_detail {
namespace {

const char* name_of(sought_term::kind how) {
  using kind = sought_term::kind;
  switch (how) {
    case kind::word: return "word";
    case kind::prefix: return "prefix";
    case kind::typo: return "typo";
    case kind::related: return "related";
  }
  return "";
}

std::vector<match_reason> reasons_for(const text_hit& hit, const index_view& in, const std::vector<sought_term>& terms) {
  std::vector<match_reason> out;
  for (const sought_term& term : terms)
    if (const float points = points_of(in, term, hit.part, hit.document); points > 0) out.push_back({term.asked, term.stem, name_of(term.how), points});
  std::ranges::stable_sort(out, std::greater<>(), &match_reason::points);
  return out;
}

}  // namespace

std::vector<tool_match> find_tools(const index_view& in, std::string_view query, const search_options& options, const indexed_search_options& how,
                                   const std::function<tool_ptr(const text_hit&)>& tool_of) {
  std::vector<tool_match> out;
  const auto terms = terms_of_query(query, in, how);
  for (const text_hit& hit : best_tools(in, terms, tool_filter(options), options.limit))
    if (tool_ptr found = tool_of(hit)) out.push_back({std::move(found), hit.score, options.explain ? reasons_for(hit, in, terms) : std::vector<match_reason>()});
  return out;
}

}  // namespace utcp::search_detail
