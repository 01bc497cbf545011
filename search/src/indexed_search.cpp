#include <utcp/search/indexed_search.hpp>

#include "index_keeper.hpp"
#include "query_words.hpp"
#include "text_query.hpp"
#include "tool_filter.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

namespace utcp {
namespace {

struct weight_key {
  const char* name;
  double indexed_search_options::*value;
};
constexpr std::array<weight_key, 8> weight_keys{{{"name", &indexed_search_options::name},
                                                 {"description", &indexed_search_options::description},
                                                 {"tags", &indexed_search_options::tags},
                                                 {"parameter_names", &indexed_search_options::parameter_names},
                                                 {"parameter_descriptions", &indexed_search_options::parameter_descriptions},
                                                 {"parameter_values", &indexed_search_options::parameter_values},
                                                 {"provider", &indexed_search_options::provider},
                                                 {"saturation", &indexed_search_options::saturation}}};

struct switch_key {
  const char* name;
  bool indexed_search_options::*value;
};
constexpr std::array<switch_key, 3> switch_keys{{{"prefixes", &indexed_search_options::prefixes},
                                                 {"typos", &indexed_search_options::typos},
                                                 {"related_words", &indexed_search_options::related_words}}};

bool is_weight(double value) { return std::isfinite(value) && value >= 0 && value <= 1e6; }

[[maybe_unused]] bool is_usable(const indexed_search_options& how) {
  return how.saturation > 0 && std::ranges::all_of(weight_keys, [&](const weight_key& key) { return is_weight(how.*key.value); });
}

const char* name_of(search_detail::sought_term::kind how) {
  using kind = search_detail::sought_term::kind;
  switch (how) {
    case kind::word: return "word";
    case kind::prefix: return "prefix";
    case kind::typo: return "typo";
    case kind::related: return "related";
  }
  return "";
}

}  // namespace

indexed_search::indexed_search(indexed_search_options options) : options_(options), keeper_(std::make_unique<index_keeper>(options)) {
  assert(is_usable(options_));
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
  std::vector<tool_match> matches;
  if (!in || options.limit == 0 || in->tool_count() == 0) return matches;
  const auto view = keeper_->view_of(in);
  const auto terms = search_detail::terms_of_query(query, *view, options_);
  for (const auto& hit : search_detail::best_tools(*view, terms, search_detail::tool_filter(options), options.limit)) {
    tool_match match{in->manuals()[hit.rank]->tools()[hit.tool], hit.score, {}};
    if (options.explain) {
      for (const auto& term : terms)
        if (const float points = search_detail::points_of(*view, term, hit.part, hit.document); points > 0)
          match.why.push_back({term.asked, term.stem, name_of(term.how), points});
      std::ranges::stable_sort(match.why, std::greater<>(), &match_reason::points);
    }
    matches.push_back(std::move(match));
  }
  return matches;
}

search_strategy_factory make_indexed_search() {
  return [](const json& options, dialect) -> result<std::shared_ptr<search_strategy>> {
    indexed_search_options how;
    if (!options.is_null() && !options.is_object()) return error{errc::invalid_config, "tool_search_strategy must be an object"};
    const auto given = [&](const char* key) -> const json* {
      if (!options.is_object()) return nullptr;
      const auto found = options.find(key);
      return found == options.end() || found->is_null() ? nullptr : &*found;
    };
    for (const weight_key& key : weight_keys)
      if (const json* value = given(key.name)) {
        if (!value->is_number() || !is_weight(value->get<double>()) || (key.value == &indexed_search_options::saturation && !(value->get<double>() > 0)))
          return error{errc::invalid_config, std::string("tool_search_strategy: `") + key.name + "` must be a number of 0 or more"};
        how.*key.value = value->get<double>();
      }
    for (const switch_key& key : switch_keys)
      if (const json* value = given(key.name)) {
        if (!value->is_boolean()) return error{errc::invalid_config, std::string("tool_search_strategy: `") + key.name + "` must be true or false"};
        how.*key.value = value->get<bool>();
      }
    return std::shared_ptr<search_strategy>(std::make_shared<indexed_search>(how));
  };
}

}  // namespace utcp
