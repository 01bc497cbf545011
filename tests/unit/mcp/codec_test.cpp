#include "cache.hpp"
#include "elicitation.hpp"
#include "header_values.hpp"
#include "line_splitter.hpp"

#include <utcp/mcp/message.hpp>
#include <utcp/mcp/revision.hpp>
#include <utcp/mcp/types.hpp>

#include <gmock/gmock.h>

namespace utcp::mcp {
namespace {

using ::testing::ElementsAre;

std::vector<message> read(std::string_view text) {
  std::vector<message> out;
  EXPECT_TRUE(read_messages(text, document_limits(), out)) << text;
  return out;
}

errc failure_of(std::string_view text) {
  std::vector<message> out;
  const auto fine = read_messages(text, document_limits(), out);
  return fine ? errc::internal : static_cast<errc>(fine.error().code.value());
}

TEST(mcp_message, says_how_long_each_of_a_batch_is) {
  const auto all = read(R"([ {"result":{"text":"0123456789"},"id":1}, {"result":{},"id":2} ])");
  EXPECT_EQ(all.at(0).bytes, 39u);
  EXPECT_EQ(all.at(1).bytes, 20u);
}

TEST(mcp_message, tells_requests_notifications_results_and_failures_apart) {
  const auto request = read(R"({"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":1}})");
  EXPECT_EQ(request.at(0).what, message::kind::request);
  EXPECT_EQ(request.at(0).id, "a");
  EXPECT_EQ(request.at(0).body, (json{{"x", 1}}));
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","method":"notifications/x"})").at(0).what, message::kind::notification);
  EXPECT_EQ(read(R"({"result":{},"id":1})").at(0).what, message::kind::result);
  EXPECT_EQ(read(R"({"id":null,"error":{"code":-1}})").at(0).what, message::kind::failure);
}

TEST(mcp_message, reads_a_batch) { EXPECT_EQ(read(R"([{"id":1,"result":1},{"method":"x"}])").size(), 2u); }

TEST(mcp_message, refuses_what_is_no_message) {
  for (const char* text : {"", "text", "{", "7", "{}", R"({"id":1})", R"({"id":1.5,"result":1})", R"({"id":[],"method":"x"})", R"({"method":7})", R"({"result":1})", R"({"method":"x","params":7})", R"([1])"})
    EXPECT_EQ(failure_of(text), errc::protocol_error) << text;
  EXPECT_EQ(failure_of(std::string(100'000, '[')), errc::too_large);
}

TEST(mcp_message, finds_the_id_of_a_message_that_is_too_long) {
  EXPECT_EQ(id_in_pieces(R"({"jsonrpc":"2.0","id":17,"result":{"conte)", R"(xxx"}]}})"), 17);
  EXPECT_EQ(id_in_pieces(R"({"result":{"id":5,"conte)", R"(xxx"}]},"jsonrpc":"2.0","id": 8})"), 8);
  EXPECT_EQ(id_in_pieces(R"({"result":{"id":5,"conte)", R"("id":9,"x":[{}]}})"), std::nullopt);
  EXPECT_EQ(id_in_pieces(R"({"id":"text","result":{)", "}}"), std::nullopt);
}

TEST(mcp_message, gives_each_error_code_a_meaning_and_keeps_the_servers_words_apart) {
  const json failure{{"code", -32602}, {"message", "secret words"}};
  const error why = error_of_failure(failure, "tools/call");
  EXPECT_EQ(why, errc::invalid_argument);
  EXPECT_EQ(why.remote, failure);
  EXPECT_EQ(why.message.find("secret"), std::string::npos);
  EXPECT_EQ(error_of_failure(json{{"code", -32601}}, "x"), errc::unsupported);
  EXPECT_EQ(error_of_failure(json{{"code", -32000}}, "x"), errc::remote_failed);
  EXPECT_EQ(error_of_failure(json::object(), "x"), errc::remote_failed);
}

std::vector<std::string> lines_of(std::string_view text, std::size_t piece, std::size_t limit) {
  line_splitter lines(limit);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    lines.feed(text.substr(at, piece));
    while (const auto next = lines.next()) out.push_back(next->cut ? "cut " + std::string(next->text.substr(0, 2)) + ".." + std::string(next->tail.substr(next->tail.size() - 2)) : std::string(next->text));
  }
  return out;
}

TEST(mcp_lines, are_the_same_however_they_are_cut) {
  const std::string text = "{\"a\":1}\r\n\n  \n{\"b\":\"ü\"}\nAB" + std::string(2000, 'x') + "YZ\nlast\nunfinished";
  for (std::size_t piece = 1; piece < 40; ++piece) EXPECT_THAT(lines_of(text, piece, 1000), ElementsAre("{\"a\":1}", "{\"b\":\"ü\"}", "cut AB..YZ", "last")) << piece;
  EXPECT_THAT(lines_of(text, text.size(), 1000), ElementsAre("{\"a\":1}", "{\"b\":\"ü\"}", "cut AB..YZ", "last"));
}

TEST(mcp_header_value, is_plain_where_a_header_can_carry_it) {
  EXPECT_EQ(header_value("us east"), "us east");
  EXPECT_EQ(header_value(""), "");
  EXPECT_EQ(header_value(" a"), "=?base64?IGE=?=");
  EXPECT_EQ(header_value("a "), "=?base64?YSA=?=");
  EXPECT_EQ(header_value("\ta"), "=?base64?CWE=?=");
  EXPECT_EQ(header_value("ü"), "=?base64?w7w=?=");
  EXPECT_EQ(header_value("a\r\nb"), "=?base64?YQ0KYg==?=");
  EXPECT_EQ(header_value("=?base64?YQ==?="), "=?base64?PT9iYXNlNjQ/WVE9PT89?=");
}

TEST(mcp_header_rules, follow_properties_alone) {
  const json schema = json::parse(R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},
      "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},"x-mcp-header":{"type":"string"}}})");
  const auto rules = read_header_rules(schema);
  ASSERT_TRUE(rules) << rules.error().message;
  const auto headers = parameter_headers(*rules, json::parse(R"({"region":"eu","deep":{"n":-7},"x-mcp-header":"no"})"));
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0], net::http_header("Mcp-Param-N", "-7"));
  EXPECT_EQ(headers[1], net::http_header("Mcp-Param-Region", "eu"));
  EXPECT_TRUE(parameter_headers(*rules, json::parse(R"({"region":null,"deep":7})")).empty());
}

TEST(mcp_header_rules, refuse_an_annotation_that_is_not_valid) {
  for (const char* property : {R"({"type":"number","x-mcp-header":"A"})", R"({"type":"string","x-mcp-header":""})", R"({"type":"string","x-mcp-header":"a b"})", R"({"x-mcp-header":"A"})",
                               R"({"type":"string","x-mcp-header":7})", R"({"type":"array","items":{"type":"string","x-mcp-header":"A"}})", R"({"anyOf":[{"type":"string","x-mcp-header":"A"}]})"}) {
    const json schema{{"type", "object"}, {"properties", {{"p", json::parse(property)}}}};
    EXPECT_FALSE(read_header_rules(schema)) << property;
  }
  EXPECT_FALSE(read_header_rules(json::parse(R"({"properties":{"a":{"type":"string","x-mcp-header":"X"},"b":{"type":"string","x-mcp-header":"x"}}})")));
  EXPECT_FALSE(read_header_rules(json::parse(R"({"x-mcp-header":"Root","type":"object"})")));
}

TEST(mcp_form, is_filled_from_its_defaults_when_it_is_accepted) {
  const json schema = json::parse(R"({"properties":{"name":{"type":"string","default":"Ann"},"age":{"type":"integer","default":7},"free":{"type":"string"}}})");
  json accepted{{"action", "accept"}, {"content", {{"age", 8}}}};
  complete_form(schema, accepted);
  EXPECT_EQ(accepted["content"], (json{{"age", 8}, {"name", "Ann"}}));
  json declined{{"action", "decline"}, {"content", {{"age", 8}}}};
  complete_form(schema, declined);
  EXPECT_FALSE(declined.contains("content"));
}

TEST(mcp_cache, keeps_an_answer_as_long_as_the_server_says) {
  answer_cache cache;
  const time_point now{};
  cache.put("tools/list", "", json{{"ttlMs", 1000}, {"tools", 1}}, now);
  cache.put("tools/list", "=2", json{{"ttlMs", -5}}, now);
  cache.put("prompts/list", "", json::object(), now);
  EXPECT_NE(cache.find("tools/list", "", now + std::chrono::milliseconds(999)), nullptr);
  EXPECT_EQ(cache.find("tools/list", "=2", now), nullptr);
  EXPECT_EQ(cache.find("prompts/list", "", now), nullptr);
  EXPECT_EQ(cache.find("tools/list", "", now + std::chrono::milliseconds(1000)), nullptr);
}

TEST(mcp_revision, is_of_one_era) {
  EXPECT_TRUE(is_legacy_revision("2024-11-05"));
  EXPECT_FALSE(is_legacy_revision("2024-10-07"));
  EXPECT_TRUE(is_modern_revision("2099-01-01"));
  EXPECT_FALSE(is_modern_revision("2025-11-25"));
  EXPECT_FALSE(is_modern_revision(""));
}

TEST(mcp_tool, keeps_what_it_does_not_know) {
  const tool one(json::parse(R"({"name":"n","annotations":{"title":"T"},"inputSchema":{"$anchor":"a"},"x":1})"));
  EXPECT_EQ(one.display_name(), "T");
  EXPECT_EQ(one.input_schema(), (json{{"$anchor", "a"}}));
  EXPECT_TRUE(one.output_schema().is_null());
  EXPECT_EQ(one.definition["x"], 1);
}

}  // namespace
}  // namespace utcp::mcp
