#include "call_fixture.hpp"

#include <stop_token>

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;
using std::chrono::milliseconds;

// Deadlines.

TEST_F(calls, the_default_deadline_is_the_configurations_then_the_providers_then_the_calls) {
  client_config config = config_of({provider("m"), provider("own", "fake", {{"timeout_ms", 50}})});
  config.defaults.call_timeout = milliseconds(700);
  client c = make(std::move(config), options());
  auto left = [&](std::string tool, call_options how) {
    call(c, std::move(tool), json::object(), std::move(how));
    return fake->contexts.back().deadline - clock->now();
  };
  EXPECT_EQ(left("m.echo", {}), milliseconds(700));
  EXPECT_EQ(left("own.echo", {}), milliseconds(50));
  EXPECT_EQ(left("own.echo", call_options(milliseconds(9))), milliseconds(9));
}

TEST_F(calls, other_limits_are_resolved_the_same_way) {
  client_config config = config_of({provider("m"), provider("own", "fake", {{"max_response_bytes", 10}, {"allow_insecure_http", true}})});
  config.defaults.max_response_bytes = 1000;
  client c = make(std::move(config), options());
  call(c, "m.echo");
  EXPECT_EQ(fake->contexts.back().max_response_bytes, 1000u);
  EXPECT_FALSE(fake->contexts.back().allow_insecure_http);
  EXPECT_FALSE(fake->contexts.back().want_meta);
  EXPECT_EQ(fake->contexts.back().observer, seen);
  call_options how;
  how.max_response_bytes = 7;
  how.want_meta = true;
  call(c, "own.echo", json::object(), how);
  EXPECT_EQ(fake->contexts.back().max_response_bytes, 7u);
  EXPECT_TRUE(fake->contexts.back().allow_insecure_http);
  EXPECT_TRUE(fake->contexts.back().want_meta);
  call(c, "own.echo");
  EXPECT_EQ(fake->contexts.back().max_response_bytes, 10u);
}

TEST_F(calls, past_the_deadline_a_call_is_timed_out) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  auto p = begin_call(c, "m.echo", call_options(milliseconds(100)));
  clock->advance(milliseconds(99));
  settle_all(io);
  EXPECT_FALSE(p->outcome);
  clock->advance(milliseconds(1));
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::timed_out);
  EXPECT_EQ(never.waiting(), 0u);
  EXPECT_TRUE(is_dry());
  EXPECT_THAT(seen->lines, ::testing::Contains(HasSubstr("finished m.echo timed_out")));
}

TEST_F(calls, the_longest_timeout_there_is_means_none) {
  gate open(io.get_executor());
  open.open();
  answer_never(open);
  client c = make({provider("m")});
  EXPECT_TRUE(call(c, "m.echo", json::object(), call_options(milliseconds::max())));
  EXPECT_EQ(fake->contexts.back().deadline, time_point::max());
}

TEST_F(calls, each_of_many_calls_has_its_own_deadline) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  std::vector<std::shared_ptr<pending>> all;
  for (int i = 1; i <= 20; ++i) all.push_back(begin_call(c, "m.echo", call_options(milliseconds(10 * (21 - i)))));
  EXPECT_EQ(clock->alarms_set(), 1u) << "one alarm for all";
  for (int ended = 1; ended <= 20; ++ended) {
    clock->advance(milliseconds(10));
    settle_all(io);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](auto& p) { return p->outcome.has_value(); }), ended);
  }
  EXPECT_TRUE(is_dry());
}

// Cancellation at every suspension, in every way.

enum class way { slot, stop_token, deadline, last_handle };

class cancellation : public calls, public ::testing::WithParamInterface<std::tuple<way, bool, int>> {};

TEST_P(cancellation, ends_the_call_and_leaves_nothing) {
  const auto [how, throws, at] = GetParam();
  constexpr int steps = 4;
  std::vector<std::unique_ptr<gate>> gates;
  for (int i = 0; i < steps; ++i) gates.push_back(std::make_unique<gate>(io.get_executor()));
  auto held = std::make_shared<int>(0);
  fake->on_call = [&, throws = throws, held](tool_call, call_context) -> task<result<tool_result>> {
    auto mine = held;
    for (auto& each : gates) {
      if (throws) {
        co_await each->wait_or_throw();
      } else if (!co_await each->wait()) {
        co_return error(errc::cancelled, "cancelled");
      }
    }
    co_return tool_result(json("whole"));
  };
  client c = make({provider("m")});
  std::stop_source stop;
  call_options options(milliseconds(500));
  options.stop = stop.get_token();
  auto p = begin_call(c, "m.echo", options);
  const auto users_while_running = held.use_count();
  for (int i = 0; i < at; ++i) {
    gates[static_cast<std::size_t>(i)]->open();
    settle_all(io);
  }
  ASSERT_FALSE(p->outcome);
  ASSERT_EQ(gates[static_cast<std::size_t>(at)]->waiting(), 1u);
  switch (how) {
    case way::slot: p->signal.emit(boost::asio::cancellation_type::terminal); break;
    case way::stop_token: stop.request_stop(); break;
    case way::deadline: clock->advance(milliseconds(500)); break;
    case way::last_handle: c = client(); break;
  }
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), how == way::deadline ? errc::timed_out : errc::cancelled);
  EXPECT_EQ(gates[static_cast<std::size_t>(at)]->waiting(), 0u);
  EXPECT_EQ(held.use_count(), users_while_running - 1) << "the coroutine is still there";
  EXPECT_TRUE(is_dry());
  EXPECT_EQ(clock->alarms_set(), 0u);
  EXPECT_THAT(seen->lines.back(), HasSubstr("finished m.echo"));
}

INSTANTIATE_TEST_SUITE_P(at_every_suspension, cancellation,
                         ::testing::Combine(::testing::Values(way::slot, way::stop_token, way::deadline, way::last_handle), ::testing::Bool(),
                                            ::testing::Range(0, 4)));

TEST_F(calls, a_stop_that_was_requested_before_cancels_at_the_first_suspension) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  std::stop_source stop;
  stop.request_stop();
  call_options how;
  how.stop = stop.get_token();
  auto p = begin_call(c, "m.echo", how);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::cancelled);
}

TEST_F(calls, a_stop_after_the_end_is_nothing) {
  client c = make({provider("m")});
  std::stop_source stop;
  call_options how;
  how.stop = stop.get_token();
  EXPECT_TRUE(call(c, "m.echo", json::object(), how));
  stop.request_stop();
  EXPECT_TRUE(is_dry());
}

TEST_F(calls, a_slot_emitted_after_the_end_is_nothing) {
  client c = make({provider("m")});
  auto p = begin_call(c, "m.echo");
  ASSERT_TRUE(p->outcome);
  p->signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_TRUE(is_dry());
}

TEST_F(calls, cancelling_one_leaves_the_others) {
  gate hold(io.get_executor());
  answer_never(hold);
  client c = make({provider("m")});
  auto one = begin_call(c, "m.echo");
  auto two = begin_call(c, "m.echo");
  one->signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  EXPECT_TRUE(one->outcome);
  EXPECT_FALSE(two->outcome);
  hold.open();
  settle_all(io);
  EXPECT_TRUE(*two->outcome);
}

TEST_F(calls, a_coroutine_that_is_cancelled_cancels_the_call_it_awaits) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  boost::asio::cancellation_signal signal;
  std::optional<result<tool_result>> outcome;
  auto work = [](client on, std::optional<result<tool_result>>& out) -> task<void> {
    json none = json::object();
    out = co_await on.call_tool("m.echo", none);
  };
  boost::asio::co_spawn(io, work(c, outcome), boost::asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
  settle_all(io);
  signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error(), errc::cancelled);
}

}  // namespace
}  // namespace utcp::testing
