#include "manual_keys.hpp"

#include <utcp/builtin.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#ifdef UTCP_WITH_MCP  // the hashes need its OpenSSL

namespace utcp::app {
namespace {

namespace fs = std::filesystem;

std::vector<manual_key> keys(const json& document, const std::string& secret = "secret", const fs::path& root = ".") {
  return keys_of_manuals(read_config(document, root).value(), builtin_registry(), secret).value();
}

json http_manual(const std::string& url) { return {{"name", "my-api"}, {"provider_type", "http"}, {"url", url}}; }

TEST(manual_keys, are_the_same_for_the_same_and_say_nothing) {
  const auto a = keys({http_manual("https://a.example/hunter2")});
  ASSERT_EQ(a.size(), 1u);
  EXPECT_EQ(a[0].name, "my_api");
  EXPECT_FALSE(a[0].is_constant);
  EXPECT_EQ(a[0].hash.size(), 64u);
  EXPECT_EQ(a[0].hash, keys({http_manual("https://a.example/hunter2")})[0].hash);
  EXPECT_NE(a[0].hash, keys({http_manual("https://a.example/hunter2")}, "another")[0].hash);
  EXPECT_NE(a[0].hash, keys({http_manual("https://b.example/hunter2")})[0].hash);
}

TEST(manual_keys, differ_by_the_values_of_variables) {
  const auto with = [](const char* value) {
    return keys({{"variables", {{"HOST", value}}}, {"providers", {http_manual("https://${HOST}/"), {{"name", "other"}, {"provider_type", "http"}, {"url", "https://a.example"}}}}});
  };
  const auto a = with("a.example"), b = with("b.example");
  EXPECT_NE(a[0].hash, b[0].hash);
  EXPECT_EQ(a[1].hash, b[1].hash);  // it uses none
}

TEST(manual_keys, differ_where_a_value_is_missing) {
  ::unsetenv("UTCP_TEST_HOST");
  const json document{http_manual("https://${UTCP_TEST_HOST}/")};
  const auto missing = keys(document);
  ::setenv("UTCP_TEST_HOST", "a.example", 1);
  EXPECT_NE(keys(document)[0].hash, missing[0].hash);
  ::unsetenv("UTCP_TEST_HOST");
}

TEST(manual_keys, differ_by_settings_around_the_manual) {
  const auto with = [](const json& defaults) { return keys({{"defaults", defaults}, {"providers", {http_manual("https://a.example")}}})[0].hash; };
  EXPECT_NE(with(json::object()), with({{"allow_insecure_http", true}}));
  EXPECT_NE(with(json::object()), with({{"max_manual_bytes", 1000}}));
}

TEST(manual_keys, differ_by_the_files_that_a_manual_names) {
  std::string name = (fs::temp_directory_path() / "utcp-keys-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  const json document{{{"name", "t"}, {"provider_type", "text"}, {"file_path", "manual.json"}}, http_manual("https://a.example")};
  const auto without = keys(document, "s", folder);
  EXPECT_FALSE(without[0].is_constant) << "its document may refer to other files";
  const auto write = [&](const std::string& text) {
    std::ofstream(folder / "manual.json") << text;
    // As if it were of long ago; the time of its last change of any kind cannot be set.
    ::usleep(60'000);
  };
  write("one");
  const auto first = keys(document, "s", folder);
  EXPECT_NE(first[0].hash, without[0].hash);
  EXPECT_EQ(first[0].hash, keys(document, "s", folder)[0].hash);
  write("two");
  EXPECT_NE(first[0].hash, keys(document, "s", folder)[0].hash);
  EXPECT_EQ(first[1].hash, keys(document, "s", folder)[1].hash);
  std::ofstream(folder / "manual.json") << "six";
  const auto racy = keys(document, "s", folder)[0].hash;  // may change again within the tick of a clock
  EXPECT_NE(racy, keys(document, "s", folder)[0].hash);
  fs::remove_all(folder);
}

TEST(manual_keys, are_there_for_entries_that_cannot_be_read) {
  const auto all = keys({{{"name", "bad"}, {"provider_type", 7}}, http_manual("https://a.example")});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].is_constant);
}

TEST(manual_keys, the_indexed_strategy_is_told_from_others) {
  const auto of = [](const json& strategy) {
    json document{{"variables", {{"W", "2"}}}, {"manual_call_templates", json::array()}};
    if (!strategy.is_null()) document["tool_search_strategy"] = strategy;
    return indexed_strategy_of(read_config(document, ".").value(), builtin_registry()).value();
  };
  EXPECT_EQ(of(nullptr), std::optional(json()));
  EXPECT_TRUE(of({{"typos", false}}).has_value());
  EXPECT_EQ(of({{"tool_search_strategy_type", "indexed"}, {"x", "${W}"}})->at("x"), "2");
  EXPECT_FALSE(of({{"tool_search_strategy_type", "tag"}}).has_value());
}

}  // namespace
}  // namespace utcp::app

#endif
