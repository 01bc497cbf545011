#include "oauth2_fixture.hpp"

#include <future>

namespace utcp::testing {
namespace {

/// Many that want a token at once.
class oauth2_crowd_test : public oauth2_test {
 protected:
  using crowd = std::vector<std::shared_ptr<caller>>;

  crowd gather(int size, const oauth2_auth& how) {
    crowd out;
    for (int i = 0; i < size; ++i) out.push_back(begin(how));
    return out;
  }
  static scripted_reply hanging() {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  }
};

TEST_F(oauth2_crowd_test, a_thousand_callers_cause_one_request) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  const auto all = gather(1000, grant(server.url()));
  finish();
  for (const auto& each : all) ASSERT_EQ(each->outcome->value(), "t1");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(oauth2_crowd_test, a_hundred_credentials_cause_a_hundred_requests_and_get_each_its_own) {
  loopback_http_server server([&](const recorded_request& r) {
    const auto at = r.body.find("scope=");
    return json_reply("{\"access_token\":\"of " + r.body.substr(at, r.body.find('&', at) - at) + "\"}");
  });
  std::vector<std::pair<std::string, std::shared_ptr<caller>>> all;
  for (int i = 0; i < 1000; ++i) {
    auto how = grant(server.url());
    how.scope = "s" + std::to_string(i % 100);
    all.emplace_back("of scope=" + *how.scope, begin(how));
  }
  finish();
  for (const auto& [wanted, each] : all) ASSERT_EQ(each->outcome->value(), wanted);
  EXPECT_EQ(server.requests().size(), 100u);
}

TEST_F(oauth2_crowd_test, the_first_that_leaves_takes_nothing_from_the_others) {
  std::shared_ptr<caller> first;
  loopback_http_server server([&](const recorded_request&) {
    std::promise<void> left;
    asio::post(io, [&] {
      first->stop.emit(asio::cancellation_type::terminal);
      asio::post(io, [&] { left.set_value(); });
    });
    left.get_future().wait();
    return token();
  });
  first = begin(grant(server.url()));
  const auto others = gather(99, grant(server.url()));
  finish();
  EXPECT_EQ(first->outcome->error(), errc::cancelled);
  for (const auto& each : others) EXPECT_EQ(each->outcome->value(), "t1");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(oauth2_crowd_test, when_all_have_left_the_request_ends_and_the_next_caller_starts_anew) {
  crowd all;
  std::atomic<bool> hang = true;
  loopback_http_server server([&](const recorded_request&) {
    if (!hang) return token();
    asio::post(io, [&] {
      for (const auto& each : all) each->stop.emit(asio::cancellation_type::terminal);
    });
    return hanging();
  });
  all = gather(50, grant(server.url()));
  finish();  // ends: nobody waits for the server any more
  for (const auto& each : all) EXPECT_EQ(each->outcome->error(), errc::cancelled);
  hang = false;
  EXPECT_EQ(get(grant(server.url())).value(), "t1");
}

TEST_F(oauth2_crowd_test, a_caller_that_comes_while_the_abandoned_request_ends_gets_a_token) {
  std::shared_ptr<caller> first, second;
  std::atomic<int> asked = 0;
  loopback_http_server* at = nullptr;
  loopback_http_server server([&](const recorded_request&) {
    if (++asked > 1) return token();
    asio::post(io, [&] {
      first->stop.emit(asio::cancellation_type::terminal);
      asio::post(io, [&] { second = begin(grant(at->url())); });
    });
    return hanging();
  });
  at = &server;
  first = begin(grant(server.url()));
  finish();
  EXPECT_EQ(first->outcome->error(), errc::cancelled);
  EXPECT_EQ(second->outcome->value(), "t1");
}

TEST_F(oauth2_crowd_test, a_failure_reaches_all_who_wait_and_the_next_caller_tries_again) {
  std::atomic<bool> broken = true;
  loopback_http_server server([&](const recorded_request&) { return broken ? scripted_reply(500, "") : token(); });
  auto how = grant(server.url());
  how.client_auth = oauth2_auth::proof::body;
  const auto all = gather(100, how);
  finish();
  for (const auto& each : all) EXPECT_EQ(each->outcome->error(), errc::remote_failed);
  EXPECT_EQ(server.requests().size(), 1u);
  broken = false;
  EXPECT_EQ(get(how).value(), "t1");
}

TEST_F(oauth2_crowd_test, a_service_that_refuses_every_token_causes_no_storm) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  const auto how = grant(server.url());
  for (int i = 0; i < 200; ++i) tokens->forget(how, token_route(), get(how).value());
  EXPECT_EQ(served, 9) << "the first and eight in its place";
  for (int i = 0; i < 5; ++i) {
    clock->advance(std::chrono::seconds(1));
    for (int k = 0; k < 50; ++k) tokens->forget(how, token_route(), get(how).value());
  }
  EXPECT_EQ(served, 14) << "then one a second";
  clock->advance(std::chrono::seconds(60));
  for (int i = 0; i < 200; ++i) tokens->forget(how, token_route(), get(how).value());
  EXPECT_EQ(served, 22) << "after a quiet minute eight again";
}

TEST_F(oauth2_crowd_test, credentials_without_end_do_not_fill_the_memory) {
  loopback_http_server server([&](const recorded_request&) { return token(); });
  auto how = grant(server.url());
  how.scope = "first";
  ASSERT_TRUE(get(how));
  for (int i = 0; i < 1100; ++i) {
    clock->advance(std::chrono::milliseconds(1));
    auto other = how;
    other.scope = std::to_string(i);
    ASSERT_TRUE(get(other));
  }
  const int before = served;
  ASSERT_TRUE(get(how));
  EXPECT_EQ(served, before + 1) << "the token that ends first made room";
}

}  // namespace
}  // namespace utcp::testing
