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

  std::size_t limit = 10;                          ///< 0 gives nothing, as in python-utcp; `no_limit` gives all
  std::vector<std::string> any_of_tags_required;   ///< keep tools with any of these, ignoring case; empty: all
  static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);
};

struct tool_match {
  tool_ptr tool;
  double score = 0;
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
