#include <utcp/net/url_policy.hpp>

#include <gtest/gtest.h>

namespace {

using utcp::errc;
using utcp::net::check_url;
using utcp::net::url;

utcp::result<void> check(const char* text, bool insecure = false) {
  const auto parsed = url::parse(text);
  EXPECT_TRUE(parsed) << text;
  return check_url(*parsed, insecure, "tool invocation");
}

TEST(url_policy, allows_https_anywhere_and_http_on_this_machine) {
  for (const char* fine : {"https://example.com/", "https://10.0.0.1/", "http://localhost/", "http://LOCALHOST:8000/x", "http://127.0.0.1:1/", "http://127.8.9.1/", "http://[::1]:2/"})
    EXPECT_TRUE(check(fine)) << fine;
}

TEST(url_policy, refuses_plain_http_elsewhere_whatever_it_looks_like) {
  for (const char* bad : {"http://example.com/", "http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/",
                          "http://0177.0.0.1/", "http://localhost./", "http://0.0.0.0/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://[::2]/"}) {
    const auto refused = check(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error(), errc::not_allowed);
    EXPECT_TRUE(check(bad, true)) << bad;
  }
}

TEST(url_policy, refuses_other_schemes_and_user_info_even_when_insecure_http_is_allowed) {
  for (const char* bad : {"file://host/x", "ftp://h/", "gopher://h/", "ws://localhost/", "https://u@h/", "http://u:p@localhost/"}) {
    const auto refused = check(bad, true);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error(), errc::not_allowed);
  }
}

TEST(url_policy, names_the_url_without_query_and_the_remedy) {
  const auto refused = check("http://api.example/x?key=s3cret");
  ASSERT_FALSE(refused);
  const std::string& text = refused.error().message;
  EXPECT_NE(text.find("http://api.example/x"), std::string::npos) << text;
  EXPECT_NE(text.find("\"allow_insecure_http\": true"), std::string::npos) << text;
  EXPECT_NE(text.find("during tool invocation"), std::string::npos) << text;
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_EQ(check("https://user:s3cret@h/").error().message.find("s3cret"), std::string::npos);
}

TEST(url_policy, recognises_this_machine_in_every_spelling) {
  for (const char* host : {"localhost", "LocalHost", "localhost.", "a.localhost", "127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.01",
                           "017700000001", "0.0.0.0", "0", "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "0:0:0:0:0:0:0:1", "::ffff:0.0.0.0"})
    EXPECT_TRUE(utcp::net::is_loopback_like(host)) << host;
  for (const char* host : {"example.com", "128.0.0.1", "10.0.0.1", "localhost.example", "notlocalhost", "::2", "fe80::1", "1.2.3.4.5", "127.0.0.256", "", ".", "2130706432x", "::ffff:10.0.0.1"})
    EXPECT_FALSE(utcp::net::is_loopback_like(host)) << host;
}

TEST(url_policy, finds_this_machine_in_urls_and_addresses) {
  for (const char* text : {"http://localhost:80/x", "ws://127.1/", "grpc://[::1]:50051", "localhost:50051", "127.0.0.1", "[::1]:80", "::1", "http://u:p@localhost/", "//localhost/x", "http://localhost\\@evil/"})
    EXPECT_TRUE(utcp::net::points_at_loopback(text)) << text;
  for (const char* text : {"http://example.com/localhost", "https://example.com/?u=http://localhost", "example.com:80", "a sentence about localhost", "http://localhost@example.com/"})
    EXPECT_FALSE(utcp::net::points_at_loopback(text)) << text;
}

}  // namespace
