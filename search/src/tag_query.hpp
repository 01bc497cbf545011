#pragma once

#include "tag_index.hpp"

#include <utcp/search/tag_search.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace utcp::search_detail {

struct scored_document {
  double score = 0;
  std::size_t document = 0;
};

/// One query over one index.
class tag_query {
 public:
  tag_query(const tag_index& index, const tag_search_options& how, const std::string& lowered_query);

  /// Keeps the tools that have any of these tags.
  void keep_tagged(const std::vector<std::string>& lowered_tags);
  /// Best first, those that score nothing last.
  std::vector<scored_document> best(std::size_t limit) const;

 private:
  struct tag_hit {
    std::uint32_t words = 0;  // of the tag that are in the query
    bool within_query = false;
  };

  void add_word(std::uint32_t word);
  void count_tagged_documents();
  double score(std::size_t document) const;
  double score_of_counts(std::size_t tags, std::size_t words) const;
  bool kept(std::size_t document) const { return kept_.empty() || kept_[document] != 0; }
  std::vector<scored_document> best_scored(std::size_t limit) const;

  const tag_index& index_;
  const tag_search_options& how_;
  std::vector<tag_hit> tags_;  // by tag
  std::vector<std::uint32_t> tags_hit_;
  std::vector<std::uint16_t> described_;  // by document: words of the query in its description
  std::vector<std::uint16_t> tagged_;     // by document: tags that were hit; stays at the most
  std::vector<unsigned char> kept_;       // by document; empty: all are kept
  std::size_t description_words_ = 0;     // words of the query that stand in any description
};

}  // namespace utcp::search_detail
