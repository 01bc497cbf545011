#pragma once

#include <utcp/search_strategy.hpp>

#include <cstddef>
#include <memory>

namespace utcp {

/// How tools are scored: BM25F. A field's weight times how often a word stands there, less the longer the field is, added up
/// over the fields to f; the word gives f / (f + saturation) times how rare it is among all tools. docs/search.md says how the
/// defaults were chosen. Weights are finite and not negative.
struct indexed_search_options {
  indexed_search_options() = default;

  double name = 4;
  double description = 2;
  double tags = 2;
  double parameter_names = 1.5;
  double parameter_descriptions = 0.5;
  double parameter_values = 0.8;  ///< strings of enum, const, default and examples
  double provider = 0.5;
  double saturation = 1.5;        ///< BM25's k1; more than 0

  bool prefixes = true;           ///< the last word of a query may be its beginning; others may begin a word of a name
  bool typos = true;              ///< a word that no tool has may be one letter off, a long one two
  bool related_words = true;      ///< words near in meaning, from WordNet; nothing without it

  friend bool operator==(const indexed_search_options&, const indexed_search_options&) = default;
};

/// The `indexed` strategy: full-text search on an inverted index. Best first; equal scores keep the order of registration;
/// tools without any word of the query are not found, so a query without words finds nothing.
///
/// Words are split at letter case, digits and punctuation, stemmed as English, accents do not matter; Chinese, Japanese,
/// Korean and Thai match by pairs of characters. `search_options::limit` 0 gives nothing, `no_limit` all that fit. A query of
/// more than 64 KiB fails with errc::invalid_argument; of more than 128 different words the rarest are taken.
///
/// The index follows the snapshots. After `on_snapshot` of many new tools a thread of the strategy indexes them; otherwise, and
/// as far as that is not done, the first search that needs it does. Searches run in parallel and do not wait for each other,
/// but for a manual that another one is reading. No answers are kept.
class indexed_search final : public search_strategy {
 public:
  explicit indexed_search(indexed_search_options options = indexed_search_options());
  ~indexed_search() override;

  void on_snapshot(const catalogue_ptr& now) override;
  result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const override;

  const indexed_search_options& how() const noexcept { return options_; }
  /// What the index of the newest snapshot takes in memory, beside the tools.
  std::size_t index_bytes() const;

 private:
  indexed_search_options options_;
  std::unique_ptr<class index_keeper> keeper_;
};

/// Reads a `tool_search_strategy` object: the names of the options are its keys, other keys are ignored; null gives the defaults.
/// Fails with errc::invalid_config, naming the key, for a value of another type or a weight out of range.
result<indexed_search_options> read_indexed_search_options(const json& options);

/// Makes `indexed_search` from a `tool_search_strategy` object, as `read_indexed_search_options` reads it.
search_strategy_factory make_indexed_search();

}  // namespace utcp
