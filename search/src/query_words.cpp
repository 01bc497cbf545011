#include "query_words.hpp"

#include "code_points.hpp"
#include "related_words.hpp"
#include "request_words.hpp"
#include "stemmer.hpp"
#include "word_splitter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

namespace utcp::search_detail {
namespace {

// How much a word counts that stands for the query's, and how many do at most.
constexpr float begun_weight = 0.6F;        // the last word of the query, not written to its end
constexpr float name_prefix_weight = 0.5F;  // a word with which a word of a name begins: `portfolio` in `portfoliopilot`
constexpr float near_typo_weight = 0.7F;    // one letter off
constexpr float far_typo_weight = 0.5F;     // two
constexpr double request_rarity = 1.5;      // request words count as if they were no rarer than this
constexpr double related_rarity = 3;        // related words are sought for words rarer than this, and for unknown ones
constexpr std::size_t max_words = 128;
constexpr std::size_t max_begun = 32;
constexpr std::size_t max_name_prefixes = 20;
constexpr std::size_t max_typos = 8;        // of one word
constexpr std::size_t max_corrected = 8;    // words
constexpr std::size_t max_compared = 50'000;
constexpr std::size_t max_related = 40;     // of one word
constexpr std::size_t max_widened = 32;     // words

struct query_word {
  std::string text;  // as split
  std::string stem;
  bool stop_word = false;
  bool last = false;  // nothing follows it, not even a space
  std::size_t frequency = 0;
  double rarity = 0;
};

bool is_letters(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Letters to insert, drop, change or swap with their neighbour to make one word of another; more than `most` is `most` + 1.
std::size_t edits_between(std::string_view a, std::string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most || b.size() > 64) return most + 1;
  std::array<std::size_t, 65> before2{}, before{}, now{};
  std::iota(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(a.size()) + 1, std::size_t{0});
  for (std::size_t i = 1; i <= b.size(); ++i) {
    now[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= a.size(); ++j) {
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (b[i - 1] == a[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && b[i - 1] == a[j - 2] && b[i - 2] == a[j - 1]) now[j] = std::min(now[j], before2[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > most) return most + 1;
    before2 = before;
    before = now;
  }
  return before[a.size()];
}

/// Splits the query; each stem once.
std::vector<query_word> split(std::string_view query) {
  std::vector<query_word> out;
  word_splitter splitter;
  stemmer stems;
  std::unordered_map<std::string, std::size_t> seen;
  std::string last;
  splitter.split(query, [&](const word_splitter::word& word) {
    if (!word.whole) last = word.text;
    query_word made;
    made.text = word.text;
    made.stem = stems.stem(word.text);
    made.stop_word = is_stop_word(word.text);
    if (seen.emplace(made.stem, out.size()).second) out.push_back(std::move(made));
  });
  const bool open = !query.empty() && [&] {
    std::size_t begin = query.size() - 1;
    while (begin > 0 && query.size() - begin < 4 && (static_cast<unsigned char>(query[begin]) & 0xC0) == 0x80) --begin;
    return is_word_character(decode(query.substr(begin)).code);
  }();
  if (open)
    for (query_word& word : out) word.last = word.text == last;
  // A query of stop words only means them.
  if (std::ranges::any_of(out, [](const query_word& w) { return !w.stop_word; }))
    std::erase_if(out, [](const query_word& w) { return w.stop_word && !w.last; });
  return out;
}

class term_finder {
 public:
  term_finder(const index_view& in, const indexed_search_options& how) : in_(in), how_(how) {}

  std::vector<sought_term> run(std::string_view query) {
    std::vector<query_word> words = split(query);
    for (query_word& word : words) {
      word.frequency = frequency_of(word.stem);
      word.rarity = rarity_of(word.frequency);
    }
    std::ranges::stable_sort(words, std::greater<>(), &query_word::rarity);
    if (words.size() > max_words) words.resize(max_words);
    std::size_t corrected = 0;
    std::size_t widened = 0;
    for (const query_word& word : words) {
      const bool counts_little = word.stop_word || is_request_stem(word.stem) || is_digits(word.stem);
      const double rarity = counts_little ? std::min(word.rarity, request_rarity) : word.rarity;
      if (word.frequency > 0) add(word.stem, word, sought_term::kind::word, rarity);
      if (how_.prefixes && word.last) add_begun(word);
      if (counts_little) continue;
      if (how_.prefixes && word.text.size() >= 4) add_name_prefixes(word);
      if (how_.typos && word.frequency == 0 && corrected < max_corrected && add_typos(word)) ++corrected;
      if (how_.related_words && (word.frequency == 0 || word.rarity >= related_rarity) && widened < max_widened && add_related(word)) ++widened;
    }
    return take();
  }

 private:
  std::size_t frequency_of(std::string_view stem) const {
    const std::uint64_t hash = hash_text(stem);
    std::size_t sum = 0;
    for (const auto& part : in_.parts)
      if (const std::uint32_t term = part.index->find(stem, hash); term != text_set::none) sum += part.index->frequency(term);
    return sum;
  }

  double rarity_of(std::size_t frequency) const {
    const auto n = static_cast<double>(in_.documents);
    const auto f = std::min(static_cast<double>(frequency), n);  // manuals that are gone may still be counted
    return std::log(1 + (n - f + 0.5) / (f + 0.5));
  }

  /// What stands for a word is no more telling than the word.
  double rarity_instead_of(const query_word& word, std::size_t frequency) const {
    const double own = rarity_of(frequency);
    return word.frequency > 0 ? std::min(own, word.rarity) : own;
  }

  void add(std::string_view stem, const query_word& word, sought_term::kind how, double weight) {
    const auto [at, fresh] = places_.emplace(stem, found_.size());
    if (fresh) found_.emplace_back();
    sought_term& to = found_[at->second];
    if (!fresh && to.weight >= static_cast<float>(weight)) return;
    if (!fresh && to.how == sought_term::kind::word) return;
    to.stem = stem;
    to.asked = word.text;
    to.how = how;
    to.weight = static_cast<float>(weight);
  }

  /// Calls `visit(text, frequency, in_name)` for the terms of all parts that begin so.
  template <class Visit>
  void for_each_beginning(std::string_view prefix, std::size_t most, Visit visit) const {
    for (const auto& part : in_.parts) {
      std::size_t seen = 0;
      for (const std::uint32_t term : part.index->starting_with(prefix)) {
        if (++seen > most) break;
        visit(term, part);
      }
    }
  }

  void add_begun(const query_word& word) {
    const bool ascii = is_letters(word.text);
    if (word.text.size() < (ascii ? 2u : 3u) || is_digits(word.text)) return;
    std::unordered_map<std::string_view, std::size_t> found;
    for_each_beginning(word.text, 2'000, [&](std::uint32_t term, const index_view::part& part) {
      found[part.index->text(term)] += part.index->frequency(term);
    });
    // `restaura` is longer than the stem `restaur`.
    for (std::size_t cut = 1; ascii && cut <= 4 && word.text.size() >= cut + 4; ++cut) {
      const std::string_view shorter = std::string_view(word.text).substr(0, word.text.size() - cut);
      if (const std::size_t frequency = frequency_of(shorter); frequency > 0) add(shorter, word, sought_term::kind::prefix, begun_weight * rarity_instead_of(word, frequency));
    }
    std::vector<std::pair<std::size_t, std::string_view>> best;
    for (const auto& [text, frequency] : found)
      if (text != word.stem) best.emplace_back(frequency, text);
    std::ranges::sort(best, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    if (best.size() > max_begun) best.resize(max_begun);
    for (const auto& [frequency, text] : best) add(text, word, sought_term::kind::prefix, begun_weight * rarity_instead_of(word, frequency));
  }

  void add_name_prefixes(const query_word& word) {
    if (!is_letters(word.stem) || word.stem.size() < 4) return;
    std::size_t taken = 0;
    for_each_beginning(word.stem, 500, [&](std::uint32_t term, const index_view::part& part) {
      const std::string_view text = part.index->text(term);
      if (taken >= max_name_prefixes || text == word.stem || !part.index->in_name(term) || text.size() > word_splitter::max_word_bytes) return;
      ++taken;
      add(text, word, sought_term::kind::prefix, name_prefix_weight * rarity_instead_of(word, frequency_of(text)));
    });
  }

  /// False where nothing was tried.
  bool add_typos(const query_word& word) {
    const std::string_view stem = word.stem;
    if (!is_letters(stem) || stem.size() < 4 || stem.size() > 32 || is_known_stem(stem)) return false;
    const std::size_t most = stem.size() < 8 ? 1 : 2;
    std::size_t best = most;
    std::vector<std::string_view> found;
    for_each_beginning(stem.substr(0, 1), max_compared, [&](std::uint32_t term, const index_view::part& part) {
      const std::string_view text = part.index->text(term);
      if (text.size() + most < stem.size() || text.size() > stem.size() + most || !is_letters(text)) return;
      const std::size_t edits = edits_between(stem, text, best);
      if (edits > best) return;
      if (edits < best) found.clear();
      best = edits;
      if (found.size() < max_typos && std::ranges::find(found, text) == found.end()) found.push_back(text);
    });
    for (const std::string_view text : found)
      add(text, word, sought_term::kind::typo, (best == 1 ? near_typo_weight : far_typo_weight) * rarity_of(frequency_of(text)));
    return true;
  }

  bool add_related(const query_word& word) {
    std::size_t taken = 0;
    for (const related_word& other : related_words(word.stem)) {
      const std::size_t frequency = frequency_of(other.stem);
      if (frequency == 0) continue;
      add(other.stem, word, sought_term::kind::related, other.nearness * rarity_instead_of(word, frequency));
      if (++taken >= max_related) break;
    }
    return taken > 0;
  }

  std::vector<sought_term> take() {
    std::erase_if(found_, [](const sought_term& t) { return !(t.weight > 0); });
    for (sought_term& each : found_) {
      const std::uint64_t hash = hash_text(each.stem);
      std::uint8_t most = 0;
      for (const auto& part : in_.parts) {
        each.terms.push_back(part.index->find(each.stem, hash));
        if (each.terms.back() != text_set::none) most = std::max(most, part.index->max_impact(each.terms.back()));
      }
      each.most = each.weight * static_cast<float>(most) / 255.F;
    }
    // The same order for all tools, so that equal ones get the same sum.
    std::ranges::sort(found_, [](const sought_term& a, const sought_term& b) { return a.most != b.most ? a.most > b.most : a.stem < b.stem; });
    return std::move(found_);
  }

  const index_view& in_;
  const indexed_search_options& how_;
  std::vector<sought_term> found_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::vector<sought_term> terms_of_query(std::string_view query, const index_view& in, const indexed_search_options& how) {
  return term_finder(in, how).run(query);
}

}  // namespace utcp::search_detail
