#include <utcp/search/indexed_search.hpp>

#include "find_tools.hpp"
#include "index_keeper.hpp"
#include "tool_filter.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

namespace utcp {

indexed_search::indexed_search(indexed_search_options options) : options_(options), keeper_(std::make_unique<index_keeper>(options)) {
  assert(search_detail::is_usable(options_));
}

indexed_search::~indexed_search() = default;

void indexed_search::on_snapshot(const catalogue_ptr& now) { keeper_->follow(now); }

std::size_t indexed_search::index_bytes() const {
  std::size_t sum = 0;
  if (const auto view = keeper_->newest())
    for (const auto& part : view->parts) sum += part.index->bytes();
  return sum;
}

result<std::vector<tool_match>> indexed_search::search(const catalogue_ptr& in, std::string_view query, const search_options& options) const {
  if (auto checked = search_detail::check_query(query); !checked) return checked.error();
  if (!in || options.limit == 0 || in->tool_count() == 0) return std::vector<tool_match>();
  const auto view = keeper_->view_of(in);
  return search_detail::find_tools(*view, query, options, options_,
                                   [&](const search_detail::text_hit& hit) { return in->manuals()[hit.rank]->tools()[hit.tool]; });
}

search_strategy_factory make_indexed_search() {
  return [](const json& options, dialect) -> result<std::shared_ptr<search_strategy>> {
    auto how = read_indexed_search_options(options);
    if (!how) return how.error();
    return std::shared_ptr<search_strategy>(std::make_shared<indexed_search>(*how));
  };
}

}  // namespace utcp
