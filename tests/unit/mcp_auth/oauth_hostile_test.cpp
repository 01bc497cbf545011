// Servers that mean no good, or do not know what they do.
#include "oauth_rig.hpp"

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class oauth_hostile_test : public oauth_test {
 protected:
  page forbidden() {
    return [](const recorded_request&) {
      ADD_FAILURE() << "must not be asked";
      return scripted_reply(404, "");
    };
  }
  /// Fails before a person or a token endpoint is asked.
  error fails_early() {
    pages["/token"] = forbidden();
    const error failed = failure(make());
    EXPECT_EQ(visits, 0);
    return failed;
  }
};

TEST_F(oauth_hostile_test, a_server_that_refuses_every_token_gets_three_and_then_none) {
  pages["/mcp"] = [](const recorded_request&) { return scripted_reply(401, "").with("WWW-Authenticate", "Bearer error=\"invalid_token\""); };
  auto by = make();
  EXPECT_EQ(failure(by), errc::unauthorized);
  EXPECT_EQ(visits, 3);
  EXPECT_EQ(failure(by), errc::unauthorized);
  EXPECT_EQ(visits, 3);
  clock->advance(11min);
  EXPECT_EQ(failure(by), errc::unauthorized);
  EXPECT_EQ(visits, 6);
}

TEST_F(oauth_hostile_test, ever_new_scopes_are_asked_for_three_times) {
  int wanted = 0;
  pages["/mcp"] = [&](const recorded_request& r) {
    return scripted_reply(r.header("Authorization") ? 403 : 401, "").with("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"s" + std::to_string(++wanted) + "\"");
  };
  EXPECT_EQ(failure(make()), errc::unauthorized);
  EXPECT_EQ(visits, 3);
}

TEST_F(oauth_hostile_test, metadata_of_another_resource_end_it) {
  resource["resource"] = "https://evil.example/mcp";
  EXPECT_EQ(fails_early(), errc::protocol_error);
}

TEST_F(oauth_hostile_test, metadata_of_another_issuer_end_it) {
  for (const std::string& other : {issuer() + "/", server.url(""), std::string("https://evil.example")}) {
    as_metadata["issuer"] = other;
    EXPECT_EQ(fails_early(), errc::protocol_error) << other;
  }
}

TEST_F(oauth_hostile_test, metadata_may_not_lead_to_plain_http_elsewhere) {
  for (const char* key : {"token_endpoint", "authorization_endpoint", "registration_endpoint"}) {
    const json before = as_metadata;
    as_metadata[key] = "http://evil.example/x";
    pages["/token"] = [this](const recorded_request&) { return grant(); };
    const error failed = failure(make());
    EXPECT_EQ(failed, errc::not_allowed) << key;
    EXPECT_THAT(failed.message, Not(HasSubstr("allow_insecure_http"))) << "which would not help";
    EXPECT_THAT(asked("/token"), SizeIs(0));
    EXPECT_EQ(visits, 0);
    as_metadata = before;
    store = mcp::make_memory_token_store();
  }
  resource["authorization_servers"] = json::array({"http://evil.example"});
  EXPECT_EQ(fails_early(), errc::not_allowed);
  www_authenticate = "Bearer resource_metadata=\"http://evil.example/x\"";
  EXPECT_EQ(fails_early(), errc::not_allowed);
}

TEST_F(oauth_hostile_test, addresses_of_other_schemes_are_refused) {
  for (const char* address : {"file:///etc/passwd", "javascript:alert(1)", "", "https://u:p@as.example/x"}) {
    as_metadata["authorization_endpoint"] = address;
    EXPECT_FALSE(ask(make())) << address;
    EXPECT_EQ(visits, 0);
  }
}

TEST_F(oauth_hostile_test, a_redirect_of_the_token_endpoint_is_not_followed) {
  for (const char* to : {"/stolen", "https://evil.example/stolen"})
    for (const int status : {301, 302, 303, 307, 308}) {
      pages["/token"] = [=](const recorded_request&) { return redirect_to(status, to); };
      EXPECT_EQ(failure(make()), errc::not_allowed);
    }
  EXPECT_THAT(asked("/stolen"), SizeIs(0));
}

TEST_F(oauth_hostile_test, metadata_are_not_looked_for_at_another_origin) {
  loopback_http_server elsewhere([this](const recorded_request&) { return json_reply(resource.dump()); });
  pages["/.well-known/oauth-protected-resource/mcp"] = [&](const recorded_request&) { return redirect_to(302, elsewhere.url("/x")); };
  EXPECT_EQ(fails_early(), errc::not_allowed);
  EXPECT_THAT(elsewhere.requests(), SizeIs(0));
}

TEST_F(oauth_hostile_test, an_answer_of_another_issuer_or_state_is_not_used) {
  const std::string right = "&iss=" + net::encode_component(issuer());
  for (const std::string& tail : {std::string("&state=evil") + right, std::string("&iss=https://evil.example&state="), "&iss=" + net::encode_component(issuer() + "/") + "&state="}) {
    pages["/authorize"] = [=, this](const recorded_request& r) { return redirect_to(302, redirect_uri + "?code=c0de" + (tail.ends_with('=') ? tail + of_query(r, "state") : tail)); };
    EXPECT_EQ(failure(make()), errc::protocol_error);
  }
  as_metadata["authorization_response_iss_parameter_supported"] = true;
  pages["/authorize"] = [this](const recorded_request& r) { return redirect_to(302, redirect_uri + "?code=c0de&state=" + of_query(r, "state")); };
  EXPECT_EQ(failure(make()), errc::protocol_error);
  EXPECT_THAT(asked("/token"), SizeIs(0));
}

TEST_F(oauth_hostile_test, a_server_without_pkce_is_refused) {
  as_metadata["code_challenge_methods_supported"] = json::array({"plain"});
  EXPECT_EQ(fails_early(), errc::unsupported);
  as_metadata.erase("code_challenge_methods_supported");
  EXPECT_EQ(fails_early(), errc::unsupported);
}

TEST_F(oauth_hostile_test, a_configured_client_stays_with_its_authorization_server) {
  mcp::oauth_options options;
  options.client_id = "mine";
  options.client_secret = secret("s3cret");
  EXPECT_EQ(ask(make(options)).value(), 200);
  good.clear();
  json moved = as_metadata;
  moved["issuer"] = server.url("/evil");
  moved["token_endpoint"] = server.url("/evil-token");
  resource["authorization_servers"] = json::array({server.url("/evil")});
  pages["/.well-known/oauth-authorization-server/evil"] = [moved](const recorded_request&) { return json_reply(moved.dump()); };
  pages["/evil-token"] = forbidden();
  EXPECT_EQ(failure(make(options)), errc::not_allowed);
  options.issuer = issuer();
  EXPECT_EQ(failure(make(options)), errc::not_allowed);
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_hostile_test, a_token_server_that_says_nothing_costs_the_request_s_time_only) {
  pages["/token"] = [](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  };
  mcp::oauth_options options;
  options.request_timeout = 200ms;
  EXPECT_EQ(failure(make(options)), errc::timed_out);
}

TEST_F(oauth_hostile_test, an_endless_answer_is_cut_off) {
  for (const char* path : {"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server/as", "/register", "/token"}) {
    const auto before = pages;
    pages[path] = [](const recorded_request&) { return json_reply(std::string(2u << 20, ' ')); };
    EXPECT_EQ(failure(make()), errc::too_large) << path;
    pages = before;
    store = mcp::make_memory_token_store();
  }
}

TEST_F(oauth_hostile_test, tokens_that_fit_no_header_are_refused) {
  for (const char* body : {R"({"access_token":"a\r\nX: y"})", R"({"access_token":""})", R"({"access_token":5})", R"({"access_token":"a","token_type":"mac"})", "[]", "<html>"}) {
    pages["/token"] = [=](const recorded_request&) { return json_reply(body); };
    EXPECT_EQ(failure(make()), errc::protocol_error) << body;
  }
}

TEST_F(oauth_hostile_test, what_a_server_repeats_is_not_shown) {
  pages["/token"] = [](const recorded_request& r) { return scripted_reply(400, json{{"error", "invalid_grant"}, {"error_description", "you sent " + r.body}}.dump()).type("application/json"); };
  const error failed = failure(make());
  EXPECT_EQ(failed, errc::unauthorized);
  EXPECT_THAT(failed.message, HasSubstr("invalid_grant"));
}

TEST_F(oauth_hostile_test, a_person_who_never_answers_costs_five_minutes_and_one_window) {
  mcp::oauth_options options;
  mcp::oauth_parts parts;
  parts.executor = io.get_executor();
  parts.http = http;
  parts.time = clock;
  boost::asio::steady_timer never(io, boost::asio::steady_timer::time_point::max());
  parts.person = mcp::make_callback_browser(redirect_uri, [&](std::string) -> task<result<std::string>> {
    ++visits;
    boost::asio::post(io, [&] { clock->advance(301s); });
    co_await never.async_wait(boost::asio::use_awaitable);
    co_return std::string();
  });
  auto by = mcp::oauth_authorizer::make(server.url("/mcp"), options, parts).value();
  const error failed = failure(by);
  EXPECT_EQ(failed, errc::timed_out);
  EXPECT_THAT(failed.message, HasSubstr("300 s"));
  EXPECT_EQ(failure(by), errc::timed_out) << "not asked again at once";
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_hostile_test, an_authorizer_that_goes_takes_its_authorization_with_it) {
  pages["/token"] = [](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  };
  auto by = make();
  std::optional<result<bool>> done;
  mcp::refusal why;
  why.status = 401;
  boost::asio::co_spawn(io, by->refused(std::move(why)), [&](std::exception_ptr, result<bool> outcome) { done = std::move(outcome); });
  while (asked("/token").empty()) io.run_one_for(10ms);
  by.reset();
  io.run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->error(), errc::cancelled);
}

}  // namespace
}  // namespace utcp::testing
