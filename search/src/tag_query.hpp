#pragma once

#include "tag_index.hpp"

#include <utcp/search/tag_search.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace utcp::search_detail {

struct scored_document {
  double score = 0;
  std::size_t document = 0;
};

/// One query over one index. What it counts lies in memory of the thread that queries clear behind them, so that a query
/// touches what it matches, not as much as there are tools; there is one at a time on a thread.
class tag_query {
 public:
  tag_query(const tag_index& index, const tag_search_options& how, const std::string& lowered_query);
  ~tag_query();
  tag_query(const tag_query&) = delete;
  tag_query& operator=(const tag_query&) = delete;

  /// Keeps the tools that have any of these tags.
  void keep_tagged(const std::vector<std::string>& lowered_tags);
  /// Keeps the tools that pass.
  void keep_if(std::function<bool(std::size_t document)> passes) { passes_ = std::move(passes); }
  /// Best first, those that score nothing last.
  std::vector<scored_document> best(std::size_t limit) const;
  /// What gave a document its score, in the order of adding.
  std::vector<match_reason> reasons(std::size_t document, const tool& of) const;

 private:
  struct tag_hit {
    std::uint32_t words = 0;  // of the tag that are in the query
    bool within_query = false;
  };
  struct counts {
    std::vector<tag_hit> tags;              // by tag
    std::vector<std::uint16_t> described;   // by document: words of the query in its description
    std::vector<std::uint16_t> tagged;      // by document: tags that were hit; stays at the most
  };

  static counts& counts_of_thread();
  void add_word(std::uint32_t word);
  void count_tagged_documents();
  void touch(std::uint32_t document) {
    if (counts_.described[document] == 0 && counts_.tagged[document] == 0) touched_.push_back(document);
  }
  double score(std::size_t document) const;
  double score_of_counts(std::size_t tags, std::size_t words) const;
  bool kept(std::size_t document) const;
  std::vector<scored_document> best_scored(std::size_t limit) const;

  const tag_index& index_;
  const tag_search_options& how_;
  counts& counts_;
  std::vector<std::uint32_t> words_;  // of the query that the index knows, ascending
  std::vector<std::uint32_t> tags_hit_;
  std::vector<std::uint32_t> touched_;
  std::optional<std::vector<std::uint32_t>> kept_;  // ascending; none: all are kept
  std::function<bool(std::size_t)> passes_;
};

}  // namespace utcp::search_detail
