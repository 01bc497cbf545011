#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/error.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

struct search_options {
  search_options() = default;
  explicit search_options(std::size_t n) : limit(n) {}

  std::size_t limit = 10;                          ///< 0 gives nothing, as in python-utcp; `no_limit` all, and so does -1
  std::vector<std::string> any_of_tags_required;   ///< keep tools with any of these, ignoring case; empty: all
  std::vector<std::string> all_of_tags_required;   ///< keep tools with each of these, ignoring case
  std::vector<std::string> manuals;                ///< keep tools of any of these manuals; empty: all
  std::vector<std::string> protocols;              ///< keep tools called over any of these (canonical names); empty: all
  bool explain = false;                            ///< fill `tool_match::why`
  static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);
};

/// A part of a score: which word of the query found what, and how much it gave.
struct match_reason {
  std::string asked;   ///< the query's word
  std::string found;   ///< what stands in the tool
  std::string how;     ///< `word`, `prefix`, `typo`, `related`; of the `tag` strategy `tag`, `description`
  double points = 0;
};

struct tool_match {
  tool_ptr tool;
  double score = 0;
  std::vector<match_reason> why{};  ///< greatest first; empty unless asked for. The points add up to the score
};

/// Port: finds tools for a sentence, best first. Thread-safe.
class search_strategy {
 public:
  virtual ~search_strategy() = default;
  /// Told of each new snapshot, so that an index can be kept. Must be quick: build on first search.
  virtual void on_snapshot(const catalogue_ptr& now) { (void)now; }
  virtual result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const = 0;
};

/// Makes a strategy from its configuration object (`tool_search_strategy`).
using search_strategy_factory = std::function<result<std::shared_ptr<search_strategy>>(const json& options, dialect configured_as)>;

}  // namespace utcp
