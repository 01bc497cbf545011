// Run when the project is built: related_words_table WORDNET_DIRECTORY OUTPUT writes the table that related_words.cpp embeds.
//
// Each sense of WordNet is a bag of stems: its own words count 3, those of its explanation 1, those of senses it points at a
// part (what it is a kind of 0.5, derived words 0.6, others less). A word is the vector of the senses it stands in, weighted by
// how rare it is and by how short the sense is; words are near whose vectors point the same way.
#include "request_words.hpp"
#include "stemmer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using utcp::search_detail::is_stop_word;
using utcp::search_detail::stemmer;

constexpr std::size_t min_senses = 8;      // that a word stands in
constexpr std::size_t max_related = 60;    // of one word
constexpr double min_nearness = 0.05;

struct pointer {
  double share;
  std::string to;  // part of speech and offset
};

struct sense {
  std::unordered_map<std::uint32_t, double> own;
  std::vector<pointer> pointers;
};

struct occurrence {
  std::uint32_t sense;
  double weight;
};

class words_by_number {
 public:
  void add_words(const std::string& text, double weight, bool share, std::unordered_map<std::uint32_t, double>& to) {
    std::vector<std::uint32_t> found;
    std::string word;
    for (const char c : text + " ") {
      if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        word.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        continue;
      }
      if (!word.empty() && c != '\'' && !is_stop_word(word)) found.push_back(number(word));
      if (c != '\'') word.clear();
    }
    for (const std::uint32_t one : found) to[one] += share ? weight / static_cast<double>(found.size()) : weight;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::uint32_t number(const std::string& word) {
    const auto [at, fresh] = numbers_.emplace(stems_.stem(word), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(at->first);
    return at->second;
  }

  stemmer stems_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> texts_;
};

double share_of(const std::string& symbol) {
  static const std::map<std::string, double> shares{{"@", 0.5},  {"@i", 0.5}, {"~", 0.2},  {"+", 0.6}, {"#p", 0.3}, {"%p", 0.3}, {";c", 0.5},
                                                    {"-c", 0.3}, {"&", 0.3},  {"^", 0.3},  {"$", 0.3}, {">", 0.3},  {"*", 0.3}};
  const auto found = shares.find(symbol);
  return found == shares.end() ? 0 : found->second;
}

/// Reads one line of a data file (wndb(5WN)).
std::pair<std::string, sense> read_sense(const std::string& line, char part_of_speech, words_by_number& words) {
  sense out;
  const std::size_t bar = line.find(" | ");
  std::istringstream in(line.substr(0, bar));
  std::string offset, file, type, count, word, id;
  in >> offset >> file >> type >> count;
  for (std::size_t n = std::stoul(count, nullptr, 16); n > 0; --n) {
    in >> word >> id;
    words.add_words(word.substr(0, word.find('(')), 3, true, out.own);
  }
  std::size_t pointers = 0;
  in >> pointers;
  for (; pointers > 0; --pointers) {
    std::string symbol, to, part, source;
    in >> symbol >> to >> part >> source;
    if (const double share = share_of(symbol); share > 0) out.pointers.push_back({share, (part == "s" ? "a" : part) + to});
  }
  if (bar != std::string::npos) {
    const std::string explanation = line.substr(bar + 3);
    words.add_words(explanation.substr(0, explanation.find("; \"")), 1, false, out.own);
  }
  return {part_of_speech + offset, std::move(out)};
}

struct vectors {
  std::vector<std::string> texts;
  std::vector<std::vector<occurrence>> of_words;
  std::vector<std::vector<occurrence>> of_senses;  // `sense` is a word here
};

vectors read(const std::string& directory) {
  words_by_number words;
  std::unordered_map<std::string, std::size_t> numbers;
  std::vector<sense> senses;
  for (const auto& [name, letter] : {std::pair{"noun", 'n'}, {"verb", 'v'}, {"adj", 'a'}, {"adv", 'r'}}) {
    std::ifstream in(directory + "/data." + name);
    if (!in) throw std::runtime_error("cannot read " + directory + "/data." + name);
    for (std::string line; std::getline(in, line);) {
      if (line.compare(0, 2, "  ") == 0) continue;
      auto [key, made] = read_sense(line, letter, words);
      numbers.emplace(std::move(key), senses.size());
      senses.push_back(std::move(made));
    }
  }
  vectors out;
  out.texts = words.texts();
  out.of_words.resize(out.texts.size());
  std::vector<double> sizes(senses.size());
  for (std::uint32_t s = 0; s < senses.size(); ++s) {
    auto bag = senses[s].own;
    for (const pointer& p : senses[s].pointers)
      if (const auto at = numbers.find(p.to); at != numbers.end())
        for (const auto& [word, weight] : senses[at->second].own) bag[word] += weight * p.share;
    for (const auto& [word, weight] : bag) out.of_words[word].push_back({s, std::log1p(weight)});
  }
  for (std::size_t w = 0; w < out.texts.size(); ++w) {
    auto& list = out.of_words[w];
    if (list.size() < 4) list.clear();
    const double rare = std::log(static_cast<double>(senses.size()) / static_cast<double>(std::max<std::size_t>(list.size(), 1)));
    for (occurrence& o : list) {
      o.weight *= rare;
      sizes[o.sense] += o.weight * o.weight;
    }
  }
  out.of_senses.resize(senses.size());
  for (std::uint32_t w = 0; w < out.texts.size(); ++w) {
    double length = 0;
    for (occurrence& o : out.of_words[w]) {
      o.weight /= std::sqrt(sizes[o.sense]);
      length += o.weight * o.weight;
    }
    for (occurrence& o : out.of_words[w]) {
      o.weight /= std::sqrt(length);
      out.of_senses[o.sense].push_back({w, o.weight});
    }
  }
  return out;
}

struct entry {
  std::uint16_t word;
  std::uint8_t nearness;
};

std::vector<std::vector<entry>> find_related(const vectors& from, const std::vector<std::uint32_t>& kept) {
  std::vector<std::uint32_t> places(from.texts.size(), 0xFFFF'FFFF);
  for (std::uint32_t i = 0; i < kept.size(); ++i) places[kept[i]] = i;
  std::vector<double> sums(from.texts.size());
  std::vector<std::vector<entry>> out;
  for (const std::uint32_t word : kept) {
    std::vector<std::uint32_t> touched;
    for (const occurrence& o : from.of_words[word])
      for (const occurrence& other : from.of_senses[o.sense]) {
        if (sums[other.sense] == 0) touched.push_back(other.sense);
        sums[other.sense] += o.weight * other.weight;
      }
    std::vector<std::pair<double, std::uint32_t>> near;
    for (const std::uint32_t other : touched) {
      if (sums[other] >= min_nearness && other != word && places[other] != 0xFFFF'FFFF) near.emplace_back(-sums[other], places[other]);
      sums[other] = 0;
    }
    std::ranges::sort(near);
    if (near.size() > max_related) near.resize(max_related);
    out.emplace_back();
    for (const auto& [minus, place] : near)
      out.back().push_back({static_cast<std::uint16_t>(place), static_cast<std::uint8_t>(std::lround(std::min(-minus, 1.0) * 255))});
  }
  return out;
}

void write(const std::string& file, const vectors& from, const std::vector<std::uint32_t>& kept, const std::vector<std::vector<entry>>& lists) {
  std::ofstream out(file, std::ios::binary);
  const auto number = [&](std::size_t n) {
    const auto value = static_cast<std::uint32_t>(n);
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
  };
  std::size_t entries = 0;
  for (const auto& list : lists) entries += list.size();
  number(kept.size());
  number(entries);
  std::size_t text = 0;
  std::size_t list = 0;
  for (std::size_t i = 0; i <= kept.size(); ++i) {
    number(text);
    number(list);
    if (i == kept.size()) break;
    text += from.texts[kept[i]].size();
    list += lists[i].size();
  }
  for (const auto& each : lists)
    for (const entry& e : each) out.write(reinterpret_cast<const char*>(&e.word), sizeof e.word);
  for (const auto& each : lists)
    for (const entry& e : each) out.put(static_cast<char>(e.nearness));
  for (const std::uint32_t word : kept) out << from.texts[word];
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: related_words_table WORDNET_DIRECTORY OUTPUT\n";
    return 2;
  }
  try {
    const vectors from = read(words[1]);
    std::vector<std::uint32_t> kept;
    for (std::uint32_t w = 0; w < from.texts.size(); ++w)
      if (from.of_words[w].size() >= min_senses && from.texts[w].size() > 1) kept.push_back(w);
    if (kept.size() > 0xFFFF) throw std::runtime_error("more words than numbers for them");
    std::ranges::sort(kept, {}, [&](std::uint32_t w) { return from.texts[w]; });
    write(words[2], from, kept, find_related(from, kept));
  } catch (const std::exception& e) {
    std::cerr << "related_words_table: " << e.what() << "\n";
    return 1;
  }
}
