#include <utcp/search/indexed_search.hpp>

#include "catalogues.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

using namespace utcp;
using namespace utcp::test;

namespace {

const indexed_search usual;

std::vector<std::string> names(const search_strategy& by, const catalogue_ptr& in, std::string_view query, const search_options& options = {}) {
  std::vector<std::string> out;
  for (const auto& [name, score] : found(by, in, query, options)) {
    EXPECT_GT(score, 0);
    out.push_back(name);
  }
  return out;
}

using list = std::vector<std::string>;

catalogue_ptr some_tools() {
  return make_catalogue({make_manual("w", {{"w.current_weather", "Current weather of a city", {"weather"}}, {"w.forecast", "Forecast for the coming days", {"Weather", "days"}}}),
                         make_manual("m", {{"m.sendMessage", "Sends an e-mail to a person", {"mail", "message"}}, {"m.delete_message", "Removes an e-mail", {"mail"}}}),
                         make_manual("g", {{"g.geocode", "Coordinates of an address in a city", {}}})});
}

tool_ptr with_inputs(const json& inputs) {
  auto made = std::make_shared<tool>();
  made->name = "m.made";
  made->inputs = schema(inputs);
  made->tool_call_template = std::make_shared<const call_template>();
  return made;
}

catalogue_ptr only(const tool_ptr& one) {
  manual published;
  published.tools = {one};
  auto provider = std::make_shared<call_template>();
  provider->name = "m";
  return make_catalogue(std::vector<manual_ptr>{std::make_shared<const registered_manual>(provider, std::move(published))});
}

}  // namespace

TEST(indexed_search, puts_the_tool_first_that_has_the_words_in_its_name) {
  EXPECT_EQ(names(usual, some_tools(), "what is the weather in the city?").front(), "w.current_weather");
  EXPECT_EQ(names(usual, some_tools(), "send a message").front(), "m.sendMessage");
  EXPECT_EQ(names(usual, some_tools(), "deleting messages").front(), "m.delete_message");
}

TEST(indexed_search, finds_names_however_they_are_written) {
  for (const char* query : {"sendMessage", "send_message", "SEND-MESSAGE", "sendmessage"}) EXPECT_EQ(names(usual, some_tools(), query).front(), "m.sendMessage") << query;
  EXPECT_EQ(names(usual, some_tools(), "email").size(), 2u);
}

TEST(indexed_search, finds_only_tools_with_a_word_of_the_query) {
  EXPECT_EQ(names(usual, some_tools(), "geocode"), (list{"g.geocode"}));
  EXPECT_EQ(names(usual, some_tools(), "zzzz"), list{});
  EXPECT_EQ(names(usual, some_tools(), ""), list{});
  EXPECT_EQ(names(usual, some_tools(), " .,;"), list{});
  EXPECT_EQ(names(usual, nullptr, "weather"), list{});
  EXPECT_EQ(names(usual, make_catalogue(std::vector<manual_ptr>{}), "weather"), list{});
}

TEST(indexed_search, takes_stop_words_for_words_when_there_are_no_others) {
  const auto in = make_catalogue({{"m.who", "", {}}, {"m.other", "", {}}});
  EXPECT_EQ(names(usual, in, "who is it"), (list{"m.who"}));
}

TEST(indexed_search, finds_the_word_that_is_being_written) {
  EXPECT_EQ(names(usual, some_tools(), "geoc"), (list{"g.geocode"}));
  EXPECT_EQ(names(usual, some_tools(), "foreca").front(), "w.forecast");
  indexed_search_options how;
  how.prefixes = false;
  how.typos = false;
  EXPECT_EQ(names(indexed_search(how), some_tools(), "geoc"), list{});
}

TEST(indexed_search, finds_a_name_that_begins_with_a_word) {
  const auto in = make_catalogue({{"m.portfoliopilot", "", {}}, {"m.pilot", "", {}}});
  EXPECT_EQ(names(usual, in, "my portfolio please"), (list{"m.portfoliopilot"}));
}

TEST(indexed_search, forgives_a_letter) {
  for (const char* query : {"gecode it.", "geocodr it.", "goecode it.", "geeocode it."}) EXPECT_EQ(names(usual, some_tools(), query), (list{"g.geocode"})) << query;
  indexed_search_options how;
  how.typos = false;
  how.prefixes = false;
  EXPECT_EQ(names(indexed_search(how), some_tools(), "gecode"), list{});
}

TEST(indexed_search, reads_what_parameters_are_called_say_and_take) {
  const json inputs = json::parse(R"({"type":"object","properties":{"cityName":{"type":"string","description":"a town"},
      "unit":{"enum":["celsius","kelvin"]},"filter":{"type":"array","items":{"type":"object","properties":{"altitude":{}}}}},"x-note":"hidden"})");
  const auto in = only(with_inputs(inputs));
  for (const char* query : {"city", "town.", "kelvin", "altitude", "unit"}) EXPECT_EQ(names(usual, in, query), (list{"m.made"})) << query;
  for (const char* query : {"hidden", "object", "properties", "enum"}) EXPECT_EQ(names(usual, in, query), list{}) << query;
}

TEST(indexed_search, ignores_schemas_that_are_nested_too_deep) {
  json deep = json::object();
  for (int i = 0; i < 300; ++i) deep = json{{"properties", {{"p", deep}}}};
  EXPECT_EQ(names(usual, only(with_inputs(deep)), "made"), (list{"m.made"}));
}

TEST(indexed_search, keeps_the_order_of_registration_among_equals) {
  std::vector<described> tools;
  for (int i = 0; i < 200; ++i) tools.push_back({"b.t" + std::to_string(i), "a fox", {}});
  const auto in = make_catalogue({make_manual("a", {{"a.last", "a fox", {}}}), make_manual("b", tools)});
  const auto all = names(usual, in, "fox", search_options(search_options::no_limit));
  ASSERT_EQ(all.size(), 201u);
  EXPECT_EQ(all[0], "a.last");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i) + 1], tools[static_cast<std::size_t>(i)].name);
}

TEST(indexed_search, cuts_to_the_limit) {
  EXPECT_EQ(names(usual, some_tools(), "city weather mail", search_options(0)), list{});
  EXPECT_EQ(names(usual, some_tools(), "city weather mail", search_options(1)).size(), 1u);
  EXPECT_EQ(names(usual, some_tools(), "city weather mail", search_options(search_options::no_limit)).size(), 5u);
  EXPECT_EQ(names(usual, some_tools(), "city weather mail", search_options(static_cast<std::size_t>(-1))).size(), 5u);
}

TEST(indexed_search, filters_by_tags_manual_and_protocol) {
  search_options options;
  options.any_of_tags_required = {"WEATHER", "none"};
  EXPECT_EQ(names(usual, some_tools(), "city mail forecast", options), (list{"w.forecast", "w.current_weather"}));
  options.all_of_tags_required = {"days", "weather"};
  EXPECT_EQ(names(usual, some_tools(), "city mail forecast", options), (list{"w.forecast"}));
  search_options other;
  other.manuals = {"g", "nobody"};
  EXPECT_EQ(names(usual, some_tools(), "city weather", other), (list{"g.geocode"}));
  search_options third;
  third.protocols = {"http"};
  EXPECT_EQ(names(usual, some_tools(), "city weather", third), list{});
}

TEST(indexed_search, explains_a_score) {
  search_options options;
  options.explain = true;
  const auto matches = usual.search(some_tools(), "weather in the city", options).value();
  ASSERT_FALSE(matches.empty());
  for (const tool_match& match : matches) {
    ASSERT_FALSE(match.why.empty());
    const double sum = std::accumulate(match.why.begin(), match.why.end(), 0.0, [](double s, const match_reason& r) { return s + r.points; });
    EXPECT_NEAR(sum, match.score, 1e-4);
  }
  EXPECT_EQ(matches.front().why.front().asked, "weather");
  EXPECT_EQ(matches.front().why.front().how, "word");
  EXPECT_TRUE(usual.search(some_tools(), "weather", {}).value().front().why.empty());
}

TEST(indexed_search, takes_any_bytes_for_a_query) {
  const auto in = some_tools();
  EXPECT_TRUE(usual.search(in, std::string(64u << 10, 'a'), {}).has_value());
  std::string many;
  for (int i = 0; many.size() < (60u << 10); ++i) many += "word" + std::to_string(i) + " ";
  EXPECT_TRUE(usual.search(in, many + "geocode", {}).has_value());
  for (const std::string& query : {std::string("\xFF\xFE\0\x01 geocode", 13), std::string("geocode 天気を教えて"), std::string("geocode ما هو الطقس"), std::string("geocode 🌦️🌍")})
    EXPECT_EQ(names(usual, in, query).front(), "g.geocode") << query;
  for (const std::size_t bytes : {(64u << 10) + 1, 1u << 20}) {
    const auto refused = usual.search(in, std::string(bytes, 'a'), {});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error() == errc::invalid_argument);
  }
}

TEST(indexed_search, finds_scripts_without_spaces) {
  const auto in = make_catalogue({{"m.tenki", "東京の天気予報を取得する", {}}, {"m.mail", "メールを送信する", {}}, {"m.wetter", "Wetter für Köln", {"é"}}});
  EXPECT_EQ(names(usual, in, "天気を教えて").front(), "m.tenki");
  EXPECT_EQ(names(usual, in, "メール").front(), "m.mail");
#ifdef UTCP_WITH_UTF8PROC
  EXPECT_EQ(names(usual, in, "KOLN."), (list{"m.wetter"}));
#endif
}

#ifdef UTCP_WITH_STEMMER
TEST(indexed_search, finds_other_forms_of_a_word) {
  const auto in = make_catalogue({{"m.convert", "Converting currencies", {}}, {"m.other", "nothing", {}}});
  for (const char* query : {"currency.", "converts it.", "converted."}) EXPECT_EQ(names(usual, in, query), (list{"m.convert"})) << query;
}
#endif

#ifdef UTCP_WITH_WORDNET
TEST(indexed_search, finds_related_words) {
  const auto in = make_catalogue({{"m.movie", "about movies", {}}, {"m.other", "about stones", {}}});
  EXPECT_EQ(names(usual, in, "a film."), (list{"m.movie"}));
  search_options options;
  options.explain = true;
  EXPECT_EQ(usual.search(in, "a film.", options).value().front().why.front().how, "related");
  indexed_search_options how;
  how.related_words = false;
  EXPECT_EQ(names(indexed_search(how), in, "a film."), list{});
}
#endif

TEST(indexed_search, takes_its_options_from_the_configuration) {
  const auto make = make_indexed_search();
  const auto strategy = make(json{{"tool_search_strategy_type", "indexed"}, {"name", 7}, {"typos", false}, {"else", 1}}, dialect::v1).value();
  EXPECT_EQ(dynamic_cast<const indexed_search&>(*strategy).how().name, 7);
  EXPECT_FALSE(dynamic_cast<const indexed_search&>(*strategy).how().typos);
  EXPECT_TRUE(make(nullptr, dialect::v0).has_value());
  for (const json& wrong : {json{{"name", "7"}}, json{{"tags", -1}}, json{{"saturation", 0}}, json{{"prefixes", 1}}, json::array({1})}) {
    const auto refused = make(wrong, dialect::v1);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_TRUE(refused.error() == errc::invalid_config);
    if (wrong.is_object()) {
      EXPECT_NE(refused.error().message.find(wrong.begin().key()), std::string::npos);
    }
  }
}
