#include "http_fixture.hpp"

namespace utcp::testing {
namespace {

class http_preview_test : public http_transport_test {
 protected:
  result<json> preview(json options, json arguments = json::object(), json auth = nullptr) { return via->preview(call_of(std::move(options), std::move(arguments), std::move(auth)), context); }
};

TEST_F(http_preview_test, shows_the_request_that_would_be_sent) {
  const json how = {{"url", "https://x.example/u/{id}"}, {"http_method", "POST"}, {"body_field", "doc"}, {"header_fields", {"X-Trace"}}};
  const auto shown = preview(how, {{"id", "a b"}, {"doc", {{"k", "it's"}}}, {"X-Trace", 7}, {"page", 2}});
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ((*shown)["method"], "POST");
  EXPECT_EQ((*shown)["url"], "https://x.example/u/a%20b?page=2");
  EXPECT_EQ((*shown)["headers"], json::parse(R"({"X-Trace":"7","Content-Type":"application/json"})"));
  EXPECT_EQ((*shown)["body"], json::parse(R"({"k":"it's"})"));
  EXPECT_EQ((*shown)["curl"], R"(curl -X POST 'https://x.example/u/a%20b?page=2' -H 'X-Trace: 7' -H 'Content-Type: application/json' --data-raw '{"k":"it'\''s"}')");
}

TEST_F(http_preview_test, writes_curl_lines_for_the_other_methods) {
  EXPECT_EQ((*preview({{"url", "https://h/"}}))["curl"], "curl 'https://h/'");
  EXPECT_EQ((*preview({{"url", "https://h/"}, {"http_method", "HEAD"}}))["curl"], "curl --head 'https://h/'");
  EXPECT_EQ((*preview({{"url", "https://h/"}, {"http_method", "DELETE"}, {"headers", {{"X-E", ""}}}}))["curl"], "curl -X DELETE 'https://h/' -H 'X-E;'");
  EXPECT_TRUE((*preview({{"url", "https://h/"}}))["body"].is_null());
}

TEST_F(http_preview_test, an_input_is_the_body) {
  tool_call what = call_of({{"url", "https://h/"}, {"http_method", "PUT"}}, json::object(), nullptr);
  what.input = open_input_file("/dev/null").value();
  const auto shown = via->preview(what, context);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ((*shown)["headers"]["Content-Type"], "application/octet-stream");
  EXPECT_EQ((*shown)["curl"], "curl -X PUT 'https://h/' -H 'Content-Type: application/octet-stream' --data-binary @-");
  what.arguments = json{{"body", "x"}};
  EXPECT_EQ(via->preview(what, context).error(), errc::invalid_argument);
}

TEST_F(http_preview_test, never_shows_a_secret) {
  const json how = {{"url", "https://h/x?api_key=s3cret&page_size=2&v={v}"}, {"headers", {{"X-Auth-Token", "s3cret"}, {"Authorization", "Bearer s3cret"}, {"Cookie", "a=s3cret"}, {"X-Plain", "shown"}}}};
  for (const char* auth : {"null", R"({"auth_type":"api_key","api_key":"s3cret"})", R"({"auth_type":"api_key","api_key":"s3cret","location":"query","var_name":"k"})",
                           R"({"auth_type":"api_key","api_key":"s3cret","location":"cookie","var_name":"c"})", R"({"auth_type":"basic","username":"s3cret","password":"s3cret"})",
                           R"({"auth_type":"oauth2","token_url":"https://h/t","client_id":"s3cret","client_secret":"s3cret"})"}) {
    const auto shown = preview(how, {{"v", "1"}}, json::parse(auth));
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_THAT(shown->dump(), Not(HasSubstr("s3cret"))) << auth;
    EXPECT_THAT(shown->dump(), Not(HasSubstr("czNjcmV0"))) << auth;
    EXPECT_THAT((*shown)["url"].get<std::string>(), HasSubstr("api_key=***&page_size=2&v=1"));
    EXPECT_EQ((*shown)["headers"]["X-Plain"], "shown");
  }
}

TEST_F(http_preview_test, keeps_masked_variables_readable) {
  const auto shown = preview({{"url", "https://h/?k=***"}, {"headers", {{"Authorization", "Bearer ***"}, {"X-Key", "s3cret***"}}}});
  ASSERT_TRUE(shown);
  EXPECT_EQ((*shown)["url"], "https://h/?k=***");
  EXPECT_EQ((*shown)["headers"]["Authorization"], "Bearer ***");
  EXPECT_EQ((*shown)["headers"]["X-Key"], "***") << "what is written out beside one";
}

TEST_F(http_preview_test, fails_as_the_call_would) {
  EXPECT_EQ(preview({{"url", "https://h/{id}"}}).error().message, "Missing required path parameter: id");
  EXPECT_EQ(preview({{"url", "http://elsewhere.example/"}}).error(), errc::not_allowed);
}

}  // namespace
}  // namespace utcp::testing
