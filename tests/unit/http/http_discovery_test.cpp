#include <utcp/net/manual_answer.hpp>
#include "http_fixture.hpp"

namespace utcp::testing {
namespace {

using http_discovery_test = http_transport_test;

const char* const manual_text = R"({"utcp_version":"1.0.0","manual_version":"1.0.0","tools":[
  {"name":"t","description":"d","tool_call_template":{"call_template_type":"http","url":"https://api.example/t"}}]})";

TEST_F(http_discovery_test, fetches_a_manual_with_method_headers_and_credentials_and_no_body) {
  loopback_http_server server([](const recorded_request&) { return json_reply(manual_text); });
  const auto found = discover({{"url", server.url("/utcp?x=1")}, {"http_method", "post"}, {"headers", {{"X-A", "b"}}}}, {{"auth_type", "api_key"}, {"api_key", "K"}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 1u);
  EXPECT_EQ(found->found.tools[0]->name, "t");
  EXPECT_EQ(found->found.tools[0]->tool_call_template->origin, trust::remote);
  const auto seen = server.last();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/utcp?x=1");
  EXPECT_EQ(seen.header("X-A"), "b");
  EXPECT_EQ(seen.header("X-Api-Key"), "K");
  EXPECT_EQ(seen.body, "");
}

TEST_F(http_discovery_test, says_what_came_instead_of_a_manual) {
  scripted_reply reply;
  loopback_http_server server([&](const recorded_request&) { return reply; });
  struct row { scripted_reply reply; errc code; const char* text; };
  const std::vector<row> table = {
      {scripted_reply(404, "nope"), errc::remote_failed, "HTTP 404 Not Found"},
      {scripted_reply(500, "nope"), errc::remote_failed, "HTTP 500"},
      {scripted_reply(401, ""), errc::unauthorized, "\"auth\""},
      {scripted_reply("<!doctype html><p>hello").type("text/html"), errc::invalid_config, "an HTML page"},
      {scripted_reply("<?xml version=\"1.0\"?>").type("application/xml"), errc::invalid_config, "XML"},
      {scripted_reply("").type("application/json"), errc::invalid_config, "empty body"},
      {scripted_reply(204, ""), errc::invalid_config, "empty body"},
      {scripted_reply("[1,2]").type("application/json"), errc::invalid_config, "JSON array"},
      {scripted_reply(std::string("\x89PNG\0\0\0", 7)).type("image/png"), errc::invalid_config, "binary data (image/png)"},
      {scripted_reply(std::string("{\"a\":\0}", 7)).type("application/json"), errc::invalid_config, "binary"},
      {scripted_reply("{\"tools\":[").type("application/json"), errc::invalid_config, "127.0.0.1"},
  };
  for (const row& each : table) {
    reply = each.reply;
    const auto found = discover({{"url", server.url("/utcp?key=s3cret")}});
    ASSERT_FALSE(found) << each.text;
    EXPECT_EQ(found.error(), each.code) << found.error().message;
    EXPECT_THAT(found.error().message, HasSubstr(each.text));
    EXPECT_THAT(found.error().message, HasSubstr(server.url("/utcp")));
    EXPECT_THAT(found.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST_F(http_discovery_test, is_bounded_by_deadline_and_size) {
  loopback_http_server server([&](const recorded_request& r) {
    auto reply = json_reply(std::string(100'000, ' '));
    if (r.target == "/hang") reply.end = scripted_reply::ending::hang;
    return reply;
  });
  context.deadline = clock->now() + std::chrono::milliseconds(50);
  EXPECT_EQ(discover({{"url", server.url("/hang")}}).error(), errc::timed_out);
  context.deadline = time_point::max();
  context.max_response_bytes = 1000;
  const error refused = discover({{"url", server.url("/big")}}).error();
  EXPECT_EQ(refused, errc::too_large);
  EXPECT_NE(refused.message.find("max_manual_bytes"), std::string::npos) << refused.message;
}

TEST_F(http_discovery_test, follows_redirects_under_the_policy) {
  std::string location;
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/final" ? json_reply(manual_text) : redirect_to(302, location); });
  location = "/final";
  EXPECT_TRUE(discover({{"url", server.url("/a")}}));
  for (const char* bad : {"file:///etc/passwd", "http://evil.example/"}) {
    location = bad;
    const auto refused = discover({{"url", server.url("/a")}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::not_allowed);
    EXPECT_THAT(refused.error().message, HasSubstr("manual discovery"));
  }
}

TEST_F(http_discovery_test, can_be_cancelled) {
  loopback_http_server server([&](const recorded_request&) {
    cancel_soon();
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  const auto found = run_cancellable(via->discover(provider({{"url", server.url()}}), context, nullptr));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), errc::cancelled);
}

TEST_F(http_discovery_test, refuses_insecure_urls) {
  const auto refused = discover({{"url", "http://utcp.example/manual"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("manual discovery"));
}

// The answer of another machine, which a loopback test cannot be.
result<discovery> read_from(const char* url, const std::string& body) {
  net::http_response answer;
  answer.status = 200;
  answer.request.target = *net::url::parse(url);
  answer.body = body;
  call_template provider;
  provider.name = "m";
  provider.protocol = "http";
  provider.options = {{"url", url}};
  return net::read_manual_answer(std::move(answer), std::make_shared<const call_template>(provider), document_ports(), document_limits());
}

TEST(read_manual_answer, leaves_out_tools_of_another_machine_that_call_this_one) {
  json manual = {{"utcp_version", "1.0.0"}, {"tools", json::array()}};
  const std::pair<const char*, json> tools[] = {
      {"fine", {{"call_template_type", "http"}, {"url", "https://api.example/x?u=http://localhost"}}},
      {"plain", {{"call_template_type", "http"}, {"url", "http://localhost:9/x"}}},
      {"short_form", {{"call_template_type", "http"}, {"url", "https://127.1/x"}}},
      {"mapped", {{"call_template_type", "sse"}, {"url", "https://[::ffff:127.0.0.1]/x"}}},
      {"socket", {{"call_template_type", "tcp"}, {"host", "localhost"}, {"port", 9}}},
      {"nested", {{"call_template_type", "mcp"}, {"config", {{"mcpServers", {{"a", {{"url", "http://0.0.0.0:9/mcp"}}}}}}}}},
      {"token", {{"call_template_type", "http"}, {"url", "https://api.example/"}, {"auth", {{"auth_type", "oauth2"}, {"token_url", "http://localhost/t"}, {"client_id", "a"}, {"client_secret", "b"}}}}},
      {"header", {{"call_template_type", "http"}, {"url", "https://api.example/"}, {"headers", {{"Origin", "http://localhost"}}}}},
  };
  for (const auto& [name, how] : tools) manual["tools"].push_back({{"name", name}, {"tool_call_template", how}});
  const auto remote = read_from("https://api.example/utcp", manual.dump());
  ASSERT_TRUE(remote) << remote.error().message;
  std::vector<std::string> kept;
  for (const auto& each : remote->found.tools) kept.push_back(each->name);
  EXPECT_THAT(kept, ::testing::ElementsAre("fine", "header"));
  EXPECT_EQ(remote->notices.size(), 6u);
  const auto local = read_from("http://localhost/utcp", manual.dump());
  ASSERT_TRUE(local);
  EXPECT_EQ(local->found.tools.size(), 8u);
}

TEST(read_manual_answer, asks_for_a_yaml_reader_where_yaml_came) {
  net::http_response answer;
  answer.status = 200;
  answer.request.target = *net::url::parse("https://api.example/utcp.yaml");
  answer.body = "tools: []\n";
  const auto found = net::read_manual_answer(std::move(answer), std::make_shared<const call_template>(), document_ports(), document_limits());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), errc::unsupported);
}

}  // namespace
}  // namespace utcp::testing
