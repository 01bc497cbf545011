#include "client_fixture.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <stop_token>
#include <thread>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using std::chrono::milliseconds;

class calls : public client_test {
 protected:
  static task<result<tool_result>> fail(errc code, std::string message, json said = nullptr) { co_return error(code, std::move(message), std::move(said)); }
  static task<result<tool_result>> give(json value) { co_return tool_result(std::move(value)); }

  /// A call that never ends by itself.
  void answer_never(gate& never) {
    fake->on_call = [&never](tool_call, call_context) -> task<result<tool_result>> {
      if (!co_await never.wait()) co_return error(errc::cancelled, "cancelled");
      co_return tool_result(json(1));
    };
  }
};

TEST_F(calls, arguments_go_in_and_the_answer_comes_out) {
  client c = make({provider("m")});
  auto answer = call(c, "m.echo", {{"city", "Oslo"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->to_json(), (json{{"city", "Oslo"}}));
  EXPECT_EQ(fake->calls.at(0).tool->name, "m.echo");
  EXPECT_EQ(fake->contexts.back().manual, "m");
  EXPECT_TRUE(is_dry());
  EXPECT_EQ(clock->alarms_set(), 0u);
}

TEST_F(calls, no_arguments_are_an_empty_object) {
  client c = make({provider("m")});
  EXPECT_EQ(call(c, "m.echo", nullptr)->to_json(), json::object());
  EXPECT_EQ(run(io, c.call_tool("m.echo", json::object()))->to_json(), json::object());
}

TEST_F(calls, arguments_that_are_no_object_are_refused) {
  client c = make({provider("m")});
  for (const json& wrong : {json(1), json("x"), json::array()}) {
    EXPECT_EQ(call(c, "m.echo", wrong).error(), errc::invalid_argument);
  }
  EXPECT_TRUE(fake->calls.empty());
}

TEST_F(calls, an_unknown_tool_says_which) {
  client c = make({provider("m")});
  auto no_tool = call(c, "m.nope");
  EXPECT_EQ(no_tool.error(), errc::unknown_tool);
  EXPECT_THAT(no_tool.error().message, HasSubstr("Tool not found: m.nope"));
  EXPECT_THAT(call(c, "other.echo").error().message, HasSubstr("no manual \"other\""));
  EXPECT_THAT(call(c, "echo").error().message, HasSubstr("manual.tool"));
  EXPECT_EQ(call(c, "").error(), errc::unknown_tool);
  EXPECT_EQ(call(c, ".").error(), errc::unknown_tool);
}

TEST_F(calls, what_the_server_said_arrives_beside_the_message) {
  fake->on_call = [](tool_call, call_context) { return fail(errc::remote_failed, "HTTP 422", {{"detail", "bad city"}}); };
  client c = make({provider("m")});
  auto answer = call(c, "m.echo");
  EXPECT_EQ(answer.error(), errc::remote_failed);
  EXPECT_EQ(answer.error().remote["detail"], "bad city");
}

TEST_F(calls, an_exception_before_or_after_a_suspension_is_internal_and_nothing_leaks) {
  for (bool late : {false, true}) {
    gate step(io.get_executor());
    fake->on_call = [&](tool_call, call_context) -> task<result<tool_result>> {
      if (late) {
        step.open();
        co_await step.wait();
      }
      throw std::runtime_error("boom");
    };
    client c = make({provider("m")});
    auto answer = call(c, "m.echo");
    EXPECT_EQ(answer.error(), errc::internal);
    EXPECT_THAT(answer.error().message, HasSubstr("boom"));
    EXPECT_TRUE(is_dry());
    EXPECT_EQ(clock->alarms_set(), 0u);
  }
  EXPECT_THAT(seen->lines, ::testing::Contains(HasSubstr("finished m.echo internal")));
}

TEST_F(calls, an_exception_of_a_transport_that_is_no_coroutine_is_internal_too) {
  fake->on_call = [](tool_call, call_context) -> task<result<tool_result>> { throw exception(error(errc::rate_limited, "thrown")); };
  client c = make({provider("m")});
  EXPECT_EQ(call(c, "m.echo").error(), errc::rate_limited) << "a thrown utcp::exception keeps its error";
  fake->on_call = [](tool_call, call_context) -> task<result<tool_result>> { throw 7; };
  EXPECT_EQ(call(c, "m.echo").error(), errc::internal);
}

TEST_F(calls, the_text_of_an_exception_shows_no_secret) {
  fake->on_call = [](tool_call what, call_context) -> task<result<tool_result>> {
    throw std::runtime_error("cannot parse " + what.how.auth["api_key"].get<std::string>());
  };
  fake->on_discover = [](call_template, call_context) -> task<result<discovery>> {
    tool t = *make_tool("echo");
    call_template how = *t.tool_call_template;
    how.auth = {{"auth_type", "api_key"}, {"api_key", "${KEY}"}};
    t.tool_call_template = std::make_shared<const call_template>(how);
    std::vector<tool_ptr> tools(1, std::make_shared<const tool>(t));
    co_return found_tools(std::move(tools));
  };
  environment["KEY"] = "sesame-123";
  client c = make({provider("m")});
  auto answer = call(c, "m.echo");
  EXPECT_EQ(answer.error(), errc::internal);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("sesame")));
}

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

// Retry.

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

// Filters and post-processors.

class naming_filter final : public call_filter {
 public:
  naming_filter(std::string name, std::vector<std::string>& log, bool answers = false) : name_(std::move(name)), log_(log), answers_(answers) {}
  task<result<tool_result>> run(tool_call what, call_context context, call_next next) override {
    log_.push_back(name_ + " in");
    if (answers_) co_return tool_result(json(name_));
    what.arguments[name_] = true;
    auto answer = co_await next(std::move(what), std::move(context));
    log_.push_back(name_ + " out");
    co_return answer;
  }

 private:
  std::string name_;
  std::vector<std::string>& log_;
  bool answers_;
};

TEST_F(calls, filters_stand_around_each_call_outermost_first) {
  std::vector<std::string> log;
  auto with = options();
  with.filters = {std::make_shared<naming_filter>("a", log), std::make_shared<naming_filter>("b", log)};
  client c = make(config_of({provider("m")}), std::move(with));
  auto answer = call(c, "m.echo");
  EXPECT_THAT(log, ElementsAre("a in", "b in", "b out", "a out"));
  EXPECT_EQ(answer->to_json(), (json{{"a", true}, {"b", true}}));
}

TEST_F(calls, a_filter_may_answer_itself) {
  std::vector<std::string> log;
  auto with = options();
  with.filters = {std::make_shared<naming_filter>("a", log), std::make_shared<naming_filter>("stop", log, true), std::make_shared<naming_filter>("b", log)};
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_EQ(call(c, "m.echo")->to_json(), "stop");
  EXPECT_THAT(log, ElementsAre("a in", "stop in", "a out"));
  EXPECT_TRUE(fake->calls.empty());
}

class twice_filter final : public call_filter {
 public:
  task<result<tool_result>> run(tool_call what, call_context context, call_next next) override {
    auto first = co_await next(what, context);
    if (!first) co_return first;
    co_return co_await next(std::move(what), std::move(context));
  }
};

TEST_F(calls, a_filter_may_call_on_more_than_once) {
  auto with = options();
  with.filters.push_back(std::make_shared<twice_filter>());
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_TRUE(call(c, "m.echo"));
  EXPECT_EQ(fake->calls.size(), 2u);
}

class throwing_filter final : public call_filter {
 public:
  task<result<tool_result>> run(tool_call, call_context, call_next) override { throw std::runtime_error("filter broke"); }
};

TEST_F(calls, a_filter_that_throws_is_an_internal_error) {
  auto with = options();
  with.filters.push_back(std::make_shared<throwing_filter>());
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_EQ(call(c, "m.echo").error(), errc::internal);
  EXPECT_TRUE(is_dry());
}

class appending_processor final : public post_processor {
 public:
  explicit appending_processor(std::string word) : word_(std::move(word)) {}
  result<tool_result> process(tool_result value, const std::string& tool, const std::string& manual) const override {
    if (word_ == "fail") return error(errc::too_large, "too long");
    if (word_ == "throw") throw std::runtime_error("processor broke");
    return tool_result(json(value.to_json().dump() + word_ + tool + manual));
  }

 private:
  std::string word_;
};

client_options with_processors(client_options base) {
  base.registry.add_post_processor("append", [](const json& options) -> result<std::shared_ptr<post_processor>> {
    return std::shared_ptr<post_processor>(std::make_shared<appending_processor>(options.at("word").get<std::string>()));
  });
  return base;
}

json append(std::string word) { return {{"tool_post_processor_type", "append"}, {"word", std::move(word)}}; }

TEST_F(calls, post_processors_change_the_answer_in_their_order) {
  client_config config = config_of({provider("m")});
  config.post_processing = {append("1"), append("2")};
  client c = make(std::move(config), with_processors(options()));
  EXPECT_EQ(call(c, "m.echo")->to_json(), "\"{}1m.echom\"2m.echom");
}

TEST_F(calls, a_post_processor_that_fails_or_throws_fails_the_call) {
  for (const char* word : {"fail", "throw"}) {
    client_config config = config_of({provider("m")});
    config.post_processing = {append(word), append("2")};
    client c = make(std::move(config), with_processors(options()));
    EXPECT_FALSE(call(c, "m.echo"));
    EXPECT_THAT(seen->lines.back(), HasSubstr("finished m.echo "));
  }
}

TEST_F(calls, the_observer_hears_of_the_start_and_the_end) {
  client c = make({provider("m")});
  call(c, "m.echo");
  EXPECT_THAT(seen->lines, ElementsAre("registering m", "registered m", "started m.echo", "finished m.echo"));
}

// Completion tokens and executors.

TEST_F(calls, a_callback_completes_with_the_result_and_not_within_the_initiating_function) {
  client c = make({provider("m")});
  bool inside = true;
  bool early = false;
  boost::asio::post(io, [&] {
    c.async_call_tool("m.echo", json::object(), call_options(), [&](result<tool_result> r) {
      early = inside;
      EXPECT_TRUE(r);
    });
    inside = false;
  });
  settle_all(io);
  EXPECT_FALSE(early);
  EXPECT_FALSE(inside);
}

TEST_F(calls, a_future_completes) {
  client c = make({provider("m")});
  auto future = c.async_call_tool("m.echo", json{{"a", 1}}, call_options(), boost::asio::use_future);
  settle_all(io);
  EXPECT_EQ(future.get()->to_json()["a"], 1);
}

TEST_F(calls, a_deferred_operation_starts_when_it_is_called) {
  client c = make({provider("m")});
  auto later = c.async_call_tool("m.echo", json{{"a", 1}}, call_options(), boost::asio::deferred);
  settle_all(io);
  EXPECT_TRUE(fake->calls.empty());
  std::optional<result<tool_result>> out;
  std::move(later)([&](result<tool_result> r) { out = std::move(r); });
  settle_all(io);
  ASSERT_TRUE(out);
  EXPECT_TRUE(*out);
}

TEST_F(calls, an_awaiting_coroutine_resumes_on_its_own_executor) {
  client c = make({provider("m")});
  auto strand = boost::asio::make_strand(io);
  bool inside = false;
  auto work = [](client on, boost::asio::strand<boost::asio::io_context::executor_type> own, bool& out) -> task<void> {
    json none = json::object();
    auto answer = co_await on.call_tool("m.echo", none);
    out = answer.has_value() && own.running_in_this_thread();
  };
  boost::asio::co_spawn(strand, work(c, strand, inside), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  settle_all(io);
  EXPECT_TRUE(inside);
}

TEST_F(calls, the_context_of_a_waiting_handler_does_not_run_dry) {
  gate hold(io.get_executor());
  answer_never(hold);
  client c = make({provider("m")});
  boost::asio::io_context other;
  std::optional<result<tool_result>> out;
  auto work = [](client on, std::optional<result<tool_result>>& into) -> task<void> {
    json none = json::object();
    into = co_await on.call_tool("m.echo", none);
  };
  boost::asio::co_spawn(other, work(c, out), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  other.poll();
  settle_all(io);
  EXPECT_FALSE(other.stopped()) << "a coroutine of this context waits for the call";
  hold.open();
  settle_all(io);
  other.restart();
  other.poll();
  ASSERT_TRUE(out);
  EXPECT_TRUE(*out);
}

TEST_F(calls, copies_of_a_handle_share_one_client) {
  client c = make({provider("m")});
  client d = c;
  ASSERT_TRUE(run(io, c.register_manual(provider("n"))).ok());
  EXPECT_NE(d.tool("n.echo"), nullptr);
  c = client();
  settle_all(io);
  EXPECT_TRUE(call(d, "m.echo")) << "the other handle is still there";
  EXPECT_FALSE(c);
  EXPECT_TRUE(d);
}

TEST_F(calls, after_the_last_handle_the_transport_is_let_go) {
  std::weak_ptr<fake_transport> held = fake;
  {
    client c = make({provider("m")});
    EXPECT_TRUE(call(c, "m.echo"));
  }
  settle_all(io);
  EXPECT_EQ(fake.use_count(), 1);
}

TEST_F(calls, dropping_the_last_handle_during_many_calls_cancels_all_and_lets_everything_go) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  std::vector<std::shared_ptr<pending>> all;
  for (int i = 0; i < 64; ++i) all.push_back(begin_call(c, "m.echo"));
  c = client();
  settle_all(io);
  for (auto& each : all) {
    ASSERT_TRUE(each->outcome);
    EXPECT_EQ(each->outcome->error(), errc::cancelled);
  }
  EXPECT_TRUE(is_dry());
  EXPECT_EQ(fake.use_count(), 1);
}

TEST_F(calls, an_io_context_destroyed_under_running_calls_frees_them) {
  auto held = std::make_shared<int>(0);
  auto own = std::make_unique<boost::asio::io_context>();
  auto never = std::make_unique<gate>(own->get_executor());
  fake->on_call = [&never, held](tool_call, call_context) -> task<result<tool_result>> {
    auto mine = held;
    co_await never->wait();
    co_return tool_result(json(1));
  };
  const auto before = held.use_count();
  auto made = run(*own, client::create(config_of({provider("m")}), options()));
  client c = std::move(*made);
  c.async_call_tool("m.echo", json::object(), call_options(), [](result<tool_result>) { FAIL() << "completed"; });
  settle_all(*own);
  EXPECT_EQ(held.use_count(), before + 1);
  c = client();
  never.reset();
  // The fixture's transport outlives this context: it must not keep the strand.
  fake->events.reset();
  fake->services = transport_services();
  own.reset();
  EXPECT_EQ(held.use_count(), before);
}

TEST_F(calls, from_many_threads_on_one_context) {
  fake->on_call = [](tool_call what, call_context) -> task<result<tool_result>> {
    boost::asio::steady_timer once(co_await boost::asio::this_coro::executor, std::chrono::seconds(0));
    co_await once.async_wait(boost::asio::use_awaitable);
    co_return tool_result(std::move(what.arguments));
  };
  client c = make({provider("m")});
  std::atomic<int> good{0};
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  auto guard = boost::asio::make_work_guard(io);
  io.restart();
  for (int t = 0; t < 3; ++t) threads.emplace_back([&] { io.run(); });
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i)
        c.async_call_tool("m.echo", json{{"n", i}}, call_options(), [&, i](result<tool_result> r) {
          if (r && r->to_json()["n"] == i) ++good;
          ++ended;
        });
    });
  for (std::size_t t = 3; t < threads.size(); ++t) threads[t].join();
  guard.reset();
  for (std::size_t t = 0; t < 3; ++t) threads[t].join();
  EXPECT_EQ(good, 300);
  EXPECT_EQ(ended, 300);
}

TEST_F(calls, search_without_a_strategy_is_unsupported) {
  client c = make({provider("m")});
  EXPECT_EQ(c.search_tools("x").error(), errc::unsupported);
}

class snapshot_search final : public search_strategy {
 public:
  void on_snapshot(const catalogue_ptr& now) override { sizes.push_back(now->tool_count()); }
  result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const override {
    std::vector<tool_match> out;
    for (const auto& manual : in->manuals())
      for (const auto& each : manual->tools())
        if (each->name.find(query) != std::string::npos && out.size() < options.limit) out.push_back(tool_match{each, 1.0});
    return out;
  }
  std::vector<std::size_t> sizes;
};

TEST_F(calls, a_search_strategy_is_told_of_each_snapshot_and_asked) {
  auto strategy = std::make_shared<snapshot_search>();
  auto with = options();
  with.search = strategy;
  client c = make(config_of({provider("a"), provider("b")}), std::move(with));
  ASSERT_TRUE(run(io, c.deregister_manual("a")));
  EXPECT_THAT(strategy->sizes, ElementsAre(1, 2, 1));
  auto found = c.search_tools("b.");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].tool->name, "b.echo");
  EXPECT_TRUE(c.search_tools("b.", search_options(0))->empty());
}

}  // namespace
}  // namespace utcp::testing
