#include "request_text.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

TEST(request_text, a_shell_reads_each_word_back) {
  EXPECT_EQ(shell_word("city=Oslo"), "city=Oslo");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_word("a\nb"), "'a\nb'");
}

TEST(request_text, an_http_request_reads_as_on_the_wire) {
  const json preview{{"method", "POST"}, {"url", "https://x.example/a"}, {"headers", {{"Content-Type", "application/json"}, {"X-Key", "***"}}},
                     {"body", "{\"a\":\"it's\"}"}};
  EXPECT_EQ(request_text(preview), "POST https://x.example/a\nContent-Type: application/json\nX-Key: ***\n\n{\"a\":\"it's\"}\n");
}

TEST(request_text, a_body_of_json_is_compact) {
  EXPECT_EQ(request_text(json{{"method", "PUT"}, {"url", "https://x.example"}, {"body", {{"a", 1}}}}), "PUT https://x.example\n\n{\"a\":1}\n");
  EXPECT_EQ(request_text(json{{"method", "GET"}, {"url", "https://x.example"}, {"body", nullptr}}), "GET https://x.example\n");
}

TEST(request_text, a_repeated_header_is_repeated) {
  const json preview{{"method", "GET"}, {"url", "https://x.example"}, {"headers", {{"A", {"1", "2"}}}}};
  EXPECT_EQ(request_text(preview), "GET https://x.example\nA: 1\nA: 2\n");
}

TEST(request_text, another_protocol_is_shown_as_json) {
  const json preview{{"protocol", "text"}, {"file", "a.json"}};
  EXPECT_EQ(json::parse(request_text(preview)), preview);
}

TEST(request_text, tells_how_long_a_body_is_that_is_no_text) {
  for (const std::string& body : {std::string("\x89PNG"), std::string("a\0bc", 4)}) {
    const json preview = {{"method", "POST"}, {"url", "https://h/"}, {"body", body}};
    EXPECT_EQ(request_text(preview), "POST https://h/\n\n(4 bytes that are no text)\n");
  }
}

}  // namespace
}  // namespace utcp::app
