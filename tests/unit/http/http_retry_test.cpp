// Calls that a server puts off: a real server, a clock that stands still.
#include "../core/client_fixture.hpp"
#include "loopback_http_server.hpp"

#include <utcp/transports/http.hpp>

#include <ctime>

namespace utcp::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

std::string http_date_in(std::chrono::seconds from_now) {
  const std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + from_now);
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

class http_retry_test : public client_test {
 protected:
  http_retry_test()
      : server([this](const recorded_request& request) {
          if (request.target == "/utcp") return json_reply(manual());
          scripted_reply refusal(refusal_status, R"({"why":"busy"})");
          refusal.type("application/json");
          if (!retry_after.empty()) refusal.with("Retry-After", retry_after);
          return tries() <= refusals ? refusal : json_reply("\"done\"");
        }) {}

  std::string manual() const {
    json tools = json::array();
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"})
      tools.push_back({{"name", method}, {"description", "Does it"}, {"tool_provider", {{"provider_type", "http"}, {"url", server.url("/do")}, {"http_method", method}}}});
    return json{{"version", "1.0"}, {"tools", tools}}.dump();
  }

  client make_client(unsigned attempts, milliseconds max_delay) {
    call_template provider;
    provider.name = "m";
    provider.protocol = "http";
    provider.options = {{"url", server.url("/utcp")}};
    client_config config = config_of({provider});
    config.defaults.retry = retry_options(attempts);
    config.defaults.retry.first_delay = milliseconds(100);
    config.defaults.retry.max_delay = max_delay;
    config.defaults.call_timeout = hours(100);
    client_options how = options();
    how.registry.add("http", make_http_transport());
    return make(std::move(config), std::move(how));
  }

  std::size_t tries() const {
    const auto seen = server.requests();
    return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [](const recorded_request& each) { return each.target == "/do"; }));
  }

  /// Runs until the call is over or waits for the clock, for its deadline and for its next try.
  void run_until_it_waits(const pending& call) {
    io.restart();
    while (!call.outcome && clock->alarms_set() < 2) io.run_one();
  }

  /// Advances the clock, and says whether the call was tried again.
  bool is_tried_after(std::chrono::nanoseconds time, const pending& call) {
    const std::size_t before = tries();
    clock->advance(time);
    const bool has_rung = clock->alarms_set() < 2;
    settle_all(io);
    if (has_rung) run_until_it_waits(call);
    return tries() > before;
  }

  int refusal_status = 503;
  std::size_t refusals = 1;
  std::string retry_after;
  loopback_http_server server;
};

TEST_F(http_retry_test, waits_the_seconds_that_the_server_names) {
  for (int status : {429, 503}) {
    refusal_status = status;
    refusals = tries() + 1;
    retry_after = "3600";
    client c = make_client(2, hours(10));
    auto p = begin_call(c, "m.GET");
    run_until_it_waits(*p);
    ASSERT_FALSE(p->outcome);
    EXPECT_FALSE(is_tried_after(std::chrono::seconds(3599), *p)) << status;
    EXPECT_TRUE(is_tried_after(std::chrono::seconds(1), *p)) << status;
    ASSERT_TRUE(p->outcome && *p->outcome);
    EXPECT_EQ((*p->outcome)->to_json(), "done");
  }
}

TEST_F(http_retry_test, waits_until_the_date_that_the_server_names) {
  retry_after = http_date_in(hours(2));
  client c = make_client(2, hours(10));
  auto p = begin_call(c, "m.GET");
  run_until_it_waits(*p);
  ASSERT_FALSE(p->outcome);
  EXPECT_FALSE(is_tried_after(hours(1), *p));
  EXPECT_TRUE(is_tried_after(hours(1), *p));
  ASSERT_TRUE(p->outcome);
  EXPECT_TRUE(*p->outcome);
}

TEST_F(http_retry_test, does_not_wait_longer_than_the_longest_delay) {
  for (const std::string& wish : {std::string("86400"), http_date_in(hours(24))}) {
    retry_after = wish;
    refusals = tries() + 1;
    client c = make_client(2, minutes(1));
    auto p = begin_call(c, "m.GET");
    run_until_it_waits(*p);
    ASSERT_FALSE(p->outcome);
    EXPECT_FALSE(is_tried_after(std::chrono::seconds(59), *p)) << wish;
    EXPECT_TRUE(is_tried_after(std::chrono::seconds(1), *p)) << wish;
  }
}

TEST_F(http_retry_test, tells_the_wish_at_once_when_the_deadline_comes_before) {
  retry_after = "3600";
  refusal_status = 429;
  client c = make_client(5, hours(10));
  auto p = begin_call(c, "m.GET", call_options(minutes(59)));
  run_until_it_waits(*p);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::rate_limited);
  EXPECT_EQ(p->outcome->error().remote["retry_after"], 3600.0);
  EXPECT_EQ(tries(), 1u);
}

TEST_F(http_retry_test, backs_off_by_itself_when_the_server_names_no_time_or_none_that_is_one) {
  for (const char* wish : {"", "soon", "-5", "0", "Wed, 21 Oct 2015 07:28:00 GMT"}) {
    retry_after = wish;
    refusals = tries() + 2;
    client c = make_client(3, hours(10));
    auto p = begin_call(c, "m.GET");
    run_until_it_waits(*p);
    EXPECT_FALSE(is_tried_after(milliseconds(49), *p)) << wish;
    EXPECT_TRUE(is_tried_after(milliseconds(51), *p)) << wish;
    EXPECT_FALSE(is_tried_after(milliseconds(99), *p)) << wish;
    EXPECT_TRUE(is_tried_after(milliseconds(101), *p)) << wish;
    ASSERT_TRUE(p->outcome) << wish;
    EXPECT_TRUE(*p->outcome) << wish;
  }
}

TEST_F(http_retry_test, repeats_only_methods_that_may_be_repeated) {
  const std::pair<const char*, bool> table[] = {{"m.GET", true}, {"m.PUT", true}, {"m.DELETE", true}, {"m.POST", false}, {"m.PATCH", false}};
  for (const auto& [tool, repeats] : table) {
    refusals = tries() + 1;
    client c = make_client(2, hours(1));
    auto p = begin_call(c, tool);
    run_until_it_waits(*p);
    ASSERT_EQ(!p->outcome, repeats) << tool;
    if (repeats) EXPECT_TRUE(is_tried_after(milliseconds(100), *p)) << tool;
    else EXPECT_EQ(p->outcome->error(), errc::unavailable) << tool;
  }
}

TEST_F(http_retry_test, survives_a_storm_of_refusals) {
  refusal_status = 429;
  refusals = 1000;
  client c = make_client(10, milliseconds(200));
  auto p = begin_call(c, "m.GET");
  run_until_it_waits(*p);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(is_tried_after(milliseconds(200), *p)) << i;
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::rate_limited);
  EXPECT_EQ(tries(), 10u);
  refusals = 0;
  EXPECT_TRUE(call(c, "m.GET"));
}

}  // namespace
}  // namespace utcp::testing
