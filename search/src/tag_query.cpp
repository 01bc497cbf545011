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

tag_query::counts& tag_query::counts_of_thread() {
  thread_local counts mine;
  return mine;
}

tag_query::tag_query(const tag_index& index, const tag_search_options& how, const std::string& lowered_query)
    : index_(index), how_(how), counts_(counts_of_thread()) {
  if (counts_.tags.size() < index.tags().size()) counts_.tags.resize(index.tags().size());
  if (counts_.described.size() < index.documents()) counts_.described.resize(index.documents());
  if (counts_.tagged.size() < index.documents()) counts_.tagged.resize(index.documents());
  std::string_view rest = lowered_query;
  for (word w = next_word(rest); !w.text.empty(); w = next_word(rest))
    if (const std::uint32_t known = index_.words().find(w.text); known != text_set::none) words_.push_back(known);
  std::ranges::sort(words_);
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  for (const std::uint32_t known : words_) add_word(known);

  index_.for_each_tag_within(lowered_query, [&](std::uint32_t tag) {
    tag_hit& hit = counts_.tags[tag];
    if (hit.words == 0 && !hit.within_query) tags_hit_.push_back(tag);
    hit.within_query = true;
  });
  count_tagged_documents();
}

tag_query::~tag_query() {
  for (const std::uint32_t tag : tags_hit_) counts_.tags[tag] = {};
  for (const std::uint32_t document : touched_) counts_.described[document] = counts_.tagged[document] = 0;
}

void tag_query::add_word(std::uint32_t word) {
  index_.for_each_description_with(word, [&](std::uint32_t document) {
    touch(document);
    ++counts_.described[document];
  });
  for (const std::uint32_t tag : index_.tags_with_word(word))
    if (counts_.tags[tag].words++ == 0) tags_hit_.push_back(tag);
}

void tag_query::count_tagged_documents() {
  for (const std::uint32_t tag : tags_hit_)
    for (const std::uint32_t document : index_.documents_with_tag(tag)) {
      touch(document);
      if (counts_.tagged[document] != most_tags) ++counts_.tagged[document];
    }
}

void tag_query::keep_tagged(const std::vector<std::string>& lowered_tags) {
  auto& kept = kept_.emplace();
  for (const std::string& text : lowered_tags) {
    const std::uint32_t tag = index_.tags().find(text);
    if (tag == text_set::none) continue;
    for (const std::uint32_t document : index_.documents_with_tag(tag)) kept.push_back(document);
  }
  std::ranges::sort(kept);
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
}

bool tag_query::kept(std::size_t document) const {
  if (kept_ && !std::ranges::binary_search(*kept_, document)) return false;
  return !passes_ || passes_(document);
}

double tag_query::score_of_counts(std::size_t tags, std::size_t words) const {
  // Added up step by step, as python does: 0.3 + 0.3 + 0.3 is not 3 × 0.3.
  double sum = 0;
  for (std::size_t i = 0; i < tags; ++i) sum += how_.tag_weight;
  for (std::size_t i = 0; i < words; ++i) sum += how_.description_weight;
  return sum;
}

double tag_query::score(std::size_t document) const {
  const std::size_t tags = counts_.tagged[document];
  const std::size_t words = counts_.described[document];
  if (tags == 0 || (how_.flavour == dialect::v1 && tags < most_tags)) return score_of_counts(tags, words);
  double sum = 0;
  for (const std::uint32_t tag : index_.tags_of_document(document)) {
    const tag_hit& hit = counts_.tags[tag];
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
  for (const std::uint32_t document : touched_) {
    const scored_document found{score(document), document};
    if (found.score <= 0 || (top.size() == limit && !better(found, top.front())) || !kept(document)) continue;
    if (top.size() < limit) {
      top.push_back(found);
      if (top.size() == limit) std::ranges::make_heap(top, better);
      continue;
    }
    std::ranges::pop_heap(top, better);
    top.back() = found;
    std::ranges::push_heap(top, better);
  }
  std::ranges::sort(top, better);
  return top;
}

std::vector<scored_document> tag_query::best(std::size_t limit) const {
  if (limit == 0) return {};
  std::vector<scored_document> found = best_scored(limit);
  if (found.size() >= limit) return found;
  // All that score are found; the others follow in order.
  std::vector<std::size_t> taken;
  for (const scored_document& f : found) taken.push_back(f.document);
  std::ranges::sort(taken);
  const std::size_t others = kept_ ? kept_->size() : index_.documents();
  for (std::size_t i = 0; i < others && found.size() < limit; ++i) {
    const std::size_t document = kept_ ? (*kept_)[i] : i;
    if (!std::ranges::binary_search(taken, document) && (!passes_ || passes_(document))) found.push_back({0, document});
  }
  return found;
}

std::vector<match_reason> tag_query::reasons(std::size_t document, const tool& of) const {
  std::vector<match_reason> out;
  const auto asked = [&](std::string_view text) {
    const std::uint32_t known = index_.words().find(text);
    return known != text_set::none && std::ranges::binary_search(words_, known);
  };
  const auto words_of = [&](std::string_view text) {
    std::vector<std::string> found;
    for (word w = next_word(text); !w.text.empty(); w = next_word(text))
      if (asked(w.text) && std::ranges::find(found, w.text) == found.end()) found.emplace_back(w.text);
    return found;
  };
  for (const std::uint32_t tag : index_.tags_of_document(document)) {
    const tag_hit& hit = counts_.tags[tag];
    const std::string text(index_.tags().text(tag));
    const auto words = words_of(text);
    if (hit.within_query) out.push_back({text, text, "tag", how_.tag_weight});
    else if (how_.flavour == dialect::v1 && hit.words > 0) out.push_back({words.front(), text, "tag", how_.tag_weight});
    if (how_.flavour == dialect::v0)
      for (const std::string& each : words) out.push_back({each, text, "tag", how_.description_weight});
  }
  std::vector<std::string> seen;
  const std::string description = lower(of.description);
  std::string_view rest = description;
  for (word w = next_word(rest); !w.text.empty(); w = next_word(rest)) {
    if (w.code_points <= 2 || !asked(w.text) || std::ranges::find(seen, w.text) != seen.end()) continue;
    seen.emplace_back(w.text);
    out.push_back({seen.back(), seen.back(), "description", how_.description_weight});
  }
  return out;
}

}  // namespace utcp::search_detail
