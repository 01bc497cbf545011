#include <utcp/net/redirect.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp::net;
using utcp::errc;

http_request sent_request() {
  http_request request;
  request.method = "POST";
  request.target = *url::parse("https://a.example/path?static=1&q=2");
  request.headers.set("Authorization", "Bearer t");
  request.headers.set("Cookie", "sid=1");
  request.headers.set("X-Custom-Token", "t");
  request.headers.set("My-Key-Name", "t");
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept-Language", "de");
  request.body = std::make_shared<const std::string>("{}");
  return request;
}

http_head answer_of(int status, const char* location) {
  http_head head;
  head.status = status;
  if (location) head.fields.add("Location", location);
  return head;
}

redirect_rules rules() {
  redirect_rules out;
  out.purpose = "tool invocation";
  out.query = "q=2";
  out.secret_headers = {"x-declared"};
  return out;
}

utcp::result<redirect_hop> follow(int status, const char* location, int hops = 0) { return follow_redirect(sent_request(), answer_of(status, location), rules(), hops); }

TEST(redirect, keeps_everything_within_the_origin) {
  const auto hop = follow(307, "/other");
  ASSERT_TRUE(hop) << hop.error().message;
  EXPECT_TRUE(hop->same_origin);
  EXPECT_EQ(hop->request.target.text(), "https://a.example/other?q=2");
  EXPECT_EQ(hop->request.method, "POST");
  EXPECT_TRUE(hop->request.body);
  EXPECT_TRUE(hop->request.headers.find("Authorization"));
}

TEST(redirect, does_not_double_pairs_that_the_location_already_has) {
  const auto hop = follow(308, "/other/?static=1&q=2");
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->request.target.text(), "https://a.example/other/?static=1&q=2");
}

TEST(redirect, takes_everything_secret_off_for_another_origin) {
  for (const char* location : {"https://b.example/x", "//b.example/x", "https://a.example:8443/x"}) {
    auto sent = sent_request();
    sent.headers.set("X-Declared", "t");
    sent.headers.set("x_api_key", "t");
    sent.headers.set("Host", "a.example");
    const auto hop = follow_redirect(sent, answer_of(307, location), rules(), 0);
    ASSERT_TRUE(hop) << hop.error().message;
    EXPECT_FALSE(hop->same_origin);
    EXPECT_FALSE(hop->request.body);
    EXPECT_EQ(hop->request.target.query(), "");
    EXPECT_EQ(hop->request.headers.size(), 1u);
    EXPECT_TRUE(hop->request.headers.find("Accept-Language"));
  }
}

TEST(redirect, makes_303_a_get_and_leaves_the_other_methods_alone) {
  EXPECT_EQ(follow(303, "/x")->request.method, "GET");
  EXPECT_FALSE(follow(303, "/x")->request.body);
  EXPECT_FALSE(follow(303, "/x")->request.headers.find("Content-Type"));
  for (int status : {301, 302, 307, 308}) {
    EXPECT_EQ(follow(status, "/x")->request.method, "POST") << status;
    EXPECT_TRUE(follow(status, "/x")->request.body) << status;
  }
}

TEST(redirect, checks_each_target_against_the_policy) {
  for (const char* location : {"http://b.example/", "file:///etc/passwd", "file://host/etc/passwd", "ftp://b.example/", "gopher://b.example/", "https://u:p@b.example/", "javascript:x"}) {
    const auto hop = follow(302, location);
    ASSERT_FALSE(hop) << location;
    EXPECT_EQ(hop.error(), errc::not_allowed) << location;
  }
}

TEST(redirect, does_not_let_another_machine_send_us_to_this_one) {
  for (const char* location : {"http://127.0.0.1/", "https://localhost/", "https://0.0.0.0/", "https://[::1]/", "https://127.1/"}) {
    const auto hop = follow(302, location);
    ASSERT_FALSE(hop) << location;
    EXPECT_EQ(hop.error(), errc::not_allowed) << location;
  }
}

TEST(redirect, ends_after_five_hops) {
  EXPECT_TRUE(follow(302, "/x", 4));
  const auto hop = follow(302, "/x", 5);
  ASSERT_FALSE(hop);
  EXPECT_EQ(hop.error(), errc::remote_failed);
  EXPECT_NE(hop.error().message.find("Too many redirects (>5) during tool invocation"), std::string::npos);
}

TEST(redirect, needs_a_location) {
  EXPECT_EQ(follow(302, nullptr).error(), errc::remote_failed);
  EXPECT_EQ(follow(302, "").error(), errc::remote_failed);
}

TEST(redirect, knows_which_statuses_are_followed) {
  for (int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status));
  for (int status : {200, 300, 304, 305, 306, 400}) EXPECT_FALSE(is_redirect(status));
}

}  // namespace
