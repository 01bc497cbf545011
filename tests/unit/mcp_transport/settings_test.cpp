#include "mcp_settings.hpp"
#include "result_mapping.hpp"

#include <gmock/gmock.h>

namespace utcp::mcp_transport {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

call_template provider(json servers, json more = json::object()) {
  call_template out;
  out.name = "m";
  out.protocol = "mcp";
  out.options = std::move(more);
  out.options["config"]["mcpServers"] = std::move(servers);
  return out;
}

result<server_settings> read_one(json entry, json more = json::object()) {
  auto all = read_settings(provider(json{{"s", std::move(entry)}}, std::move(more)));
  if (!all) return all.error();
  return all->servers.at(0).settings;
}

TEST(mcp_settings, read_a_program_as_text_or_as_words) {
  for (const json& entry : {json{{"command", "npx"}, {"args", {"-y", "x", 7}}, {"env", {{"A", "1"}, {"B", 2}}}, {"cwd", "w"}}, json{{"command", {"npx", "-y"}}, {"args", {"x", 7}}, {"env_vars", {{"A", "1"}, {"B", 2}}}, {"working_dir", "w"}}}) {
    const auto got = read_one(entry);
    ASSERT_TRUE(got) << got.error().message;
    const auto& program = std::get<program_settings>(got->how);
    EXPECT_EQ(program.command, "npx");
    EXPECT_THAT(program.arguments, ElementsAre("-y", "x", "7"));
    EXPECT_EQ(program.env.at("B"), "2");
    EXPECT_EQ(program.working_dir, "w");
  }
}

TEST(mcp_settings, read_a_url_with_the_headers_of_both_places) {
  const auto got = read_one({{"url", "https://h/mcp"}, {"headers", {{"X-Own", "1"}}}, {"auth_token", "t"}, {"timeout", 1.5}}, {{"headers", {{"X-All", "2"}, {"X-Own", "3"}}}});
  ASSERT_TRUE(got) << got.error().message;
  const auto& url = std::get<url_settings>(got->how);
  EXPECT_EQ(*url.headers.find("x-own"), "1");
  EXPECT_EQ(*url.headers.find("x-all"), "2");
  EXPECT_EQ(*url.headers.find("authorization"), "Bearer t");
  EXPECT_EQ(got->timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(got->era, mcp::era_choice::automatic);
  EXPECT_EQ(read_one({{"url", "https://h/mcp"}, {"era", "legacy"}})->era, mcp::era_choice::legacy);
  EXPECT_EQ(read_one({{"url", "https://h/mcp"}, {"era", "old"}}).error(), errc::invalid_config);
}

TEST(mcp_settings, take_the_words_of_other_clients_for_the_transport) {
  const auto kind = [](const char* word) {
    const auto got = read_one({{"url", "https://h"}, {"type", word}});
    return got ? std::get<url_settings>(got->how).kind : url_settings::flavour::automatic;
  };
  EXPECT_EQ(kind("http"), url_settings::flavour::automatic);
  EXPECT_EQ(kind("sse"), url_settings::flavour::events);
  EXPECT_EQ(kind("streamable-http"), url_settings::flavour::streamable);
}

TEST(mcp_settings, say_what_is_wrong_with_one_server_and_keep_the_others) {
  const auto all = read_settings(provider({{"a", {{"command", "x"}}}, {"b", json::object()}, {"c", {{"command", 7}}}, {"d", 7}, {"e", {{"ws_url", "ws://h"}}}, {"f", {{"command", "x"}, {"stdinData", "y"}}},
                                           {"g", {{"command", "x"}, {"timeout", -1}}}, {"h", {{"url", "https://h"}, {"headers", {{"A", "b\r\nC: d"}}}}}, {"i", {{"command", "x"}, {"env", {{"A=B", "c"}}}}}}));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->servers.size(), 9u);
  EXPECT_TRUE(all->servers[0].settings);
  for (std::size_t i = 1; i < all->servers.size(); ++i) {
    ASSERT_FALSE(all->servers[i].settings) << all->servers[i].name;
    EXPECT_THAT(all->servers[i].settings.error().message, HasSubstr("mcpServers/" + all->servers[i].name));
  }
  EXPECT_EQ(all->servers[4].settings.error(), errc::unsupported);
  EXPECT_EQ(all->servers[5].settings.error(), errc::unsupported);
  EXPECT_FALSE(read_settings(provider(json::object())));
}

mcp::call_result answer(const char* text) { return mcp::read_call_result(json::parse(text)); }

json mapped(const char* text, bool unwrap = false, bool raw = false) {
  auto out = map_result(answer(text), "m.s.t", unwrap, raw, false);
  return out ? out->to_json() : json("failed");
}

TEST(mcp_result, is_the_structured_content_where_there_is_some) {
  EXPECT_EQ(mapped(R"({"content":[{"type":"text","text":"{}"}],"structuredContent":{"result":1}})"), (json{{"result", 1}}));
  EXPECT_EQ(mapped(R"({"content":[],"structuredContent":{"result":1}})", true), 1);
  EXPECT_EQ(mapped(R"({"content":[],"structuredContent":{"result":1},"_meta":{"fastmcp":{"wrap_result":true}}})"), 1);
  EXPECT_EQ(mapped(R"({"content":[],"structuredContent":{"result":1,"more":2}})", true), (json{{"result", 1}, {"more", 2}}));
  EXPECT_EQ(mapped(R"({"content":[],"structuredContent":[1,2]})"), json({1, 2}));
}

TEST(mcp_result, is_the_text_of_a_single_block_as_it_is) {
  EXPECT_EQ(mapped(R"({"content":[{"type":"text","text":"42"}]})"), "42");
  EXPECT_EQ(mapped(R"({"content":[{"type":"text","text":"{\"a\":1}"}]})"), "{\"a\":1}");
}

TEST(mcp_result, is_the_list_of_blocks_otherwise) {
  EXPECT_EQ(mapped(R"({"content":[]})"), json::array());
  EXPECT_EQ(mapped(R"({"content":[{"type":"image","data":"AA==","mimeType":"image/png"}]})")[0]["type"], "image");
  EXPECT_EQ(mapped(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})").size(), 2u);
  EXPECT_EQ(mapped(R"({"content":[{"type":"text","text":"a"}]})", false, true), (json{{"content", {{{"type", "text"}, {"text", "a"}}}}}));
}

TEST(mcp_result, of_a_failed_tool_is_an_error_that_keeps_the_content_apart) {
  const auto got = map_result(answer(R"({"content":[{"type":"text","text":"secret words"}],"isError":true,"_meta":{"io.modelcontextprotocol/serverInfo":{"icons":[]}}})"), "m.s.t", false, false, false);
  ASSERT_FALSE(got);
  const error why = got.error();
  EXPECT_EQ(why, errc::remote_failed);
  EXPECT_EQ(why.remote["content"][0]["text"], "secret words");
  EXPECT_FALSE(why.remote.contains("_meta")) << "a picture of the server would hide the words";
  EXPECT_EQ(why.message.find("secret"), std::string::npos);
}

TEST(mcp_result, has_the_whole_answer_in_its_meta_when_asked) {
  const auto got = map_result(answer(R"({"content":[{"type":"text","text":"a"}],"structuredContent":{"b":1},"_meta":{"c":2}})"), "m.s.t", false, false, true);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->meta["structuredContent"], (json{{"b", 1}}));
  EXPECT_EQ(got->meta["content"][0]["text"], "a");
  EXPECT_EQ(got->meta["_meta"]["c"], 2);
}

}  // namespace
}  // namespace utcp::mcp_transport
