// Compares tag_search with a scan of all tools that follows the table of scores line by line.
#include <utcp/search/tag_search.hpp>

#include "catalogues.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>

using namespace utcp;
using namespace utcp::test;

namespace {

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::set<std::string> words(const std::string& text) {
  std::set<std::string> all;
  std::string now;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      now += c;
    } else if (!now.empty()) {
      all.insert(now);
      now.clear();
    }
  }
  return all;
}

double score_of(const tool& t, const std::string& query, const tag_search_options& how) {
  const std::set<std::string> asked = words(query);
  double score = 0;
  for (const std::string& tag : t.tags) {
    const std::string text = lowered(tag);
    if (text.empty()) continue;
    const bool within = query.find(text) != std::string::npos;
    if (within) score += how.tag_weight;
    if (within && how.flavour == dialect::v1) continue;
    for (const std::string& word : words(text)) {
      if (asked.count(word) == 0) continue;
      if (how.flavour == dialect::v0) {
        score += how.description_weight;
      } else {
        score += how.tag_weight;
        break;
      }
    }
  }
  for (const std::string& word : words(lowered(t.description)))
    if (word.size() > 2 && asked.count(word) != 0) score += how.description_weight;
  return score;
}

named_scores scan(const catalogue_ptr& in, const std::string& query, const search_options& options, const tag_search_options& how) {
  named_scores all;
  for (const auto& one : in->manuals())
    for (const auto& t : one->tools()) {
      const auto required = [&](const std::string& tag) {
        return std::ranges::any_of(options.any_of_tags_required, [&](const std::string& r) { return lowered(r) == lowered(tag); });
      };
      if (!options.any_of_tags_required.empty() && std::ranges::none_of(t->tags, required)) continue;
      all.emplace_back(t->name, score_of(*t, lowered(query), how));
    }
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.second > b.second; });
  if (all.size() > options.limit) all.resize(options.limit);
  return all;
}

class random_texts {
 public:
  explicit random_texts(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  std::string word() {
    std::string out;
    for (std::size_t n = 1 + below(4); n > 0; --n) out += "abcAB_1"[below(7)];
    return out;
  }
  std::string sentence(std::size_t most) {
    std::string out;
    for (std::size_t n = below(most + 1); n > 0; --n) out += (out.empty() ? "" : std::string(1, " -.  "[below(5)])) + word();
    return out;
  }
  catalogue_ptr catalogue() {
    std::vector<manual_ptr> manuals;
    for (std::size_t m = below(5); m > 0; --m) {
      const std::string name = "m" + std::to_string(m);
      std::vector<described> tools;
      for (std::size_t t = below(30); t > 0; --t) {
        described made{name + ".t" + std::to_string(t), sentence(8), {}};
        for (std::size_t g = below(4); g > 0; --g) made.tags.push_back(sentence(3));
        tools.push_back(std::move(made));
      }
      manuals.push_back(make_manual(name, tools));
    }
    return make_catalogue(std::move(manuals));
  }

 private:
  std::mt19937 engine_;
};

class random_catalogues : public ::testing::TestWithParam<dialect> {};

}  // namespace

TEST_P(random_catalogues, are_searched_as_by_a_scan_of_all_tools) {
  random_texts random(GetParam() == dialect::v0 ? 7 : 8);
  constexpr std::size_t limits[] = {0, 1, 2, 3, 10, 40, search_options::no_limit};
  for (int i = 0; i < 60; ++i) {
    const auto in = random.catalogue();
    tag_search_options how(GetParam());
    if (i % 3 == 1) how.description_weight = 0.1;
    if (i % 5 == 2) how.tag_weight = 0;
    if (i % 7 == 3) how.description_weight = 0;
    const tag_search search(how);
    for (int q = 0; q < 25; ++q) {
      const std::string query = random.sentence(10);
      search_options options(limits[random.below(std::size(limits))]);
      if (random.below(4) == 0) options.any_of_tags_required = {random.word(), random.word(), random.sentence(1)};
      ASSERT_EQ(found(search, in, query, options), scan(in, query, options, how)) << "query: " << query << ", catalogue " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(both_dialects, random_catalogues, ::testing::Values(dialect::v0, dialect::v1),
                         [](const auto& with) { return with.param == dialect::v0 ? "v0" : "v1"; });
