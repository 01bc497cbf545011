#include "text_query.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>

namespace utcp::search_detail {
namespace {

/// Of equal scores the one registered first is better.
bool better_hit(const text_hit& a, const text_hit& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.rank != b.rank ? a.rank < b.rank : a.tool < b.tool;
}

/// The best so far, over all parts.
class best_hits {
 public:
  explicit best_hits(std::size_t limit) : limit_(limit) {}

  /// A score must reach it to be among the best; 0 as long as all are.
  float threshold() const { return heap_.size() < limit_ ? 0 : heap_.front().score; }
  void offer(const text_hit& hit) {
    if (heap_.size() < limit_) {
      heap_.push_back(hit);
      std::ranges::push_heap(heap_, better_hit);
    } else if (better_hit(hit, heap_.front())) {
      std::ranges::pop_heap(heap_, better_hit);
      heap_.back() = hit;
      std::ranges::push_heap(heap_, better_hit);
    }
  }
  std::vector<text_hit> take() {
    std::ranges::sort(heap_, better_hit);
    return std::move(heap_);
  }

 private:
  std::size_t limit_;
  std::vector<text_hit> heap_;  // the worst in front
};

/// A flag for each document that a filter admits.
std::vector<bool> admitted(const index_view::part& part, const tool_filter& filter) {
  const text_index& index = *part.index;
  std::vector<bool> out(index.documents());
  for (std::size_t m = 0; m < part.ranks.size(); ++m)
    if (part.ranks[m] != index_view::gone && filter.admits_manual(index.manual_name(m)))
      std::fill(out.begin() + index.first_document(m), out.begin() + index.first_document(m + 1), true);
  const auto documents_of = [&](const std::string& text) {
    const std::uint32_t term = index.find(text);
    return term == text_set::none ? std::span<const std::uint32_t>() : index.of(term).documents;
  };
  const auto keep_any = [&](const std::vector<std::string>& texts, auto as_term) {
    if (texts.empty()) return;
    std::vector<bool> any(index.documents());
    for (const std::string& text : texts)
      for (const std::uint32_t document : documents_of(as_term(text))) any[document] = true;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = out[i] && any[i];
  };
  keep_any(filter.any_tags, tag_term);
  keep_any(filter.protocols, protocol_term);
  for (const std::string& tag : filter.all_tags) keep_any({tag}, tag_term);
  return out;
}

/// The terms over one part, a window of documents after the other: MaxScore. Lists that even together cannot lift a tool over
/// the worst of the best are no reason to look at it; they are only looked up for tools that other lists have found.
class part_query {
 public:
  part_query(const index_view& in, std::uint32_t number, const std::vector<sought_term>& terms, const tool_filter& filter)
      : part_(in.parts[number]), index_(*part_.index), number_(number) {
    const bool all_live = part_.documents == index_.documents();
    if (!all_live || !filter.empty()) admitted_ = admitted(part_, filter);
    for (const sought_term& each : terms)
      if (const std::uint32_t term = each.terms[number]; term != text_set::none) {
        const postings of = index_.of(term);
        const float unit = each.weight / 255.F;
        lists_.push_back({of.documents.data(), of.impacts.data(), of.documents.size(), 0, unit, unit * static_cast<float>(index_.max_impact(term))});
      }
    rest_.assign(lists_.size() + 1, 0);
    for (std::size_t i = lists_.size(); i-- > 0;) rest_[i] = rest_[i + 1] + lists_[i].most;
  }

  void run(best_hits& best) {
    needed_ = lists_.size();
    const auto end = static_cast<std::uint32_t>(index_.documents());
    for (std::uint32_t first = 0; first < end;) {
      const float threshold = best.threshold();
      while (needed_ > 0 && !reaches(rest_[needed_ - 1], threshold * left_out)) --needed_;
      if (needed_ == 0) return;
      first = next_document(first);
      if (first >= end) return;
      const std::uint32_t last = std::min<std::uint32_t>(first + window, end);
      add_needed(first, last);
      collect(first, threshold);
      look_up_others(threshold);
      for (const found& one : found_) offer(one, best);
      first = last;
    }
  }

 private:
  // What the lists together may give that are only looked up. Less than all that is allowed: walking through a list costs
  // less than looking up many tools in it.
  static constexpr float left_out = 0.3F;
  static constexpr std::uint32_t window = 4096;  // documents; their scores fit the processor's first cache

  struct term_list {
    const std::uint32_t* documents;
    const std::uint8_t* impacts;
    std::size_t size;
    std::size_t at;  // all before are done with
    float unit;      // points of an impact of 1
    float most;
  };
  struct found {
    std::uint32_t document;
    float score;
  };

  /// Whether tools of so many points can still be among the best. A little more, since sums of floats are not exact.
  static bool reaches(float points, float threshold) { return points * 1.0001F >= threshold; }

  std::uint32_t next_document(std::uint32_t from) {
    std::uint32_t out = 0xFFFF'FFFF;
    for (std::size_t i = 0; i < needed_; ++i) {
      term_list& list = lists_[i];
      skip(list, from);
      if (list.at < list.size) out = std::min(out, list.documents[list.at]);
    }
    return out;
  }

  void add_needed(std::uint32_t first, std::uint32_t last) {
    for (std::size_t i = 0; i < needed_; ++i) {
      term_list& list = lists_[i];
      std::size_t at = list.at;
      for (; at < list.size && list.documents[at] < last; ++at) {
        const std::uint32_t place = list.documents[at] - first;
        scores_[place] += list.unit * static_cast<float>(list.impacts[at]);
        seen_[place / 64] |= std::uint64_t{1} << place % 64;
      }
      list.at = at;
    }
  }

  /// Takes the window's tools that can be among the best, and clears it.
  void collect(std::uint32_t first, float threshold) {
    found_.clear();
    const float rest = rest_[needed_];
    for (std::size_t w = 0; w < seen_.size(); ++w)
      for (; seen_[w] != 0; seen_[w] &= seen_[w] - 1) {
        const auto place = static_cast<std::uint32_t>(w * 64) + static_cast<std::uint32_t>(std::countr_zero(seen_[w]));
        const float score = scores_[place];
        scores_[place] = 0;
        if (reaches(score + rest, threshold) && (admitted_.empty() || admitted_[first + place])) found_.push_back({first + place, score});
      }
  }

  void look_up_others(float threshold) {
    for (std::size_t i = needed_; i < lists_.size() && !found_.empty(); ++i) {
      term_list& list = lists_[i];
      std::size_t kept = 0;
      for (found one : found_) {
        if (!reaches(one.score + rest_[i], threshold)) continue;
        skip(list, one.document);
        if (list.at < list.size && list.documents[list.at] == one.document) one.score += list.unit * static_cast<float>(list.impacts[list.at]);
        found_[kept++] = one;
      }
      found_.resize(kept);
    }
  }

  /// Moves to the first document that is not before this one.
  static void skip(term_list& list, std::uint32_t document) {
    if (list.at >= list.size || list.documents[list.at] >= document) return;
    std::size_t step = 1;
    while (list.at + step < list.size && list.documents[list.at + step] < document) {
      list.at += step;
      step *= 2;
    }
    const auto* from = list.documents + list.at + 1;
    const auto* to = list.documents + std::min(list.at + step, list.size);
    list.at = static_cast<std::size_t>(std::lower_bound(from, to, document) - list.documents);
  }

  void offer(const found& one, best_hits& best) const {
    if (one.score < best.threshold()) return;
    const std::size_t manual = index_.manual_of(one.document);
    best.offer({one.score, part_.ranks[manual], one.document - index_.first_document(manual), number_, one.document});
  }

  const index_view::part& part_;
  const text_index& index_;
  std::uint32_t number_;
  std::vector<bool> admitted_;  // empty: all are
  std::vector<term_list> lists_;
  std::vector<float> rest_;  // the most that the lists from there on can give
  std::size_t needed_ = 0;   // the lists before it are walked through
  std::array<float, window> scores_{};
  std::array<std::uint64_t, window / 64> seen_{};
  std::vector<found> found_;
};

}  // namespace

std::vector<text_hit> best_tools(const index_view& in, const std::vector<sought_term>& terms, const tool_filter& filter, std::size_t limit) {
  if (limit == 0) return {};
  best_hits best(limit);
  for (std::uint32_t part = 0; part < in.parts.size(); ++part) part_query(in, part, terms, filter).run(best);
  return best.take();
}

float points_of(const index_view& in, const sought_term& term, std::uint32_t part, std::uint32_t document) {
  if (term.terms[part] == text_set::none) return 0;
  return term.weight / 255.F * static_cast<float>(in.parts[part].index->impact(term.terms[part], document));
}

}  // namespace utcp::search_detail
