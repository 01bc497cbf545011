#include "oauth2_fixture.hpp"

namespace utcp::testing {
namespace {

TEST_F(oauth2_test, asks_with_the_credentials_in_the_body_and_without_an_empty_scope) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  auto how = grant(server.url("/token"));
  EXPECT_EQ(get(how).value(), "t1");
  EXPECT_EQ(server.last().method, "POST");
  EXPECT_EQ(server.last().body, "grant_type=client_credentials&client_id=id&client_secret=s3cret%26more");
  EXPECT_EQ(server.last().header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_FALSE(server.last().header("Authorization"));
  how.scope = "a b";
  EXPECT_EQ(get(how).value(), "t2");
  EXPECT_THAT(server.last().body, HasSubstr("&scope=a+b"));
}

TEST_F(oauth2_test, tries_basic_when_the_body_is_refused) {
  loopback_http_server server([&](const recorded_request& r) { return r.header("Authorization") ? token() : scripted_reply(401, "{}"); });
  EXPECT_EQ(get(grant(server.url())).value(), "t1");
  EXPECT_EQ(server.last().body, "grant_type=client_credentials");
  EXPECT_EQ(server.last().header("Authorization"), "Basic aWQ6czNjcmV0JTI2bW9yZQ==");
}

TEST_F(oauth2_test, fails_when_both_are_refused_and_shows_no_secret) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(400, R"({"error":"invalid_client"})").type("application/json"); });
  const auto failed = get(grant(server.url("/token?x=1")));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), errc::unauthorized);
  EXPECT_EQ(failed.error().remote["body"]["error"], "invalid_client");
  EXPECT_THAT(failed.error().message, HasSubstr("/token"));
  EXPECT_THAT(failed.error().message, Not(HasSubstr("s3cret")));
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(oauth2_test, does_not_fall_through_when_a_success_has_no_token) {
  for (const char* body : {"{}", "[]", "nonsense", R"({"access_token":""})", R"({"access_token":null})", R"({"access_token":"a\r\nb"})", ""}) {
    loopback_http_server server([&](const recorded_request&) { return json_reply(body); });
    const auto failed = get(grant(server.url()));
    ASSERT_FALSE(failed) << body;
    EXPECT_EQ(failed.error(), errc::protocol_error) << body;
    EXPECT_EQ(server.requests().size(), 1u) << body;
  }
}

TEST_F(oauth2_test, keeps_a_token_until_shortly_before_it_expires) {
  loopback_http_server server([&](const recorded_request&) { return token(",\"expires_in\":100"); });
  const auto how = grant(server.url());
  EXPECT_EQ(get(how).value(), "t1");
  clock->advance(std::chrono::seconds(69));
  EXPECT_EQ(get(how).value(), "t1");
  clock->advance(std::chrono::seconds(1));
  EXPECT_EQ(get(how).value(), "t2");
}

TEST_F(oauth2_test, takes_an_hour_when_the_server_does_not_say) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  const auto how = grant(server.url());
  EXPECT_EQ(get(how).value(), "t1");
  clock->advance(std::chrono::seconds(3569));
  EXPECT_EQ(get(how).value(), "t1");
  clock->advance(std::chrono::seconds(1));
  EXPECT_EQ(get(how).value(), "t2");
}

TEST_F(oauth2_test, survives_odd_lifetimes) {
  const char* odd[] = {"\"100\"", "1e300", "-5", "\"x\"", "null", "10"};
  for (const char* life : odd) {
    loopback_http_server server([&](const recorded_request&) { return token(std::string(",\"expires_in\":") + life); });
    EXPECT_TRUE(get(grant(server.url()))) << life;
  }
}

TEST_F(oauth2_test, keeps_tokens_apart_by_all_that_tells_them_apart) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  auto how = grant(server.url("/a"));
  EXPECT_EQ(get(how).value(), "t1");
  how.token_url = server.url("/b");
  EXPECT_EQ(get(how).value(), "t2");
  how.client_id = secret("other");
  EXPECT_EQ(get(how).value(), "t3");
  how.client_secret = secret("other");
  EXPECT_EQ(get(how).value(), "t4");
  how.scope = "s";
  EXPECT_EQ(get(how).value(), "t5");
  EXPECT_EQ(get(how).value(), "t5");
}

TEST_F(oauth2_test, forgets_only_the_token_that_was_refused) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  const auto how = grant(server.url());
  EXPECT_EQ(get(how).value(), "t1");
  tokens->forget(how, token_route(), "older");
  EXPECT_EQ(get(how).value(), "t1");
  tokens->forget(how, token_route(), "t1");
  EXPECT_EQ(get(how).value(), "t2");
}

TEST_F(oauth2_test, asks_once_for_a_crowd) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  int fine = 0;
  for (int i = 0; i < 50; ++i)
    asio::co_spawn(io, tokens->get(grant(server.url()), token_route(), time_point::max()), [&](std::exception_ptr, result<std::string> r) { fine += r && *r == "t1" ? 1 : 0; });
  io.run();
  EXPECT_EQ(fine, 50);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(oauth2_test, cancelling_one_of_a_crowd_leaves_the_others_their_token) {
  asio::cancellation_signal stop;
  loopback_http_server server([&](const recorded_request&) {
    asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    auto reply = token();
    reply.drip = true;
    return reply;
  });
  std::optional<result<std::string>> first, second;
  asio::co_spawn(io, tokens->get(grant(server.url()), token_route(), time_point::max()),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<std::string> r) { first = std::move(r); }));
  asio::co_spawn(io, tokens->get(grant(server.url()), token_route(), time_point::max()), [&](std::exception_ptr, result<std::string> r) { second = std::move(r); });
  io.run();
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(!*first ? first->error() == errc::cancelled : true);  // the answer may have been quicker than the cancellation
  EXPECT_EQ(second->value(), "t1");
}

TEST_F(oauth2_test, ends_the_request_when_the_last_waiter_has_gone) {
  asio::cancellation_signal stop;
  std::atomic<bool> hang = true;
  loopback_http_server server([&](const recorded_request&) {
    auto reply = token();
    if (!hang) return reply;
    reply.end = scripted_reply::ending::hang;
    asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    return reply;
  });
  std::optional<result<std::string>> out;
  asio::co_spawn(io, tokens->get(grant(server.url()), token_route(), time_point::max()),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<std::string> r) { out = std::move(r); }));
  io.run();  // ends: nothing is left waiting for the server
  ASSERT_TRUE(out && !*out);
  EXPECT_EQ(out->error(), errc::cancelled);
  hang = false;
  EXPECT_TRUE(get(grant(server.url())));
}

TEST_F(oauth2_test, each_waiter_has_its_own_deadline) {
  loopback_http_server server([&](const recorded_request&) {
    asio::post(io, [&] { clock->advance(std::chrono::seconds(2)); });
    auto reply = token();
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  const auto late = run(io, tokens->get(grant(server.url()), token_route(), clock->now() + std::chrono::seconds(1)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(), errc::timed_out);
}

TEST_F(oauth2_test, holds_the_token_url_to_the_policy) {
  for (const char* bad : {"http://auth.example/token", "file:///token", "https://u:p@auth.example/"}) EXPECT_FALSE(get(grant(bad))) << bad;
  const auto refused = get(grant("http://auth.example/token?s=s3cret"));
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("OAuth2 token URL"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("s3cret")));
  EXPECT_EQ(get(grant("nonsense")).error(), errc::invalid_config);
}

TEST_F(oauth2_test, follows_redirects_within_the_origin_only) {
  loopback_http_server other([&](const recorded_request&) { return token(); });
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/a") return redirect_to(307, "/b");
    if (r.target == "/b") return token();
    if (r.target == "/see-other") return redirect_to(303, "/b");
    return redirect_to(307, other.url("/token"));
  });
  EXPECT_EQ(get(grant(server.url("/a"))).value(), "t1");
  EXPECT_THAT(server.last().body, HasSubstr("client_secret"));
  for (const char* path : {"/elsewhere", "/see-other"}) {
    const auto refused = get(grant(server.url(path)));
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error(), errc::not_allowed) << path;
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(oauth2_test, tells_a_dead_server_from_one_that_refuses) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(503, ""); });
  EXPECT_EQ(get(grant(server.url())).error(), errc::unavailable);
  std::string gone;
  {
    loopback_http_server dead([&](const recorded_request&) { return scripted_reply(); });
    gone = dead.url();
  }
  EXPECT_EQ(get(grant(gone)).error(), errc::connection_failed);
}

}  // namespace
}  // namespace utcp::testing
