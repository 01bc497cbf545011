#include <utcp/auth/oauth2_metadata.hpp>

#include <gmock/gmock.h>

namespace utcp {
namespace {

using ::testing::HasSubstr;

result<net::url> endpoint(const std::string& issuer, const std::string& token_endpoint, bool allow_insecure_http = false) {
  server_metadata server;
  server.token_endpoint = token_endpoint;
  oauth2_auth how;
  how.issuer = issuer;
  return endpoint_of(server, how, allow_insecure_http);
}

TEST(oauth2_metadata, another_machine_may_not_name_this_one) {
  for (const char* local : {"http://localhost/t", "https://localhost/t", "http://127.0.0.1:8080/t", "https://127.1/t", "https://2130706433/t", "https://[::1]/t", "https://[::ffff:127.0.0.1]/t",
                            "https://0.0.0.0/t", "https://a.localhost/t", "https://localhost./t"}) {
    const auto refused = endpoint("https://id.example", local, true);
    ASSERT_FALSE(refused) << local;
    EXPECT_EQ(refused.error(), errc::not_allowed) << local;
    EXPECT_THAT(refused.error().message, HasSubstr("this machine")) << local;
  }
  EXPECT_TRUE(endpoint("http://localhost:1", "http://127.0.0.1:2/t"));
}

TEST(oauth2_metadata, another_origin_may_be_named_unless_the_origins_are_bounded) {
  EXPECT_EQ(endpoint("https://accounts.example", "https://login.example/t")->text(), "https://login.example/t");
  EXPECT_EQ(endpoint("https://id.example", "http://id.example/t").error(), errc::not_allowed);
  EXPECT_TRUE(endpoint("https://id.example", "http://id.example/t", true));
}

TEST(oauth2_metadata, stand_at_places_that_the_issuer_s_address_gives) {
  const std::tuple<const char*, const char*, const char*> table[] = {
      {"https://id.example", "https://id.example/.well-known/oauth-authorization-server", "https://id.example/.well-known/openid-configuration"},
      {"https://id.example/", "https://id.example/.well-known/oauth-authorization-server", "https://id.example/.well-known/openid-configuration"},
      {"https://id.example:8443/a/b", "https://id.example:8443/.well-known/oauth-authorization-server/a/b", "https://id.example:8443/a/b/.well-known/openid-configuration"},
      {"https://[::1]:1/a//", "https://[::1]:1/.well-known/oauth-authorization-server/a", "https://[::1]:1/a/.well-known/openid-configuration"}};
  for (const auto& [issuer, oauth, openid] : table) {
    const auto places = metadata_places_of(issuer, false);
    ASSERT_TRUE(places) << issuer;
    EXPECT_EQ(places->oauth.text(), oauth);
    EXPECT_EQ(places->openid.text(), openid);
  }
}

TEST(oauth2_metadata, are_read_whatever_else_they_hold) {
  const auto read = read_metadata(R"({"issuer":"https://i","token_endpoint":"https://i/t","jwks_uri":5,"mtls_endpoint_aliases":{"token_endpoint":"https://m/t"},
      "token_endpoint_auth_methods_supported":[5,"client_secret_basic",null]})", "https://i");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->token_endpoint, "https://i/t");
  EXPECT_EQ(read->tls_token_endpoint, "https://m/t");
  EXPECT_EQ(read->proofs, std::vector<oauth2_auth::proof>(1, oauth2_auth::proof::header));
}

}  // namespace
}  // namespace utcp
