#include "http_fixture.hpp"

#include <atomic>

namespace utcp::testing {
namespace {

using http_call_test = http_transport_test;

TEST_F(http_call_test, sends_the_worked_example_of_the_reference) {
  loopback_http_server server([](const recorded_request&) { return json_reply(R"({"ok":true})"); });
  const json how = {{"url", server.url("/u/{id}")}, {"http_method", "POST"}, {"body_field", "doc"}, {"header_fields", {"X-Trace"}}};
  const auto answer = call(how, {{"id", "a b"}, {"doc", {{"k", 1}}}, {"X-Trace", 7}, {"page", 2}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(std::get<json>(answer->value), json({{"ok", true}}));
  EXPECT_TRUE(answer->meta.is_null());
  const auto seen = server.last();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/u/a%20b?page=2");
  EXPECT_EQ(seen.header("X-Trace"), "7");
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
  EXPECT_EQ(seen.body, R"({"k":1})");
}

TEST_F(http_call_test, gives_text_bytes_and_nothing_as_they_are) {
  loopback_http_server server([](const recorded_request& r) {
    if (r.target == "/text") return scripted_reply("hello").type("text/plain");
    if (r.target == "/bytes") return scripted_reply(std::string("\0\1", 2)).type("application/octet-stream");
    return scripted_reply(204, "");
  });
  EXPECT_EQ(std::get<std::string>(call({{"url", server.url("/text")}})->value), "hello");
  EXPECT_EQ(std::get<bytes>(call({{"url", server.url("/bytes")}})->value).size(), 2u);
  EXPECT_EQ(std::get<std::string>(call({{"url", server.url("/none")}})->value), "");
}

TEST_F(http_call_test, tells_status_headers_and_timings_when_asked) {
  loopback_http_server server([](const recorded_request&) { return json_reply("1").with("X-A", "b"); });
  context.want_meta = true;
  const auto answer = call({{"url", server.url()}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->meta["status"], 200);
  EXPECT_EQ(answer->meta["headers"]["x-a"], "b");
  EXPECT_GT(answer->meta["timings_ms"]["total"], 0.0);
}

TEST_F(http_call_test, turns_a_status_into_an_error_with_the_server_s_words_apart) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply(429, R"({"error":"slow down"})").type("application/json").with("Retry-After", "3"); });
  const auto answer = call({{"url", server.url("/x?key=s3cret")}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::rate_limited);
  EXPECT_THAT(answer.error().message, HasSubstr("HTTP 429 Too Many Requests"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("slow down")));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("s3cret")));
  EXPECT_EQ(answer.error().remote, json::parse(R"({"status":429,"body":{"error":"slow down"},"retry_after":3.0})"));
}

TEST_F(http_call_test, puts_each_kind_of_credentials_on_the_request) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  const json url = {{"url", server.url("/x?a=1")}, {"headers", {{"x-api-key", "static"}}}};
  ASSERT_TRUE(call(url, {{"k", "mine"}}, {{"auth_type", "api_key"}, {"api_key", "K"}}));
  EXPECT_EQ(server.last().header("X-Api-Key"), "K");
  EXPECT_EQ(server.last().count("X-Api-Key"), 1u);
  ASSERT_TRUE(call(url, {{"k", "mine"}, {"z", "1"}}, {{"auth_type", "api_key"}, {"api_key", "K K"}, {"var_name", "k"}, {"location", "query"}}));
  EXPECT_EQ(server.last().target, "/x?a=1&k=K+K&z=1");
  ASSERT_TRUE(call(url, json::object(), {{"auth_type", "api_key"}, {"api_key", "c"}, {"var_name", "sid"}, {"location", "cookie"}}));
  EXPECT_EQ(server.last().header("Cookie"), "sid=c");
  ASSERT_TRUE(call(url, json::object(), {{"auth_type", "basic"}, {"username", "u"}, {"password", "p"}}));
  EXPECT_EQ(server.last().header("Authorization"), "Basic dTpw");
}

TEST_F(http_call_test, refuses_insecure_urls_before_anything_is_sent) {
  const auto refused = call({{"url", "http://api.example/x?k=s3cret"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("allow_insecure_http"));
  EXPECT_THAT(refused.error().message, HasSubstr("tool invocation"));
  EXPECT_EQ(call({{"url", "file:///etc/passwd"}}).error(), errc::invalid_config);
  EXPECT_EQ(call({{"url", "ftp://h/x"}}).error(), errc::not_allowed);
}

TEST_F(http_call_test, follows_redirects_within_the_origin_with_everything) {
  loopback_http_server server([](const recorded_request& r) { return r.target.starts_with("/a") ? redirect_to(307, "/b") : json_reply("1"); });
  const auto answer = call({{"url", server.url("/a")}, {"http_method", "POST"}}, {{"body", "x"}, {"q", "1"}}, {{"auth_type", "api_key"}, {"api_key", "K"}, {"var_name", "k"}, {"location", "query"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(server.last().target, "/b?q=1&k=K");
  EXPECT_EQ(server.last().body, "\"x\"");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(http_call_test, takes_credentials_off_on_the_way_to_another_origin) {
  loopback_http_server other([](const recorded_request&) { return json_reply("1"); });
  loopback_http_server server([&](const recorded_request&) { return redirect_to(307, other.url("/there")); });
  const json how = {{"url", server.url("/a")}, {"http_method", "POST"}, {"headers", {{"X-Mine", "s3cret"}, {"Cookie", "a=s3cret"}, {"Accept-Language", "de"}}}};
  for (const char* auth : {R"({"auth_type":"api_key","api_key":"s3cret","var_name":"X-Mine"})", R"({"auth_type":"api_key","api_key":"s3cret","var_name":"q2","location":"query"})",
                           R"({"auth_type":"api_key","api_key":"s3cret","var_name":"c","location":"cookie"})", R"({"auth_type":"basic","username":"s3cret","password":"s3cret"})"}) {
    json options = how;
    if (json::parse(auth).value("var_name", "") != "X-Mine") options["headers"].erase("X-Mine");
    const auto answer = call(options, {{"body", "s3cret"}, {"q", "s3cret"}}, json::parse(auth));
    ASSERT_TRUE(answer) << answer.error().message;
    const auto seen = other.last();
    EXPECT_EQ(seen.target, "/there") << auth;
    EXPECT_EQ(seen.body, "") << auth;
    EXPECT_EQ(seen.header("Accept-Language"), "de") << auth;
    for (const auto& [name, value] : seen.headers) EXPECT_THAT(value, Not(HasSubstr("s3cret"))) << name;
    EXPECT_FALSE(seen.header("Authorization")) << auth;
  }
}

TEST_F(http_call_test, takes_no_arguments_along_once_it_was_sent_elsewhere) {
  loopback_http_server other([](const recorded_request& r) { return r.target == "/first" ? redirect_to(302, "/second") : json_reply("1"); });
  loopback_http_server server([&](const recorded_request&) { return redirect_to(302, other.url("/first")); });
  ASSERT_TRUE(call({{"url", server.url("/a")}}, {{"q", "mine"}}));
  EXPECT_EQ(other.last().target, "/second");
}

TEST_F(http_call_test, stays_without_credentials_when_it_is_sent_back) {
  loopback_http_server* home = nullptr;
  loopback_http_server other([&](const recorded_request&) { return redirect_to(307, home->url("/b")); });
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/a" ? redirect_to(307, other.url("/")) : json_reply("1"); });
  home = &server;
  ASSERT_TRUE(call({{"url", server.url("/a")}}, json::object(), {{"auth_type", "api_key"}, {"api_key", "K"}}));
  EXPECT_EQ(server.last().target, "/b");
  EXPECT_FALSE(server.last().header("X-Api-Key"));
}

TEST_F(http_call_test, refuses_bad_redirects) {
  std::string location;
  loopback_http_server server([&](const recorded_request&) { return redirect_to(302, location); });
  const std::pair<const char*, errc> table[] = {{"file:///etc/passwd", errc::not_allowed}, {"http://evil.example/", errc::not_allowed}, {"gopher://localhost/", errc::not_allowed},
                                                {"/again", errc::remote_failed},           {"", errc::remote_failed}};
  for (const auto& [where, code] : table) {
    location = where;
    const auto before = server.requests().size();
    const auto answer = call({{"url", server.url()}});
    ASSERT_FALSE(answer) << where;
    EXPECT_EQ(answer.error(), code) << where << ": " << answer.error().message;
    if (location == "/again") {
      EXPECT_EQ(server.requests().size() - before, 6u);
      EXPECT_THAT(answer.error().message, HasSubstr("Too many redirects (>5) during tool invocation"));
    }
  }
}

TEST_F(http_call_test, explains_redirects_that_are_not_followed) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(305, ""); });
  const auto answer = call({{"url", server.url()}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::remote_failed);
  EXPECT_THAT(answer.error().message, HasSubstr("not followed"));
}

TEST_F(http_call_test, honours_the_response_limit_and_the_deadline_of_the_client_s_clock) {
  loopback_http_server server([&](const recorded_request& r) {
    scripted_reply reply(std::string(1000, 'x'));
    if (r.target == "/hang") reply.end = scripted_reply::ending::hang;
    return reply;
  });
  context.max_response_bytes = 999;
  EXPECT_EQ(call({{"url", server.url()}}).error(), errc::too_large);
  context.max_response_bytes = 1000;
  context.deadline = clock->now() + std::chrono::seconds(20);
  EXPECT_TRUE(call({{"url", server.url()}}));
  context.deadline = clock->now() + std::chrono::milliseconds(50);
  EXPECT_EQ(call({{"url", server.url("/hang")}}).error(), errc::timed_out);
  context.deadline = clock->now() - std::chrono::seconds(1);
  EXPECT_EQ(call({{"url", server.url()}}).error(), errc::timed_out);
}

TEST_F(http_call_test, can_be_cancelled_in_each_hop_and_in_the_token_request) {
  std::string hang_at;
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == hang_at) {
      cancel_soon();
      scripted_reply reply;
      reply.end = scripted_reply::ending::hang;
      return reply;
    }
    if (r.target == "/token") return json_reply(R"({"access_token":"t","expires_in":0})");
    return r.target == "/a" ? redirect_to(307, "/b") : json_reply("1");
  });
  const json auth = {{"auth_type", "oauth2"}, {"token_url", server.url("/token")}, {"client_id", "i"}, {"client_secret", "s"}};
  for (const char* where : {"/token", "/a", "/b"}) {
    hang_at = where;
    const auto answer = run_cancellable(via->call(call_of({{"url", server.url("/a")}}, json::object(), auth), context));
    ASSERT_FALSE(answer) << where;
    EXPECT_EQ(answer.error(), errc::cancelled) << where << ": " << answer.error().message;
  }
  hang_at.clear();
  EXPECT_TRUE(call({{"url", server.url("/a")}}, json::object(), auth));
}

TEST_F(http_call_test, gets_a_new_token_once_after_a_401) {
  std::atomic<int> tokens = 0;
  std::string good = "t2";
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/token") return json_reply("{\"access_token\":\"t" + std::to_string(++tokens) + "\"}");
    return r.header("Authorization") == "Bearer " + good ? json_reply("1") : scripted_reply(401, "");
  });
  const json auth = {{"auth_type", "oauth2"}, {"token_url", server.url("/token")}, {"client_id", "i"}, {"client_secret", "s"}};
  ASSERT_TRUE(call({{"url", server.url("/x")}}, json::object(), auth));
  EXPECT_EQ(tokens, 2);
  ASSERT_TRUE(call({{"url", server.url("/x")}}, json::object(), auth));
  EXPECT_EQ(tokens, 2);
  good = "never";
  const auto refused = call({{"url", server.url("/x")}}, json::object(), auth);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::unauthorized);
  EXPECT_EQ(tokens, 3);
}

TEST_F(http_call_test, never_sends_a_bearer_without_a_token) {
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/token" ? json_reply(R"({"access_token":null})") : json_reply("1"); });
  const auto failed = call({{"url", server.url("/x")}}, json::object(), {{"auth_type", "oauth2"}, {"token_url", server.url("/token")}, {"client_id", "i"}, {"client_secret", "s"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), errc::protocol_error);
  for (const auto& each : server.requests()) EXPECT_EQ(each.target, "/token");
}

TEST_F(http_call_test, serves_a_crowd_with_one_token_and_kept_connections) {
  std::atomic<int> tokens = 0;
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/token") return json_reply("{\"access_token\":\"t" + std::to_string(++tokens) + "\"}");
    return json_reply("\"" + r.header("Authorization").value_or("") + "\"");
  });
  const json auth = {{"auth_type", "oauth2"}, {"token_url", server.url("/token")}, {"client_id", "i"}, {"client_secret", "s"}};
  int fine = 0;
  for (int i = 0; i < 64; ++i)
    asio::co_spawn(io, via->call(call_of({{"url", server.url("/x")}}, {{"i", i}}, auth), context), [&](std::exception_ptr, result<tool_result> r) { fine += r && r->to_json() == "Bearer t1" ? 1 : 0; });
  io.run();
  EXPECT_EQ(fine, 64);
  EXPECT_EQ(tokens, 1);
}

TEST_F(http_call_test, shares_connections_between_the_transports_of_a_client) {
  loopback_http_server server([&](const recorded_request&) { return json_reply("1"); });
  ASSERT_TRUE(call({{"url", server.url()}}));
  via = make_http_transport()(services);
  ASSERT_TRUE(call({{"url", server.url()}}));
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(http_call_test, knows_which_methods_may_be_sent_twice) {
  for (const char* method : {"GET", "HEAD", "PUT", "delete", "OPTIONS"}) EXPECT_TRUE(via->idempotent(call_of({{"url", "https://h/"}, {"http_method", method}}, json::object()))) << method;
  for (const char* method : {"POST", "PATCH", "NONSENSE"}) EXPECT_FALSE(via->idempotent(call_of({{"url", "https://h/"}, {"http_method", method}}, json::object()))) << method;
}

}  // namespace
}  // namespace utcp::testing
