// Replays tests/golden/search: what python-utcp answered to random queries.
#include <utcp/search/tag_search.hpp>

#include "catalogues.hpp"

#include <gtest/gtest.h>

#include <fstream>

using namespace utcp;
using namespace utcp::test;

namespace {

void replay(const std::string& file, dialect as) {
  std::ifstream in(std::string(UTCP_SOURCE_DIR) + "/tests/golden/search/" + file);
  ASSERT_TRUE(in) << file;
  const json recorded = json::parse(in);
  for (const json& one : recorded.at("catalogues")) {
    std::vector<described> tools;
    for (const json& t : one.at("tools"))
      tools.push_back({t.at("name").get<std::string>(), t.at("description").get<std::string>(), t.at("tags").get<std::vector<std::string>>()});
    const auto catalogue = make_catalogue(tools);
    for (const json& wanted : one.at("cases")) {
      const auto search = make_tag_search()(wanted, as).value();
      search_options options(wanted.at("limit").get<std::size_t>());
      if (wanted.contains("any_of_tags_required"))
        options.any_of_tags_required = wanted.at("any_of_tags_required").get<std::vector<std::string>>();
      named_scores expected;
      for (const json& pair : wanted.at("found")) expected.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<double>());
      EXPECT_EQ(found(*search, catalogue, wanted.at("query").get<std::string>(), options), expected) << wanted.dump(2) << one.at("tools").dump(1);
    }
  }
}

}  // namespace

TEST(recorded_searches, of_python_v1_are_repeated) { replay("tag_search_v1.json", dialect::v1); }
TEST(recorded_searches, of_python_v0_are_repeated) { replay("tag_search_v0.json", dialect::v0); }
