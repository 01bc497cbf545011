#pragma once

#include "text_set.hpp"
#include "tool_text.hpp"

#include <utcp/catalogue.hpp>
#include <utcp/search/indexed_search.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// The tools that have a term, ascending, and how much it says of each: 255 is the most.
struct postings {
  std::span<const std::uint32_t> documents;
  std::span<const std::uint8_t> impacts;
};

/// An inverted index of some manuals. Immutable. A document is the position of a tool in the manuals, one after the other.
///
/// An impact is the saturated, weighted term frequency of BM25F over all fields, measured against typical lengths, not those
/// of this catalogue: so it depends on the tool alone and indexes can be put together without reading tools again. What
/// depends on the others, how rare a term is, is for the query.
class text_index {
 public:
  struct source {
    std::shared_ptr<const text_index> index;
    std::vector<bool> keep;  ///< by manual
  };

  /// Ends early, good for nothing, once `stop` is set.
  text_index(const manual_ptr& from, const indexed_search_options& how, const std::atomic<bool>& stop);
  /// The manuals of others that are kept, in the order given.
  explicit text_index(const std::vector<source>& from);

  const std::vector<manual_ptr>& manuals() const noexcept { return manuals_; }
  std::uint32_t first_document(std::size_t manual) const { return first_documents_[manual]; }
  std::size_t manual_of(std::uint32_t document) const;
  std::size_t documents() const noexcept { return first_documents_.back(); }

  const text_set& terms() const noexcept { return terms_; }
  postings of(std::uint32_t term) const;
  std::size_t frequency(std::uint32_t term) const { return begins_[term + 1] - begins_[term]; }
  std::uint8_t max_impact(std::uint32_t term) const { return max_impacts_[term]; }
  /// Whether the term is a word of a tool's name, by itself.
  bool in_name(std::uint32_t term) const { return in_names_[term]; }
  /// The terms that begin so, in order of their text.
  std::span<const std::uint32_t> starting_with(std::string_view prefix) const;

  std::size_t bytes() const noexcept;

 private:
  friend class index_builder;
  text_index() = default;
  void sort_terms();

  std::vector<manual_ptr> manuals_;
  std::vector<std::uint32_t> first_documents_{0};  // one more than manuals
  text_set terms_;
  std::vector<std::uint32_t> begins_{0};
  std::vector<std::uint32_t> documents_;
  std::vector<std::uint8_t> impacts_;
  std::vector<std::uint8_t> max_impacts_;
  std::vector<bool> in_names_;
  std::vector<std::uint32_t> order_;  // terms by text
};

/// The terms that stand for what filters ask; no word is like them.
std::string tag_term(std::string_view tag);
std::string protocol_term(std::string_view protocol);

}  // namespace utcp::search_detail
