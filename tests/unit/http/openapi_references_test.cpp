#include "http_fixture.hpp"

#include <utcp/openapi/importer.hpp>

#include <map>

namespace utcp::testing {
namespace {

using ::testing::Contains;
using ::testing::Field;

using pages = std::map<std::string, std::string>;

/// Documents by path; all else is not there.
class served {
 public:
  explicit served(pages files) : files_(std::move(files)), server_([this](const recorded_request& asked) {
      const auto found = files_.find(asked.target);
      return found == files_.end() ? scripted_reply(404, "none") : json_reply(found->second);
    }) {}

  std::string url(std::string_view path) const { return server_.url(path); }
  std::size_t times(const std::string& path) const {
    std::size_t out = 0;
    for (const auto& each : server_.requests()) out += each.target == path;
    return out;
  }
  std::vector<recorded_request> requests() const { return server_.requests(); }
  void put(const std::string& path, std::string text) { files_[path] = std::move(text); }

 private:
  pages files_;
  loopback_http_server server_;
};

std::string root_with(const std::string& item) { return R"({"openapi":"3.1.0","info":{},"paths":{"/a":{"$ref":")" + item + R"("}}})"; }

const std::string item = R"({"get":{"operationId":"getA","parameters":[{"name":"x","in":"query","schema":{"$ref":"schemas/x.json#/X"}}]}})";
const std::string schemas = R"({"X":{"type":"object","properties":{"again":{"$ref":"#/X"},"home":{"$ref":"../openapi.json#/info"}}}})";

class openapi_references_test : public http_transport_test {
 protected:
  openapi_references_test() {
    services.shared = std::make_shared<shared_services>();  // the session keeps the documents' readers
    services.documents.importers.push_back(make_openapi_importer(nullptr));
    via = make_http_transport()(services);
  }

  static std::vector<std::string> words(const discovery& of) {
    std::vector<std::string> out;
    for (const notice& each : of.notices) out.push_back(each.message);
    return out;
  }
};

TEST_F(openapi_references_test, are_fetched_each_once_beside_the_document) {
  served site(pages{{"/v1/openapi.json", root_with("paths/a.json")}, {"/v1/paths/a.json", item}, {"/v1/paths/schemas/x.json", schemas}, {"/v1/paths/openapi.json", "{\"info\":{}}"}});
  const auto found = discover({{"url", site.url("/v1/openapi.json")}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 1u);
  EXPECT_EQ(found->found.tools[0]->name, "getA");
  EXPECT_EQ(found->found.tools[0]->inputs.to_json()["$defs"]["X"]["properties"]["again"]["$ref"], "#/$defs/X");
  for (const char* path : {"/v1/openapi.json", "/v1/paths/a.json", "/v1/paths/schemas/x.json", "/v1/paths/openapi.json"}) EXPECT_EQ(site.times(path), 1u) << path;
  EXPECT_TRUE(found->notices.empty()) << found->notices[0].message;
}

TEST_F(openapi_references_test, carry_credentials_and_headers_to_the_own_origin_only) {
  served other(pages{{"/x.json", schemas}, {"/openapi.json", "{\"info\":{}}"}});
  served site(pages{{"/openapi.json", root_with("a.json")}, {"/a.json", R"({"get":{"requestBody":{"content":{"application/json":{"schema":{"$ref":")" + other.url("/x.json#/X") + R"("}}}}}})"}});
  const auto found = discover({{"url", site.url("/openapi.json")}, {"headers", {{"X-Secret", "s"}}}}, {{"auth_type", "api_key"}, {"api_key", "K"}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 1u);
  for (const recorded_request& each : site.requests()) {
    EXPECT_EQ(each.header("X-Api-Key"), "K");
    EXPECT_EQ(each.header("X-Secret"), "s");
  }
  ASSERT_EQ(other.times("/x.json"), 1u);
  for (const recorded_request& each : other.requests()) {
    EXPECT_EQ(each.header("X-Api-Key"), std::nullopt);
    EXPECT_EQ(each.header("X-Secret"), std::nullopt);
  }
}

TEST_F(openapi_references_test, that_cannot_be_had_cost_themselves_only) {
  served site(pages{{"/openapi.json", R"({"openapi":"3.1.0","paths":{"/a":{"$ref":"none.json"},"/b":{"$ref":"file:///etc/passwd"},"/c":{"$ref":"http://far.example/x.json"},"/d":{"get":{}}}})"}});
  const auto found = discover({{"url", site.url("/openapi.json")}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->found.tools.size(), 1u);
  EXPECT_THAT(words(*found), Contains(HasSubstr("the server answered 404")));
  EXPECT_THAT(words(*found), Contains(HasSubstr("no http or https URL")));
  EXPECT_THAT(words(*found), Contains(HasSubstr("allow_insecure_http")));
}

TEST_F(openapi_references_test, to_other_hosts_are_refused_where_the_provider_says_so) {
  served site(pages{{"/openapi.json", root_with("https://far.example/a.json")}});
  const auto found = discover({{"url", site.url("/openapi.json")}, {"other_origins", "refuse"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(words(*found), Contains(HasSubstr("is not of the manual's host")));
}

TEST_F(openapi_references_test, are_bounded_in_depth_number_and_size) {
  served deep(pages{{"/openapi.json", root_with("0.json")}});
  for (int i = 0; i < 100; ++i) deep.put("/" + std::to_string(i) + ".json", R"({"$ref":")" + std::to_string(i + 1) + R"(.json"})");
  ASSERT_TRUE(discover({{"url", deep.url("/openapi.json")}}));
  EXPECT_EQ(deep.requests().size(), 33u);

  std::string wide = R"({"openapi":"3.1.0","paths":{"/a":{"get":{}}},"x":[)";
  for (int i = 0; i < 10'100; ++i) wide += std::string(i ? "," : "") + R"({"$ref":"w)" + std::to_string(i) + R"(.json"})";
  served many(pages{{"/openapi.json", wide + "]}"}});
  ASSERT_TRUE(discover({{"url", many.url("/openapi.json")}}));
  EXPECT_EQ(many.requests().size(), 10'001u);

  context.max_response_bytes = 2000;
  served large(pages{{"/openapi.json", root_with("a.json")}, {"/a.json", R"({"get":{},"x-filler":")" + std::string(1990, 'x') + "\"}"}});
  const auto found = discover({{"url", large.url("/openapi.json")}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->found.tools.empty());
}

TEST_F(openapi_references_test, are_not_loaded_when_the_provider_says_so) {
  served site(pages{{"/openapi.json", root_with("a.json")}, {"/a.json", item}});
  const auto found = discover({{"url", site.url("/openapi.json")}, {"openapi", {{"load_references", false}}}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->found.tools.empty());
  EXPECT_EQ(site.requests().size(), 1u);
}

TEST_F(openapi_references_test, stop_when_the_discovery_is_cancelled) {
  loopback_http_server server([&](const recorded_request& asked) {
    if (asked.target == "/openapi.json") return json_reply(root_with("a.json"));
    cancel_soon();
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  const auto found = run_cancellable(via->discover(provider({{"url", server.url("/openapi.json")}}), context, nullptr));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), errc::cancelled);
}

TEST_F(openapi_references_test, of_a_manual_are_nobodys_business) {
  served site(pages{{"/utcp", R"({"utcp_version":"1.0.1","description":"not openapi","tools":[{"name":"t","inputs":{"$ref":"https://far.example/x.json"},"tool_call_template":{"call_template_type":"http","url":"https://api.example/t"}}]})"}});
  ASSERT_TRUE(discover({{"url", site.url("/utcp")}}));
  EXPECT_EQ(site.requests().size(), 1u);
}

}  // namespace
}  // namespace utcp::testing
