#pragma once

#include "sealed_bytes.hpp"
#include "text_set.hpp"
#include "tool_text.hpp"

#include <utcp/catalogue.hpp>
#include <utcp/search/indexed_search.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// The tools that have a term, ascending, and how much it says of each: 255 is the most.
struct postings {
  std::span<const std::uint32_t> documents;
  std::span<const std::uint8_t> impacts;
};

/// What an index consists of, wherever it is: lists of documents, one after the other, and the terms they belong to.
struct index_arrays {
  std::span<const std::uint32_t> begins;  // of the lists, by term; one more than terms
  std::span<const std::uint32_t> documents;
  std::span<const std::uint8_t> impacts;
  std::span<const std::uint8_t> max_impacts;  // by term
  std::span<const std::uint8_t> in_names;     // by term
  std::span<const std::uint32_t> order;       // terms by text
  std::span<const std::uint32_t> text_begins;  // in a file only: of the terms' texts, one more than terms
  std::string_view characters;
};

/// An inverted index of some manuals, in memory or in a file. Immutable. A document is the position of a tool in the manuals, one
/// after the other. Of a file that is damaged it gives less than there was, and the file knows.
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
  /// What a file holds; `first_documents` has one more than names. The arrays fit each other in size.
  text_index(std::shared_ptr<const sealed_bytes> file, const index_arrays& at, std::vector<std::string> manual_names, std::vector<std::uint32_t> first_documents);
  text_index(const text_index&) = delete;
  text_index& operator=(const text_index&) = delete;

  /// None where the index is in a file.
  const std::vector<manual_ptr>& manuals() const noexcept { return manuals_; }
  std::size_t manual_count() const noexcept { return manual_names_.size(); }
  const std::string& manual_name(std::size_t manual) const { return manual_names_[manual]; }
  std::uint32_t first_document(std::size_t manual) const { return first_documents_[manual]; }
  std::size_t manual_of(std::uint32_t document) const;
  std::size_t documents() const noexcept { return first_documents_.back(); }

  std::size_t terms() const noexcept { return at_.order.size(); }
  std::string_view text(std::uint32_t term) const;
  std::uint32_t find(std::string_view text) const { return find(text, hash_text(text)); }
  /// text_set::none where no tool has it.
  std::uint32_t find(std::string_view text, std::uint64_t hash) const;
  postings of(std::uint32_t term) const;
  /// What a term says of one document; 0 where it has it not.
  std::uint8_t impact(std::uint32_t term, std::uint32_t document) const;
  std::size_t frequency(std::uint32_t term) const;
  std::uint8_t max_impact(std::uint32_t term) const { return one(at_.max_impacts, term); }
  /// Whether the term is a word of a tool's name, by itself.
  bool in_name(std::uint32_t term) const { return one(at_.in_names, term) != 0; }
  /// The terms that begin so, in order of their text.
  std::span<const std::uint32_t> starting_with(std::string_view prefix) const;

  std::size_t bytes() const noexcept;
  /// Whether nothing of the file that it is in is damaged. Reads all of it.
  bool intact() const;
  /// For writing; of an index in memory, without the terms' texts.
  const index_arrays& arrays() const noexcept { return at_; }

 private:
  friend class index_builder;
  struct storage {
    text_set terms;
    std::vector<std::uint32_t> begins{0};
    std::vector<std::uint32_t> documents;
    std::vector<std::uint8_t> impacts;
    std::vector<std::uint8_t> max_impacts;
    std::vector<std::uint8_t> in_names;
    std::vector<std::uint32_t> order;
  };

  std::uint64_t hash_of(std::uint32_t term) const { return file_ ? hash_text(text(term)) : own_.terms.hash(term); }
  void add_manual(const manual_ptr& one, std::uint32_t tools);
  void add_manual(std::string name, std::uint32_t tools);
  void finish();

  template <class T>
  std::span<const T> part(std::span<const T> of, std::size_t first, std::size_t count) const {
    return file_ ? file_->part(of, first, count) : of.subspan(first, count);
  }
  template <class T>
  T one(std::span<const T> of, std::size_t at) const {
    const auto found = part(of, at, 1);
    return found.empty() ? T() : found.front();
  }
  /// The first place of the order whose text does not go before: texts that do stand before all others.
  template <class Before>
  std::size_t first_place(Before goes_before) const {
    std::size_t first = 0;
    for (std::size_t size = terms(); size > 0;) {
      const std::size_t half = size / 2;
      if (goes_before(text(one(at_.order, first + half)))) {
        first += half + 1;
        size -= half + 1;
      } else {
        size = half;
      }
    }
    return first;
  }
  /// Of a file, not known to be ascending.
  postings list_of(std::uint32_t term) const;

  std::vector<manual_ptr> manuals_;
  std::vector<std::string> manual_names_;
  std::vector<std::uint32_t> first_documents_{0};  // one more than manuals
  storage own_;
  index_arrays at_;
  std::shared_ptr<const sealed_bytes> file_;  // null: what `at_` shows is in `own_`
};

/// The terms that stand for what filters ask; no word is like them.
std::string tag_term(std::string_view tag);
std::string protocol_term(std::string_view protocol);

}  // namespace utcp::search_detail
