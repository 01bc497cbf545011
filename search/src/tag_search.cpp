#include <utcp/search/tag_search.hpp>

#include "index_cache.hpp"
#include "tag_index.hpp"
#include "tag_query.hpp"
#include "tokens.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

namespace utcp {
namespace {

using search_detail::tag_index;

constexpr std::size_t max_query_bytes = 64u << 10;

bool is_weight(double value) { return std::isfinite(value) && value >= 0; }

/// Replaces `weight` by the option of that name, if it is there.
result<void> read_weight(const json& options, const char* key, double& weight) {
  const auto found = options.find(key);
  if (found == options.end() || found->is_null()) return {};
  if (!found->is_number() || !is_weight(found->get<double>()))
    return error{errc::invalid_config, std::string("tool_search_strategy: `") + key + "` must be a number of 0 or more"};
  weight = found->get<double>();
  return {};
}

}  // namespace

struct tag_search::caches {
  search_detail::index_cache<registered_manual, tag_index> manuals;
  search_detail::index_cache<catalogue, tag_index> snapshots;

  std::shared_ptr<const tag_index> index_of(const catalogue_ptr& snapshot) {
    return snapshots.get(snapshot, [&]() -> std::shared_ptr<const tag_index> {
      std::vector<std::shared_ptr<const tag_index>> parts;
      parts.reserve(snapshot->manuals().size());
      for (const manual_ptr& one : snapshot->manuals())
        parts.push_back(manuals.get(one, [&] { return std::make_shared<const tag_index>(*one); }));
      if (parts.size() == 1) return parts.front();
      return std::make_shared<const tag_index>(parts);
    });
  }
};

tag_search::tag_search(tag_search_options options) : options_(options), caches_(std::make_unique<caches>()) {
  assert(is_weight(options_.tag_weight) && is_weight(options_.description_weight));
}

tag_search::~tag_search() = default;

void tag_search::on_snapshot(const catalogue_ptr&) {
  caches_->snapshots.sweep();
  caches_->manuals.sweep();
}

result<std::vector<tool_match>> tag_search::search(const catalogue_ptr& in, std::string_view query, const search_options& options) const {
  if (query.size() > max_query_bytes)
    return error{errc::invalid_argument, "the search query has " + std::to_string(query.size()) + " bytes; at most " +
                                             std::to_string(max_query_bytes) + " are allowed: search with a shorter sentence"};
  std::vector<tool_match> matches;
  if (!in || options.limit == 0) return matches;
  const auto index = caches_->index_of(in);
  search_detail::tag_query run(*index, options_, search_detail::lower(query));
  if (!options.any_of_tags_required.empty()) {
    std::vector<std::string> tags;
    for (const std::string& tag : options.any_of_tags_required) tags.push_back(search_detail::lower(tag));
    run.keep_tagged(tags);
  }
  const auto best = run.best(options.limit);
  std::vector<std::size_t> ends;  // of the manuals' documents
  for (const manual_ptr& one : in->manuals()) ends.push_back(one->tools().size() + (ends.empty() ? 0 : ends.back()));
  matches.reserve(best.size());
  for (const auto& [score, document] : best) {
    const auto at = static_cast<std::size_t>(std::ranges::upper_bound(ends, document) - ends.begin());
    const std::size_t first = at == 0 ? 0 : ends[at - 1];
    matches.push_back({in->manuals()[at]->tools()[document - first], score});
  }
  return matches;
}

search_strategy_factory make_tag_search() {
  return [](const json& options, dialect configured_as) -> result<std::shared_ptr<search_strategy>> {
    tag_search_options how(configured_as);
    if (!options.is_null() && !options.is_object())
      return error{errc::invalid_config, "tool_search_strategy must be an object"};
    if (options.is_object()) {
      if (auto read = read_weight(options, "tag_weight", how.tag_weight); !read) return read.error();
      if (auto read = read_weight(options, "description_weight", how.description_weight); !read) return read.error();
    }
    return std::shared_ptr<search_strategy>(std::make_shared<tag_search>(how));
  };
}

}  // namespace utcp
