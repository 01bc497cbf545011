// The index while manuals come and go: it must give what an index made at once gives.
#include <utcp/search/indexed_search.hpp>

#include "catalogues.hpp"
#include "index_keeper.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <random>
#include <thread>

using namespace utcp;
using namespace utcp::test;

namespace {

std::string sentence(std::mt19937& random, std::size_t words) {
  std::string out;
  for (std::size_t i = 0; i < words; ++i) out += std::string(out.empty() ? "" : " ") + "w" + static_cast<char>('a' + random() % 26) + static_cast<char>('a' + random() % 4) + "x";
  return out;
}

manual_ptr random_manual(std::mt19937& random, int number, std::size_t tools) {
  const std::string name = "m" + std::to_string(number);
  std::vector<described> made;
  for (std::size_t i = 0; i < tools; ++i) made.push_back({name + ".t" + std::to_string(i), sentence(random, 1 + random() % 12), {sentence(random, 1)}});
  return make_manual(name, made);
}

MATCHER(same_name_and_nearly_the_score, "") {
  const auto& [got, wanted] = arg;
  return got.first == wanted.first && std::abs(got.second - wanted.second) < 1e-5 * wanted.second;
}

}  // namespace

TEST(index_keeper, finds_the_same_as_an_index_made_at_once) {
  std::mt19937 random(5);
  indexed_search_options exact;  // statistics of manuals that are gone may linger, so only orders of one word are compared
  exact.prefixes = exact.typos = exact.related_words = false;
  const indexed_search kept(exact);
  std::vector<manual_ptr> manuals;
  int number = 0;
  for (int round = 0; round < 150; ++round) {
    if (manuals.empty() || random() % 3 != 0) manuals.push_back(random_manual(random, number++, 1 + random() % 40));
    else manuals.erase(manuals.begin() + static_cast<std::ptrdiff_t>(random() % manuals.size()));
    const auto now = make_catalogue(manuals);
    const indexed_search fresh(exact);
    for (const std::string& query : {sentence(random, 1), sentence(random, 3)}) {
      const search_options options(search_options::no_limit);
      const auto all = found(fresh, now, query, options);
      // Another order of the same sum, so not to the last digit.
      ASSERT_THAT(found(kept, now, query, options), ::testing::Pointwise(same_name_and_nearly_the_score(), all)) << round << ": " << query;
      const auto few = found(fresh, now, query, search_options(3));
      ASSERT_EQ(few, named_scores(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, all.size()))));
    }
  }
}

TEST(index_keeper, has_few_parts_however_many_manuals_there_are) {
  std::mt19937 random(6);
  index_keeper keeper{indexed_search_options()};
  std::vector<manual_ptr> manuals;
  for (int i = 0; i < 500; ++i) {
    manuals.push_back(random_manual(random, i, 1));
    const auto view = keeper.view_of(make_catalogue(manuals));
    ASSERT_LE(view->parts.size(), 12u);
    ASSERT_EQ(view->documents, static_cast<std::size_t>(i) + 1);
  }
}

TEST(index_keeper, lets_go_of_manuals_that_are_gone) {
  std::mt19937 random(7);
  const indexed_search search;
  auto gone = random_manual(random, 1, 50);
  const auto stays = random_manual(random, 2, 50);
  (void)search.search(make_catalogue({gone, stays}), "wabx", {}).value();
  const std::weak_ptr<const registered_manual> watch = gone;
  gone.reset();
  (void)search.search(make_catalogue(std::vector<manual_ptr>{stays}), "wabx", {}).value();
  EXPECT_TRUE(watch.expired());
}

TEST(index_keeper, indexes_many_tools_on_a_thread_of_its_own) {
  std::mt19937 random(8);
  indexed_search search;
  std::vector<manual_ptr> manuals;
  for (int i = 0; i < 20; ++i) {
    manuals.push_back(random_manual(random, i, 300));
    const auto now = make_catalogue(manuals);
    search.on_snapshot(now);
    if (i % 7 == 0) {
      EXPECT_FALSE(found(search, now, sentence(random, 12)).empty());
    }
  }
  const auto now = make_catalogue(manuals);
  search.on_snapshot(now);
  EXPECT_EQ(found(search, now, "wabx wcax", search_options(search_options::no_limit)), found(indexed_search(), now, "wabx wcax", search_options(search_options::no_limit)));
}

TEST(index_keeper, is_searched_while_thousands_of_tools_come_and_go) {
  indexed_search search;
  std::mutex mutex;
  catalogue_ptr newest = make_catalogue(std::vector<manual_ptr>{});
  std::atomic<bool> done = false;
  const auto snapshot = [&] {
    std::lock_guard lock(mutex);
    return newest;
  };
  std::vector<std::thread> readers;
  for (unsigned r = 0; r < 3; ++r)
    readers.emplace_back([&, r] {
      std::mt19937 random(r);
      while (!done) {
        const auto in = snapshot();
        for (const tool_match& match : search.search(in, sentence(random, 3), search_options(5)).value()) EXPECT_EQ(in->find_tool(match.tool->name), match.tool);
      }
    });
  std::mt19937 random(9);
  std::vector<manual_ptr> manuals;
  for (int i = 0; i < 120; ++i) {
    manuals.push_back(random_manual(random, i, i % 10 == 0 ? 600 : 20));
    if (manuals.size() > 8) manuals.erase(manuals.begin() + static_cast<std::ptrdiff_t>(random() % manuals.size()));
    const auto now = make_catalogue(manuals);
    {
      std::lock_guard lock(mutex);
      newest = now;
    }
    search.on_snapshot(now);
    std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}
