// Sessions with programs: good ones, and those that break the protocol in every way we could think of.

#include "session_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>

namespace utcp::mcp {
namespace {

using ::testing::HasSubstr;

using program_session = session_test;

bool is_gone(const std::string& pid) {
  for (int i = 0; i < 200; ++i) {
    if (::kill(std::stoi(pid), 0) != 0) return true;
    ::usleep(10'000);
  }
  return false;
}

TEST_F(program_session, shakes_hands_with_a_server_that_does_not_know_discover) {
  with_odd("legacy");
  const auto tools = run(io, session_->list_tools());
  ASSERT_TRUE(tools) << tools.error().message;
  EXPECT_EQ(tools->at(0).name(), "echo");
  EXPECT_EQ(session_->server().revision, "2025-11-25");
  EXPECT_FALSE(session_->server().modern);
  EXPECT_EQ(call("hello")->text(), "hello");
  EXPECT_TRUE(run(io, session_->ping()));
}

TEST_F(program_session, speaks_the_stateless_protocol_to_a_server_that_knows_it) {
  with_odd("modern");
  const auto got = call("");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(session_->server().modern);
  const json meta = json::parse(got->text());
  EXPECT_EQ(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
  EXPECT_EQ(meta["io.modelcontextprotocol/clientInfo"]["name"], "utcp");
  EXPECT_TRUE(meta.contains("io.modelcontextprotocol/clientCapabilities"));
}

TEST_F(program_session, starts_a_server_again_that_quits_when_it_is_asked_before_the_handshake) {
  with_odd("quits_when_probed");
  EXPECT_EQ(call("x")->text(), "x");
}

// As servers of the Python SDK 1.0.0 to 1.9.0.
TEST_F(program_session, starts_a_server_again_that_is_deaf_after_the_question) {
  options.probe_timeout = std::chrono::hours(1);
  with_odd("deaf_when_probed");
  EXPECT_EQ(call("x")->text(), "x") << "the ping after a second ends it";
}

TEST_F(program_session, starts_a_server_again_that_the_handshake_ends) {
  options.probe_timeout = std::chrono::milliseconds(50);
  with_odd("deaf_when_probed");
  EXPECT_EQ(call("x")->text(), "x");
}

TEST_F(program_session, takes_an_answered_ping_for_a_server_of_the_handshake) {
  options.probe_timeout = std::chrono::hours(1);
  with_odd("pings_when_probed");
  EXPECT_EQ(call("x")->text(), "x");
}

TEST_F(program_session, takes_any_refusal_for_that_of_its_first_question) {
  options.probe_timeout = std::chrono::hours(1);
  for (const char* how : {"refuses_under_another_id", "refuses_without_an_id"}) {
    SCOPED_TRACE(how);
    with_odd(how);
    EXPECT_EQ(call("x")->text(), "x");
  }
}

TEST_F(program_session, shakes_hands_when_the_question_is_not_answered_in_time) {
  options.probe_timeout = std::chrono::milliseconds(50);
  with_odd("no_answer_to_probe");
  EXPECT_EQ(call("x")->text(), "x");
}

TEST_F(program_session, notices_that_a_slow_server_has_settled_on_the_stateless_protocol) {
  options.probe_timeout = std::chrono::milliseconds(50);
  with_odd("late");
  EXPECT_TRUE(call("x"));
  EXPECT_TRUE(session_->server().modern);
}

TEST_F(program_session, gives_up_on_a_server_of_a_future_revision) {
  with_odd("future");
  EXPECT_EQ(call("x").error(), errc::unsupported);
}

TEST_F(program_session, gives_up_on_a_server_of_an_unknown_revision) {
  with_odd("unknown_revision");
  EXPECT_EQ(call("x").error(), errc::unsupported);
}

TEST_F(program_session, fails_in_time_when_the_handshake_is_not_answered) {
  options.connect_timeout = std::chrono::milliseconds(100);
  with_odd("never_ready");
  EXPECT_EQ(call("x").error(), errc::timed_out);
}

TEST_F(program_session, skips_text_before_and_between_messages) {
  with_odd("noise");
  EXPECT_EQ(call("x")->text(), "x");
  ASSERT_FALSE(notices.empty());
  EXPECT_THAT(notices[0], HasSubstr("starting up"));
}

TEST_F(program_session, fails_the_call_whose_answer_is_half_a_message_and_starts_the_server_again) {
  with_odd("half");
  EXPECT_EQ(call("x").error(), errc::connection_failed);
  EXPECT_TRUE(call("pid"));
}

TEST_F(program_session, drops_a_line_beyond_the_limit_and_fails_the_call_it_answers) {
  options.max_message_bytes = 1 << 20;
  with_odd("huge");
  EXPECT_EQ(call("huge").error(), errc::too_large);
  EXPECT_TRUE(call("pid"));
}

TEST_F(program_session, finds_the_call_of_a_long_line_whose_id_comes_last) {
  options.max_message_bytes = 1 << 20;
  with_odd("huge_id_last");
  EXPECT_EQ(call("huge").error(), errc::too_large);
}

TEST_F(program_session, fails_a_call_whose_answer_is_nested_too_deep) {
  with_odd("deep");
  EXPECT_EQ(call("x").error(), errc::too_large);
}

TEST_F(program_session, waits_in_vain_for_an_answer_with_the_wrong_id) {
  with_odd("wrong_id");
  request_options how;
  how.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(call("x", how).error(), errc::timed_out);
}

TEST_F(program_session, takes_the_first_of_two_answers) {
  with_odd("twice");
  EXPECT_EQ(call("x")->text(), "first");
  EXPECT_EQ(call("x")->text(), "first");
}

TEST_F(program_session, fails_a_call_that_is_not_answered_in_time) {
  with_odd("silent");
  request_options how;
  how.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(call("x", how).error(), errc::timed_out);
  how.timeout.reset();
  how.deadline = time_point::clock::now() + std::chrono::milliseconds(50);
  EXPECT_EQ(call("x", how).error(), errc::timed_out);
}

TEST_F(program_session, outlives_a_flood_of_notifications_and_of_stderr) {
  std::size_t logged = 0;
  std::size_t errors = 0;
  options.callbacks.on_log = [&](log_line) { ++logged; };
  options.callbacks.on_stderr = [&](std::string_view text) { errors += text.size(); };
  with_odd("flood");
  const auto got = call("x");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text(), "after the flood");
  EXPECT_EQ(logged, 5'000u);
  for (int i = 0; i < 1000 && errors < 1u << 20; ++i) EXPECT_TRUE(call("pid"));  // the two pipes are read as they come
  EXPECT_EQ(errors, 1u << 20);
}

TEST_F(program_session, fails_calls_under_way_when_the_server_dies_and_starts_it_again) {
  with_odd("dies");
  const auto pid = call("pid");
  ASSERT_TRUE(pid);
  const auto failed = call("x");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), errc::connection_failed);
  EXPECT_EQ(failed.error().remote["end"], "exit status 3");
  const auto again = call("pid");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_NE(pid->text(), again->text());
}

TEST_F(program_session, does_not_start_a_server_at_once_that_dies_again_and_again) {
  with_odd("dies");
  errc last = errc::internal;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 40 && last != errc::unavailable; ++i) last = static_cast<errc>(call("x").error().code.value());
  EXPECT_EQ(last, errc::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(15));
}

TEST_F(program_session, says_which_status_a_server_that_cannot_start_ends_with) {
  with_odd("cannot_start");
  const auto failed = call("x");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), errc::connection_failed);
  EXPECT_EQ(failed.error().remote["end"], "exit status 7");
  EXPECT_EQ(failed.error().message, "the MCP server ended (exit status 7): Error: ODD_KEY is not set");
  with_odd("says_why");
  EXPECT_EQ(call("x").error().message, "the MCP server ended (exit status 7): ODD_KEY is not set");
}

TEST_F(program_session, drops_log_lines_below_the_level_that_it_asked_for) {
  std::size_t logged = 0;
  options.callbacks.on_log = [&](log_line) { ++logged; };
  options.callbacks.log_level = "notice";
  with_odd("flood");
  ASSERT_TRUE(call("x"));
  EXPECT_EQ(logged, 0u) << "all are of the level info";
}

TEST_F(program_session, hears_that_the_tools_changed_while_one_is_called) {
  int changes = 0;
  options.callbacks.on_tools_changed = [&] { ++changes; };
  with_odd("changes");
  EXPECT_EQ(call("x")->text(), "x");
  EXPECT_EQ(changes, 1);
}

TEST_F(program_session, refuses_sampling_that_the_application_does_not_offer) {
  with_odd("asks");
  EXPECT_EQ(call("x")->text(), "refused -32601");
}

TEST_F(program_session, answers_sampling_that_the_application_offers) {
  options.callbacks.sample = [](json) -> task<result<json>> { co_return json{{"role", "assistant"}}; };
  with_odd("asks");
  EXPECT_EQ(call("x")->text(), "answered");
}

TEST_F(program_session, bounds_the_questions_it_answers_at_once) {
  int asked = 0;
  options.callbacks.fill_form = [&](json) -> task<result<json>> {
    ++asked;
    boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
    co_return json::object();
  };
  with_odd("asks_often");
  EXPECT_EQ(call("x")->text(), "asked");
  EXPECT_LE(asked, 16);
}

TEST_F(program_session, answers_only_so_many_pings_of_a_server_that_reads_no_answers) {
  with_odd("pings");
  EXPECT_EQ(call("x")->text(), "pinged");
  const auto answered = call("answered");
  ASSERT_TRUE(answered) << answered.error().message;
  EXPECT_LT(std::stoi(answered->text()), 10'000);
  EXPECT_THAT(notices, ::testing::ElementsAre(HasSubstr("was lost")));
}

TEST_F(program_session, gives_progress_to_the_call_it_belongs_to) {
  std::vector<double> steps;
  request_options how;
  how.on_progress = [&](const progress& step) { steps.push_back(step.done); };
  with_odd("progress");
  EXPECT_TRUE(call("x", how));
  EXPECT_THAT(steps, ::testing::ElementsAre(1, 2, 3));
}

TEST_F(program_session, keeps_the_content_of_a_tool_that_failed) {
  with_odd("tool_fails");
  const auto got = call("x");
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->is_error);
  EXPECT_EQ(got->text(), "it broke");
}

TEST_F(program_session, takes_an_empty_cursor_for_a_cursor) {
  with_odd("empty_cursor");
  const auto tools = run(io, session_->list_tools());
  ASSERT_TRUE(tools);
  ASSERT_EQ(tools->size(), 2u);
  EXPECT_EQ(tools->at(1).name(), "second");
}

TEST_F(program_session, ends_a_list_that_never_ends) {
  with_odd("same_cursor");
  EXPECT_EQ(run(io, session_->list_tools()).error(), errc::protocol_error);
}

TEST_F(program_session, bounds_the_pages_of_a_list) {
  options.max_pages = 50;
  with_odd("endless_pages");
  EXPECT_EQ(run(io, session_->list_tools()).error(), errc::too_large);
}

TEST_F(program_session, says_when_a_list_is_no_list) {
  with_odd("no_list");
  EXPECT_EQ(run(io, session_->list_tools()).error(), errc::protocol_error);
}

TEST_F(program_session, answers_questions_in_rounds_and_gives_the_state_back) {
  options.callbacks.roots = [] { return std::vector<json>(1, json{{"uri", "file:///r"}}); };
  with_odd("modern_asks");
  const auto got = call("x");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(json::parse(got->text())["where"]["roots"][0]["uri"], "file:///r");
}

TEST_F(program_session, bounds_the_rounds) {
  options.callbacks.roots = [] { return std::vector<json>(); };
  with_odd("modern_asks_forever");
  EXPECT_EQ(call("x").error(), errc::too_large);
}

TEST_F(program_session, fails_a_round_that_asks_for_what_the_application_does_not_offer) {
  with_odd("modern_asks");
  EXPECT_EQ(call("x").error(), errc::unsupported);
}

TEST_F(program_session, fails_on_a_result_of_an_unknown_type) {
  with_odd("modern_unknown_type");
  EXPECT_EQ(call("x").error(), errc::protocol_error);
}

TEST_F(program_session, follows_a_task_to_its_result_and_answers_its_questions) {
  options.tasks = true;
  options.callbacks.roots = [] { return std::vector<json>(); };
  with_odd("modern_task");
  const auto got = call("x");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text(), "done");
}

TEST_F(program_session, takes_no_task_that_it_did_not_offer_to_follow) {
  with_odd("modern_task");
  EXPECT_EQ(call("x").error(), errc::protocol_error);
}

TEST_F(program_session, answers_many_calls_over_one_program) {
  with_odd("legacy");
  int done = 0;
  const auto one = [](session& over, int i) -> task<bool> {
    json arguments{{"text", std::to_string(i)}};
    auto got = co_await over.call_tool("echo", std::move(arguments));
    co_return got && got->text() == std::to_string(i);
  };
  for (int i = 0; i < 64; ++i) boost::asio::co_spawn(io, one(*session_, i), [&](std::exception_ptr, bool fine) { done += fine; });
  EXPECT_TRUE(run(io, session_->connect()));
  while (done < 64 && io.run_one() > 0) {
  }
  EXPECT_EQ(done, 64);
}

TEST_F(program_session, stops_a_server_that_ignores_the_end_of_its_input_and_sigterm) {
  with_odd("never_stops");
  const std::string pid = call("pid")->text();
  const auto began = std::chrono::steady_clock::now();
  run(io, close(session_));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  EXPECT_TRUE(is_gone(pid));
}

TEST_F(program_session, leaves_no_process_of_a_server_that_forks_away) {
  with_odd("forks");
  const std::string pid = call("pid")->text();
  EXPECT_TRUE(call("x"));
  run(io, close(session_));
  EXPECT_TRUE(is_gone(pid));
}

TEST_F(program_session, fails_calls_under_way_when_it_is_closed_and_later_ones) {
  with_odd("silent");
  ASSERT_TRUE(run(io, session_->connect()));
  json arguments = json::object();
  std::optional<result<call_result>> got;
  boost::asio::co_spawn(io, session_->call_tool("echo", std::move(arguments)), [&](std::exception_ptr, result<call_result> r) { got = std::move(r); });
  run(io, close(session_));
  while (!got && io.run_one() > 0) {
  }
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error(), errc::cancelled);
  EXPECT_EQ(call("x").error(), errc::cancelled);
}

TEST_F(program_session, may_go_with_its_executor_while_calls_wait) {
  auto loop = std::make_unique<boost::asio::io_context>(1);
  auto held = std::make_shared<session>(loop->get_executor(), odd("silent"), options);
  boost::asio::co_spawn(*loop, held->call_tool("echo", json::object()), [held](std::exception_ptr, result<call_result>) {});
  for (int i = 0; i < 200; ++i) loop->poll(), ::usleep(1000);
  held.reset();
  loop.reset();  // under the sanitizers: no leak, nothing touched afterwards
}

}  // namespace
}  // namespace utcp::mcp
