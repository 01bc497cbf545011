#pragma once

#include "text_set.hpp"

#include <utcp/catalogue.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

/// In which documents each word stands. A word of a quarter of them or more is kept as a row of flags: that is smaller than
/// the list.
class word_documents {
 public:
  word_documents() = default;
  /// A pair is a word and a document.
  word_documents(std::vector<number_lists::pair> pairs, std::size_t words, std::size_t documents);

  /// Calls `visit(document)` for each that has the word, ascending.
  template <class Visit>
  void for_each(std::uint32_t word, Visit visit) const {
    for (const std::uint32_t document : lists_[word]) visit(document);
    if (rows_[word] == text_set::none) return;
    const unsigned char* row = flags_.data() + rows_[word] * documents_;
    for (std::uint32_t document = 0; document < documents_; ++document)
      if (row[document] != 0) visit(document);
  }
  /// Appends the pairs of a word under another number, with documents counted from `first_document`.
  void append_pairs(std::uint32_t word, std::uint32_t as, std::uint32_t first_document, std::vector<number_lists::pair>& to) const;

 private:
  std::size_t documents_ = 0;
  number_lists lists_;
  std::vector<std::uint32_t> rows_;   // by word; none: it has a list
  std::vector<unsigned char> flags_;  // a row after the other
};

/// What tools say, by word and by tag. Texts are lower-cased; a document is the position of a tool in its manual, or in the
/// snapshot. Immutable; holds nothing of the manual.
class tag_index {
 public:
  explicit tag_index(const registered_manual& from);
  /// The index of several manuals, in their order.
  explicit tag_index(const std::vector<std::shared_ptr<const tag_index>>& parts);

  std::size_t documents() const noexcept { return documents_; }
  const text_set& words() const noexcept { return words_; }
  const text_set& tags() const noexcept { return tags_; }

  template <class Visit>
  void for_each_description_with(std::uint32_t word, Visit visit) const {
    descriptions_.for_each(word, visit);
  }
  number_lists::range tags_with_word(std::uint32_t word) const { return word_tags_[word]; }
  /// A document stands twice if it has the tag twice.
  number_lists::range documents_with_tag(std::uint32_t tag) const { return tag_documents_[tag]; }
  /// In the order of the tool.
  number_lists::range tags_of_document(std::size_t document) const { return document_tags_[document]; }

  /// Calls `visit(tag)` for every tag text that stands in the query, perhaps more than once.
  template <class Visit>
  void for_each_tag_within(std::string_view lowered_query, Visit visit) const;

 private:
  void set_tags(const std::vector<number_lists::pair>& document_tags);

  std::size_t documents_ = 0;
  text_set words_;               // of tags, and those of descriptions that have more than two code points
  text_set tags_;                // distinct tag texts
  word_documents descriptions_;  // holds words of more than two code points
  number_lists word_tags_;
  number_lists tag_documents_;
  number_lists document_tags_;
  std::vector<std::size_t> tag_sizes_;  // distinct, ascending, in bytes; no 0
};

/// Sizes of tags times bytes of a query: how many parts of a query are looked up at most. A query of a sentence stays
/// thousands of times below; a hostile catalogue of tags of all sizes up to 64 KiB would cost seconds without it. Beyond it
/// the longest tags are found by their words only.
inline constexpr std::size_t max_parts_sought = 16'000'000;

template <class Visit>
void tag_index::for_each_tag_within(std::string_view lowered_query, Visit visit) const {
  const part_hashes hashes(lowered_query);
  std::size_t sought = 0;
  for (const std::size_t size : tag_sizes_) {
    if (size > lowered_query.size() || sought > max_parts_sought) return;
    for (std::size_t begin = 0; begin + size <= lowered_query.size(); ++begin) {
      const std::uint32_t tag = tags_.find(lowered_query.substr(begin, size), hashes.at(begin, size));
      if (tag != text_set::none) visit(tag);
    }
    sought += lowered_query.size() - size + 1;
  }
}

}  // namespace utcp::search_detail
