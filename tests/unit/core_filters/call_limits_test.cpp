#include "../core/client_fixture.hpp"

#include <utcp/call_limits.hpp>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using std::chrono::milliseconds;
using std::chrono::seconds;

call_limits limits_of(const char* options) {
  auto read = read_call_limits(json::parse(options), call_limits(), "here");
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  return read ? *read : call_limits();
}

std::string refusal_of(const char* options) {
  auto read = read_call_limits(json::parse(options), call_limits(), "here");
  EXPECT_FALSE(read.has_value()) << options;
  EXPECT_EQ(read.error(), errc::invalid_config);
  return read.error().message;
}

TEST(call_limit_options, are_off_by_default) { EXPECT_FALSE(limits_of(R"({"url":"https://x.example"})").any()); }

TEST(call_limit_options, are_read) {
  const auto read = limits_of(R"({"max_concurrent_calls":4,"rate_limit":{"calls":10,"per_ms":1000},"circuit_breaker":{"failures":5,"open_ms":30000.0}})");
  EXPECT_EQ(read.max_concurrent_calls, 4u);
  EXPECT_EQ(read.rate, rate_limit(10, seconds(1)));
  EXPECT_EQ(read.breaker, circuit_breaker(5, seconds(30)));
}

TEST(call_limit_options, zero_switches_a_default_off) {
  call_limits defaults;
  defaults.max_concurrent_calls = 3;
  defaults.rate = rate_limit(1, seconds(1));
  defaults.breaker = circuit_breaker(1, seconds(1));
  auto none = read_call_limits(json::parse(R"({"max_concurrent_calls":0,"rate_limit":{"calls":0},"circuit_breaker":{"failures":0}})"), defaults, "here");
  EXPECT_FALSE(none->any());
  auto kept = read_call_limits(json::parse(R"({"rate_limit":null})"), defaults, "here");
  EXPECT_EQ(*kept, defaults);
}

TEST(call_limit_options, wrong_ones_are_refused_with_place_and_example) {
  EXPECT_THAT(refusal_of(R"({"max_concurrent_calls":-1})"), HasSubstr("here/max_concurrent_calls: expected an integer"));
  EXPECT_THAT(refusal_of(R"({"max_concurrent_calls":1.5})"), HasSubstr("not 1.5"));
  EXPECT_THAT(refusal_of(R"({"max_concurrent_calls":"$N"})"), HasSubstr("not a string"));
  EXPECT_THAT(refusal_of(R"({"rate_limit":5})"), HasSubstr(R"(an object such as {"calls": 10, "per_ms": 1000})"));
  EXPECT_THAT(refusal_of(R"({"rate_limit":{"calls":5}})"), HasSubstr("\"per_ms\" is missing"));
  EXPECT_THAT(refusal_of(R"({"rate_limit":{"per_ms":5}})"), HasSubstr("\"calls\" is missing"));
  EXPECT_THAT(refusal_of(R"({"rate_limit":{"calls":5,"per_ms":0}})"), HasSubstr("here/rate_limit/per_ms"));
  EXPECT_THAT(refusal_of(R"({"circuit_breaker":{"failures":5,"open":1}})"), HasSubstr("here/circuit_breaker/open: unknown key; known are failures and open_ms"));
  EXPECT_THAT(refusal_of(R"({"circuit_breaker":{"failures":1e300,"open_ms":1}})"), HasSubstr("expected an integer"));
}

TEST(call_limit_options, of_the_configuration_are_defaults) {
  auto read = read_config(json::parse(R"({"providers":[],"validate_arguments":true,
      "defaults":{"max_concurrent_calls":2,"rate_limit":{"calls":1,"per_ms":5},"circuit_breaker":{"failures":1,"open_ms":5}}})"), ".");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->defaults.limits.max_concurrent_calls, 2u);
  EXPECT_EQ(read->defaults.limits.rate.calls, 1u);
  EXPECT_EQ(read->defaults.limits.breaker.failures, 1u);
  EXPECT_TRUE(read->defaults.validate_arguments);
  auto wrong = read_config(json::parse(R"({"providers":[],"defaults":{"rate_limit":{"calls":"x"}}})"), ".");
  EXPECT_THAT(wrong.error().message, HasSubstr("/defaults/rate_limit/calls"));
}

/// A client whose fake transport answers when the test says so, in the order of the calls.
class limited_calls : public client_test {
 protected:
  using pending_call = std::shared_ptr<pending>;

  /// As far as it gets without waiting: other calls may be under way.
  template <class T>
  result<T> now(task<result<T>> work) {
    auto outcome = std::make_shared<std::optional<result<T>>>();
    boost::asio::co_spawn(io, std::move(work), [outcome](std::exception_ptr, result<T> r) { *outcome = std::move(r); });
    settle_all(io);
    if (!*outcome) return error(errc::internal, "still waiting");
    return std::move(**outcome);
  }
  result<tool_result> call(client& c, std::string name, json arguments = json::object()) { return now(c.call_tool(std::move(name), std::move(arguments))); }

  client make_limited(const char* limits) { return make({provider("m", "fake", json::parse(limits))}); }

  /// Calls wait at their own gate; `started` tells how many are there.
  void answer_when_opened() {
    fake->on_call = [this](tool_call, call_context) -> task<result<tool_result>> {
      auto own = std::make_shared<gate>(io.get_executor());
      under_way.push_back(own);
      if (!co_await own->wait()) co_return error(errc::cancelled, "cancelled");
      co_return tool_result(json(1));
    };
  }
  std::size_t started() const { return under_way.size(); }
  void finish(std::size_t which) {
    under_way.at(which)->open();
    settle_all(io);
  }
  void pass(std::chrono::nanoseconds time) {
    clock->advance(time);
    settle_all(io);
  }

  void answer_with(errc code) {
    fake->on_call = [this, code](tool_call, call_context) -> task<result<tool_result>> {
      ++asked;
      co_return error(code, "failed");
    };
  }
  void answer_fine() {
    fake->on_call = [this](tool_call, call_context) -> task<result<tool_result>> {
      ++asked;
      co_return tool_result(json(1));
    };
  }

  std::vector<std::shared_ptr<gate>> under_way;
  int asked = 0;
};

TEST_F(limited_calls, no_more_than_the_limit_run_at_once_and_the_rest_follow_in_order) {
  client c = make_limited(R"({"max_concurrent_calls":2})");
  std::vector<int> begun;
  fake->on_call = [&](tool_call what, call_context) -> task<result<tool_result>> {
    auto own = std::make_shared<gate>(io.get_executor());
    under_way.push_back(own);
    begun.push_back(what.arguments["n"].get<int>());
    co_await own->wait();
    co_return tool_result(json(1));
  };
  int ended = 0;
  for (int n = 0; n < 6; ++n) c.async_call_tool("m.echo", json{{"n", n}}, call_options(), [&](result<tool_result> r) { ended += r.has_value() ? 1 : 100; });
  settle_all(io);
  EXPECT_EQ(begun, (std::vector<int>{0, 1}));
  finish(1);
  EXPECT_EQ(begun, (std::vector<int>{0, 1, 2}));
  finish(0);
  finish(2);
  finish(3);
  EXPECT_EQ(begun, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  finish(4);
  finish(5);
  EXPECT_EQ(ended, 6);
  EXPECT_TRUE(is_dry());
}

TEST_F(limited_calls, a_newcomer_does_not_overtake_those_that_wait) {
  client c = make_limited(R"({"max_concurrent_calls":1,"rate_limit":{"calls":2,"per_ms":1000}})");
  answer_when_opened();
  auto first = begin_call(c, "m.echo");
  auto second = begin_call(c, "m.echo");
  auto third = begin_call(c, "m.echo");  // needs a token too
  finish(0);
  EXPECT_EQ(started(), 2u);
  finish(1);
  EXPECT_EQ(started(), 2u);
  auto fourth = begin_call(c, "m.echo");
  pass(milliseconds(500));
  EXPECT_EQ(started(), 3u);
  finish(2);
  EXPECT_TRUE(third->outcome.has_value());
  EXPECT_FALSE(fourth->outcome.has_value());
  pass(milliseconds(500));
  finish(3);
  EXPECT_TRUE(fourth->outcome->has_value());
}

TEST_F(limited_calls, a_call_that_waits_is_cancelled_and_the_next_moves_up) {
  client c = make_limited(R"({"max_concurrent_calls":1})");
  answer_when_opened();
  auto first = begin_call(c, "m.echo");
  auto second = begin_call(c, "m.echo");
  auto third = begin_call(c, "m.echo");
  second->signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  ASSERT_TRUE(second->outcome.has_value());
  EXPECT_EQ(second->outcome->error(), errc::cancelled);
  EXPECT_EQ(started(), 1u);
  finish(0);
  EXPECT_EQ(started(), 2u);
  finish(1);
  EXPECT_TRUE(third->outcome->has_value());
  EXPECT_TRUE(is_dry());
}

TEST_F(limited_calls, a_call_that_is_cancelled_gives_its_place_back) {
  client c = make_limited(R"({"max_concurrent_calls":1})");
  answer_when_opened();
  auto first = begin_call(c, "m.echo");
  auto second = begin_call(c, "m.echo");
  first->signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  EXPECT_EQ(started(), 2u);
  finish(1);
  EXPECT_TRUE(second->outcome->has_value());
}

TEST_F(limited_calls, a_call_that_throws_gives_its_place_back) {
  client c = make_limited(R"({"max_concurrent_calls":1})");
  fake->on_call = [](tool_call, call_context) -> task<result<tool_result>> {
    throw std::runtime_error("unexpected");
    co_return tool_result(json(1));
  };
  EXPECT_EQ(call(c, "m.echo").error(), errc::internal);
  EXPECT_EQ(call(c, "m.echo").error(), errc::internal);
}

TEST_F(limited_calls, no_place_before_the_deadline_is_a_timeout_that_names_the_limit) {
  client c = make_limited(R"({"max_concurrent_calls":1})");
  answer_when_opened();
  auto first = begin_call(c, "m.echo", call_options(seconds(100)));
  auto second = begin_call(c, "m.echo", call_options(seconds(2)));
  pass(seconds(2));
  ASSERT_TRUE(second->outcome.has_value());
  EXPECT_EQ(second->outcome->error(), errc::timed_out);
  EXPECT_THAT(second->outcome->error().message, HasSubstr("\"max_concurrent_calls\""));
  EXPECT_EQ(started(), 1u);
}

TEST_F(limited_calls, of_one_manual_do_not_hold_up_another) {
  client c = make({provider("m", "fake", json{{"max_concurrent_calls", 1}}), provider("n", "fake", json{{"max_concurrent_calls", 1}})});
  answer_when_opened();
  auto first = begin_call(c, "m.echo");
  auto other = begin_call(c, "n.echo");
  EXPECT_EQ(started(), 2u);
  finish(0);
  finish(1);
}

TEST_F(limited_calls, the_rate_allows_a_burst_and_then_an_even_flow) {
  client c = make_limited(R"({"rate_limit":{"calls":3,"per_ms":300}})");
  answer_fine();
  std::vector<pending_call> all;
  for (int n = 0; n < 6; ++n) all.push_back(begin_call(c, "m.echo"));
  EXPECT_EQ(asked, 3);
  pass(milliseconds(99));
  EXPECT_EQ(asked, 3);
  pass(milliseconds(1));
  EXPECT_EQ(asked, 4);
  pass(milliseconds(200));
  EXPECT_EQ(asked, 6);
  pass(milliseconds(1000));
  for (int n = 0; n < 4; ++n) all.push_back(begin_call(c, "m.echo"));
  EXPECT_EQ(asked, 9);  // the bucket holds three, however long nobody called
  pass(milliseconds(100));
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(clock->alarms_set(), 0u);
}

TEST_F(limited_calls, a_rate_that_gives_no_turn_before_the_deadline_refuses_at_once) {
  client c = make_limited(R"({"rate_limit":{"calls":1,"per_ms":10000}})");
  answer_fine();
  auto first = begin_call(c, "m.echo");
  auto patient = begin_call(c, "m.echo", call_options(seconds(10)));
  auto hasty = begin_call(c, "m.echo", call_options(seconds(19)));
  EXPECT_FALSE(patient->outcome.has_value());
  ASSERT_TRUE(hasty->outcome.has_value());
  EXPECT_EQ(hasty->outcome->error(), errc::rate_limited);
  EXPECT_THAT(hasty->outcome->error().message, HasSubstr("1 times per 10000 ms"));
  EXPECT_THAT(hasty->outcome->error().message, HasSubstr("in 20000 ms"));
  EXPECT_EQ(asked, 1);
}

TEST_F(limited_calls, a_retry_passes_the_rate_again) {
  client c = make_limited(R"({"rate_limit":{"calls":1,"per_ms":10000},"retry":{"attempts":3,"first_delay_ms":1,"max_delay_ms":1}})");
  fake->repeatable = true;
  answer_with(errc::unavailable);
  auto one = begin_call(c, "m.echo", call_options(seconds(100)));
  EXPECT_EQ(asked, 1);
  pass(milliseconds(1));
  EXPECT_EQ(asked, 1);
  pass(seconds(10));
  EXPECT_EQ(asked, 2);
  pass(milliseconds(1));
  pass(seconds(10));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(one->outcome->error(), errc::unavailable);
}

TEST_F(limited_calls, the_breaker_opens_after_failures_in_a_row_and_says_until_when) {
  client c = make_limited(R"({"circuit_breaker":{"failures":3,"open_ms":30000}})");
  answer_with(errc::connection_failed);
  call(c, "m.echo");
  call(c, "m.echo");
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));  // breaks the row
  answer_with(errc::connection_failed);
  for (int n = 0; n < 3; ++n) EXPECT_EQ(call(c, "m.echo").error(), errc::connection_failed);
  EXPECT_EQ(asked, 6);
  pass(seconds(10));
  auto refused = call(c, "m.echo");
  EXPECT_EQ(refused.error(), errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("tried again in 20000 ms"));
  EXPECT_EQ(asked, 6);
}

TEST_F(limited_calls, the_half_open_breaker_lets_one_probe_through_and_closes_when_it_answers) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":1000}})");
  answer_with(errc::unavailable);
  call(c, "m.echo");
  pass(seconds(1));
  answer_when_opened();
  auto probe = begin_call(c, "m.echo");
  EXPECT_EQ(started(), 1u);
  auto refused = begin_call(c, "m.echo");
  EXPECT_EQ(refused->outcome->error(), errc::unavailable);
  EXPECT_THAT(refused->outcome->error().message, HasSubstr("one call is on its way"));
  finish(0);
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));
}

TEST_F(limited_calls, a_probe_that_fails_opens_the_breaker_again) {
  client c = make_limited(R"({"circuit_breaker":{"failures":2,"open_ms":1000}})");
  answer_with(errc::unavailable);
  call(c, "m.echo");
  call(c, "m.echo");
  pass(seconds(1));
  call(c, "m.echo");
  EXPECT_EQ(asked, 3);
  pass(milliseconds(999));
  call(c, "m.echo");
  EXPECT_EQ(asked, 3);
  pass(milliseconds(1));
  call(c, "m.echo");
  EXPECT_EQ(asked, 4);
}

TEST_F(limited_calls, a_probe_that_is_cancelled_leaves_the_next_call_to_probe) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":1000}})");
  answer_with(errc::unavailable);
  call(c, "m.echo");
  pass(seconds(1));
  answer_when_opened();
  auto probe = begin_call(c, "m.echo");
  probe->signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));
}

TEST_F(limited_calls, a_call_that_runs_into_its_deadline_counts_for_the_breaker) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":10000}})");
  answer_when_opened();
  auto slow = begin_call(c, "m.echo", call_options(seconds(1)));
  pass(seconds(1));
  EXPECT_EQ(slow->outcome->error(), errc::timed_out);
  EXPECT_EQ(call(c, "m.echo").error(), errc::unavailable);
}

TEST_F(limited_calls, what_the_server_answers_is_no_failure_for_the_breaker) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":1000}})");
  for (errc code : {errc::remote_failed, errc::unauthorized, errc::rate_limited, errc::invalid_argument, errc::not_allowed}) {
    answer_with(code);
    EXPECT_EQ(call(c, "m.echo").error(), code);
  }
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));
}

TEST_F(limited_calls, a_late_failure_from_before_does_not_open_a_breaker_that_closed) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":1000}})");
  answer_when_opened();
  auto slow = begin_call(c, "m.echo", call_options(seconds(5)));
  answer_with(errc::unavailable);
  call(c, "m.echo");
  pass(seconds(1));
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));
  pass(seconds(4));
  EXPECT_EQ(slow->outcome->error(), errc::timed_out);
  EXPECT_TRUE(call(c, "m.echo"));
}

TEST_F(limited_calls, a_breaker_that_opens_turns_those_away_that_wait) {
  client c = make_limited(R"({"max_concurrent_calls":1,"circuit_breaker":{"failures":1,"open_ms":1000}})");
  fake->on_call = [this](tool_call, call_context) -> task<result<tool_result>> {
    auto own = std::make_shared<gate>(io.get_executor());
    under_way.push_back(own);
    co_await own->wait();
    co_return error(errc::connection_failed, "refused");
  };
  auto first = begin_call(c, "m.echo");
  auto second = begin_call(c, "m.echo");
  auto third = begin_call(c, "m.echo");
  finish(0);
  EXPECT_EQ(first->outcome->error(), errc::connection_failed);
  EXPECT_EQ(second->outcome->error(), errc::unavailable);
  EXPECT_EQ(third->outcome->error(), errc::unavailable);
  EXPECT_EQ(started(), 1u);
}

TEST_F(limited_calls, the_breaker_ends_retries) {
  client c = make_limited(R"({"circuit_breaker":{"failures":2,"open_ms":60000},"retry":{"attempts":5,"first_delay_ms":10,"max_delay_ms":10}})");
  fake->repeatable = true;
  answer_with(errc::connection_failed);
  auto one = begin_call(c, "m.echo");
  pass(milliseconds(10));
  pass(milliseconds(10));
  ASSERT_TRUE(one->outcome.has_value());
  EXPECT_EQ(one->outcome->error(), errc::unavailable);
  EXPECT_EQ(asked, 2);
}

TEST_F(limited_calls, an_open_stream_keeps_its_place_until_its_end_or_its_destruction) {
  client c = make_limited(R"({"max_concurrent_calls":1})");
  fake->on_stream = [](tool_call, call_context) -> task<result<std::unique_ptr<tool_stream>>> {
    std::vector<scripted_stream::step> steps(1, scripted_stream::item(json(1)));
    co_return std::unique_ptr<tool_stream>(std::make_unique<scripted_stream>(std::move(steps)));
  };
  answer_fine();
  {
    auto stream = now(c.call_tool_streaming("m.echo", json::object(), call_options()));
    ASSERT_TRUE(stream.has_value());
    auto waiting = begin_call(c, "m.echo");
    EXPECT_EQ(asked, 0);
    EXPECT_TRUE((*now(stream->next())).has_value());
    EXPECT_EQ(asked, 0);
    EXPECT_FALSE((*now(stream->next())).has_value());
    settle_all(io);
    EXPECT_EQ(asked, 1);
  }
  auto stream = std::make_optional(now(c.call_tool_streaming("m.echo", json::object(), call_options())));
  auto waiting = begin_call(c, "m.echo");
  EXPECT_EQ(asked, 1);
  stream.reset();
  settle_all(io);
  EXPECT_EQ(asked, 2);
}

TEST_F(limited_calls, limits_stand_inside_the_applications_filters) {
  struct answer_itself final : call_filter {
    task<result<tool_result>> run(tool_call what, call_context context, call_next next) override {
      if (what.arguments.contains("cached")) co_return tool_result(json("cached"));
      co_return co_await next(std::move(what), std::move(context));
    }
  };
  client_options with = options();
  with.filters.push_back(std::make_shared<answer_itself>());
  client c = make(config_of({provider("m", "fake", json{{"max_concurrent_calls", 1}})}), std::move(with));
  answer_when_opened();
  auto first = begin_call(c, "m.echo");
  EXPECT_EQ(call(c, "m.echo", {{"cached", true}})->to_json(), "cached");
  finish(0);
}

TEST_F(limited_calls, limits_that_cannot_be_read_fail_the_registration) {
  client c = make({provider("m", "fake", json::parse(R"({"rate_limit":{"calls":1}})"))});
  ASSERT_EQ(c.registered().size(), 1u);
  ASSERT_FALSE(c.registered()[0].ok());
  EXPECT_EQ(*c.registered()[0].failure, errc::invalid_config);
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("manual m#/rate_limit: \"per_ms\" is missing"));
}

TEST_F(limited_calls, a_manual_registered_again_takes_its_new_limits) {
  client c = make_limited(R"({"circuit_breaker":{"failures":1,"open_ms":100000}})");
  answer_with(errc::unavailable);
  call(c, "m.echo");
  ASSERT_TRUE(now(c.deregister_manual("m")));
  ASSERT_TRUE(run(io, c.register_manual(provider("m"))).ok());
  answer_fine();
  EXPECT_TRUE(call(c, "m.echo"));
}

TEST_F(limited_calls, the_last_handle_gone_ends_those_that_wait) {
  pending_call first, second;
  {
    client c = make_limited(R"({"max_concurrent_calls":1})");
    answer_when_opened();
    first = begin_call(c, "m.echo");
    second = begin_call(c, "m.echo");
  }
  settle_all(io);
  EXPECT_EQ(first->outcome->error(), errc::cancelled);
  EXPECT_EQ(second->outcome->error(), errc::cancelled);
  EXPECT_TRUE(is_dry());
}

}  // namespace
}  // namespace utcp::testing
