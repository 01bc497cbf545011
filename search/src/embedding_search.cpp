#include <utcp/search/embedding_search.hpp>

#include "tool_filter.hpp"
#include "tool_text.hpp"
#include "vector_keeper.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <unordered_map>

namespace utcp {
namespace {

constexpr std::size_t max_text_bytes = 4'000;

// A tool of a snapshot, by the places of its manual and of itself there.
struct place {
  std::uint32_t manual = 0;
  std::uint32_t tool = 0;
};

struct near_tool {
  float cosine = 0;
  place at;
};

// Nearest first; those that are as near keep their order.
bool nearer(const near_tool& a, const near_tool& b) {
  if (a.cosine != b.cosine) return a.cosine > b.cosine;
  return a.at.manual != b.at.manual ? a.at.manual < b.at.manual : a.at.tool < b.at.tool;
}

// The nearest `count` of the tools that the filter admits: a heap whose top is the farthest of them.
class nearest {
 public:
  nearest(const search_detail::tool_filter& filter, std::size_t count) : filter_(filter), count_(count) {}

  void look_at(const registered_manual& manual, std::uint32_t rank, const unit_vectors& vectors, std::span<const float> query) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const near_tool one{cosine(vectors[i], query), {rank, static_cast<std::uint32_t>(i)}};
      if (heap_.size() == count_ && !nearer(one, heap_.front())) continue;
      if (!filter_.admits(*manual.tools()[i])) continue;
      if (heap_.size() == count_) {
        std::ranges::pop_heap(heap_, nearer);
        heap_.pop_back();
      }
      heap_.push_back(one);
      std::ranges::push_heap(heap_, nearer);
    }
  }

  std::vector<near_tool> sorted() && {
    std::ranges::sort_heap(heap_, nearer);
    return std::move(heap_);
  }

 private:
  const search_detail::tool_filter& filter_;
  std::size_t count_;
  std::vector<near_tool> heap_;
};

void append_line(std::string& to, std::string_view label, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (to.size() >= max_text_bytes) return;
    to += label;
    to += word;
    label = ", ";
  }
}

}  // namespace

std::string embedded_text(const tool& one) {
  std::string out(search_detail::own_name(one.name));
  if (!one.description.empty()) out += ": " + one.description;
  append_line(out, "\ntags: ", one.tags);
  const auto schema = search_detail::read_schema_texts(one.inputs.text());
  append_line(out, "\nparameters: ", schema.names);
  append_line(out, "\n", schema.texts);
  if (out.size() > max_text_bytes) {
    std::size_t end = max_text_bytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;  // not within a character
    out.resize(end);
  }
  return out;
}

embedding_search::embedding_search(std::shared_ptr<embedding_model> model, std::shared_ptr<search_strategy> words, embedding_search_options options)
    : model_(std::move(model)), words_(std::move(words)), options_(options), keeper_(std::make_unique<vector_keeper>()) {
  assert(model_ && words_ && options_.batch > 0 && options_.fusion >= 0);
}

embedding_search::~embedding_search() = default;

void embedding_search::on_snapshot(const catalogue_ptr& now) {
  keeper_->sweep();
  words_->on_snapshot(now);
}

result<std::vector<tool_match>> embedding_search::search(const catalogue_ptr& in, std::string_view query, const search_options& options) const {
  if (auto checked = search_detail::check_query(query); !checked) return checked.error();
  if (!in || options.limit == 0 || in->tool_count() == 0) return std::vector<tool_match>();
  search_options more = options;
  more.limit = std::max(options.limit, options_.candidates);
  more.explain = false;
  auto by_words = words_->search(in, query, more);
  if (!by_words || query.empty()) return by_words;

  const search_detail::tool_filter filter(options);
  nearest found(filter, std::min(more.limit, in->tool_count()));
  const auto by_meaning = [&]() -> result<std::vector<near_tool>> {
    const std::string asked(query);
    auto answer = model_->embed(std::span(&asked, 1));
    if (!answer) return answer.error();
    auto vector = unit_vectors::of(*answer, 1);
    if (!vector) return vector.error();
    for (std::uint32_t rank = 0; rank < in->manuals().size(); ++rank) {
      const manual_ptr& manual = in->manuals()[rank];
      if (!filter.admits_manual(manual->name()) || manual->tools().empty()) continue;
      auto vectors = keeper_->of(manual, *model_, options_.batch);
      if (!vectors) return vectors.error();
      if ((*vectors)->width() != vector->width())
        return error(errc::protocol_error, "the embedding model gave vectors of " + std::to_string((*vectors)->width()) + " numbers for tools and of " +
                                               std::to_string(vector->width()) + " for the query");
      found.look_at(*manual, rank, **vectors, (*vector)[0]);
    }
    return std::move(found).sorted();
  }();
  if (!by_meaning && !options_.words_on_failure) return by_meaning.error();

  std::vector<tool_match> fused;
  std::unordered_map<const tool*, std::size_t> known;
  const auto add = [&](const tool_ptr& one, std::size_t rank, const char* how) {
    const double points = 1 / (options_.fusion + static_cast<double>(rank + 1));
    const auto [at, is_new] = known.try_emplace(one.get(), fused.size());
    if (is_new) fused.push_back(tool_match{one});
    tool_match& match = fused[at->second];
    match.score += points;
    if (options.explain) match.why.push_back({std::string(query), one->name, how, points});
  };
  for (std::size_t rank = 0; rank < by_words->size(); ++rank) add((*by_words)[rank].tool, rank, "words");
  if (by_meaning)
    for (std::size_t rank = 0; rank < by_meaning->size(); ++rank) {
      const place at = (*by_meaning)[rank].at;
      add(in->manuals()[at.manual]->tools()[at.tool], rank, "meaning");
    }
  std::ranges::stable_sort(fused, std::greater<>(), &tool_match::score);
  if (fused.size() > options.limit) fused.resize(options.limit);
  for (tool_match& match : fused) std::ranges::stable_sort(match.why, std::greater<>(), &match_reason::points);
  return fused;
}

}  // namespace utcp
