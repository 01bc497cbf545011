#include "tag_query.hpp"

#include "tokens.hpp"

#include <algorithm>
#include <limits>

namespace utcp::search_detail {
namespace {

/// Of equal scores the one registered first is better.
bool better(const scored_document& a, const scored_document& b) {
  return a.score != b.score ? a.score > b.score : a.document < b.document;
}

constexpr std::uint16_t most_tags = std::numeric_limits<std::uint16_t>::max();

}  // namespace

tag_query::tag_query(const tag_index& index, const tag_search_options& how, const std::string& lowered_query)
    : index_(index), how_(how), tags_(index.tags().size()), described_(index.documents()), tagged_(index.documents()) {
  std::vector<std::uint32_t> words;
  std::string_view rest = lowered_query;
  for (word w = next_word(rest); !w.text.empty(); w = next_word(rest))
    if (const std::uint32_t known = index_.words().find(w.text); known != text_set::none) words.push_back(known);
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (const std::uint32_t known : words) add_word(known);

  index_.for_each_tag_within(lowered_query, [&](std::uint32_t tag) {
    tag_hit& hit = tags_[tag];
    if (hit.words == 0 && !hit.within_query) tags_hit_.push_back(tag);
    hit.within_query = true;
  });
  count_tagged_documents();
}

void tag_query::add_word(std::uint32_t word) {
  if (index_.count_descriptions(word, described_)) ++description_words_;
  for (const std::uint32_t tag : index_.tags_with_word(word))
    if (tags_[tag].words++ == 0) tags_hit_.push_back(tag);
}

void tag_query::count_tagged_documents() {
  for (const std::uint32_t tag : tags_hit_)
    for (const std::uint32_t document : index_.documents_with_tag(tag))
      if (tagged_[document] != most_tags) ++tagged_[document];
}

void tag_query::keep_tagged(const std::vector<std::string>& lowered_tags) {
  kept_.assign(std::max<std::size_t>(index_.documents(), 1), 0);
  for (const std::string& text : lowered_tags) {
    const std::uint32_t tag = index_.tags().find(text);
    if (tag == text_set::none) continue;
    for (const std::uint32_t document : index_.documents_with_tag(tag)) kept_[document] = 1;
  }
}

double tag_query::score_of_counts(std::size_t tags, std::size_t words) const {
  // Added up step by step, as python does: 0.3 + 0.3 + 0.3 is not 3 × 0.3.
  double sum = 0;
  for (std::size_t i = 0; i < tags; ++i) sum += how_.tag_weight;
  for (std::size_t i = 0; i < words; ++i) sum += how_.description_weight;
  return sum;
}

double tag_query::score(std::size_t document) const {
  const std::size_t tags = tagged_[document];
  const std::size_t words = described_[document];
  if (tags == 0 || (how_.flavour == dialect::v1 && tags < most_tags)) return score_of_counts(tags, words);
  double sum = 0;
  for (const std::uint32_t tag : index_.tags_of_document(document)) {
    const tag_hit& hit = tags_[tag];
    if (how_.flavour == dialect::v1) {
      if (hit.within_query || hit.words > 0) sum += how_.tag_weight;
      continue;
    }
    if (hit.within_query) sum += how_.tag_weight;
    for (std::uint32_t i = 0; i < hit.words; ++i) sum += how_.description_weight;
  }
  for (std::size_t i = 0; i < words; ++i) sum += how_.description_weight;
  return sum;
}

std::vector<scored_document> tag_query::best_scored(std::size_t limit) const {
  std::vector<scored_document> top;  // a heap once it is full, with the worst in front
  // How many words a description must have, by number of tags hit, to beat the worst of the best; the last entry is for all
  // greater numbers. Where it cannot be said, 0: the score decides.
  std::array<std::size_t, 8> words_needed{};
  const std::size_t told = how_.flavour == dialect::v1 ? words_needed.size() - 1 : 1;
  const std::size_t most_words = std::min<std::size_t>(description_words_, 100);  // beyond, saying it costs more than it saves
  const auto need_more_than = [&](double score) {
    for (std::size_t tags = 0; tags < told; ++tags)
      while (words_needed[tags] <= most_words && score_of_counts(tags, words_needed[tags]) <= score) ++words_needed[tags];
  };
  need_more_than(0);
  for (std::size_t document = 0; document < described_.size(); ++document) {
    const std::size_t tags = std::min<std::size_t>(tagged_[document], words_needed.size() - 1);
    if (described_[document] < words_needed[tags] || !kept(document)) continue;
    const scored_document found{score(document), document};
    if (found.score <= 0) continue;
    if (top.size() < limit) {
      top.push_back(found);
      if (top.size() < limit) continue;
      std::ranges::make_heap(top, better);
    } else {
      // Of equal scores the earlier one stays.
      if (found.score <= top.front().score) continue;
      std::ranges::pop_heap(top, better);
      top.back() = found;
      std::ranges::push_heap(top, better);
    }
    need_more_than(top.front().score);
  }
  std::ranges::sort(top, better);
  return top;
}

std::vector<scored_document> tag_query::best(std::size_t limit) const {
  if (limit == 0) return {};
  std::vector<scored_document> found = best_scored(limit);
  if (found.size() >= limit) return found;
  // All that score are found; the others follow in order.
  std::vector<bool> taken(index_.documents());
  for (const scored_document& f : found) taken[f.document] = true;
  for (std::size_t document = 0; document < taken.size() && found.size() < limit; ++document)
    if (!taken[document] && kept(document)) found.push_back({0, document});
  return found;
}

}  // namespace utcp::search_detail
