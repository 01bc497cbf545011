#pragma once

#include <utcp/search_strategy.hpp>

#include <memory>

namespace utcp {

/// How tools are scored. The weights are finite and not negative.
struct tag_search_options {
  tag_search_options() = default;
  /// The rules and the published weights of a dialect: v0 1.0 and 0.3, v1 3 and 1.
  explicit tag_search_options(dialect rules)
      : flavour(rules), tag_weight(rules == dialect::v0 ? 1.0 : 3.0), description_weight(rules == dialect::v0 ? 0.3 : 1.0) {}

  dialect flavour = dialect::v1;
  double tag_weight = 3.0;
  double description_weight = 1.0;
};

/// The `tag` strategy: python-utcp's scores for tags and words of descriptions; names are not scored. Best first; equal
/// scores keep the order of registration; tools that score nothing follow.
///
/// Letter case and words are as in Python, beyond ASCII too. Unlike python-utcp an empty tag matches no query. A query of
/// more than 64 KiB fails with errc::invalid_argument. A manual is indexed by the first search that sees it, once; the
/// index goes with the manual. Searches run in parallel.
/// Source: python-utcp, `TagSearchStrategy` (v0) and `TagAndDescriptionWordMatchStrategy` (v1).
class tag_search final : public search_strategy {
 public:
  explicit tag_search(tag_search_options options = tag_search_options());
  ~tag_search() override;

  void on_snapshot(const catalogue_ptr& now) override;
  result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const override;

  const tag_search_options& how() const noexcept { return options_; }

 private:
  struct caches;
  tag_search_options options_;
  std::unique_ptr<caches> caches_;
};

/// Makes `tag_search` from a `tool_search_strategy` object: `configured_as` picks the rules and weights, the keys `tag_weight`
/// and `description_weight` replace the weights, other keys are ignored.
/// Fails with errc::invalid_config, naming the key, for a weight that is not a number of 0 or more.
search_strategy_factory make_tag_search();

}  // namespace utcp
