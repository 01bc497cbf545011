#include "tag_index.hpp"

#include "tokens.hpp"

#include <algorithm>
#include <utility>

namespace utcp::search_detail {
namespace {

using pairs = std::vector<number_lists::pair>;

/// Notes pairs, each once, of numbers that come in runs.
class pair_notes {
 public:
  void add(std::uint32_t list, std::uint32_t number) {
    if (list >= last_.size()) last_.resize(list + 1 + list / 2, text_set::none);
    if (last_[list] == number) return;
    last_[list] = number;
    pairs_.push_back({list, number});
  }
  pairs take() { return std::move(pairs_); }

 private:
  std::vector<std::uint32_t> last_;
  pairs pairs_;
};

}  // namespace

word_documents::word_documents(pairs from, std::size_t words, std::size_t documents)
    : documents_(documents), rows_(words, text_set::none) {
  constexpr std::size_t worth_a_row = 64;  // documents; fewer are quick to list
  std::vector<std::size_t> sizes(words, 0);
  for (const auto& [word, document] : from) ++sizes[word];
  std::uint32_t rows = 0;
  if (documents >= worth_a_row)
    for (std::size_t word = 0; word < words; ++word)
      if (sizes[word] * 4 >= documents) rows_[word] = rows++;
  flags_.assign(rows * documents, 0);
  std::erase_if(from, [&](const number_lists::pair& one) {
    if (rows_[one.list] == text_set::none) return false;
    flags_[rows_[one.list] * documents_ + one.number] = 1;
    return true;
  });
  lists_ = number_lists(from, words);
}

void word_documents::append_pairs(std::uint32_t word, std::uint32_t as, std::uint32_t first_document, pairs& to) const {
  for_each(word, [&](std::uint32_t document) { to.push_back({as, first_document + document}); });
}

tag_index::tag_index(const registered_manual& from) : documents_(from.tools().size()) {
  pair_notes in_descriptions;
  pair_notes in_tags;
  pairs document_tags;
  for (std::uint32_t document = 0; document < documents_; ++document) {
    const tool& described = *from.tools()[document];
    for (const std::string& written : described.tags) {
      const std::string text = lower(written);
      const std::size_t known = tags_.size();
      const std::uint32_t tag = tags_.insert(text);
      document_tags.push_back({document, tag});
      if (tag < known) continue;
      std::string_view rest = text;
      for (word w = next_word(rest); !w.text.empty(); w = next_word(rest)) in_tags.add(words_.insert(w.text), tag);
    }
    const std::string description = lower(described.description);
    std::string_view rest = description;
    for (word w = next_word(rest); !w.text.empty(); w = next_word(rest))
      if (w.code_points > 2) in_descriptions.add(words_.insert(w.text), document);
  }
  descriptions_ = word_documents(in_descriptions.take(), words_.size(), documents_);
  word_tags_ = number_lists(in_tags.take(), words_.size());
  set_tags(document_tags);
}

tag_index::tag_index(const std::vector<std::shared_ptr<const tag_index>>& parts) {
  pairs descriptions;
  pairs word_tags;
  pairs document_tags;
  for (const auto& part : parts) {
    const auto first_document = static_cast<std::uint32_t>(documents_);
    documents_ += part->documents_;
    const std::size_t known_tags = tags_.size();
    std::vector<std::uint32_t> tag_here(part->tags_.size());
    for (std::uint32_t tag = 0; tag < tag_here.size(); ++tag) tag_here[tag] = tags_.insert(part->tags_.text(tag), part->tags_.hash(tag));
    for (std::uint32_t word = 0; word < part->words_.size(); ++word) {
      const std::uint32_t here = words_.insert(part->words_.text(word), part->words_.hash(word));
      part->descriptions_.append_pairs(word, here, first_document, descriptions);
      for (const std::uint32_t tag : part->word_tags_[word])
        if (tag_here[tag] >= known_tags) word_tags.push_back({here, tag_here[tag]});  // a known tag's words are noted
    }
    for (std::uint32_t document = 0; document < part->documents_; ++document)
      for (const std::uint32_t tag : part->document_tags_[document]) document_tags.push_back({first_document + document, tag_here[tag]});
  }
  descriptions_ = word_documents(std::move(descriptions), words_.size(), documents_);
  word_tags_ = number_lists(word_tags, words_.size());
  set_tags(document_tags);
}

void tag_index::set_tags(const pairs& document_tags) {
  document_tags_ = number_lists(document_tags, documents_);
  pairs tag_documents = document_tags;
  for (auto& one : tag_documents) std::swap(one.list, one.number);
  tag_documents_ = number_lists(tag_documents, tags_.size());
  for (std::uint32_t tag = 0; tag < tags_.size(); ++tag)
    if (!tags_.text(tag).empty()) tag_sizes_.push_back(tags_.text(tag).size());
  std::ranges::sort(tag_sizes_);
  tag_sizes_.erase(std::unique(tag_sizes_.begin(), tag_sizes_.end()), tag_sizes_.end());
}

}  // namespace utcp::search_detail
