#include <utcp/search/tag_search.hpp>

#include "index_cache.hpp"
#include "tag_index.hpp"
#include "tag_query.hpp"
#include "tool_filter.hpp"
#include "tokens.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

namespace utcp {
namespace {

using search_detail::tag_index;

bool is_tag_weight(double value) { return std::isfinite(value) && value >= 0; }

/// Replaces `weight` by the option of that name, if it is there.
result<void> read_weight(const json& options, const char* key, double& weight) {
  const auto found = options.find(key);
  if (found == options.end() || found->is_null()) return {};
  if (!found->is_number() || !is_tag_weight(found->get<double>()))
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
  assert(is_tag_weight(options_.tag_weight) && is_tag_weight(options_.description_weight));
}

tag_search::~tag_search() = default;

void tag_search::on_snapshot(const catalogue_ptr&) {
  caches_->snapshots.sweep();
  caches_->manuals.sweep();
}

result<std::vector<tool_match>> tag_search::search(const catalogue_ptr& in, std::string_view query, const search_options& options) const {
  if (auto checked = search_detail::check_query(query); !checked) return checked.error();
  std::vector<tool_match> matches;
  if (!in || options.limit == 0) return matches;
  const auto index = caches_->index_of(in);
  std::vector<std::size_t> ends;  // of the manuals' documents
  for (const manual_ptr& one : in->manuals()) ends.push_back(one->tools().size() + (ends.empty() ? 0 : ends.back()));
  struct place {
    const registered_manual* manual;
    tool_ptr tool;
  };
  const auto at = [&](std::size_t document) {
    const auto manual = static_cast<std::size_t>(std::ranges::upper_bound(ends, document) - ends.begin());
    const std::size_t first = manual == 0 ? 0 : ends[manual - 1];
    return place{in->manuals()[manual].get(), in->manuals()[manual]->tools()[document - first]};
  };
  search_detail::tag_query run(*index, options_, search_detail::lower(query));
  const search_detail::tool_filter filter(options);
  if (!filter.any_tags.empty()) run.keep_tagged(filter.any_tags);
  if (!filter.all_tags.empty() || !filter.manuals.empty() || !filter.protocols.empty())
    run.keep_if([&](std::size_t document) {
      const place here = at(document);
      return filter.admits_manual(here.manual->name()) && filter.admits(*here.tool);
    });
  for (const auto& [score, document] : run.best(options.limit)) {
    tool_match match{at(document).tool, score, {}};
    if (options.explain) match.why = run.reasons(document, *match.tool);
    matches.push_back(std::move(match));
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
