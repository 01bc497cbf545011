#include "text_query.hpp"

#include <algorithm>
#include <bit>

namespace utcp::search_detail {
namespace {

/// Of equal scores the one registered first is better.
bool better(const text_hit& a, const text_hit& b) {
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
      std::ranges::push_heap(heap_, better);
    } else if (better(hit, heap_.front())) {
      std::ranges::pop_heap(heap_, better);
      heap_.back() = hit;
      std::ranges::push_heap(heap_, better);
    }
  }
  std::size_t limit() const { return limit_; }
  std::vector<text_hit> take() {
    std::ranges::sort(heap_, better);
    return std::move(heap_);
  }

 private:
  std::size_t limit_;
  std::vector<text_hit> heap_;  // the worst in front
};

/// Scores by document, all 0 between uses: so that a query clears what it touched, not as many as there are tools.
class score_board {
 public:
  std::vector<float>& scores_for(std::size_t documents) {
    if (scores_.size() < documents) scores_.resize(documents);
    return scores_;
  }
  std::vector<std::uint32_t>& touched() { return touched_; }
  void clear() {
    for (const std::uint32_t document : touched_) scores_[document] = 0;
    touched_.clear();
    if (scores_.size() > max_kept) scores_ = {};
  }

 private:
  static constexpr std::size_t max_kept = 1u << 20;
  std::vector<float> scores_;
  std::vector<std::uint32_t> touched_;
};

/// A flag for each document that a filter admits.
std::vector<bool> admitted(const index_view::part& part, const tool_filter& filter) {
  const text_index& index = *part.index;
  std::vector<bool> out(index.documents());
  for (std::size_t m = 0; m < part.ranks.size(); ++m)
    if (part.ranks[m] != index_view::gone && filter.admits_manual(*index.manuals()[m]))
      std::fill(out.begin() + index.first_document(m), out.begin() + index.first_document(m + 1), true);
  const auto documents_of = [&](const std::string& text) {
    const std::uint32_t term = index.terms().find(text);
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

/// The terms over one part.
class part_query {
 public:
  part_query(const index_view& in, std::uint32_t number, const std::vector<sought_term>& terms, const tool_filter& filter, score_board& board)
      : part_(in.parts[number]), index_(*part_.index), number_(number), board_(board), scores_(board.scores_for(index_.documents())) {
    const bool all_live = part_.documents == index_.documents();
    if (!all_live || !filter.empty()) admitted_ = admitted(part_, filter);
    for (const sought_term& each : terms)
      if (const std::uint32_t term = each.terms[number]; term != text_set::none)
        lists_.push_back({index_.of(term), each.weight / 255.F, each.weight / 255.F * static_cast<float>(index_.max_impact(term))});
    rest_.assign(lists_.size() + 1, 0);
    for (std::size_t i = lists_.size(); i-- > 0;) rest_[i] = rest_[i + 1] + lists_[i].most;
  }

  void run(best_hits& best) {
    float threshold = best.threshold();
    std::size_t next = 0;
    // A little more, since sums of floats are not exact.
    const auto can_enter = [&](float rest) { return threshold == 0 || rest * slack >= threshold; };
    for (; next < lists_.size() && can_enter(rest_[next]); ++next) {
      add_all(lists_[next]);
      if (next + 1 < lists_.size() && lists_[next + 1].of.documents.size() * 2 >= board_.touched().size()) threshold = std::max(threshold, score_of_rank(best.limit()));
    }
    if (next < lists_.size()) finish(next, threshold, best);
    else offer(board_.touched(), best);
    board_.clear();
  }

 private:
  struct term_list {
    postings of;
    float unit;  // points of an impact of 1
    float most;
  };
  static constexpr float slack = 1.0001F;

  void add_all(const term_list& list) {
    auto& touched = board_.touched();
    const std::uint32_t* documents = list.of.documents.data();
    const std::uint8_t* impacts = list.of.impacts.data();
    for (std::size_t i = 0, n = list.of.documents.size(); i < n; ++i) {
      const std::uint32_t document = documents[i];
      float& score = scores_[document];
      if (score == 0) {
        if (!admitted_.empty() && !admitted_[document]) continue;
        touched.push_back(document);
      }
      score += list.unit * static_cast<float>(impacts[i]);
    }
  }

  /// The score of the tool at a rank among those touched; 0 if there are not so many.
  float score_of_rank(std::size_t rank) {
    const auto& touched = board_.touched();
    if (rank == 0 || touched.size() < rank) return 0;
    sorted_.clear();
    for (const std::uint32_t document : touched) sorted_.push_back(scores_[document]);
    const auto at = sorted_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(sorted_.begin(), at, sorted_.end(), std::greater<>());
    return *at;
  }

  /// No further tool can be among the best: only those are looked up in the lists that are left.
  void finish(std::size_t next, float threshold, best_hits& best) {
    std::vector<std::uint32_t> candidates;
    for (const std::uint32_t document : board_.touched())
      if ((scores_[document] + rest_[next]) * slack >= threshold) candidates.push_back(document);
    std::ranges::sort(candidates);
    for (; next < lists_.size() && !candidates.empty(); ++next) {
      const term_list& list = lists_[next];
      const auto& documents = list.of.documents;
      const std::size_t steps = std::bit_width(documents.size() / candidates.size() + 1) * 2;
      if (candidates.size() * steps < documents.size()) {
        look_up(list, candidates);
      } else {
        std::size_t i = 0;
        for (const std::uint32_t document : candidates) {
          while (i < documents.size() && documents[i] < document) ++i;
          if (i == documents.size()) break;
          if (documents[i] == document) scores_[document] += list.unit * static_cast<float>(list.of.impacts[i]);
        }
      }
      if (candidates.size() > best.limit()) {
        threshold = std::max(threshold, [&] {
          sorted_.clear();
          for (const std::uint32_t document : candidates) sorted_.push_back(scores_[document]);
          const auto at = sorted_.begin() + static_cast<std::ptrdiff_t>(best.limit() - 1);
          std::nth_element(sorted_.begin(), at, sorted_.end(), std::greater<>());
          return *at;
        }());
        std::erase_if(candidates, [&](std::uint32_t document) { return (scores_[document] + rest_[next + 1]) * slack < threshold; });
      }
    }
    offer(candidates, best);
  }

  void look_up(const term_list& list, const std::vector<std::uint32_t>& candidates) {
    auto from = list.of.documents.begin();
    const auto end = list.of.documents.end();
    for (const std::uint32_t document : candidates) {
      std::ptrdiff_t step = 1;
      while (end - from > step && from[step] < document) {
        from += step;
        step *= 2;
      }
      from = std::lower_bound(from, end - from > step ? from + step + 1 : end, document);
      if (from == end) return;
      if (*from == document) scores_[document] += list.unit * static_cast<float>(list.of.impacts[static_cast<std::size_t>(from - list.of.documents.begin())]);
    }
  }

  void offer(const std::vector<std::uint32_t>& documents, best_hits& best) {
    for (const std::uint32_t document : documents) {
      const float score = scores_[document];
      if (score < best.threshold()) continue;
      const std::size_t manual = index_.manual_of(document);
      best.offer({score, part_.ranks[manual], document - index_.first_document(manual), number_, document});
    }
  }

  const index_view::part& part_;
  const text_index& index_;
  std::uint32_t number_;
  score_board& board_;
  std::vector<float>& scores_;
  std::vector<bool> admitted_;  // empty: all are
  std::vector<term_list> lists_;
  std::vector<float> rest_;  // the most that the lists from there on can give
  std::vector<float> sorted_;
};

}  // namespace

std::vector<text_hit> best_tools(const index_view& in, const std::vector<sought_term>& terms, const tool_filter& filter, std::size_t limit) {
  if (limit == 0) return {};
  thread_local score_board board;
  best_hits best(limit);
  for (std::uint32_t part = 0; part < in.parts.size(); ++part) part_query(in, part, terms, filter, board).run(best);
  return best.take();
}

float points_of(const index_view& in, const sought_term& term, std::uint32_t part, std::uint32_t document) {
  if (term.terms[part] == text_set::none) return 0;
  const postings list = in.parts[part].index->of(term.terms[part]);
  const auto at = std::ranges::lower_bound(list.documents, document);
  if (at == list.documents.end() || *at != document) return 0;
  return term.weight / 255.F * static_cast<float>(list.impacts[static_cast<std::size_t>(at - list.documents.begin())]);
}

}  // namespace utcp::search_detail
