#include <utcp/net/url.hpp>

#include <gtest/gtest.h>

namespace {

using utcp::errc;
using utcp::net::url;

url must_parse(std::string_view text) {
  auto parsed = url::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : url();
}

struct form { const char* in; const char* out; };

TEST(url, has_one_normal_form) {
  const form table[] = {
      {"https://Example.COM", "https://example.com/"},
      {"HTTPS://example.com:443/A", "https://example.com/A"},
      {"http://example.com:80?x=1", "http://example.com/?x=1"},
      {"http://example.com:8080/a/b?x=1&y#frag", "http://example.com:8080/a/b?x=1&y"},
      {"http://[::1]:81/x", "http://[::1]:81/x"},
      {"https://h/a b", "https://h/a%20b"},
      {"https://h/{id}/\"x\"", "https://h/%7Bid%7D/%22x%22"},
      {"https://h/\xc3\xa9?q=\xc3\xa9", "https://h/%C3%A9?q=%C3%A9"},
      {"https://h/a%2Fb?c=%zz", "https://h/a%2Fb?c=%25zz"},
      {"https://h/a?b=[1]&c=x|y", "https://h/a?b=%5B1%5D&c=x%7Cy"},
      {"https://h/a\\b", "https://h/a%5Cb"},
      {"https://u:p@h/", "https://u:p@h/"},
  };
  for (const form& each : table) EXPECT_EQ(must_parse(each.in).text(), each.out) << each.in;
}

TEST(url, owns_its_text) {
  url kept;
  {
    std::string text = "https://example.com/some/long/path/that/is/not/short?with=query";
    kept = must_parse(text);
    text.assign(text.size(), 'x');
  }
  EXPECT_EQ(kept.host(), "example.com");
  EXPECT_EQ(kept.path(), "/some/long/path/that/is/not/short");
  EXPECT_EQ(kept.query(), "with=query");
}

TEST(url, tells_its_parts) {
  const url u = must_parse("http://u:p@Example.com:8080/a?b=c");
  EXPECT_EQ(u.scheme(), "http");
  EXPECT_EQ(u.host(), "example.com");
  EXPECT_EQ(u.port(), 8080);
  EXPECT_EQ(u.path(), "/a");
  EXPECT_EQ(u.query(), "b=c");
  EXPECT_TRUE(u.has_userinfo());
  EXPECT_EQ(u.shown(), "http://example.com:8080/a");
  EXPECT_EQ(must_parse("http://[::1]:9/x?y").shown(), "http://[::1]:9/x");
  EXPECT_EQ(must_parse("http://[::1]:9/x?y").host(), "::1");
  EXPECT_EQ(must_parse("https://h").port(), 443);
  EXPECT_EQ(must_parse("wss://h").port(), 443);
  EXPECT_EQ(must_parse("foo://h").port(), 0);
}

TEST(url, refuses_what_is_no_absolute_url_with_a_plain_host) {
  for (const char* bad : {"", "example.com/x", "/x", "https:///x", "https://", "file:///etc/passwd", "https://h:0/", "https://h:65536/", "https://h:x/",
                          "https://127%2e0.0.1/", "https://a b/", "https://a\\b/", "https://ex\xc3\xa4mple.com/", "https://h/\r\nX: y", "https://h/\x01",
                          "https://[::1/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://[1.2.3.4]/", "https://h:80:90/", "https://:80/", "1http://h/", "https://a@b@c d/", "javascript:alert(1)", "https://a'b/"}) {
    const auto parsed = url::parse(bad);
    ASSERT_FALSE(parsed) << bad << " became " << parsed->text();
    EXPECT_EQ(parsed.error(), errc::invalid_config);
  }
}

TEST(url, does_not_take_the_front_of_a_host_for_an_address) {
  const url u = must_parse("https://127.0.0.1.evil.example/x");
  EXPECT_EQ(u.host(), "127.0.0.1.evil.example");
  EXPECT_EQ(u.path(), "/x");
  EXPECT_EQ(must_parse("https://1.2.3.4:/x").text(), "https://1.2.3.4/x");
  EXPECT_EQ(must_parse("https://h?a/b:c@d").query(), "a/b:c@d");
}

TEST(url, shows_no_secret_when_it_refuses) {
  const auto parsed = url::parse("https://user:pass@/path?token=s3cret");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message.find("pass@"), std::string::npos);
  EXPECT_EQ(parsed.error().message.find("s3cret"), std::string::npos);
  for (const char* bad : {"ht tp://user:pass@h/", "1://user:pass@h/", "://user:pass@h/"}) {
    const auto refused = url::parse(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message.find("pass@"), std::string::npos) << refused.error().message;
  }
}

TEST(url, joins_references_as_rfc_3986_says) {
  const url base = must_parse("http://a.example/b/c/d?q");
  const form table[] = {
      {"g", "http://a.example/b/c/g"},        {"./g/", "http://a.example/b/c/g/"},          {"/g", "http://a.example/g"},
      {"//b.example/x", "http://b.example/x"}, {"?y", "http://a.example/b/c/d?y"},           {"../g", "http://a.example/b/g"},
      {"../../../g", "http://a.example/g"},    {"https://C.example", "https://c.example/"}, {"g h", "http://a.example/b/c/g%20h"},
      {"", "http://a.example/b/c/d?q"},        {"#s", "http://a.example/b/c/d?q"},
      {"..", "http://a.example/b/"},           {".", "http://a.example/b/c/"},               {"/./x/../y", "http://a.example/y"},
      {"g?u=http://x/../y", "http://a.example/b/c/g?u=http://x/../y"}, {"g;x=1/../y", "http://a.example/b/c/y"}, {"/a//b", "http://a.example/a//b"},
  };
  for (const form& each : table) {
    const auto joined = base.resolve(each.in);
    ASSERT_TRUE(joined) << each.in << ": " << joined.error().message;
    EXPECT_EQ(joined->text(), each.out) << each.in;
  }
  for (const char* bad : {"file:///etc/passwd", "http://", "//", "http://ex ample/", "/a\nb", "mailto:a@b"}) EXPECT_FALSE(base.resolve(bad)) << bad;
}

// Found by fuzz_url: what stands before `://` and is no scheme begins a path.
TEST(url, encodes_a_reference_whose_colon_and_slashes_follow_no_scheme) {
  const url base = must_parse("http://a.example/b/c");
  EXPECT_EQ(base.resolve("x y://p q")->text(), "http://a.example/b/x%20y://p%20q");
  EXPECT_EQ(base.resolve("1tp://\xa6\\/")->text(), "http://a.example/b/1tp://%A6%5C/");
}

TEST(url, knows_its_origin) {
  const url u = must_parse("https://h.example/a");
  EXPECT_TRUE(u.same_origin(must_parse("https://H.example:443/b?c")));
  EXPECT_FALSE(u.same_origin(must_parse("http://h.example/a")));
  EXPECT_FALSE(u.same_origin(must_parse("https://h.example:444/a")));
  EXPECT_FALSE(u.same_origin(must_parse("https://x.h.example/a")));
}

TEST(url_encoding, leaves_nothing_but_unreserved_characters_in_a_path_component) {
  EXPECT_EQ(utcp::net::encode_component("a/b c?d"), "a%2Fb%20c%3Fd");
  EXPECT_EQ(utcp::net::encode_component("-._~aZ9"), "-._~aZ9");
  EXPECT_EQ(utcp::net::encode_component("\xc3\xa9+%&"), "%C3%A9%2B%25%26");
}

TEST(url_encoding, writes_spaces_of_a_query_as_plus) {
  std::string query;
  utcp::net::append_query_pair(query, "s", "a b&c");
  utcp::net::append_query_pair(query, "u v", "\xc3\xa9");
  EXPECT_EQ(query, "s=a+b%26c&u+v=%C3%A9");
}

TEST(url_encoding, sets_a_pair_in_place_and_once) {
  std::string query = "a=1&k%20x=old&b=2&k+x=older";
  utcp::net::set_query_pair(query, "k x", "new");
  EXPECT_EQ(query, "a=1&k+x=new&b=2");
  utcp::net::set_query_pair(query, "c", "3");
  EXPECT_EQ(query, "a=1&k+x=new&b=2&c=3");
  EXPECT_TRUE(utcp::net::has_query_pair(query, "k x"));
  EXPECT_FALSE(utcp::net::has_query_pair(query, "K x"));
}

TEST(url_encoding, merges_only_names_that_are_not_there) {
  std::string query = "a=1";
  utcp::net::merge_query(query, "a=9&b=2&b=3");
  EXPECT_EQ(query, "a=1&b=2&b=3");
}

}  // namespace
