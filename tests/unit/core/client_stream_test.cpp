#include "stream_fixture.hpp"

#include <thread>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(streams, are_opened_again_after_a_failure_that_may_pass_and_not_once_they_gave_items) {
  int tries = 0;
  auto reads = std::make_shared<int>(0);
  fake->repeatable = true;
  fake->on_stream = [&](tool_call, call_context) { return ++tries < 2 ? refuse(errc::unavailable, "503") : open_burst(1, reads); };
  client_config config = config_of({provider("m")});
  config.defaults.retry = retry_options(3);
  config.defaults.retry.first_delay = std::chrono::milliseconds(100);
  client c = make(std::move(config), options());
  std::optional<result<result_stream>> opened;
  c.async_call_tool_streaming("m.echo", json::object(), call_options(), [&](result<result_stream> r) { opened.emplace(std::move(r)); });
  settle_all(io);
  EXPECT_EQ(tries, 1);
  clock->advance(std::chrono::milliseconds(100));
  settle_all(io);
  ASSERT_TRUE(opened && *opened);
  EXPECT_EQ(value(next(**opened)), 0);
  EXPECT_EQ(next(**opened).error(), errc::connection_failed);
  EXPECT_EQ(tries, 2);
}

TEST_F(streams, give_their_items_and_then_nothing) {
  give_steps({scripted_stream::item(1), scripted_stream::item("two")});
  client c = make({provider("m")});
  auto s = open_stream(c);
  ASSERT_TRUE(s);
  EXPECT_EQ(value(next(*s)), 1);
  EXPECT_EQ(value(next(*s)), "two");
  for (int i = 0; i < 3; ++i) {
    auto end = next(*s);
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
  EXPECT_EQ(*alive, 0) << "the transport's stream is let go at the end";
  EXPECT_TRUE(is_dry());
}

TEST_F(streams, items_that_are_here_already_come_in_order_and_cost_no_read_each) {
  auto reads = give_burst(200);
  client c = make({provider("m")});
  auto s = open_stream(c);
  ASSERT_TRUE(s);
  for (int i = 0; i < 200; ++i) {
    if (i % 3 == 0) {
      auto by_callback = begin_next(*s);
      ASSERT_TRUE(by_callback->outcome);
      EXPECT_EQ(value(*by_callback->outcome), i);
    } else {
      EXPECT_EQ(value(next(*s)), i);
    }
  }
  EXPECT_LE(*reads, 5);
  EXPECT_EQ(next(*s).error(), errc::connection_failed) << "what went wrong comes after the items before it";
}

/// Puts a `!` behind each item.
class exclaiming final : public post_processor {
 public:
  result<tool_result> process(tool_result value, const std::string&, const std::string&) const override { return tool_result(json(value.to_json().dump() + "!")); }
};

TEST_F(streams, items_that_are_here_already_pass_the_post_processors) {
  give_burst(3);
  client_options with = options();
  with.registry.add_post_processor("exclaim", [](const json&) -> result<std::shared_ptr<post_processor>> {
    return std::shared_ptr<post_processor>(std::make_shared<exclaiming>());
  });
  client_config config = config_of({provider("m")});
  config.post_processing.push_back({{"tool_post_processor_type", "exclaim"}});
  client c = make(std::move(config), std::move(with));
  auto s = open_stream(c);
  ASSERT_TRUE(s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(value(next(*s)), std::to_string(i) + "!");
}

TEST_F(streams, the_observer_hears_of_the_start_and_the_last_item) {
  give_steps({scripted_stream::item(1)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  next(*s);
  EXPECT_THAT(seen->lines, ElementsAre("registering m", "registered m", "started m.echo"));
  next(*s);
  next(*s);
  EXPECT_THAT(seen->lines, ElementsAre("registering m", "registered m", "started m.echo", "finished m.echo"));
}

TEST_F(streams, the_observer_hears_of_a_failure_and_of_a_stream_that_is_dropped) {
  client c = make({provider("m")});
  fake->on_stream = [](tool_call, call_context) { return refuse(errc::unavailable, "busy"); };
  EXPECT_FALSE(open_stream(c));
  EXPECT_THAT(seen->lines.back(), HasSubstr("finished m.echo ")) << "not opened";
  EXPECT_THAT(seen->lines.back(), HasSubstr("busy"));

  give_steps({scripted_stream::failure(errc::protocol_error, "half a frame")});
  auto s = open_stream(c);
  EXPECT_FALSE(next(*s));
  EXPECT_THAT(seen->lines.back(), HasSubstr("half a frame"));

  give_steps({scripted_stream::item(1)});
  s = open_stream(c);
  s = result_stream();
  settle_all(io);
  EXPECT_THAT(seen->lines.back(), HasSubstr("dropped before its end"));
  EXPECT_EQ(std::count_if(seen->lines.begin(), seen->lines.end(), [](const auto& line) { return line.starts_with("started"); }),
            std::count_if(seen->lines.begin(), seen->lines.end(), [](const auto& line) { return line.starts_with("finished"); }));
}

class marking_filter final : public call_filter {
 public:
  task<result<tool_result>> run(tool_call what, call_context context, call_next next) override { return next(std::move(what), std::move(context)); }
  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context, stream_next next) override {
    if (what.arguments.contains("forbidden")) co_return error(errc::not_allowed, "the filter says no");
    what.arguments["marked"] = true;
    co_return co_await next(std::move(what), std::move(context));
  }
};

TEST_F(streams, pass_the_applications_filters) {
  json given;
  fake->on_stream = [&](tool_call what, call_context) {
    given = what.arguments;
    return open({scripted_stream::item(1)}, alive);
  };
  auto with = options();
  with.filters = {std::make_shared<marking_filter>()};
  client c = make(config_of({provider("m")}), std::move(with));
  ASSERT_TRUE(run(io, c.call_tool_streaming("m.echo", json::object(), call_options())));
  EXPECT_EQ(given, json::parse(R"({"marked":true})"));
  given = nullptr;
  auto refused = run(io, c.call_tool_streaming("m.echo", json::parse(R"({"forbidden":1})"), call_options()));
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_EQ(given, nullptr);
}

TEST_F(streams, a_tool_that_does_not_stream_is_a_stream_of_one) {
  client c = make({provider("m")});
  auto s = run(io, c.call_tool_streaming("m.echo", json{{"a", 1}}, call_options()));
  ASSERT_TRUE(s);
  EXPECT_EQ(value(next(*s))["a"], 1);
  EXPECT_FALSE(*next(*s));
}

TEST_F(streams, end_after_an_error) {
  give_steps({scripted_stream::item(1), scripted_stream::failure(errc::protocol_error, "half a frame"), scripted_stream::item(2)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  EXPECT_EQ(value(next(*s)), 1);
  EXPECT_EQ(next(*s).error(), errc::protocol_error);
  EXPECT_EQ(*alive, 0);
  auto end = next(*s);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST_F(streams, that_cannot_be_opened_say_why) {
  fake->on_stream = [](tool_call, call_context) { return refuse(errc::remote_failed, "HTTP 500"); };
  client c = make({provider("m")});
  EXPECT_EQ(open_stream(c).error(), errc::remote_failed);
  EXPECT_EQ(open_stream(c, "m.none").error(), errc::unknown_tool);
  fake->on_stream = [](tool_call, call_context) -> task<result<std::unique_ptr<tool_stream>>> { throw std::runtime_error("boom"); };
  EXPECT_EQ(open_stream(c).error(), errc::internal);
}

TEST_F(streams, an_exception_in_the_middle_ends_the_stream) {
  gate step(io.get_executor());
  step.open();
  give_steps({scripted_stream::item(1), wait_and_throw(step)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  EXPECT_EQ(value(next(*s)), 1);
  auto broken = next(*s);
  EXPECT_EQ(broken.error(), errc::internal);
  auto end = next(*s);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_FALSE(*end);
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, refuse_a_second_reader_and_serve_the_first) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold), scripted_stream::item(2)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  auto first = begin_next(*s);
  auto second = begin_next(*s);
  ASSERT_TRUE(second->outcome);
  EXPECT_EQ(second->outcome->error(), errc::invalid_argument);
  EXPECT_FALSE(first->outcome);
  hold.open();
  settle_all(io);
  ASSERT_TRUE(first->outcome);
  EXPECT_EQ(value(*first->outcome), "late");
  EXPECT_EQ(value(next(*s)), 2);
}

TEST_F(streams, cancelling_a_read_ends_the_stream) {
  for (bool throws : {false, true}) {
    gate hold(io.get_executor());
    give_steps({scripted_stream::item(1), throws ? wait_and_throw(hold) : wait_for(hold), scripted_stream::item(3)});
    client c = make({provider("m")});
    auto s = open_stream(c);
    EXPECT_EQ(value(next(*s)), 1);
    auto p = begin_next(*s);
    p->signal.emit(boost::asio::cancellation_type::terminal);
    settle_all(io);
    ASSERT_TRUE(p->outcome);
    EXPECT_EQ(p->outcome->error(), errc::cancelled);
    EXPECT_EQ(*alive, 0);
    auto end = next(*s);
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
    EXPECT_TRUE(is_dry());
  }
}

TEST_F(streams, destroying_the_handle_cancels_the_read) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  auto p = begin_next(*s);
  ASSERT_EQ(hold.waiting(), 1u);
  *s = result_stream();
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::cancelled);
  EXPECT_EQ(*alive, 0);
  EXPECT_TRUE(is_dry());
}

TEST_F(streams, destroying_the_handle_frees_the_transports_stream) {
  give_steps({scripted_stream::item(1)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  EXPECT_EQ(*alive, 1);
  *s = result_stream();
  settle_all(io);
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, a_copy_of_the_handle_keeps_the_stream) {
  give_steps({scripted_stream::item(1)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  result_stream copy = *s;
  *s = result_stream();
  settle_all(io);
  EXPECT_EQ(value(next(copy)), 1);
}

TEST_F(streams, may_be_destroyed_from_another_thread_while_it_is_read) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  auto p = begin_next(*s);
  io.restart();
  auto guard = boost::asio::make_work_guard(io);
  std::thread loop([&] { io.run(); });
  std::thread other([mine = std::move(*s)]() mutable { mine = result_stream(); });
  other.join();
  guard.reset();
  loop.join();
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::cancelled);
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, the_last_client_handle_ends_a_read) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold)});
  client c = make({provider("m")});
  auto s = open_stream(c);
  auto p = begin_next(*s);
  c = client();
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::cancelled);
  auto after = next(*s);
  EXPECT_TRUE(!after || !*after);
}

TEST_F(streams, the_stop_token_of_the_call_ends_a_read_too) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold)});
  client c = make({provider("m")});
  std::stop_source stop;
  call_options how;
  how.stop = stop.get_token();
  auto s = open_stream(c, "m.echo", how);
  auto p = begin_next(*s);
  EXPECT_FALSE(p->outcome);
  stop.request_stop();
  settle_all(io);
  ASSERT_TRUE(p->outcome);
  EXPECT_EQ(p->outcome->error(), errc::cancelled);
}

TEST_F(streams, the_deadline_holds_for_the_opening_only) {
  gate hold(io.get_executor());
  give_steps({wait_for(hold)});
  client c = make({provider("m")});
  auto s = open_stream(c, "m.echo", call_options(std::chrono::milliseconds(100)));
  auto p = begin_next(*s);
  clock->advance(std::chrono::hours(1));
  settle_all(io);
  EXPECT_FALSE(p->outcome);
  hold.open();
  settle_all(io);
  EXPECT_TRUE(p->outcome);

  gate never(io.get_executor());
  fake->on_stream = [&never](tool_call, call_context) -> task<result<std::unique_ptr<tool_stream>>> {
    co_await never.wait();
    co_return error(errc::cancelled, "cancelled");
  };
  std::optional<result<result_stream>> opened;
  c.async_call_tool_streaming("m.echo", json::object(), call_options(std::chrono::milliseconds(100)), [&](result<result_stream> r) { opened = std::move(r); });
  settle_all(io);
  clock->advance(std::chrono::milliseconds(100));
  settle_all(io);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->error(), errc::timed_out);
}

TEST_F(streams, a_stream_that_was_never_opened_is_at_its_end) {
  result_stream none;
  auto end = next(none);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST_F(streams, errors_of_items_show_no_secret) {
  give_steps({scripted_stream::failure(errc::remote_failed, "token sesame-123 refused")});
  fake->on_discover = [](call_template, call_context) -> task<result<discovery>> {
    std::vector<tool_ptr> tools(1, make_tool("echo", "fake", trust::configuration, dialect::v0, json{{"url", "https://x.example/${KEY}"}}));
    co_return found_tools(std::move(tools));
  };
  environment["KEY"] = "sesame-123";
  client c = make({provider("m")});
  auto s = open_stream(c);
  EXPECT_THAT(next(*s).error().message, Not(HasSubstr("sesame")));
}

// for_each.

TEST_F(streams, push_each_item_and_complete_at_the_end) {
  give_steps({scripted_stream::item(1), scripted_stream::item(2)});
  client c = make({provider("m")});
  std::vector<json> got;
  std::optional<result<void>> done;
  c.async_for_each_item("m.echo", json::object(), call_options(), [&](tool_result r) {
    got.push_back(r.to_json());
    return true;
  }, [&](result<void> r) { done = std::move(r); });
  settle_all(io);
  ASSERT_TRUE(done);
  EXPECT_TRUE(*done);
  EXPECT_THAT(got, ElementsAre(1, 2));
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, pushing_stops_when_the_callback_says_so) {
  give_steps({scripted_stream::item(1), scripted_stream::item(2), scripted_stream::item(3)});
  client c = make({provider("m")});
  int got = 0;
  std::optional<result<void>> done;
  c.async_for_each_item("m.echo", json::object(), call_options(), [&](tool_result) { return ++got < 2; }, [&](result<void> r) { done = std::move(r); });
  settle_all(io);
  ASSERT_TRUE(done);
  EXPECT_TRUE(*done);
  EXPECT_EQ(got, 2);
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, pushing_ends_with_the_streams_error_or_the_callbacks_exception) {
  give_steps({scripted_stream::item(1), scripted_stream::failure(errc::protocol_error, "half")});
  client c = make({provider("m")});
  std::optional<result<void>> done;
  c.async_for_each_item("m.echo", json::object(), call_options(), [](tool_result) { return true; }, [&](result<void> r) { done = std::move(r); });
  settle_all(io);
  EXPECT_EQ(done->error(), errc::protocol_error);
  c.async_for_each_item("m.echo", json::object(), call_options(), [](tool_result) -> bool { throw std::runtime_error("callback"); },
                        [&](result<void> r) { done = std::move(r); });
  settle_all(io);
  EXPECT_EQ(done->error(), errc::internal);
  EXPECT_EQ(*alive, 0);
}

TEST_F(streams, pushing_is_cancelled_in_the_middle) {
  gate hold(io.get_executor());
  give_steps({scripted_stream::item(1), wait_for(hold)});
  client c = make({provider("m")});
  std::stop_source stop;
  call_options how;
  how.stop = stop.get_token();
  std::optional<result<void>> done;
  c.async_for_each_item("m.echo", json::object(), how, [](tool_result) { return true; }, [&](result<void> r) { done = std::move(r); });
  settle_all(io);
  EXPECT_FALSE(done);
  stop.request_stop();
  settle_all(io);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->error(), errc::cancelled);
  EXPECT_EQ(*alive, 0);
  EXPECT_TRUE(is_dry());
}

// collect.

class collecting : public streams {
 protected:
  result<tool_result> collect_steps(std::vector<scripted_stream::step> steps, std::size_t limit = 1000) {
    return run(io, collect(std::make_unique<scripted_stream>(std::move(steps), alive), limit));
  }
  template <class T>
  static scripted_stream::step of(T v) {
    return [v]() { return give(tool_result(v)); };
  }
  static task<item> give(tool_result r) { co_return std::optional<tool_result>(std::move(r)); }
  static bytes bytes_of(std::string_view text) {
    bytes out;
    for (char ch : text) out.push_back(static_cast<std::byte>(ch));
    return out;
  }
};

TEST_F(collecting, json_becomes_an_array) {
  EXPECT_EQ(collect_steps({scripted_stream::item(1), scripted_stream::item({{"a", 2}})})->to_json(), json::parse(R"([1,{"a":2}])"));
  EXPECT_EQ(collect_steps({})->to_json(), json::array());
}

TEST_F(collecting, text_and_bytes_are_joined) {
  EXPECT_EQ(std::get<std::string>(collect_steps({of(std::string("ab")), of(std::string("c"))})->value), "abc");
  EXPECT_EQ(std::get<bytes>(collect_steps({of(bytes_of("ab")), of(bytes_of("c"))})->value), bytes_of("abc"));
}

TEST_F(collecting, mixed_kinds_become_an_array_with_bytes_as_base64) {
  EXPECT_EQ(collect_steps({of(std::string("t")), of(bytes_of("ab")), scripted_stream::item(1)})->to_json(), json::parse(R"(["t","YWI=",1])"));
  for (auto [plain, encoded] : {std::pair("", ""), {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}})
    EXPECT_EQ(tool_result(bytes_of(plain)).to_json(), encoded) << "RFC 4648 section 10";
}

TEST_F(collecting, stops_at_the_limit_and_with_the_streams_error) {
  EXPECT_TRUE(collect_steps({of(std::string("12345")), of(std::string("67890"))}, 10));
  EXPECT_EQ(collect_steps({of(std::string("12345")), of(std::string("678901"))}, 10).error(), errc::too_large);
  EXPECT_EQ(collect_steps({scripted_stream::item(1), scripted_stream::failure(errc::protocol_error, "x")}).error(), errc::protocol_error);
  EXPECT_EQ(*alive, 0);
}

}  // namespace
}  // namespace utcp::testing
