#include <utcp/search/tag_search.hpp>

#include "catalogues.hpp"

#include <gtest/gtest.h>

#include <thread>

using namespace utcp;
using namespace utcp::test;

namespace {

catalogue_ptr three_tools() {
  return make_catalogue({make_manual("w", {{"w.current", "Weather for a city in Europe", {"weather", "city forecast"}}}),
                         make_manual("m", {{"m.send", "Send an e-mail to a person", {"mail"}}}),
                         make_manual("g", {{"g.geo", "Geocode a city name in London", {"geo", "london city"}}})});
}

search_options with_tags(std::vector<std::string> tags) {
  search_options options;
  options.any_of_tags_required = std::move(tags);
  return options;
}

result<std::shared_ptr<search_strategy>> make(const json& options, dialect as) { return make_tag_search()(options, as); }

const tag_search v0{tag_search_options(dialect::v0)};
const tag_search v1;

}  // namespace

TEST(tag_search, gives_the_recorded_scores_of_v1) {
  const auto in = three_tools();
  EXPECT_EQ(found(v1, in, "weather in london"), (named_scores{{"w.current", 4}, {"g.geo", 4}, {"m.send", 0}}));
  EXPECT_EQ(found(v1, in, "send mail"), (named_scores{{"m.send", 5}, {"w.current", 0}, {"g.geo", 0}}));
  EXPECT_EQ(found(v1, in, "CITY"), (named_scores{{"w.current", 4}, {"g.geo", 4}, {"m.send", 0}}));
  EXPECT_EQ(found(v1, in, "in a"), (named_scores{{"w.current", 0}, {"m.send", 0}, {"g.geo", 0}}));
}

TEST(tag_search, gives_the_worked_example_of_both_dialects) {
  const auto in = make_catalogue({{"w.current", "Weather for a city in Europe", {"weather", "city forecast"}}});
  EXPECT_EQ(found(v1, in, "weather in london"), (named_scores{{"w.current", 4.0}}));
  EXPECT_EQ(found(v0, in, "weather in london"), (named_scores{{"w.current", 1.0 + 0.3 + 0.3}}));
}

TEST(tag_search, adds_in_pythons_order) {
  const auto in = make_catalogue({{"m.a", "", {"red fox", "red", "blue"}}});
  double sum = 0;
  for (const double step : {0.3, 1.0, 0.3, 1.0, 0.3}) sum += step;  // `red fox` by a word; then two substrings and their words
  EXPECT_EQ(found(v0, in, "blue red"), (named_scores{{"m.a", sum}}));
}

TEST(tag_search, finds_a_tag_inside_a_longer_word_of_the_query) {
  const auto in = make_catalogue({{"m.a", "", {"eat"}}, {"m.b", "", {"weather map"}}});
  EXPECT_EQ(found(v1, in, "weather"), (named_scores{{"m.a", 3}, {"m.b", 3}}));
  EXPECT_EQ(found(v0, in, "weather"), (named_scores{{"m.a", 1.0}, {"m.b", 0.3}}));
}

TEST(tag_search, skips_empty_tags) {
  const auto in = make_catalogue({{"m.a", "", {""}}, {"m.b", "weather", {}}});
  EXPECT_EQ(found(v1, in, "weather"), (named_scores{{"m.b", 1}, {"m.a", 0}}));
  EXPECT_EQ(found(v1, in, ""), (named_scores{{"m.a", 0}, {"m.b", 0}}));
}

TEST(tag_search, counts_a_tag_that_several_manuals_share_once_a_tool) {
  const auto in = make_catalogue({make_manual("a", {{"a.x", "", {"red fox"}}}), make_manual("b", {{"b.x", "", {"red fox"}}})});
  EXPECT_EQ(found(v0, in, "fox red"), (named_scores{{"a.x", 0.6}, {"b.x", 0.6}}));
}

TEST(tag_search, counts_a_tag_that_a_tool_repeats_each_time) {
  const auto in = make_catalogue({{"m.a", "", {"x", "x"}}});
  EXPECT_EQ(found(v1, in, "x"), (named_scores{{"m.a", 6}}));
}

TEST(tag_search, measures_words_of_descriptions_in_code_points) {
  const auto in = make_catalogue({{"m.two", "天气 ab", {}}, {"m.three", "天气图", {}}});
  EXPECT_EQ(found(v1, in, "天气 ab 天气图"), (named_scores{{"m.three", 1}, {"m.two", 0}}));
}

TEST(tag_search, cuts_to_the_limit_and_pads_with_tools_that_score_nothing) {
  const auto in = make_catalogue({{"m.a", "", {}}, {"m.b", "fox", {}}, {"m.c", "", {}}, {"m.d", "fox", {}}, {"m.e", "red fox", {}}});
  EXPECT_EQ(found(v1, in, "red fox", search_options(0)), named_scores{});
  EXPECT_EQ(found(v1, in, "red fox", search_options(1)), (named_scores{{"m.e", 2}}));
  EXPECT_EQ(found(v1, in, "red fox", search_options(2)), (named_scores{{"m.e", 2}, {"m.b", 1}}));
  EXPECT_EQ(found(v1, in, "red fox", search_options(4)), (named_scores{{"m.e", 2}, {"m.b", 1}, {"m.d", 1}, {"m.a", 0}}));
  EXPECT_EQ(found(v1, in, "red fox", search_options(search_options::no_limit)).size(), 5u);
}

TEST(tag_search, keeps_tools_with_any_required_tag_whatever_its_case) {
  const auto in = make_catalogue({{"m.a", "fox", {"Red"}}, {"m.b", "fox fox", {"ÉTÉ"}}, {"m.c", "fox", {"blue"}}, {"m.d", "fox", {}}});
  EXPECT_EQ(found(v1, in, "fox", with_tags({"RED", "été"})), (named_scores{{"m.a", 1}, {"m.b", 1}}));
  EXPECT_EQ(found(v1, in, "none", with_tags({"red"})), (named_scores{{"m.a", 0}}));
  EXPECT_EQ(found(v1, in, "fox", with_tags({"green"})), named_scores{});
  EXPECT_EQ(found(v1, make_catalogue(std::vector<manual_ptr>{}), "fox", with_tags({"red"})), named_scores{});
}

TEST(tag_search, filters_by_each_tag_manual_and_protocol) {
  const auto in = three_tools();
  search_options options;
  options.all_of_tags_required = {"GEO", "london city"};
  EXPECT_EQ(found(v1, in, "city", options), (named_scores{{"g.geo", 4}}));
  options.all_of_tags_required = {"geo", "mail"};
  EXPECT_EQ(found(v1, in, "city", options), named_scores{});
  search_options other;
  other.manuals = {"m", "g"};
  EXPECT_EQ(found(v1, in, "city", other), (named_scores{{"g.geo", 4}, {"m.send", 0}}));
  other.any_of_tags_required = {"weather", "mail"};
  EXPECT_EQ(found(v1, in, "city", other), (named_scores{{"m.send", 0}}));
  search_options third;
  third.protocols = {"http"};
  EXPECT_EQ(found(v1, in, "city", third), named_scores{});
}

TEST(tag_search, explains_a_score) {
  search_options options;
  options.explain = true;
  for (const tag_search* by : {&v0, &v1})
    for (const tool_match& match : by->search(three_tools(), "weather in london city", options).value()) {
      double sum = 0;
      for (const match_reason& why : match.why) sum += why.points;
      EXPECT_NEAR(sum, match.score, 1e-9) << match.tool->name;
    }
}

TEST(tag_search, finds_nothing_in_nothing) {
  EXPECT_EQ(found(v1, make_catalogue(std::vector<manual_ptr>{}), "fox"), named_scores{});
  EXPECT_EQ(found(v1, nullptr, "fox"), named_scores{});
  EXPECT_EQ(found(v1, make_catalogue(std::vector<described>{}), "fox"), named_scores{});
}

TEST(tag_search, refuses_a_query_of_more_than_64_kib) {
  const auto in = three_tools();
  EXPECT_TRUE(v1.search(in, std::string(64u << 10, 'a'), {}).has_value());
  const auto refused = v1.search(in, std::string((64u << 10) + 1, 'a'), {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error() == errc::invalid_argument);
}

TEST(tag_search, takes_a_query_that_is_not_utf8) {
  const auto in = make_catalogue({{"m.a", "fox", {}}});
  EXPECT_EQ(found(v1, in, "\xFF\xC3 fox \xE2\x82"), (named_scores{{"m.a", 1}}));
  EXPECT_EQ(found(v1, in, std::string_view("fox\0fox", 7)), (named_scores{{"m.a", 1}}));
}

TEST(tag_search, takes_the_rules_from_the_dialect_and_the_weights_from_the_options) {
  const auto in = make_catalogue({{"m.a", "red", {"fox"}}});
  EXPECT_EQ(found(*make(json::object(), dialect::v0).value(), in, "red fox"), (named_scores{{"m.a", 1.0 + 0.3 + 0.3}}));
  EXPECT_EQ(found(*make(nullptr, dialect::v1).value(), in, "red fox"), (named_scores{{"m.a", 4}}));
  const json options{{"tag_weight", 10}, {"description_weight", 0.5}, {"tool_search_strategy_type", "tag"}, {"other", true}};
  EXPECT_EQ(found(*make(options, dialect::v1).value(), in, "red fox"), (named_scores{{"m.a", 10.5}}));
  EXPECT_EQ(found(*make(options, dialect::v0).value(), in, "red fox"), (named_scores{{"m.a", 11}}));
}

TEST(tag_search, names_the_key_of_a_wrong_weight) {
  for (const char* key : {"tag_weight", "description_weight"})
    for (const json& wrong : {json("3"), json(true), json(-1), json::array()}) {
      const auto refused = make(json{{key, wrong}}, dialect::v1);
      ASSERT_FALSE(refused);
      EXPECT_TRUE(refused.error() == errc::invalid_config);
      EXPECT_NE(refused.error().message.find(key), std::string::npos);
    }
  EXPECT_FALSE(make(json::array(), dialect::v1));
}

TEST(tag_search, keeps_a_weight_of_zero_in_order_of_registration) {
  const auto in = make_catalogue({{"m.a", "", {}}, {"m.b", "red fox", {"fox"}}, {"m.c", "fox", {}}});
  EXPECT_EQ(found(*make(json{{"description_weight", 0}}, dialect::v1).value(), in, "red fox"),
            (named_scores{{"m.b", 3}, {"m.a", 0}, {"m.c", 0}}));
}

TEST(tag_search, lets_go_of_manuals_that_are_gone) {
  tag_search search;
  auto one = make_manual("m", {{"m.a", "fox", {}}});
  const std::weak_ptr<const registered_manual> seen = one;
  auto in = make_catalogue({std::move(one)});
  EXPECT_EQ(found(search, in, "fox"), (named_scores{{"m.a", 1}}));
  in = nullptr;
  EXPECT_TRUE(seen.expired());
  search.on_snapshot(make_catalogue(std::vector<manual_ptr>{}));
}

TEST(tag_search, follows_snapshots_that_share_manuals) {
  const tag_search search;
  const auto first = make_manual("a", {{"a.x", "red fox", {}}});
  const auto second = make_manual("b", {{"b.x", "red hen", {"fox"}}});
  EXPECT_EQ(found(search, make_catalogue({first}), "fox"), (named_scores{{"a.x", 1}}));
  EXPECT_EQ(found(search, make_catalogue({first, second}), "fox"), (named_scores{{"b.x", 3}, {"a.x", 1}}));
  EXPECT_EQ(found(search, make_catalogue({second}), "fox"), (named_scores{{"b.x", 3}}));
  for (int i = 0; i < 100; ++i) {  // an address may come again
    const auto fresh = make_catalogue({{"m.t" + std::to_string(i), "fox", {}}});
    EXPECT_EQ(found(search, fresh, "fox"), (named_scores{{"m.t" + std::to_string(i), 1}}));
  }
}

TEST(tag_search, answers_many_threads_at_once) {
  tag_search search;
  std::vector<described> tools;
  for (int i = 0; i < 300; ++i) tools.push_back({"m.t" + std::to_string(i), i % 7 == 0 ? "red fox" : "blue hen", {"t" + std::to_string(i % 10)}});
  const auto shared = make_manual("m", tools);
  const auto expected = found(tag_search(), make_catalogue({shared}), "red fox t3");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i) {
        const auto in = make_catalogue({shared});
        search.on_snapshot(in);
        EXPECT_EQ(found(search, in, "red fox t3"), expected);
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST(tag_search, is_bounded_for_a_catalogue_of_tags_of_all_lengths) {
  std::vector<described> tools;
  for (std::size_t size = 1; size < 2'000; size += 5) tools.push_back({"m.t" + std::to_string(size), "", {std::string(size, 'a')}});
  const auto in = make_catalogue(tools);
  const auto best = found(v1, in, std::string(20'000, 'a'), search_options(1));
  EXPECT_EQ(best, (named_scores{{"m.t1", 3}}));
}
