#include <utcp/search/embedding_search.hpp>

#include <utcp/search/indexed_search.hpp>

#include "catalogues.hpp"
#include "vector_keeper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <thread>

using namespace utcp;
using namespace utcp::test;

namespace {

// Knows some words by their meaning: one number each. What it does not know is far from everything.
class dictionary : public embedding_model {
 public:
  result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts) override {
    ++requests;
    given += texts.size();
    if (failure) return *failure;
    std::vector<std::vector<float>> out;
    for (const std::string& text : texts) {
      std::vector<float> vector(width, 0.0F);
      for (const auto& [word, meaning] : meanings)
        if (text.find(word) != std::string::npos) vector[meaning] += 1;
      out.push_back(std::move(vector));
    }
    return out;
  }

  std::map<std::string, std::size_t> meanings{{"weather", 0}, {"Forecast", 0}, {"umbrella", 0}, {"message", 1}, {"tell", 1}, {"geocode", 2}};
  std::size_t width = 13;
  std::optional<error> failure;
  std::atomic<std::size_t> requests = 0;
  std::atomic<std::size_t> given = 0;
};

catalogue_ptr tools_with_meanings() {
  return make_catalogue({make_manual("w", {{"w.weather", "Current weather of a city", {"sky"}}, {"w.days", "Forecast of the coming days", {"sky"}}}),
                         make_manual("m", {{"m.send", "Sends a message", {"mail"}}, {"m.remove", "Deletes mail", {"mail"}}}), make_manual("g", {{"g.geocode", "Finds places", {}}})});
}

struct searcher {
  explicit searcher(embedding_search_options how = embedding_search_options()) : by(model, std::make_shared<indexed_search>(), how) {}

  std::vector<std::string> names(std::string_view query, search_options options = search_options()) {
    std::vector<std::string> out;
    for (const auto& [name, score] : found(by, tools, query, options)) out.push_back(name);
    return out;
  }

  std::shared_ptr<dictionary> model = std::make_shared<dictionary>();
  catalogue_ptr tools = tools_with_meanings();
  embedding_search by;
};

using list = std::vector<std::string>;

}  // namespace

TEST(embedding_search, finds_by_meaning_what_has_none_of_the_words) {
  searcher s;
  EXPECT_EQ(s.names("take an umbrella?", search_options(2)), (list{"w.weather", "w.days"}));
  EXPECT_EQ(s.names("tell her", search_options(1)), list{"m.send"});
}

TEST(embedding_search, puts_both_orders_together) {
  searcher s;
  search_options options(1);
  options.explain = true;
  const auto matches = s.by.search(s.tools, "weather of a city", options).value();
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].tool->name, "w.weather");
  EXPECT_DOUBLE_EQ(matches[0].score, 2.0 / 61);
  ASSERT_EQ(matches[0].why.size(), 2u);
  EXPECT_EQ(matches[0].why[0].how, "words");
  EXPECT_EQ(matches[0].why[1].how, "meaning");
  EXPECT_DOUBLE_EQ(matches[0].why[0].points + matches[0].why[1].points, matches[0].score);
}

TEST(embedding_search, asks_for_each_tool_once_and_in_batches) {
  embedding_search_options how;
  how.batch = 2;
  searcher s(how);
  s.tools = make_catalogue({make_manual("a", {{"a.1", "", {}}, {"a.2", "", {}}, {"a.3", "", {}}})});
  EXPECT_EQ(s.names("weather").size(), 3u);
  EXPECT_EQ(s.model->requests, 3u);  // the query, and two batches
  EXPECT_EQ(s.model->given, 4u);
  EXPECT_EQ(s.names("message").size(), 3u);
  EXPECT_EQ(s.model->given, 5u);
  const auto more = s.tools->manuals();
  s.tools = make_catalogue({more[0], make_manual("b", {{"b.1", "", {}}})});
  s.by.on_snapshot(s.tools);
  EXPECT_EQ(s.names("message").size(), 4u);
  EXPECT_EQ(s.model->given, 7u);
}

TEST(embedding_search, keeps_to_filters_and_limits) {
  searcher s;
  search_options options;
  options.manuals = {"g"};
  EXPECT_EQ(s.names("umbrella", options), list{"g.geocode"});
  EXPECT_EQ(s.model->given, 2u) << "manuals that are filtered out are not read";
  options = search_options();
  options.any_of_tags_required = {"Mail"};
  EXPECT_EQ(s.names("umbrella", options), (list{"m.send", "m.remove"}));
  EXPECT_TRUE(s.names("umbrella", search_options(0)).empty());
  EXPECT_EQ(s.names("umbrella", search_options(search_options::no_limit)).size(), 5u);
  EXPECT_TRUE(s.names("").empty());
  EXPECT_EQ(s.by.search(s.tools, std::string(70'000, 'x'), search_options()).error(), errc::invalid_argument);
}

TEST(embedding_search, fails_as_the_model_does_and_asks_again) {
  searcher s;
  s.model->failure = error(errc::unavailable, "later");
  EXPECT_EQ(s.by.search(s.tools, "weather", search_options()).error(), errc::unavailable);
  s.model->failure.reset();
  EXPECT_EQ(s.names("weather").front(), "w.weather");
}

TEST(embedding_search, goes_by_words_alone_where_that_is_wanted) {
  embedding_search_options how;
  how.words_on_failure = true;
  searcher s(how);
  s.model->failure = error(errc::unavailable, "later");
  EXPECT_EQ(s.names("weather"), list{"w.weather"});
}

TEST(embedding_search, refuses_vectors_that_do_not_fit) {
  searcher s;
  EXPECT_EQ(s.names("weather", search_options(1)), list{"w.weather"});
  s.model->width = 12;
  EXPECT_EQ(s.by.search(s.tools, "weather", search_options()).error(), errc::protocol_error);
  EXPECT_EQ(unit_vectors::of({{1, 2}, {1}}, 2).error(), errc::protocol_error);
  EXPECT_EQ(unit_vectors::of({{1, 2}}, 2).error(), errc::protocol_error);
  EXPECT_EQ(unit_vectors::of({{}}, 1).error(), errc::protocol_error);
  EXPECT_EQ(unit_vectors::of({{std::numeric_limits<float>::infinity()}}, 1).error(), errc::protocol_error);
}

TEST(embedding_search, cosines_are_those_of_a_plain_loop) {
  for (std::size_t width : {1u, 7u, 8u, 9u, 31u, 384u}) {
    std::vector<std::vector<float>> two(2, std::vector<float>(width));
    for (std::size_t i = 0; i < width; ++i) {
      two[0][i] = static_cast<float>(i % 5) - 2;
      two[1][i] = static_cast<float>(i % 3) + 1;
    }
    const auto units = unit_vectors::of(two, 2).value();
    double sum = 0;
    for (std::size_t i = 0; i < width; ++i) sum += static_cast<double>(units[0][i]) * static_cast<double>(units[1][i]);
    EXPECT_NEAR(cosine(units[0], units[1]), sum, 1e-5) << width;
    EXPECT_NEAR(cosine(units[1], units[1]), 1, 1e-5) << width;
  }
}

TEST(embedding_search, gives_the_model_what_a_tool_says_and_cuts_it_at_a_character) {
  auto one = std::make_shared<tool>();
  one->name = "m.send";
  one->description = "Sends a message";
  one->tags = {"mail", "chat"};
  one->inputs = schema(json{{"type", "object"}, {"properties", {{"to", {{"type", "string"}, {"description", "Who gets it"}}}}}});
  EXPECT_EQ(embedded_text(*one), "send: Sends a message\ntags: mail, chat\nparameters: to\nWho gets it");
  one->description.clear();
  for (int i = 0; i < 3'000; ++i) one->description += "ä";
  const std::string cut = embedded_text(*one);
  EXPECT_LE(cut.size(), 4'000u);
  EXPECT_TRUE(cut.ends_with("ä"));
}

TEST(embedding_search, many_threads_ask_for_a_manual_once) {
  searcher s;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) EXPECT_EQ(s.by.search(s.tools, "umbrella", search_options(1)).value().size(), 1u);
    });
  for (int n = 0; n < 20; ++n) s.by.on_snapshot(s.tools);
  for (auto& each : threads) each.join();
  EXPECT_EQ(s.model->given, 8u * 20 + 5);
}
