#include <utcp/auth/authorize.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp;

net::http_request request_to(const char* target = "https://h.example/p?a=1") {
  net::http_request out;
  out.target = *net::url::parse(target);
  return out;
}

auth key(std::string value, std::string name, api_key_auth::place where) {
  api_key_auth out;
  out.key = secret(std::move(value));
  out.name = std::move(name);
  out.location = where;
  return out;
}

auth basic(std::string user, std::string password) {
  basic_auth out;
  out.username = secret(std::move(user));
  out.password = secret(std::move(password));
  return out;
}

TEST(authorize, puts_a_key_into_a_header_that_wins_over_a_static_one) {
  auto request = request_to();
  request.headers.set("x-api-key", "static");
  ASSERT_TRUE(authorize(request, key("K", "X-Api-Key", api_key_auth::place::header)));
  ASSERT_EQ(request.headers.size(), 1u);
  EXPECT_EQ(*request.headers.find("X-Api-Key"), "K");
}

TEST(authorize, puts_a_key_into_the_query_in_the_place_of_an_argument) {
  auto request = request_to("https://h.example/p?k=mine&a=1&k=again");
  const auto how = key("K K", "k", api_key_auth::place::query);
  ASSERT_TRUE(authorize(request, how));
  EXPECT_EQ(request.target.query(), "k=K+K&a=1");
  ASSERT_TRUE(authorize(request, how));
  EXPECT_EQ(request.target.query(), "k=K+K&a=1");
}

TEST(authorize, puts_a_key_into_a_cookie_beside_the_others) {
  auto request = request_to();
  request.headers.set("Cookie", "a=1; sid=old; b=2");
  ASSERT_TRUE(authorize(request, key("K K;", "sid", api_key_auth::place::cookie)));
  EXPECT_EQ(*request.headers.find("Cookie"), R"(a=1; b=2; sid="K K\073")");
  ASSERT_TRUE(authorize(request, key("abc/+==", "sid", api_key_auth::place::cookie)));
  EXPECT_EQ(*request.headers.find("cookie"), "a=1; b=2; sid=abc/+==");
  auto fresh = request_to();
  ASSERT_TRUE(authorize(fresh, key("\"\\\xc3\xa9", "sid", api_key_auth::place::cookie)));
  EXPECT_EQ(*fresh.headers.find("Cookie"), R"(sid="\"\\\303\251")");
}

TEST(authorize, writes_basic_credentials_as_utf8) {
  const std::tuple<const char*, const char*, const char*> table[] = {{"u", "p", "dTpw"}, {"u", "p:\xc3\xa9", "dTpwOsOp"}, {"", "", "Og=="}, {"Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}};
  for (const auto& [user, password, text] : table) {
    auto request = request_to();
    request.headers.set("authorization", "static");
    ASSERT_TRUE(authorize(request, basic(user, password)));
    EXPECT_EQ(*request.headers.find("Authorization"), std::string("Basic ") + text);
    EXPECT_EQ(request.headers.size(), 1u);
  }
  auto request = request_to();
  EXPECT_EQ(authorize(request, basic("a:b", "c")).error(), errc::invalid_argument);
}

TEST(authorize, refuses_line_breaks_everywhere) {
  for (auto where : {api_key_auth::place::header, api_key_auth::place::query, api_key_auth::place::cookie}) {
    auto request = request_to();
    const auto bad_value = authorize(request, key("s3cret\r\nX: y", "n", where));
    ASSERT_FALSE(bad_value);
    EXPECT_EQ(bad_value.error(), errc::invalid_argument);
    EXPECT_EQ(bad_value.error().message.find("s3cret"), std::string::npos);
    EXPECT_FALSE(authorize(request, key("K", "n\r\nX", where)));
    EXPECT_TRUE(request.headers.empty());
  }
  auto request = request_to();
  EXPECT_FALSE(set_bearer(request, "a\nb"));
  EXPECT_FALSE(set_bearer(request, ""));
}

TEST(authorize, shows_stars_when_masked) {
  auto request = request_to();
  ASSERT_TRUE(authorize(request, key("s3cret", "k", api_key_auth::place::query), credentials_as::masked));
  EXPECT_EQ(request.target.query(), "a=1&k=***");
  ASSERT_TRUE(authorize(request, key("s3cret", "c", api_key_auth::place::cookie), credentials_as::masked));
  EXPECT_EQ(*request.headers.find("Cookie"), "c=***");
  ASSERT_TRUE(authorize(request, basic("user", "s3cret"), credentials_as::masked));
  EXPECT_EQ(*request.headers.find("Authorization"), "Basic ***");
  ASSERT_TRUE(authorize(request, oauth2_auth(), credentials_as::masked));
  EXPECT_EQ(*request.headers.find("Authorization"), "Bearer ***");
}

TEST(authorize, tells_which_headers_are_secret) {
  EXPECT_EQ(credential_headers(key("k", "X-Mine", api_key_auth::place::header)), std::vector<std::string>{"X-Mine"});
  EXPECT_EQ(credential_headers(key("k", "sid", api_key_auth::place::cookie)), std::vector<std::string>{"Cookie"});
  EXPECT_TRUE(credential_headers(key("k", "q", api_key_auth::place::query)).empty());
  EXPECT_EQ(credential_headers(basic("u", "p")), std::vector<std::string>{"Authorization"});
}

}  // namespace
