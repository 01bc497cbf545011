#include "manual_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace {

using namespace utcp;
using cli::find_manual;

result<loaded_manual> found(const std::string& text, document_limits limits = {}) {
  manual_source source;
  source.where = "output";
  auto provider = std::make_shared<call_template>();
  provider->name = "p";
  provider->protocol = "cli";
  source.provider = provider;
  return find_manual(text, source, {}, limits);
}

std::vector<std::string> names(const result<loaded_manual>& manual) {
  std::vector<std::string> out;
  if (!manual) return {"failed: " + manual.error().message};
  for (const auto& each : manual->found.tools) out.push_back(each->name);
  return out;
}

const std::string v1 = R"({"utcp_version": "1.0.0", "manual_version": "1", "tools": [
  {"name": "a", "description": "A", "tool_call_template": {"call_template_type": "cli", "commands": [{"command": "a"}]}}]})";
const std::string v0 = R"({"version": "0.1.0", "tools": [{"name": "b", "description": "B {x}", "tool_provider": {"provider_type": "cli", "command_name": "b"}}]})";
const std::string tool = R"({"name": "c", "description": "C", "tool_provider": {"provider_type": "cli", "command_name": "c"}})";

using ::testing::ElementsAre;

TEST(manual_text, whole_manuals_of_both_dialects) {
  EXPECT_THAT(names(found(v1)), ElementsAre("a"));
  EXPECT_THAT(names(found("\n " + v0 + "\n")), ElementsAre("b"));
  EXPECT_EQ(found(v0)->found.written_as, dialect::v0);
}

TEST(manual_text, a_pretty_manual_after_a_banner_and_before_a_log) {
  const std::string pretty = json::parse(v0).dump(2);
  EXPECT_THAT(names(found("my-tool 1.2 [beta]\nloading {3} plugins\n" + pretty + "\ndone.\n")), ElementsAre("b"));
  EXPECT_THAT(names(found("{\"level\": \"info\", \"name\": \"log\"}\n{ broken\n  " + pretty)), ElementsAre("b"));
}

TEST(manual_text, on_a_line_with_other_text) { EXPECT_THAT(names(found("manual: " + v0)), ElementsAre("b")); }

TEST(manual_text, lines_of_tools_and_arrays_of_tools) {
  EXPECT_THAT(names(found(tool)), ElementsAre("c"));
  EXPECT_THAT(names(found(tool + "\n" + tool + "\n")), ElementsAre("c", "c"));
  EXPECT_THAT(names(found("[" + tool + ", " + tool + "]")), ElementsAre("c", "c"));
  EXPECT_THAT(names(found("hello\n[" + tool + "]\n" + v1)), ElementsAre("c", "a"));
  EXPECT_THAT(names(found(R"({"Name": "D", "Description": "go writes capitals"})")), ElementsAre("D"));
}

TEST(manual_text, a_tool_that_cannot_be_read_is_a_notice) {
  auto out = found(R"({"name": "x", "description": 5})" "\n" + tool);
  EXPECT_THAT(names(out), ElementsAre("c"));
  ASSERT_EQ(out->notices.size(), 1u);
  EXPECT_NE(out->notices[0].message.find("description"), std::string::npos);
}

TEST(manual_text, without_a_manual_is_an_error_that_says_so) {
  for (const char* text : {"", "  \n", "hello", "{\"a\": 1}", "[1, 2]", "{", "{\"tools\": 5}"}) {
    auto out = found(text);
    ASSERT_TRUE(out.has_error()) << text;
    EXPECT_EQ(out.error(), errc::invalid_config) << text;
    EXPECT_EQ(out.error().message.rfind("output", 0), 0u) << out.error().message;
  }
}

TEST(manual_text, hostile_texts_take_bounded_time) {
  const auto began = std::chrono::steady_clock::now();
  std::string braces;
  for (int i = 0; i < 200'000; ++i) braces += "{\n";
  EXPECT_TRUE(found(braces).has_error());
  EXPECT_TRUE(found(std::string(1'000'000, '[')).has_error());
  std::string quotes;
  for (int i = 0; i < 200'000; ++i) quotes += "{\"";
  EXPECT_TRUE(found(quotes).has_error());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(manual_text, as_utf8_replaces_what_is_not) {
  EXPECT_EQ(cli::as_utf8("a\xff\xfe\xc3\xa9"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xc3\xa9");
  EXPECT_EQ(cli::as_utf8(""), "");
}

}  // namespace
