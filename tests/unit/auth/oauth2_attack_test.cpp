#include "oauth2_fixture.hpp"

#include <future>

namespace utcp::testing {
namespace {

/// Token servers that lie, dawdle or lead away.
using oauth2_attack_test = oauth2_test;

TEST_F(oauth2_attack_test, an_answer_may_not_lead_the_credentials_away) {
  loopback_http_server other([&](const recorded_request&) { return token(); });
  std::string location;
  int status = 307;
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/token" ? redirect_to(status, location) : token(); });
  const std::pair<std::string, errc> table[] = {{other.url("/token"), errc::not_allowed},          {"https://evil.example/token", errc::not_allowed},
                                                {"http://evil.example/token", errc::not_allowed},  {"//evil.example/token", errc::not_allowed},
                                                {"file:///etc/passwd", errc::not_allowed},         {"gopher://127.0.0.1/", errc::not_allowed},
                                                {"http://u:p@127.0.0.1/", errc::not_allowed},      {"/token", errc::remote_failed},
                                                {"", errc::remote_failed}};
  for (const int code : {301, 302, 303, 307, 308})
    for (const auto& [where, expected] : table) {
      status = code;
      location = where;
      const auto refused = get(grant(server.url("/token")));
      ASSERT_FALSE(refused) << code << where;
      // As GET the request for a token is none.
      const errc wanted = code == 303 && where == "/token" ? errc::not_allowed : expected;
      EXPECT_EQ(refused.error(), wanted) << code << " " << where << ": " << refused.error().message;
      EXPECT_THAT(refused.error().message, Not(HasSubstr("s3cret")));
    }
  EXPECT_TRUE(other.requests().empty());
  EXPECT_EQ(served, 0);
}

TEST_F(oauth2_attack_test, a_redirect_within_the_origin_sends_the_same_request_again) {
  for (const int status : {301, 302, 307, 308}) {
    loopback_http_server server([&](const recorded_request& r) { return r.target == "/token" ? redirect_to(status, "/new") : token(); });
    EXPECT_TRUE(get(grant(server.url("/token")))) << status;
    ASSERT_EQ(server.requests().size(), 2u);
    EXPECT_EQ(server.last().method, "POST");
    EXPECT_EQ(server.last().body, server.requests()[0].body);
  }
}

TEST_F(oauth2_attack_test, a_redirect_to_get_is_refused_even_within_the_origin) {
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/token" ? redirect_to(303, "/new") : token(); });
  const auto refused = get(grant(server.url("/token")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("set \"token_url\" to the final address"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(oauth2_attack_test, a_token_must_be_text_that_fits_a_header) {
  const std::string long_token(70'000, 'a');
  const std::string table[] = {R"(5)", R"(["t"])", R"({"t":1})", "true", "null", "\"\"", R"("a\r\nX: y")", R"("a\nb")", R"("a\u0000b")", R"("a\tb")", R"("ä")", "\"" + long_token + "\""};
  for (const std::string& value : table) {
    loopback_http_server server([&](const recorded_request&) { return json_reply("{\"access_token\":" + value + ",\"token_type\":\"Bearer\"}"); });
    const auto refused = get(grant(server.url()));
    ASSERT_FALSE(refused) << value.substr(0, 20);
    EXPECT_EQ(refused.error(), errc::protocol_error) << value.substr(0, 20);
    EXPECT_EQ(server.requests().size(), 1u);
    EXPECT_LT(refused.error().message.size(), 300u);
  }
}

TEST_F(oauth2_attack_test, a_huge_answer_ends_at_its_limit) {
  for (const bool chunked : {false, true})
    for (const int status : {200, 400}) {
      loopback_http_server server([&](const recorded_request&) {
        auto reply = json_reply("{\"access_token\":\"" + std::string(2u << 20, 'a') + "\"}");
        reply.chunked = chunked;
        reply.status = status;
        return reply;
      });
      EXPECT_EQ(get(grant(server.url())).error(), errc::too_large) << chunked << status;
    }
}

TEST_F(oauth2_attack_test, only_bearer_tokens_are_used) {
  for (const char* type : {"\"Bearer\"", "\"bearer\"", "\"BEARER\"", "null"}) {
    loopback_http_server server([&](const recorded_request&) { return token(std::string(",\"token_type\":") + type); });
    EXPECT_TRUE(get(grant(server.url()))) << type;
  }
  for (const char* type : {"\"mac\"", "\"DPoP\"", "\"\"", "\"Bearer \"", "\"N_A\"", "5", "[\"Bearer\"]"}) {
    loopback_http_server server([&](const recorded_request&) { return json_reply(std::string(R"({"access_token":"t0ken-text","token_type":)") + type + "}"); });
    const auto refused = get(grant(server.url()));
    ASSERT_FALSE(refused) << type;
    EXPECT_EQ(refused.error(), errc::protocol_error) << type;
    EXPECT_THAT(refused.error().message, HasSubstr("Bearer"));
    EXPECT_EQ(refused.error().remote["token_type"], json::parse(type));
    EXPECT_THAT(refused.error().remote.dump(), Not(HasSubstr("t0ken-text")));
  }
}

TEST_F(oauth2_attack_test, odd_lifetimes_are_bounded) {
  struct row { const char* life; int seconds; };  // how long the token is used; 0: once
  const row table[] = {{"-1", 0},       {"0", 0},         {"-1e300", 0},  {"\"-7\"", 0},   {"\"nan\"", 0},      {"30", 0},        {"31", 1},
                       {"\"100\"", 70}, {"100.9", 70},    {"null", 3570}, {"true", 3570},  {"\"soon\"", 3570},  {"[]", 3570},     {"1e300", 365 * 86400 - 30},
                       {"18446744073709551615", 365 * 86400 - 30},        {"\"inf\"", 365 * 86400 - 30}};
  for (const auto& [life, seconds] : table) {
    loopback_http_server server([&, life = life](const recorded_request&) { return token(std::string(",\"expires_in\":") + life); });
    const auto how = grant(server.url());
    ASSERT_TRUE(get(how)) << life;
    if (seconds > 0) {
      clock->advance(std::chrono::seconds(seconds) - std::chrono::milliseconds(1));
      ASSERT_TRUE(get(how)) << life;
      EXPECT_EQ(server.requests().size(), 1u) << life;
      clock->advance(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(get(how)) << life;
    EXPECT_EQ(server.requests().size(), 2u) << life;
  }
}

TEST_F(oauth2_attack_test, numbers_that_json_does_not_know_are_no_answer) {
  for (const char* life : {"NaN", "Infinity", "1e999999", "0x10"}) {
    loopback_http_server server([&](const recorded_request&) { return token(std::string(",\"expires_in\":") + life); });
    const auto answer = get(grant(server.url()));
    if (!answer) { EXPECT_EQ(answer.error(), errc::protocol_error) << life; }
  }
}

TEST_F(oauth2_attack_test, a_web_page_is_no_token) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply("<!DOCTYPE html><html>Sign in</html>").type("text/html"); });
  const auto refused = get(grant(server.url("/login")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::protocol_error);
  EXPECT_THAT(refused.error().message, HasSubstr("a web page"));
  EXPECT_THAT(refused.error().message, HasSubstr("/login"));
}

TEST_F(oauth2_attack_test, an_error_with_status_200_is_an_error_even_beside_a_token) {
  for (const char* more : {"", R"(,"access_token":"t0ken-text")"}) {
    loopback_http_server server([&](const recorded_request&) { return json_reply(std::string(R"({"error":"invalid_client","error_description":"who?")") + more + "}"); });
    const auto refused = get(grant(server.url()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::unauthorized);
    EXPECT_THAT(refused.error().message, HasSubstr("invalid_client"));
    EXPECT_EQ(refused.error().remote["body"]["error_description"], "who?");
    EXPECT_THAT(refused.error().remote.dump(), Not(HasSubstr("t0ken-text")));
  }
  loopback_http_server server([&](const recorded_request&) { return token(R"(,"error":"")"); });
  EXPECT_TRUE(get(grant(server.url())));
}

TEST_F(oauth2_attack_test, only_the_words_of_the_rfc_are_repeated) {
  for (const char* word : {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "go to evil.example", "INVALID_CLIENT"}) {
    loopback_http_server server([&](const recorded_request&) { return scripted_reply(400, json{{"error", word}}.dump()).type("application/json"); });
    const auto refused = get(grant(server.url()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::unauthorized) << word;
    const bool known = std::string_view(word).starts_with("invalid_") || std::string_view(word).starts_with("un");
    EXPECT_EQ(refused.error().message.find(word) != std::string::npos, known) << refused.error().message;
    EXPECT_EQ(refused.error().remote["body"]["error"], word);
  }
}

TEST_F(oauth2_attack_test, a_refusal_that_is_not_about_the_credentials_ends_the_attempts) {
  const std::pair<int, const char*> table[] = {{400, "invalid_scope"}, {400, "invalid_grant"}, {400, "unsupported_grant_type"}, {404, ""}, {429, ""}, {502, ""}, {503, ""}, {504, ""}};
  for (const auto& [status, word] : table) {
    loopback_http_server server([&, status = status, word = word](const recorded_request&) { return scripted_reply(status, json{{"error", word}}.dump()).type("application/json"); });
    EXPECT_FALSE(get(grant(server.url()))) << status;
    EXPECT_EQ(server.requests().size(), 1u) << status << word;
  }
}

TEST_F(oauth2_attack_test, tells_of_both_attempts) {
  loopback_http_server server([&](const recorded_request& r) { return r.header("Authorization") ? scripted_reply(401, "") : scripted_reply(400, ""); });
  const auto refused = get(grant(server.url("/token")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::unauthorized);
  EXPECT_THAT(refused.error().message, HasSubstr("HTTP 401 Unauthorized (credentials in the body before that: HTTP 400); check client_id, client_secret and scope"));
  EXPECT_EQ(refused.error().remote["status"], 401);
}

TEST_F(oauth2_attack_test, a_missing_token_endpoint_is_a_wrong_address_and_no_wrong_secret) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(404, ""); });
  const auto refused = get(grant(server.url("/tokn")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::remote_failed);
  EXPECT_THAT(refused.error().message, HasSubstr("check \"token_url\""));
}

TEST_F(oauth2_attack_test, a_server_that_repeats_what_it_got_shows_no_secret) {
  loopback_http_server server([&](const recorded_request& r) {
    json said = {{"you_sent", r.body}, {"header", r.header("Authorization").value_or("")}, {"list", {"s3cret & more", "s3cret%20%26%20more"}}, {"access_token", "t0ken-text"}};
    return scripted_reply(400, said.dump()).type("application/json");
  });
  for (const auto way : {oauth2_auth::proof::body, oauth2_auth::proof::header}) {
    auto how = grant(server.url());
    how.client_secret = secret("s3cret & more");
    how.client_auth = way;
    const auto refused = get(how);
    ASSERT_FALSE(refused);
    const std::string all = refused.error().message + refused.error().remote.dump();
    for (const char* leak : {"s3cret", "aWQ6czNjcmV0", "t0ken-text"}) EXPECT_THAT(all, Not(HasSubstr(leak)));
    EXPECT_THAT(all, HasSubstr("***"));
  }
}

TEST_F(oauth2_attack_test, a_dropped_connection_is_told_as_that_and_tried_again_by_the_next_call) {
  using ending = scripted_reply::ending;
  std::atomic<bool> broken = true;
  for (const ending how : {ending::close_at_once, ending::close_mid_body}) {
    loopback_http_server server([&](const recorded_request&) {
      auto reply = token();
      if (broken) reply.end = how;
      return reply;
    });
    broken = true;
    EXPECT_EQ(get(grant(server.url())).error(), errc::connection_failed);
    broken = false;
    EXPECT_TRUE(get(grant(server.url())));
  }
}

TEST_F(oauth2_attack_test, a_server_that_never_answers_fails_all_who_wait_and_is_asked_again) {
  using ending = scripted_reply::ending;
  for (const ending how : {ending::hang, ending::hang_mid_body}) {
    limit_fetches_to(std::chrono::milliseconds(60));
    std::atomic<bool> broken = true;
    loopback_http_server server([&](const recorded_request&) {
      auto reply = token();
      if (broken) reply.end = how;
      return reply;
    });
    const auto one = begin(grant(server.url()));
    const auto two = begin(grant(server.url()));
    finish();
    for (const auto& each : {one, two}) EXPECT_EQ(each->outcome->error(), errc::timed_out);
    EXPECT_EQ(server.requests().size(), 1u);
    broken = false;
    EXPECT_TRUE(get(grant(server.url())));
  }
}

TEST_F(oauth2_attack_test, all_attempts_share_one_limit) {
  limit_fetches_to(std::chrono::milliseconds(60));
  loopback_http_server server([&](const recorded_request& r) {
    auto reply = scripted_reply(401, "");
    if (r.header("Authorization")) reply.end = scripted_reply::ending::hang;
    return reply;
  });
  EXPECT_EQ(get(grant(server.url())).error(), errc::timed_out);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(oauth2_attack_test, a_caller_s_deadline_passes_while_the_others_get_the_token) {
  std::promise<void> first_is_late;
  loopback_http_server server([&](const recorded_request&) {
    asio::post(io, [&] { clock->advance(std::chrono::seconds(2)); });
    first_is_late.get_future().wait();
    return token();
  });
  std::optional<result<std::string>> late;
  asio::co_spawn(io, tokens->get(grant(server.url()), token_route(), clock->now() + std::chrono::seconds(1)), [&](std::exception_ptr, result<std::string> r) {
    late = std::move(r);
    first_is_late.set_value();
  });
  const auto patient = begin(grant(server.url()));
  const auto later = begin(grant(server.url()), clock->now() + std::chrono::seconds(3));
  finish();
  EXPECT_EQ(late->error(), errc::timed_out);
  EXPECT_EQ(patient->outcome->value(), "t1");
  EXPECT_EQ(later->outcome->value(), "t1");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(oauth2_attack_test, a_refusal_is_remembered_for_a_second) {
  for (const int status : {400, 401, 403, 429}) {
    loopback_http_server server([&](const recorded_request&) { return scripted_reply(status, R"({"error":"invalid_client"})").type("application/json"); });
    const auto how = grant(server.url());
    const auto first = get(how);
    const auto asked = server.requests().size();
    for (int i = 0; i < 20; ++i) {
      const auto again = get(how);
      ASSERT_FALSE(again);
      EXPECT_EQ(again.error().code, first.error().code);
      EXPECT_EQ(again.error().message, first.error().message);
    }
    EXPECT_EQ(server.requests().size(), asked) << status;
    auto other = how;
    other.client_secret = secret("right");
    EXPECT_FALSE(get(other));
    EXPECT_EQ(server.requests().size(), 2 * asked) << "other credentials are asked for at once";
    clock->advance(std::chrono::seconds(1));
    EXPECT_FALSE(get(how));
    EXPECT_EQ(server.requests().size(), 3 * asked) << status;
  }
}

TEST_F(oauth2_attack_test, a_failure_that_may_pass_is_not_remembered) {
  for (const int status : {500, 502, 503, 404}) {
    std::atomic<bool> broken = true;
    loopback_http_server server([&](const recorded_request&) { return broken ? scripted_reply(status, "") : token(); });
    EXPECT_FALSE(get(grant(server.url())));
    broken = false;
    EXPECT_TRUE(get(grant(server.url()))) << status;
  }
}

TEST_F(oauth2_attack_test, a_token_server_that_says_later_is_left_alone_until_then) {
  struct row { int status; const char* after; int seconds; };
  const row table[] = {{429, "20", 20}, {503, "20", 20}, {429, "100000", 60}, {503, "99999999999999999999", 60}, {503, "-5", 0}, {503, "soon", 0}, {429, "soon", 1}};
  for (const auto& [status, after, seconds] : table) {
    std::atomic<bool> busy = true;
    loopback_http_server server([&, status = status, after = after](const recorded_request&) { return busy ? scripted_reply(status, "").with("Retry-After", after) : token(); });
    const auto how = grant(server.url());
    EXPECT_EQ(get(how).error(), status == 429 ? errc::rate_limited : errc::unavailable) << after;
    busy = false;
    if (seconds > 0) {
      clock->advance(std::chrono::seconds(seconds) - std::chrono::milliseconds(250));
      const auto still = get(how);
      ASSERT_FALSE(still) << status << after;
      if (still.error().remote.contains("retry_after")) { EXPECT_EQ(still.error().remote["retry_after"], 0.25) << "what is left of it"; }
      clock->advance(std::chrono::milliseconds(250));
    }
    EXPECT_TRUE(get(how)) << status << after;
  }
}

TEST_F(oauth2_attack_test, asks_in_the_way_that_the_server_took_last) {
  loopback_http_server server([&](const recorded_request& r) { return r.header("Authorization") ? token() : scripted_reply(401, "{}"); });
  const auto how = grant(server.url());
  EXPECT_EQ(get(how).value(), "t1");
  EXPECT_EQ(server.requests().size(), 2u);
  tokens->forget(how, token_route(), "t1");
  EXPECT_EQ(get(how).value(), "t2");
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(oauth2_attack_test, client_auth_says_where_the_credentials_go_and_there_is_one_attempt) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(401, "{}"); });
  auto how = grant(server.url());
  how.client_auth = oauth2_auth::proof::body;
  EXPECT_FALSE(get(how));
  EXPECT_EQ(server.last().body, "grant_type=client_credentials&client_id=id&client_secret=s3cret%26more");
  how.client_auth = oauth2_auth::proof::header;
  EXPECT_FALSE(get(how));
  EXPECT_EQ(server.last().header("Authorization"), "Basic aWQ6czNjcmV0JTI2bW9yZQ==");
  EXPECT_EQ(server.last().body, "grant_type=client_credentials");
  how.client_auth = oauth2_auth::proof::tls;
  how.client_secret = secret();
  EXPECT_EQ(get(how).error(), errc::invalid_config) << "there is nothing to prove it with";
  EXPECT_EQ(server.requests().size(), 2u);
  const auto refused = get(how, with_certificate());
  EXPECT_THAT(refused.error().message, HasSubstr("check client_id, the client's certificate and scope"));
  EXPECT_EQ(server.last().body, "grant_type=client_credentials&client_id=id");
  EXPECT_FALSE(server.last().header("Authorization"));
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(oauth2_attack_test, a_token_got_over_one_connection_is_not_given_for_another) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  const auto how = grant(server.url());
  const auto one = with_certificate("one.pem");
  const auto two = with_certificate("two.pem");
  EXPECT_EQ(get(how, one).value(), "t1");
  EXPECT_EQ(get(how, two).value(), "t2");
  EXPECT_EQ(get(how).value(), "t3");
  tokens->forget(how, two, "t1");
  EXPECT_EQ(get(how, one).value(), "t1");
  tokens->forget(how, one, "t1");
  EXPECT_EQ(get(how, one).value(), "t4");
}

TEST_F(oauth2_attack_test, what_may_go_to_public_addresses_only_asks_no_token_server_here) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  token_route route;
  route.public_addresses_only = true;
  EXPECT_EQ(get(grant(server.url()), route).error(), errc::not_allowed);
  EXPECT_EQ(get(grant_of_issuer(server.url("")), route).error(), errc::not_allowed);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace utcp::testing
