#include "http_fixture.hpp"

#include <utcp/client.hpp>

#include <boost/asio/detached.hpp>

#include <atomic>
#include <set>

namespace utcp::testing {
namespace {

/// A service with a token endpoint at /token; its tokens are t1, t2 …
class http_token_test : public http_transport_test {
 protected:
  static json auth_at(const loopback_http_server& server) {
    return {{"auth_type", "oauth2"}, {"token_url", server.url("/token")}, {"client_id", "client-id"}, {"client_secret", "s3cret"}};
  }
  scripted_reply grant() { return json_reply("{\"access_token\":\"t0ken-" + std::to_string(++granted) + "\"}"); }
  std::string bearer(int number) const { return "Bearer t0ken-" + std::to_string(number); }

  std::atomic<int> granted = 0;
};

/// A service whose token is revoked as soon as each of its callers was answered with it once.
struct rotation {
  static constexpr int callers = 64;
  static constexpr int calls_each = 12;
  static constexpr int most_revocations = 8;  // more in a moment are taken for a service that refuses every token

  int valid = 0;  // 0: the last one is revoked
  int revocations = 0;
  std::set<std::string> served;   // callers, with the token that is valid
  std::set<std::string> refused;  // callers whose call has not come back yet
  std::multiset<std::string> tries;
};

TEST_F(http_token_test, calls_survive_tokens_that_are_revoked_while_they_run) {
  rotation seen;
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/token") {
      seen.valid = granted + 1;
      seen.served.clear();
      return grant();
    }
    const std::string caller = r.header("X-Caller").value_or("");
    seen.tries.insert(r.target + " of caller " + caller);
    if (r.header("Authorization") != bearer(seen.valid)) {
      seen.refused.insert(caller);
      return scripted_reply(401, "");
    }
    seen.refused.erase(caller);
    seen.served.insert(caller);
    if (seen.revocations < rotation::most_revocations && seen.served.size() == rotation::callers && seen.refused.empty()) {
      ++seen.revocations;
      seen.valid = 0;
    }
    return json_reply("1");
  });
  int fine = 0;
  const auto one = [&](int caller) -> task<void> {
    for (int n = 0; n < rotation::calls_each; ++n) {
      json how = {{"url", server.url("/x")}, {"headers", {{"X-Caller", std::to_string(caller)}}}};
      json arguments = {{"n", n}};
      tool_call what = call_of(std::move(how), std::move(arguments), auth_at(server));
      auto answer = co_await via->call(std::move(what), context);
      EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
      fine += answer ? 1 : 0;
    }
  };
  for (int i = 0; i < rotation::callers; ++i) asio::co_spawn(io, one(i), asio::detached);
  io.run();
  EXPECT_EQ(fine, rotation::callers * rotation::calls_each);
  EXPECT_GE(seen.revocations, 1);
  EXPECT_EQ(granted, seen.revocations + (seen.valid == 0 ? 0 : 1)) << "one request for a token each time";
  for (const auto& each : seen.tries) EXPECT_LE(seen.tries.count(each), 2u) << each;
}

TEST_F(http_token_test, a_service_that_refuses_every_token_gets_two_tries_of_each_call_and_the_token_server_no_storm) {
  std::atomic<int> tries = 0;
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/token") return grant();
    ++tries;
    return scripted_reply(401, "");
  });
  int refused = 0;
  const auto crowd = [&] {
    for (int i = 0; i < 64; ++i)
      asio::co_spawn(io, via->call(call_of({{"url", server.url("/x")}}, json::object(), auth_at(server)), context), [&](std::exception_ptr, result<tool_result> r) { refused += !r && r.error() == errc::unauthorized ? 1 : 0; });
    io.restart();
    io.run();
  };
  crowd();
  EXPECT_EQ(refused, 64);
  EXPECT_EQ(tries, 128);
  EXPECT_LE(granted, 9) << "the first and at most eight in its place";
  for (int i = 0; i < 3; ++i) crowd();
  EXPECT_EQ(refused, 256);
  EXPECT_EQ(tries, 512);
  EXPECT_LE(granted, 9);
}

TEST_F(http_token_test, a_token_stays_at_its_origin) {
  for (const int status : {301, 302, 303, 307, 308}) {
    loopback_http_server other([&](const recorded_request&) { return json_reply("1"); });
    loopback_http_server server([&](const recorded_request& r) {
      if (r.target == "/token") return grant();
      return redirect_to(status, other.url("/there"));
    });
    EXPECT_TRUE(call({{"url", server.url("/x")}, {"http_method", "POST"}}, json::object(), auth_at(server))) << status;
    ASSERT_EQ(other.requests().size(), 1u);
    for (const auto& [name, value] : other.last().headers) EXPECT_THAT(value, Not(HasSubstr("t0ken"))) << name;
    EXPECT_THAT(other.last().target + other.last().body, Not(HasSubstr("t0ken")));
  }
}

TEST_F(http_token_test, a_401_of_another_origin_fetches_no_new_token) {
  loopback_http_server other([&](const recorded_request&) { return scripted_reply(401, ""); });
  loopback_http_server server([&](const recorded_request& r) { return r.target == "/token" ? grant() : redirect_to(307, other.url("/there")); });
  EXPECT_EQ(call({{"url", server.url("/x")}}, json::object(), auth_at(server)).error(), errc::unauthorized);
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(other.requests().size(), 1u);
}

/// Everything that a client tells, in one text.
class listener final : public observer {
 public:
  void on_manual_registered(const manual_report& report) override {
    heard += report.name;
    if (report.failure) tell(*report.failure);
    for (const notice& each : report.notices) on_notice(each);
  }
  void on_call_finished(const std::string& tool, std::chrono::nanoseconds, const error* failure) override {
    heard += tool;
    if (failure) tell(*failure);
  }
  void on_notice(const notice& each) override { heard += each.place + each.message; }
  void tell(const error& e) { heard += e.message + e.remote.dump(); }

  std::string heard;
};

TEST_F(http_token_test, nothing_that_is_told_holds_a_token_or_the_secret) {
  std::atomic<int> status = 200;
  std::atomic<int> token_status = 200;
  std::string served_manual;
  loopback_http_server server([&](const recorded_request& r) {
    if (r.target == "/token") {
      if (token_status == 200) return grant();
      return scripted_reply(token_status, json{{"error", "invalid_client"}, {"echo", r.body + r.header("Authorization").value_or("")}}.dump()).type("application/json");
    }
    if (r.target == "/utcp") return json_reply(served_manual);
    return scripted_reply(status, json{{"you_sent", r.header("Authorization").value_or("")}}.dump()).type("application/json").with("WWW-Authenticate", "Bearer realm=\"x\"");
  });
  json auth = auth_at(server);
  auth["client_secret"] = "${SECRET}";
  const json where = {{"provider_type", "http"}, {"url", server.url("/x")}, {"http_method", "GET"}, {"auth", auth}};
  json tools = json::array();
  tools.push_back({{"name", "t"}, {"description", "d"}, {"inputs", {{"type", "object"}}}, {"tool_provider", where}});
  tools.push_back({{"name", 5}});
  served_manual = json{{"version", "1.0"}, {"tools", tools}}.dump();
  const auto heard = std::make_shared<listener>();
  client_options how;
  how.registry.add("http", make_http_transport());
  how.clock = clock;
  how.observer = heard;
  how.environment = [](const std::string& name) -> std::optional<std::string> { return name == "m_SECRET" ? std::optional<std::string>("s3cret") : std::nullopt; };
  client_config config;
  configured_manual manual;
  manual.name = "m";
  manual.how = provider({{"url", server.url("/utcp")}}, auth_at(server));
  config.manuals.push_back(manual);
  auto made = run(io, client::create(std::move(config), std::move(how)));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->tool("m.t")) << heard->heard;
  const auto shown = made->preview("m.t", json::object());
  ASSERT_TRUE(shown) << shown.error().message;
  heard->heard += shown->dump();
  for (const auto& [answer, by_token_server] : {std::pair(200, 200), std::pair(403, 200), std::pair(401, 200), std::pair(500, 200), std::pair(401, 401), std::pair(200, 503)}) {
    status = answer;
    token_status = by_token_server;
    clock->advance(std::chrono::minutes(61));
    const auto outcome = run(io, made->call_tool("m.t", json::object(), call_options()));
    if (!outcome) heard->tell(outcome.error());
  }
  EXPECT_GE(granted, 3);
  EXPECT_THAT(heard->heard, HasSubstr("invalid_client")) << "else it listens to nothing";
  for (const char* leak : {"t0ken", "s3cret", "Y2xpZW50LWlkOnMzY3JldA"}) EXPECT_THAT(heard->heard, Not(HasSubstr(leak)));
}

}  // namespace
}  // namespace utcp::testing
