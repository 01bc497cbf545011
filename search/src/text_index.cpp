#include "text_index.hpp"

#include "request_words.hpp"
#include "stemmer.hpp"
#include "tokens.hpp"
#include "word_splitter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace utcp::search_detail {
namespace {

/// How a field's length counts: `share` of it in proportion to the typical length, in words. Lengths are rounded means of the
/// judged sets and of large OpenAPI documents.
struct length_rule {
  float typical;
  float share;
};
constexpr std::array<length_rule, field_count> length_rules{{{3, 0.5F}, {10, 0.6F}, {2, 0.5F}, {5, 0.75F}, {25, 0.75F}, {5, 0.75F}, {1, 0.F}}};

std::array<float, field_count> weights_of(const indexed_search_options& how) {
  std::array<float, field_count> out{};
  const std::array<double, field_count> given{how.name,           how.description, how.tags, how.parameter_names, how.parameter_descriptions,
                                              how.parameter_values, how.provider};
  std::ranges::transform(given, out.begin(), [](double w) { return static_cast<float>(w); });
  return out;
}

/// A document's own terms, before the lists are turned around.
struct noted_term {
  std::uint32_t term;
  std::uint8_t impact;
};

}  // namespace

std::string tag_term(std::string_view tag) { return "\x01t" + lower(tag); }
std::string protocol_term(std::string_view protocol) { return "\x01p" + std::string(protocol); }

/// Reads the tools of one manual.
class index_builder {
 public:
  index_builder(const manual_ptr& from, const indexed_search_options& how, const std::atomic<bool>& stop, text_index& to)
      : from_(*from), stop_(stop), weights_(weights_of(how)), saturation_(static_cast<float>(how.saturation)), to_(to) {}

  void run() {
    const auto& tools = from_.tools();
    ends_.reserve(tools.size());
    for (const tool_ptr& each : tools) {
      if (stop_) return;
      add(*each);
      ends_.push_back(noted_.size());
    }
    turn_around();
  }

 private:
  static constexpr std::uint32_t stop = text_set::none;

  struct known_word {
    std::uint32_t term;
    bool stop_word;
  };

  void add(const tool& described) {
    add_text(field::name, own_name(described.name));
    add_text(field::description, described.description);
    for (const std::string& tag : described.tags) add_text(field::tags, tag);
    add_schema(described.inputs);
    add_text(field::provider, from_.name());
    note_words();
    for (const std::string& tag : described.tags) mark(tag_term(tag));
    if (described.tool_call_template) mark(protocol_term(described.tool_call_template->protocol));
  }

  void add_schema(const schema& inputs) {
    if (inputs.empty()) return;
    // Tools with one schema share its text, and stand together mostly.
    if (auto text = inputs.shared_text(); text != last_schema_) {
      last_texts_ = read_schema_texts(*text);
      last_schema_ = std::move(text);
    }
    for (const std::string& one : last_texts_.names) add_text(field::parameter_names, one);
    for (const std::string& one : last_texts_.texts) add_text(field::parameter_texts, one);
    for (const std::string& one : last_texts_.values) add_text(field::parameter_values, one);
  }

  void add_text(field in, std::string_view text) {
    const auto at = static_cast<std::size_t>(in);
    const bool short_field = in == field::name || in == field::tags;
    splitter_.split(text, [&](const word_splitter::word& word) {
      const known_word known = look_up(word.text);
      if (known.stop_word && !short_field) return;
      ++lengths_[at];
      if (in == field::name && !word.whole && !known.stop_word) to_.own_.in_names[known.term] = 1;
      for (auto& [term, of] : found_[at])
        if (term == known.term) {
          ++of;
          return;
        }
      if (found_[at].size() < max_terms) found_[at].push_back({known.term, 1});
    });
  }

  known_word look_up(std::string_view word) {
    const std::size_t seen = words_.size();
    const std::uint32_t number = words_.insert(word);
    if (number < seen) return known_[number];
    const known_word made{term_of(stemmer_.stem(word)), is_stop_word(word)};
    known_.push_back(made);
    return made;
  }

  std::uint32_t term_of(std::string_view text) {
    const std::uint32_t term = to_.own_.terms.insert(text);
    if (term >= sums_.size()) {
      sums_.push_back(0);
      counts_.push_back(0);
      to_.own_.in_names.push_back(0);
    }
    return term;
  }

  void note_words() {
    touched_.clear();
    for (std::size_t f = 0; f < field_count; ++f) {
      const auto [typical, share] = length_rules[f];
      const float unit = weights_[f] / (1 - share + share * static_cast<float>(lengths_[f]) / typical);
      if (unit > 0)
        for (const auto& [term, of] : found_[f]) {
          if (sums_[term] == 0) touched_.push_back(term);
          sums_[term] += unit * static_cast<float>(of);
        }
      found_[f].clear();
      lengths_[f] = 0;
    }
    for (const std::uint32_t term : touched_) {
      const float share = sums_[term] / (sums_[term] + saturation_);
      note(term, static_cast<std::uint8_t>(std::clamp(std::lround(share * 255), 1L, 255L)));
      sums_[term] = 0;
    }
  }

  void mark(std::string_view text) {
    const std::uint32_t term = term_of(text);
    const std::size_t first = ends_.empty() ? 0 : ends_.back();
    for (std::size_t i = noted_.size(); i-- > first && i + 64 > noted_.size();)
      if (noted_[i].term == term) return;  // a tag given twice
    note(term, 1);
  }

  void note(std::uint32_t term, std::uint8_t impact) {
    noted_.push_back({term, impact});
    ++counts_[term];
  }

  void turn_around() {
    const std::size_t terms = to_.own_.terms.size();
    to_.own_.begins.assign(terms + 1, 0);
    for (std::size_t t = 0; t < terms; ++t) to_.own_.begins[t + 1] = to_.own_.begins[t] + counts_[t];
    to_.own_.documents.resize(noted_.size());
    to_.own_.impacts.resize(noted_.size());
    to_.own_.max_impacts.assign(terms, 0);
    std::vector<std::uint32_t> next(to_.own_.begins.begin(), to_.own_.begins.end() - 1);
    std::size_t at = 0;
    for (std::uint32_t document = 0; document < ends_.size(); ++document)
      for (; at < ends_[document]; ++at) {
        const auto [term, impact] = noted_[at];
        const std::uint32_t place = next[term]++;
        to_.own_.documents[place] = document;
        to_.own_.impacts[place] = impact;
        to_.own_.max_impacts[term] = std::max(to_.own_.max_impacts[term], impact);
      }
  }

  static constexpr std::size_t max_terms = 512;  // different ones of one field of one tool

  const registered_manual& from_;
  const std::atomic<bool>& stop_;
  std::array<float, field_count> weights_;
  float saturation_;
  text_index& to_;
  word_splitter splitter_;
  stemmer stemmer_;
  text_set words_;                 // not stemmed
  std::vector<known_word> known_;  // by word
  std::shared_ptr<const std::string> last_schema_;
  schema_texts last_texts_;
  std::array<std::vector<std::pair<std::uint32_t, std::uint32_t>>, field_count> found_;  // of one tool: term, how often
  std::array<std::size_t, field_count> lengths_{};
  std::vector<float> sums_;             // by term
  std::vector<std::uint32_t> counts_;   // by term
  std::vector<std::uint32_t> touched_;
  std::vector<noted_term> noted_;
  std::vector<std::size_t> ends_;  // by document
};

text_index::text_index(const manual_ptr& from, const indexed_search_options& how, const std::atomic<bool>& stop) {
  add_manual(from, static_cast<std::uint32_t>(from->tools().size()));
  index_builder(from, how, stop, *this).run();
  if (!stop) finish();
}

text_index::text_index(const std::vector<source>& from) {
  struct taken {
    const text_index* index;
    std::vector<std::uint32_t> places;  // of documents here; none: not kept
    std::vector<std::uint32_t> terms;   // here
  };
  std::vector<taken> all;
  std::vector<std::uint32_t> counts;
  for (const source& one : from) {
    taken now{one.index.get(), {}, {}};
    now.places.assign(one.index->documents(), text_set::none);
    for (std::size_t m = 0; m < one.index->manual_count(); ++m) {
      if (!one.keep[m]) continue;
      const std::uint32_t first = one.index->first_documents_[m];
      const std::uint32_t size = one.index->first_documents_[m + 1] - first;
      for (std::uint32_t i = 0; i < size; ++i) now.places[first + i] = first_documents_.back() + i;
      if (one.index->manuals_.empty()) add_manual(one.index->manual_names_[m], size);
      else add_manual(one.index->manuals_[m], size);
    }
    now.terms.assign(one.index->terms(), text_set::none);
    for (std::uint32_t t = 0; t < now.terms.size(); ++t) {
      const auto list = one.index->of(t).documents;
      const auto kept = static_cast<std::uint32_t>(std::ranges::count_if(list, [&](std::uint32_t d) { return now.places[d] != text_set::none; }));
      if (kept == 0) continue;
      const std::uint32_t here = own_.terms.insert(one.index->text(t), one.index->hash_of(t));
      if (here >= counts.size()) {
        counts.push_back(0);
        own_.max_impacts.push_back(0);
        own_.in_names.push_back(0);
      }
      now.terms[t] = here;
      counts[here] += kept;
      own_.max_impacts[here] = std::max(own_.max_impacts[here], one.index->max_impact(t));
      if (one.index->in_name(t)) own_.in_names[here] = 1;
    }
    all.push_back(std::move(now));
  }
  own_.begins.assign(counts.size() + 1, 0);
  for (std::size_t t = 0; t < counts.size(); ++t) own_.begins[t + 1] = own_.begins[t] + counts[t];
  own_.documents.resize(own_.begins.back());
  own_.impacts.resize(own_.begins.back());
  std::vector<std::uint32_t> next(own_.begins.begin(), own_.begins.end() - 1);
  for (const taken& one : all)
    for (std::uint32_t t = 0; t < one.terms.size(); ++t) {
      if (one.terms[t] == text_set::none) continue;
      const postings list = one.index->of(t);
      for (std::size_t i = 0; i < list.documents.size(); ++i) {
        const std::uint32_t here = one.places[list.documents[i]];
        if (here == text_set::none) continue;
        const std::uint32_t place = next[one.terms[t]]++;
        own_.documents[place] = here;
        own_.impacts[place] = list.impacts[i];
      }
    }
  finish();
}

text_index::text_index(std::shared_ptr<const sealed_bytes> file, const index_arrays& at, std::vector<std::string> manual_names,
                       std::vector<std::uint32_t> first_documents)
    : manual_names_(std::move(manual_names)), first_documents_(std::move(first_documents)), at_(at), file_(std::move(file)) {}

void text_index::add_manual(const manual_ptr& one, std::uint32_t tools) {
  manuals_.push_back(one);
  add_manual(one->name(), tools);
}

void text_index::add_manual(std::string name, std::uint32_t tools) {
  manual_names_.push_back(std::move(name));
  first_documents_.push_back(first_documents_.back() + tools);
}

void text_index::finish() {
  own_.order.resize(own_.terms.size());
  for (std::uint32_t t = 0; t < own_.order.size(); ++t) own_.order[t] = t;
  std::ranges::sort(own_.order, {}, [this](std::uint32_t t) { return own_.terms.text(t); });
  at_ = {own_.begins, own_.documents, own_.impacts, own_.max_impacts, own_.in_names, own_.order, {}, {}};
}

std::size_t text_index::manual_of(std::uint32_t document) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(first_documents_, document) - first_documents_.begin()) - 1;
}

std::string_view text_index::text(std::uint32_t term) const {
  if (!file_) return own_.terms.text(term);
  const auto ends = file_->part(at_.text_begins, term, 2);
  return ends.empty() || ends[1] < ends[0] ? std::string_view() : file_->part(at_.characters, ends[0], ends[1] - ends[0]);
}

std::uint32_t text_index::find(std::string_view text, std::uint64_t hash) const {
  if (!file_) return own_.terms.find(text, hash);
  // A table of hashes would need a base that is known: somebody could write texts that collide.
  const std::size_t place = first_place([&](std::string_view each) { return each < text; });
  if (place >= terms()) return text_set::none;
  const std::uint32_t term = one(at_.order, place);
  return this->text(term) == text ? term : text_set::none;
}

std::size_t text_index::frequency(std::uint32_t term) const {
  const auto ends = part(at_.begins, term, 2);
  return ends.empty() || ends[1] < ends[0] ? 0 : ends[1] - ends[0];
}

postings text_index::list_of(std::uint32_t term) const {
  const auto ends = part(at_.begins, term, 2);
  if (ends.empty() || ends[1] < ends[0]) return {};
  return {part(at_.documents, ends[0], ends[1] - ends[0]), part(at_.impacts, ends[0], ends[1] - ends[0])};
}

postings text_index::of(std::uint32_t term) const {
  const postings list = list_of(term);
  if (!file_ || list.documents.empty()) return list;
  const auto not_ascending = [](std::uint32_t a, std::uint32_t b) { return a >= b; };
  if (list.impacts.size() == list.documents.size() && list.documents.back() < documents() &&
      std::ranges::adjacent_find(list.documents, not_ascending) == list.documents.end())
    return list;
  file_->note_damage();
  return {};
}

std::uint8_t text_index::impact(std::uint32_t term, std::uint32_t document) const {
  const postings list = list_of(term);
  const auto at = std::ranges::lower_bound(list.documents, document);
  if (at == list.documents.end() || *at != document) return 0;
  const auto place = static_cast<std::size_t>(at - list.documents.begin());
  return place < list.impacts.size() ? list.impacts[place] : 0;
}

std::span<const std::uint32_t> text_index::starting_with(std::string_view prefix) const {
  const auto head = [&](std::string_view each) { return each.substr(0, prefix.size()); };
  const std::size_t first = first_place([&](std::string_view each) { return head(each) < prefix; });
  const std::size_t last = first_place([&](std::string_view each) { return head(each) <= prefix; });
  return part(at_.order, first, last - std::min(first, last));
}

bool text_index::intact() const { return !file_ || file_->whole(); }

std::size_t text_index::bytes() const noexcept {
  return own_.terms.bytes() + own_.begins.capacity() * 4 + own_.documents.capacity() * 4 + own_.impacts.capacity() + own_.max_impacts.capacity() +
         own_.in_names.capacity() + own_.order.capacity() * 4 + manuals_.capacity() * sizeof(manual_ptr) + first_documents_.capacity() * 4;
}

}  // namespace utcp::search_detail
