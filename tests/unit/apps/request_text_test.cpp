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

TEST(request_text, a_get_becomes_a_short_curl_line) {
  EXPECT_EQ(curl_line(json({{"method", "GET"}, {"url", "https://x.example/a?b=1&c=2"}})), "curl 'https://x.example/a?b=1&c=2'");
  EXPECT_EQ(curl_line(json({{"method", "HEAD"}, {"url", "https://x.example/"}})), "curl --head https://x.example/");
}

TEST(request_text, a_post_carries_headers_and_body) {
  const json preview{{"method", "POST"}, {"url", "https://x.example/a"}, {"headers", {{"Content-Type", "application/json"}, {"X-Key", "***"}}},
                     {"body", "{\"a\":\"it's\"}"}};
  EXPECT_EQ(curl_line(preview),
            "curl -X POST -H 'Content-Type: application/json' -H 'X-Key: ***' --data-raw '{\"a\":\"it'\\''s\"}' https://x.example/a");
  EXPECT_EQ(request_text(preview), "POST https://x.example/a\nContent-Type: application/json\nX-Key: ***\n\n{\"a\":\"it's\"}\n");
}

TEST(request_text, a_repeated_header_is_repeated) {
  const json preview{{"method", "GET"}, {"url", "https://x.example"}, {"headers", {{"A", {"1", "2"}}}}};
  EXPECT_EQ(curl_line(preview), "curl -H 'A: 1' -H 'A: 2' https://x.example");
}

TEST(request_text, brackets_of_a_url_are_not_ranges) {
  EXPECT_EQ(curl_line(json({{"method", "GET"}, {"url", "http://[::1]:80/a"}})), "curl --globoff 'http://[::1]:80/a'");
}

TEST(request_text, another_protocol_is_shown_as_json) {
  const json preview{{"protocol", "text"}, {"file", "a.json"}};
  EXPECT_FALSE(curl_line(preview));
  EXPECT_EQ(json::parse(request_text(preview)), preview);
}

}  // namespace
}  // namespace utcp::app
