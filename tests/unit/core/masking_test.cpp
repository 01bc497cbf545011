#include <utcp/masking.hpp>

#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

TEST(masking, credentials_written_out_are_hidden) {
  const json shown = mask_template(json::parse(R"({
    "url": "https://x.example/u?api_key=topsecret&city=Oslo", "headers": {"Authorization": "Bearer topsecret", "X-Api-Key": "topsecret", "Accept": "a/b"},
    "auth": {"auth_type": "api_key", "api_key": "topsecret", "var_name": "X-Key", "location": "header"},
    "auth_tools": {"auth_type": "oauth2", "token_url": "https://u:topsecret@x.example/t", "client_id": "topsecret", "client_secret": "topsecret"},
    "env_vars": {"ANY": "topsecret"}, "config": {"mcpServers": {"m": {"env": {"A": "topsecret"}, "headers": {"Cookie": "topsecret"}}}}
  })"));
  EXPECT_EQ(shown.dump().find("topsecret"), std::string::npos) << shown.dump(2);
  EXPECT_EQ(shown["headers"]["Accept"], "a/b");
  EXPECT_EQ(shown["auth"]["var_name"], "X-Key");
  EXPECT_EQ(shown["auth"]["auth_type"], "api_key");
  EXPECT_EQ(shown["url"], "https://x.example/u?api_key=***&city=Oslo");
}

TEST(masking, an_issuer_and_what_bounds_it_stay_readable) {
  const json shown = masked_auth(json::parse(R"({"auth_type":"oauth2","issuer":"https://id.example/t","token_origins":["https://login.example","https://u:topsecret@x.example"],
    "client_auth":"body","client_id":"topsecret","client_secret":"topsecret","type":{"key":"topsecret"}})"));
  EXPECT_EQ(shown, json::parse(R"({"auth_type":"oauth2","issuer":"https://id.example/t","token_origins":["https://login.example","https://u:***@x.example"],
    "client_auth":"body","client_id":"***","client_secret":"***","type":{"key":"***"}})"));
}

TEST(masking, references_to_variables_stay) {
  const json source = json::parse(R"({"auth":{"auth_type":"api_key","api_key":"${KEY}"},"headers":{"Authorization":"Bearer $TOKEN"},
                                      "url":"https://x.example/?token=${T}&key={key}"})");
  EXPECT_EQ(mask_template(source), source);
}

TEST(masking, a_secret_beside_a_reference_is_hidden) {
  EXPECT_FALSE(only_references("abc${KEY}"));
  EXPECT_FALSE(only_references("$"));
  EXPECT_FALSE(only_references("${KEY"));
  EXPECT_FALSE(only_references("Bearer "));
  EXPECT_TRUE(only_references("${A}${B}"));
  EXPECT_TRUE(only_references("Basic $A"));
}

TEST(masking, a_field_is_hidden_by_its_name) {
  EXPECT_EQ(mask_field("Authorization", "Bearer s3cret"), "***");
  EXPECT_EQ(mask_field("x-api-key", "s3cret***"), "***") << "what stands beside a value that is hidden already";
  EXPECT_EQ(mask_field("authorization", "Bearer ***"), "Bearer ***");
  EXPECT_EQ(mask_field("authorization", "Bearer ${KEY}"), "Bearer ${KEY}");
  EXPECT_EQ(mask_field("X-Trace", "7"), "7");
  EXPECT_EQ(mask_field("Referer", "https://u:s3cret@x.example/?token=s3cret"), "https://u:***@x.example/?token=***");
}

TEST(masking, names_of_secrets_are_known_by_their_words) {
  for (const char* name : {"Authorization", "authorization", "X-API-Key", "x_api_key", "XApiKey", "xapikey", "apiKey", "api-key", "x-key", "access_token", "clientSecret", "session-id",
                           "X-Session", "sid", "Cookie", "COOKIE", "Cookie2", "Proxy-Authorization", "PWD", "X-Amz-Security-Token", "x-goog-api-key", "X-My-Auth", "a.jwt.b", "X-Secret-Thing",
                           "GITHUB_TOKEN"})
    EXPECT_TRUE(sounds_secret(name)) << name;
  for (const char* name : {"Accept", "Content-Type", "monkey", "X-Monkey", "keyboard", "Keyword", "author", "Author", "tokenizer", "max_tokens", "X-Trace", "X-Request-Id", "city", "PORT", ""})
    EXPECT_FALSE(sounds_secret(name)) << name;
}

TEST(masking, names_of_fields_are_no_secrets) {
  const json source = json::parse(R"({"body_field":"token","header_fields":["X-Token"],"token_url":"https://x.example/t","url":"https://x.example/{key}"})");
  EXPECT_EQ(mask_template(source), source);
}

TEST(masking, a_url_keeps_what_is_no_secret) {
  EXPECT_EQ(mask_url("https://u:p@x.example:8/a/b?q=1&sig=2#f"), "https://u:***@x.example:8/a/b?q=1&sig=***#f");
  EXPECT_EQ(mask_url("https://u@x.example"), "https://u@x.example");
  EXPECT_EQ(mask_url("https://u:${P}@x.example/?key"), "https://u:${P}@x.example/?key");
  EXPECT_EQ(mask_url("no url?key=1"), "no url?key=1");
  EXPECT_EQ(mask_url("https://x.example/?key={key}&token=a-{b}&sid=}1{"), "https://x.example/?key={key}&token=a-{b}&sid=***") << "an argument is the caller's";
}

}  // namespace
}  // namespace utcp::testing
