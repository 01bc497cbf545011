#include "oauth_request.hpp"

#include "crypto.hpp"

#include <gmock/gmock.h>

namespace utcp::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string value_of(const std::string& url, const char* name) {
  const auto pairs = read_query(std::string_view(url).substr(url.find('?') + 1));
  for (const auto& [key, value] : *pairs)
    if (key == name) return value;
  return "(none)";
}

authorization_question question() {
  authorization_question out;
  out.endpoint = net::url::parse("https://as/authorize?tenant=a").value();
  out.client_id = "id&1";
  out.redirect_uri = "http://127.0.0.1:5/callback";
  out.resource = "https://s/mcp";
  out.scopes = {"a", "b"};
  return out;
}

TEST(oauth_scopes, are_words_each_once) {
  EXPECT_THAT(split_scope("  a b\ta  c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_scope(""), IsEmpty());
  EXPECT_EQ(join_scope({"a", "b"}), "a b");
}

TEST(oauth_scopes, come_from_the_refusal_then_the_operator_then_the_resource) {
  const scope_list none, listed{"x", "y"};
  EXPECT_THAT(choose_scopes("c", std::nullopt, listed, none, none, true), ElementsAre("c"));
  EXPECT_THAT(choose_scopes(std::nullopt, std::nullopt, listed, none, none, true), ElementsAre("x", "y"));
  EXPECT_THAT(choose_scopes(std::nullopt, "o", listed, none, none, true), ElementsAre("o"));
  EXPECT_THAT(choose_scopes("c", "o", listed, none, none, true), ElementsAre("o", "c"));
  EXPECT_THAT(choose_scopes(std::nullopt, std::nullopt, none, none, none, true), IsEmpty());
}

TEST(oauth_scopes, keep_what_was_asked_for_before) { EXPECT_THAT(choose_scopes("w", std::nullopt, {"x"}, {"r"}, {}, true), ElementsAre("r", "w")); }

TEST(oauth_scopes, hold_offline_access_only_where_the_server_lists_it) {
  const scope_list offline{"a", "offline_access"};
  EXPECT_THAT(choose_scopes("a", std::nullopt, {}, {}, offline, true), ElementsAre("a", "offline_access"));
  EXPECT_THAT(choose_scopes("a", std::nullopt, {}, {}, offline, false), ElementsAre("a"));
  EXPECT_THAT(choose_scopes("a offline_access", std::nullopt, {}, {}, {"a"}, true), ElementsAre("a"));
  EXPECT_THAT(choose_scopes(std::nullopt, std::nullopt, {}, {}, offline, true), IsEmpty());
}

TEST(oauth_query, is_read_as_a_form) {
  const auto read = read_query("a=1&&b=x+y%2B%26&c&=d");
  ASSERT_TRUE(read);
  EXPECT_THAT(*read, ElementsAre(std::pair<std::string, std::string>("a", "1"), std::pair<std::string, std::string>("b", "x y+&"), std::pair<std::string, std::string>("c", ""),
                                 std::pair<std::string, std::string>("", "d")));
  for (const char* broken : {"a=%", "a=%4", "a=%zz", "%g0=a"}) EXPECT_EQ(read_query(broken).error(), errc::protocol_error) << broken;
  std::string many;
  for (int i = 0; i < 65; ++i) many += "a=b&";
  EXPECT_EQ(read_query(many).error(), errc::protocol_error);
}

TEST(oauth_question, carries_pkce_state_and_resource) {
  const auto asked = ask_for_code(question());
  ASSERT_TRUE(asked);
  EXPECT_THAT(asked->url, HasSubstr("https://as/authorize?tenant=a&"));
  EXPECT_EQ(value_of(asked->url, "response_type"), "code");
  EXPECT_EQ(value_of(asked->url, "client_id"), "id&1");
  EXPECT_EQ(value_of(asked->url, "redirect_uri"), "http://127.0.0.1:5/callback");
  EXPECT_EQ(value_of(asked->url, "resource"), "https://s/mcp");
  EXPECT_EQ(value_of(asked->url, "scope"), "a b");
  EXPECT_EQ(value_of(asked->url, "code_challenge_method"), "S256");
  EXPECT_EQ(value_of(asked->url, "code_challenge"), base64url(*sha256(asked->verifier)));
  EXPECT_EQ(value_of(asked->url, "state"), asked->state);
  EXPECT_EQ(asked->verifier.size(), 64u);
  EXPECT_THAT(asked->url, Not(HasSubstr(asked->verifier)));
  const auto again = ask_for_code(question());
  EXPECT_NE(again->state, asked->state);
  EXPECT_NE(again->verifier, asked->verifier);
}

TEST(oauth_question, leaves_an_empty_scope_out) {
  auto what = question();
  what.scopes.clear();
  EXPECT_EQ(value_of(ask_for_code(what)->url, "scope"), "(none)");
}

class oauth_answer : public ::testing::Test {
 protected:
  oauth_answer() {
    asked.state = "s1";
    server.issuer = "https://as/one";
  }
  error failure(const std::string& query) {
    auto read = read_code(query, asked, server);
    EXPECT_FALSE(read) << query;
    return read ? error() : read.error();
  }
  pending_authorization asked;
  server_metadata server;
};

TEST_F(oauth_answer, gives_its_code) {
  EXPECT_EQ(read_code("code=c%201&state=s1", asked, server)->reveal(), "c 1");
  EXPECT_EQ(read_code("code=c&state=s1&iss=https%3A%2F%2Fas%2Fone", asked, server)->reveal(), "c");
}

TEST_F(oauth_answer, needs_the_state_that_was_sent) {
  for (const char* query : {"code=c", "code=c&state=", "code=c&state=s2", "code=c&state=s1&state=s1", ""}) EXPECT_EQ(failure(query), errc::protocol_error) << query;
}

TEST_F(oauth_answer, names_its_issuer_byte_for_byte) {
  for (const char* issuer : {"https://as/one/", "https://AS/one", "https://as:443/one", "https://evil", ""})
    EXPECT_EQ(failure(std::string("code=c&state=s1&iss=") + issuer), errc::protocol_error) << issuer;
  server.names_itself_in_answers = true;
  EXPECT_EQ(failure("code=c&state=s1"), errc::protocol_error);
}

TEST_F(oauth_answer, of_another_issuer_is_not_shown) {
  const error failed = failure("error=access_denied&error_description=evil&state=s1&iss=https://evil");
  EXPECT_EQ(failed, errc::protocol_error);
  EXPECT_TRUE(failed.remote.is_null());
  EXPECT_THAT(failed.message, Not(HasSubstr("evil")));
}

TEST_F(oauth_answer, may_be_a_refusal) {
  const error denied = failure("error=access_denied&error_description=no&state=s1");
  EXPECT_EQ(denied, errc::unauthorized);
  EXPECT_THAT(denied.message, HasSubstr("access_denied"));
  EXPECT_EQ(denied.remote["error_description"], "no");
  EXPECT_THAT(failure("error=%3Cb%3E&state=s1").message, Not(HasSubstr("<b>")));
}

TEST_F(oauth_answer, without_a_code_is_none) { EXPECT_EQ(failure("state=s1&code="), errc::protocol_error); }

}  // namespace
}  // namespace utcp::mcp
