#include "call_fixture.hpp"

#include <utcp/input_source.hpp>

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
    throw std::runtime_error("cannot parse " + what.how->auth["api_key"].get<std::string>());
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

/// Counts the calls that it was lent to.
class counted_input final : public input_source {
 public:
  std::optional<std::uint64_t> size() const override { return 0; }
  result<std::size_t> read(char*, std::size_t) override { return 0; }
  bool rewind() override { return true; }
  void on_call_end() noexcept override { ++ended; }
  int ended = 0;
};

TEST_F(calls, an_input_hears_of_the_end_of_its_call_also_when_that_did_not_begin) {
  client c = make({provider("m")});
  call_options how;
  auto input = std::make_shared<counted_input>();
  how.input = input;
  EXPECT_EQ(run(io, c.call_tool("m.nope", json::object(), how)).error(), errc::unknown_tool);
  EXPECT_EQ(input->ended, 1);
  EXPECT_EQ(run(io, c.call_tool("m.echo", json::object(), how)).error(), errc::unsupported) << "the transport takes none";
  EXPECT_EQ(input->ended, 2);
  EXPECT_EQ(input.use_count(), 2);
}

}  // namespace
}  // namespace utcp::testing
