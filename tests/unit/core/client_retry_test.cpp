#include "call_fixture.hpp"

namespace utcp::testing {
namespace {

using std::chrono::milliseconds;

class retrying : public calls {
 protected:
  client make_client(unsigned attempts, std::function<task<result<tool_result>>(int)> answer) {
    fake->on_call = [this, answer](tool_call, call_context) { return answer(++tries); };
    client_config config = config_of({provider("m")});
    config.defaults.retry = retry_options(attempts);
    config.defaults.retry.first_delay = milliseconds(100);
    config.defaults.retry.max_delay = milliseconds(1000);
    return make(std::move(config), options());
  }
  int tries = 0;
};

TEST_F(retrying, sends_an_idempotent_call_again_after_the_delay) {
  fake->repeatable = true;
  client c = make_client(3, [](int n) { return n < 3 ? fail(errc::unavailable, "503") : give("third"); });
  auto p = begin_call(c, "m.echo");
  EXPECT_EQ(tries, 1);
  clock->advance(milliseconds(49));
  settle_all(io);
  EXPECT_EQ(tries, 1) << "the jitter leaves at least half of the delay";
  clock->advance(milliseconds(51));
  settle_all(io);
  EXPECT_EQ(tries, 2);
  clock->advance(milliseconds(99));
  settle_all(io);
  EXPECT_EQ(tries, 2) << "the delay doubles";
  clock->advance(milliseconds(101));
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ((*p->outcome)->to_json(), "third");
  EXPECT_TRUE(is_dry());
}

TEST_F(retrying, gives_the_last_failure_when_the_attempts_are_used) {
  fake->repeatable = true;
  client c = make_client(2, [](int n) { return fail(errc::connection_failed, "try " + std::to_string(n)); });
  auto p = begin_call(c, "m.echo");
  clock->advance(milliseconds(100));
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error().message, "try 2");
}

TEST_F(retrying, only_when_the_call_may_be_repeated_and_the_failure_may_pass) {
  client c = make_client(3, [](int) { return fail(errc::unavailable, "503"); });
  EXPECT_EQ(call(c, "m.echo").error(), errc::unavailable);
  EXPECT_EQ(tries, 1) << "the transport says it is not idempotent";
  fake->repeatable = true;
  for (errc lasting : {errc::remote_failed, errc::unauthorized, errc::invalid_argument, errc::too_large, errc::protocol_error}) {
    tries = 0;
    fake->on_call = [&, lasting](tool_call, call_context) {
      ++tries;
      return fail(lasting, "no");
    };
    EXPECT_EQ(call(c, "m.echo").error(), lasting);
    EXPECT_EQ(tries, 1);
  }
}

TEST_F(retrying, waits_as_long_as_the_server_asks_within_the_longest_delay) {
  fake->repeatable = true;
  json said = {{"retry_after", 0.6}};
  client c = make_client(2, [said](int n) { return n == 1 ? fail(errc::rate_limited, "429", said) : give(2); });
  auto p = begin_call(c, "m.echo");
  clock->advance(milliseconds(599));
  settle_all(io);
  EXPECT_EQ(tries, 1);
  clock->advance(milliseconds(1));
  settle_all(io);
  EXPECT_EQ(tries, 2);
  tries = 0;
  said["retry_after"] = 3600;
  client d = make_client(2, [said](int n) { return n == 1 ? fail(errc::rate_limited, "429", said) : give(2); });
  auto q = begin_call(d, "m.echo");
  clock->advance(milliseconds(1000));
  settle_all(io);
  EXPECT_EQ(tries, 2) << "an hour is cut to max_delay";
}

TEST_F(retrying, does_not_wait_past_the_deadline) {
  fake->repeatable = true;
  client c = make_client(3, [](int) { return fail(errc::unavailable, "503"); });
  auto p = begin_call(c, "m.echo", call_options(milliseconds(40)));
  ASSERT_TRUE(p->outcome) << "the next try would come after the deadline";
  EXPECT_EQ(p->outcome->error(), errc::unavailable);
}

TEST_F(retrying, is_cancelled_while_it_waits) {
  fake->repeatable = true;
  client c = make_client(3, [](int) { return fail(errc::unavailable, "503"); });
  for (int cancel_by = 0; cancel_by < 2; ++cancel_by) {
    std::stop_source stop;
    call_options how(milliseconds(5000));
    how.stop = stop.get_token();
    auto p = begin_call(c, "m.echo", how);
    ASSERT_FALSE(p->outcome);
    if (cancel_by == 0) stop.request_stop();
    else p->signal.emit(boost::asio::cancellation_type::terminal);
    settle_all(io);
    ASSERT_TRUE(p->outcome);
    EXPECT_EQ(p->outcome->error(), errc::cancelled);
    EXPECT_TRUE(is_dry());
    EXPECT_EQ(clock->alarms_set(), 0u);
  }
}

TEST_F(retrying, the_options_of_a_call_win_over_the_providers_and_those_over_the_defaults) {
  fake->repeatable = true;
  fake->on_call = [&](tool_call, call_context) {
    ++tries;
    return fail(errc::unavailable, "503");
  };
  client c = make({provider("m", "fake", {{"retry", {{"attempts", 2}, {"first_delay_ms", 10}}}})});
  auto p = begin_call(c, "m.echo");
  clock->advance(milliseconds(10));
  settle_all(io);
  EXPECT_EQ(tries, 2);
  ASSERT_TRUE(p->outcome);
  tries = 0;
  call_options how;
  how.retry = retry_options(1);
  EXPECT_EQ(call(c, "m.echo", json::object(), how).error(), errc::unavailable);
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace utcp::testing
