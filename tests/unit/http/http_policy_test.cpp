#include "http_fixture.hpp"

#include <utcp/net/http_client.hpp>

#include <fstream>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;

// 127.0.0.1 stands for the public; everything else is private.
class http_policy_test : public http_transport_test {
 protected:
  http_policy_test() {
    net::http_client_options options;
    options.scope_of = [](const asio::ip::address& address) {
      return address == asio::ip::make_address("127.0.0.1") ? net::address_scope::public_use : net::address_scope::private_use;
    };
    const std::string port = std::to_string(server.port());
    options.resolve = {"public.example:" + port + ":127.0.0.1", "private.example:" + port + ":127.0.0.2", "other.example:" + port + ":127.0.0.1"};
    services.shared = std::make_shared<shared_services>();
    services.shared->get<net::http_client>([&] { return std::make_shared<net::http_client>(io.get_executor(), options); });
    via = make_http_transport()(services);
    context.allow_insecure_http = true;
    context.manual = "m";
  }

  std::string at(const std::string& host, const std::string& path = "/") const { return "http://" + host + ":" + std::to_string(server.port()) + path; }

  /// Discovers a manual at public.example that has tools at these URLs.
  result<discovery> discover_tools(std::vector<std::string> urls, json options = json::object()) {
    json tools = json::array();
    for (std::size_t i = 0; i < urls.size(); ++i)
      tools.push_back({{"name", "t" + std::to_string(i)}, {"tool_call_template", {{"call_template_type", "http"}, {"url", urls[i]}}}});
    manual_text = json{{"utcp_version", "1.0.1"}, {"tools", tools}}.dump();
    options["url"] = at("public.example", "/utcp");
    return discover(std::move(options));
  }

  result<tool_result> call_found(const discovery& found, std::size_t i) {
    tool_call what;
    what.tool = found.found.tools.at(i);
    what.how = what.tool->tool_call_template;
    return run(io, via->call(std::move(what), context));
  }

  std::string manual_text;
  loopback_http_server server{[this](const recorded_request& request) {
    if (request.target.ends_with("/utcp")) return json_reply(manual_text).with("ETag", "\"v1\"");
    if (request.target == "/to-private") return redirect_to(302, at("private.example", "/secret"));
    if (request.target == "/to-literal") return redirect_to(302, "http://10.1.2.3/secret");
    if (request.target == "/to-other") return redirect_to(302, at("other.example", "/"));
    return json_reply("\"here\"");
  }};
};

TEST_F(http_policy_test, a_public_server_redirects_to_no_private_address_whatever_its_name) {
  const auto refused = call({{"url", at("public.example", "/to-private")}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.2"));
  const auto literal = call({{"url", at("public.example", "/to-literal")}});
  EXPECT_EQ(literal.error(), errc::not_allowed);
  EXPECT_THAT(literal.error().message, HasSubstr("a private address"));
  EXPECT_TRUE(call({{"url", at("public.example", "/to-other")}}));
}

TEST_F(http_policy_test, what_is_allowed_fails_only_because_nobody_is_there) {
  context.allow_private_addresses = true;
  EXPECT_EQ(call({{"url", at("public.example", "/to-private")}}).error(), errc::connection_failed);
}

TEST_F(http_policy_test, the_users_own_url_may_be_private) { EXPECT_EQ(call({{"url", at("private.example")}}).error(), errc::connection_failed); }

TEST_F(http_policy_test, a_manual_from_a_public_address_leads_to_public_addresses_only) {
  const auto found = discover_tools({at("public.example"), at("private.example"), at("other.example")});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 3u);
  EXPECT_TRUE(call_found(*found, 0));
  EXPECT_EQ(call_found(*found, 1).error(), errc::not_allowed);
  EXPECT_TRUE(call_found(*found, 2));
  context.allow_private_addresses = true;
  EXPECT_EQ(call_found(*found, 1).error(), errc::connection_failed);
}

TEST_F(http_policy_test, tools_of_other_hosts_are_told_of_once_a_host) {
  const auto found = discover_tools({at("public.example"), at("other.example", "/a"), at("other.example", "/b"), "http://{where}.example/"});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->found.tools.size(), 4u);
  ASSERT_EQ(found->notices.size(), 2u);
  EXPECT_THAT(found->notices[0].message, HasSubstr("1 tool calls an address that is not fixed"));
  EXPECT_THAT(found->notices[1].message, HasSubstr("2 tools call http://other.example:"));
}

TEST_F(http_policy_test, tools_of_other_hosts_are_left_out_where_the_provider_says_so) {
  const auto found = discover_tools({at("public.example"), at("other.example")}, {{"other_origins", "refuse"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->found.tools.size(), 1u);
  const auto listed = discover_tools({at("public.example"), at("other.example")}, {{"other_origins", "refuse"}, {"allowed_origins", {at("other.example")}}});
  EXPECT_EQ(listed->found.tools.size(), 2u);
  EXPECT_TRUE(listed->notices.empty());
}

TEST_F(http_policy_test, a_fetched_template_chooses_no_files_sockets_or_proxies) {
  const json tool{{"name", "t"},
                  {"tool_call_template",
                   {{"call_template_type", "http"}, {"url", at("public.example")}, {"unix_socket", "/run/docker.sock"}, {"proxy", "http://proxy.example:1"}, {"ca_file", "/etc/passwd"}}}};
  manual_text = json{{"utcp_version", "1.0.1"}, {"tools", {tool}}}.dump();
  const auto found = discover({{"url", at("public.example", "/utcp")}});
  ASSERT_TRUE(found) << found.error().message;
  const auto got = call_found(*found, 0);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->to_json(), "here");
}

TEST_F(http_policy_test, tools_of_the_manuals_own_origin_get_the_providers_connection_and_others_do_not) {
  const auto found = discover_tools({at("public.example"), at("other.example")});
  ASSERT_TRUE(found);
  manual_text = json{{"utcp_version", "1.0.1"}, {"tools", json::array()}}.dump();
  json options{{"url", at("public.example", "/utcp")}, {"proxy", server.url()}};
  ASSERT_TRUE(discover(options));
  ASSERT_TRUE(call_found(*found, 0));
  EXPECT_EQ(server.last().target, at("public.example"));  // absolute form: the provider's proxy
  ASSERT_TRUE(call_found(*found, 1));
  EXPECT_EQ(server.last().target, at("other.example"));
}

TEST_F(http_policy_test, asks_for_a_changed_manual_only_and_reports_one_that_is_not) {
  ASSERT_TRUE(discover_tools({at("public.example")}));
  EXPECT_FALSE(server.last().header("If-None-Match"));
  context.may_be_unchanged = true;
  ASSERT_TRUE(discover_tools({at("public.example")}));
  EXPECT_EQ(server.last().header("If-None-Match"), "\"v1\"");
  run(io, [](std::shared_ptr<transport> on) -> task<bool> {
    co_await on->release("m");
    co_return true;
  }(via));
  ASSERT_TRUE(discover_tools({at("public.example")}));
  EXPECT_FALSE(server.last().header("If-None-Match"));
}

TEST_F(http_policy_test, asks_for_news_of_what_an_earlier_process_got) {
  context.may_be_unchanged = true;
  context.known_version = manual_version("\"kept\"", "");
  const auto first = discover_tools({at("public.example")});
  ASSERT_TRUE(first);
  EXPECT_EQ(server.last().header("If-None-Match"), "\"kept\"");
  EXPECT_EQ(first->version.entity_tag, "\"v1\"");
  ASSERT_TRUE(discover_tools({at("public.example")}));
  EXPECT_EQ(server.last().header("If-None-Match"), "\"v1\"");  // what this one got is newer
}

}  // namespace
}  // namespace utcp::testing
