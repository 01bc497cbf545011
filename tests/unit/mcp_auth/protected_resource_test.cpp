#include "protected_resource.hpp"

#include <gmock/gmock.h>

namespace utcp::mcp {
namespace {

using ::testing::ElementsAre;

net::url at(const char* text) { return net::url::parse(text).value(); }

std::vector<std::string> places(const char* server) {
  std::vector<std::string> out;
  for (const auto& each : resource_metadata_places(at(server))) out.push_back(each.text());
  return out;
}

TEST(protected_resource, stands_at_the_place_of_the_path_and_then_at_that_of_the_origin) {
  EXPECT_THAT(places("https://s:8443/a/mcp?x=1"), ElementsAre("https://s:8443/.well-known/oauth-protected-resource/a/mcp", "https://s:8443/.well-known/oauth-protected-resource"));
  EXPECT_THAT(places("https://s/mcp/"), ElementsAre("https://s/.well-known/oauth-protected-resource/mcp", "https://s/.well-known/oauth-protected-resource"));
  EXPECT_THAT(places("https://s"), ElementsAre("https://s/.well-known/oauth-protected-resource"));
}

TEST(protected_resource, speaks_for_its_path_and_below) {
  for (const char* fine : {"https://s/mcp", "https://s/mcp/", "https://s", "https://s/", "https://S:443/mcp"}) EXPECT_TRUE(covers(fine, at("https://s/mcp"))) << fine;
  for (const char* other : {"https://s/mc", "https://s/mcp/x", "https://s/MCP", "http://s/mcp", "https://s:1/mcp", "https://t/mcp", "https://u@s/mcp", "https://s/mcp#f", "https://s/mcp?q", "s/mcp", ""})
    EXPECT_FALSE(covers(other, at("https://s/mcp"))) << other;
  EXPECT_TRUE(covers("https://s/mcp?q=1", at("https://s/mcp?q=1")));
}

TEST(protected_resource, is_named_without_a_slash_at_its_end) {
  EXPECT_EQ(resource_of(at("https://s/mcp/?q=1")), "https://s/mcp");
  EXPECT_EQ(resource_of(at("http://127.0.0.1:1/")), "http://127.0.0.1:1");
  EXPECT_EQ(origin_of(at("http://[::1]:1/a")), "http://[::1]:1");
}

TEST(protected_resource, is_read_whatever_else_it_holds) {
  const auto read = read_protected_resource(R"({"resource":"https://s/mcp","authorization_servers":["https://a",5,"","https://b"],"scopes_supported":["x",null,"y"],"jwks_uri":7})", at("https://s/mcp"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->resource, "https://s/mcp");
  EXPECT_THAT(read->issuers, ElementsAre("https://a", "https://b"));
  EXPECT_THAT(read->scopes, ElementsAre("x", "y"));
}

TEST(protected_resource, is_refused_without_what_it_needs) {
  for (const char* body : {"", "[]", "{", R"({"authorization_servers":["https://a"]})", R"({"resource":5,"authorization_servers":["https://a"]})", R"({"resource":"https://s/mcp"})",
                           R"({"resource":"https://s/mcp","authorization_servers":[]})", R"({"resource":"https://s/mcp","authorization_servers":"https://a"})",
                           R"({"resource":"https://evil/mcp","authorization_servers":["https://a"]})"})
    EXPECT_EQ(read_protected_resource(body, at("https://s/mcp")).error(), errc::protocol_error) << body;
}

}  // namespace
}  // namespace utcp::mcp
