#include "oauth_client.hpp"

#include <gmock/gmock.h>

namespace utcp::mcp {
namespace {

using way = client_proof::way;

server_metadata takes(std::vector<std::string> methods) {
  server_metadata out;
  out.proof_methods = std::move(methods);
  return out;
}

known_client with_key(std::string method = "") {
  known_client out;
  out.id = "id";
  out.key = secret("s3cret");
  out.method = std::move(method);
  return out;
}

TEST(oauth_client, proves_itself_as_both_sides_know) {
  EXPECT_EQ(choose_proof(with_key(), false, takes({"client_secret_post", "client_secret_basic"})).value(), way::header);
  EXPECT_EQ(choose_proof(with_key(), false, takes({"client_secret_post"})).value(), way::body);
  EXPECT_EQ(choose_proof(with_key(), false, takes({"none"})).value(), way::id_only);
  EXPECT_EQ(choose_proof(with_key("client_secret_post"), false, takes({"client_secret_basic"})).value(), way::body) << "what the registration says wins";
  EXPECT_EQ(choose_proof(with_key(), false, takes({"tls_client_auth"})).error(), errc::unsupported);
  known_client open;
  open.id = "id";
  EXPECT_EQ(choose_proof(open, false, takes({"client_secret_basic"})).value(), way::id_only);
  EXPECT_EQ(choose_proof(open, true, takes({"private_key_jwt"})).value(), way::assertion);
}

TEST(oauth_client, registers_with_what_the_server_takes) {
  const oauth_options options;
  const auto body = [&](const char* redirect, std::vector<std::string> methods) { return json::parse(registration_body(options, redirect, {"a", "b"}, takes(std::move(methods)))); };
  const json native = body("http://127.0.0.1:1/callback", {"client_secret_post"});
  EXPECT_EQ(native["application_type"], "native");
  EXPECT_EQ(native["token_endpoint_auth_method"], "client_secret_post");
  EXPECT_EQ(native["grant_types"], json::parse(R"(["authorization_code","refresh_token"])"));
  EXPECT_EQ(native["redirect_uris"], json::parse(R"(["http://127.0.0.1:1/callback"])"));
  EXPECT_EQ(native["scope"], "a b");
  const json web = body("https://app/cb", {"client_secret_basic", "none"});
  EXPECT_EQ(web["application_type"], "web");
  EXPECT_EQ(web["token_endpoint_auth_method"], "none");
}

TEST(oauth_client, is_kept_and_found_again) {
  auto read = read_registration(R"({"client_id":"id","client_secret":"s3","token_endpoint_auth_method":"client_secret_basic","client_secret_expires_at":0})", "http://127.0.0.1:1/callback", {"a"});
  ASSERT_TRUE(read);
  const auto again = read_client(write_client(*read));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "id");
  EXPECT_EQ(again->key.reveal(), "s3");
  EXPECT_EQ(again->method, "client_secret_basic");
  EXPECT_EQ(again->redirect_uri, "http://127.0.0.1:1/callback");
  EXPECT_EQ(again->scope, "a");
  read->key_expires = 5;
  EXPECT_FALSE(read_client(write_client(*read))) << "its secret has expired";
  EXPECT_FALSE(read_client(secret("{")));
}

TEST(oauth_client, is_none_without_an_id) {
  for (const char* body : {"", "[]", "{}", R"({"client_id":""})", R"({"client_id":5})"}) EXPECT_EQ(read_registration(body, "", {}).error(), errc::protocol_error) << body;
  EXPECT_EQ(read_registration(json{{"client_id", std::string(20'000, 'a')}}.dump(), "", {}).error(), errc::protocol_error);
}

}  // namespace
}  // namespace utcp::mcp
