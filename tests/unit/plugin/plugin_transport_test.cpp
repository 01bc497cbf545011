#include "plugin_fixture.hpp"

#include <gmock/gmock.h>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(misbehaving_plugin, answers_json_text_bytes_and_null) {
  connect();
  EXPECT_EQ(value_of("echo", {{"a", {1, "ü", nullptr}}}), json({{"a", {1, "ü", nullptr}}}));
  EXPECT_EQ(std::get<std::string>(call("text").value().value), "a text");
  EXPECT_EQ(std::get<bytes>(call("bytes").value().value), (bytes{std::byte{0}, std::byte{0xff}}));
  EXPECT_EQ(std::get<json>(call("nothing").value().value), json(nullptr));
}

TEST_F(misbehaving_plugin, a_request_says_what_is_called_how_and_within_what) {
  connect({{"name", "m"}, {"call_template_type", "misbehaving"}, {"colour", "red"}, {"auth", {{"auth_type", "basic"}, {"username", "u"}, {"password", "p"}}}});
  call_options options(std::chrono::milliseconds(1500));
  options.max_response_bytes = 4096;
  options.want_meta = true;
  const json said = call("request", json::object(), options).value().to_json();
  EXPECT_EQ(said["manual"], "m");
  EXPECT_EQ(said["tool"], "request");
  EXPECT_EQ(said["call_template"]["call_template_type"], "misbehaving");
  EXPECT_EQ(said["call_template"]["colour"], "red");
  EXPECT_EQ(said["call_template"]["auth"]["username"], "u");
  EXPECT_EQ(said["context"]["deadline_ms"], 1500);
  EXPECT_EQ(said["context"]["max_response_bytes"], 4096);
  EXPECT_EQ(said["context"]["want_meta"], true);
  EXPECT_EQ(said["context"]["allow_insecure_http"], false);
  EXPECT_EQ(said["context"]["root_dir"], "/");
  EXPECT_EQ(said["context"]["origin"], "configuration");
}

TEST_F(misbehaving_plugin, completes_from_a_thread_of_its_own) {
  connect();
  auto under_way = start("thread");
  io.restart();
  while (!under_way->answer) io.run_one();
  EXPECT_TRUE(under_way->answer->has_value());
}

TEST_F(misbehaving_plugin, a_second_completion_is_ignored_and_told) {
  connect();
  EXPECT_EQ(value_of("twice"), 1);
  settle_all(io);
  ASSERT_EQ(seen->notices.size(), 1u);
  EXPECT_EQ(seen->notices[0].place, "plug-in misbehaving");
  EXPECT_THAT(seen->notices[0].message, HasSubstr("a second time"));
}

TEST_F(misbehaving_plugin, a_completion_of_nothing_is_ignored_and_told) {
  connect();
  EXPECT_EQ(value_of("stray"), 1);
  settle_all(io);
  ASSERT_EQ(seen->notices.size(), 1u);
  EXPECT_THAT(seen->notices[0].message, HasSubstr("does not exist"));
}

TEST_F(misbehaving_plugin, notices_of_one_that_never_learns_are_bounded) {
  connect();
  for (int i = 0; i < 200; ++i) value_of("twice");
  settle_all(io);
  EXPECT_LE(seen->notices.size(), 20u);
}

TEST_F(misbehaving_plugin, one_that_never_completes_meets_the_deadline) {
  connect();
  auto under_way = start("never", call_options(std::chrono::seconds(5)));
  EXPECT_FALSE(under_way->answer);
  time->advance(std::chrono::seconds(5));
  settle_all(io);
  ASSERT_TRUE(under_way->answer);
  EXPECT_TRUE(under_way->answer->error() == errc::timed_out);
  EXPECT_EQ(value_of("stats")["cancelled"], 1);
}

TEST_F(misbehaving_plugin, a_cancelled_call_ends_at_once_though_the_plugin_goes_on) {
  connect();
  auto under_way = start("never");
  under_way->stop.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  ASSERT_TRUE(under_way->answer);
  EXPECT_TRUE(under_way->answer->error() == errc::cancelled);
}

TEST_F(misbehaving_plugin, a_late_completion_is_harmless_and_no_second_one) {
  connect();
  auto under_way = start("never", call_options(std::chrono::seconds(5)));
  time->advance(std::chrono::seconds(5));
  settle_all(io);
  EXPECT_EQ(value_of("finish"), "finished");
  settle_all(io);
  EXPECT_TRUE(under_way->answer->error() == errc::timed_out);
  EXPECT_TRUE(seen->notices.empty());
}

TEST_F(misbehaving_plugin, a_completion_from_within_cancel_is_harmless) {
  connect();
  auto under_way = start("late");
  under_way->stop.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  EXPECT_TRUE(under_way->answer->error() == errc::cancelled);
  EXPECT_TRUE(seen->notices.empty());
}

TEST_F(misbehaving_plugin, a_client_may_go_while_a_completion_is_owed) {
  connect();
  auto under_way = start("never");
  client_ = client();
  settle_all(io);
  ASSERT_TRUE(under_way->answer);
  EXPECT_TRUE(under_way->answer->error() == errc::cancelled);
}

TEST_F(misbehaving_plugin, the_io_context_may_go_while_a_call_runs) {
  auto short_lived = std::make_unique<boost::asio::io_context>();
  client_options options;
  ASSERT_TRUE(add_plugin(options.registry, UTCP_MISBEHAVING_PLUGIN));
  auto config = read_config(json::array({{{"name", "m"}, {"call_template_type", "misbehaving"}}}), "/");
  auto made = run(*short_lived, client::create(std::move(config).value(), std::move(options)));
  bool completed = false;
  made->async_call_tool("m.never", json::object(), call_options(), [&](result<tool_result>) { completed = true; });
  settle_all(*short_lived);
  *made = client();
  short_lived.reset();
  EXPECT_FALSE(completed);
}

TEST_F(misbehaving_plugin, exceptions_do_not_cross) {
  connect();
  EXPECT_TRUE(failure_of("throws") == errc::protocol_error);
  auto opened = run(io, client_.call_tool_streaming("m.throws", json::object(), call_options()));
  EXPECT_TRUE(opened.error() == errc::protocol_error);
}

TEST_F(misbehaving_plugin, broken_outcomes_are_protocol_errors) {
  connect();
  for (const char* tool : {"no_json", "kind", "end", "small", "null"}) {
    const error failure = failure_of(tool);
    EXPECT_TRUE(failure == errc::protocol_error) << tool;
    EXPECT_THAT(failure.message, HasSubstr("plug-in misbehaving")) << tool;
  }
}

TEST_F(misbehaving_plugin, more_than_the_limit_is_too_large) {
  connect();
  call_options options;
  options.max_response_bytes = 100;
  EXPECT_TRUE(call("huge", {{"size", 100}}, options).has_value());
  auto answer = call("huge", {{"size", 101}}, options);
  EXPECT_TRUE(answer.error() == errc::too_large);
}

TEST_F(misbehaving_plugin, errors_have_their_names_messages_and_what_the_remote_said) {
  connect();
  const error limited = failure_of("fails", {{"error", "rate_limited"}, {"message", "slower"}, {"remote", R"({"retry_after": 3})"}});
  EXPECT_TRUE(limited == errc::rate_limited);
  EXPECT_EQ(limited.message, "slower");
  EXPECT_EQ(limited.remote, json({{"retry_after", 3}}));
  EXPECT_EQ(failure_of("fails", {{"error", "remote_failed"}, {"remote", "no JSON"}}).remote, "no JSON");
  const error unknown = failure_of("fails", {{"error", "on_fire"}, {"message", "hot"}});
  EXPECT_TRUE(unknown == errc::protocol_error);
  EXPECT_THAT(unknown.message, HasSubstr("on_fire"));
  EXPECT_THAT(unknown.message, HasSubstr("hot"));
}

TEST_F(misbehaving_plugin, meta_is_an_object) {
  connect();
  EXPECT_EQ(call("meta", {{"meta", R"({"status": 7})"}}).value().meta, json({{"status", 7}}));
  EXPECT_TRUE(failure_of("meta", {{"meta", "[1]"}}) == errc::protocol_error);
}

TEST_F(misbehaving_plugin, a_partial_discovery_has_notices_of_both_sides) {
  connect({{"name", "m"}, {"call_template_type", "misbehaving"}, {"mode", "partial"}});
  const manual_report& report = client_.registered().front();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.tools, 1u);
  ASSERT_EQ(report.notices.size(), 2u);
  EXPECT_EQ(report.notices[0].message, "half of it");
  EXPECT_THAT(report.notices[1].message, HasSubstr("skipped"));
}

TEST_F(misbehaving_plugin, a_discovery_that_gives_no_manual_fails_that_provider_only) {
  for (const auto& [mode, code] : {std::pair("garbage", errc::invalid_config), std::pair("text", errc::protocol_error), std::pair("throws", errc::protocol_error)}) {
    connect({{"name", "m"}, {"call_template_type", "misbehaving"}, {"mode", mode}});
    ASSERT_FALSE(client_.registered().front().ok()) << mode;
    EXPECT_TRUE(*client_.registered().front().failure == code) << mode << client_.registered().front().failure->message;
  }
}

TEST_F(misbehaving_plugin, a_discovery_that_never_ends_meets_its_deadline) {
  connect();
  call_template stuck;
  stuck.name = "stuck";
  stuck.protocol = "misbehaving";
  stuck.options = {{"mode", "never"}};
  std::optional<manual_report> report;
  client_.async_register_manual(stuck, [&](manual_report r) { report = std::move(r); });
  settle_all(io);
  EXPECT_FALSE(report);
  time->advance(std::chrono::seconds(10));
  settle_all(io);
  ASSERT_TRUE(report && report->failure);
  EXPECT_TRUE(*report->failure == errc::timed_out);
}

TEST_F(misbehaving_plugin, a_changed_manual_is_discovered_again) {
  connect();
  EXPECT_EQ(value_of("stats")["discovered"], 1);
  EXPECT_EQ(value_of("changed"), 1);
  settle_all(io);
  EXPECT_EQ(value_of("stats")["discovered"], 2);
}

TEST_F(misbehaving_plugin, both_protocols_of_one_client_share_an_instance_and_clients_do_not) {
  connect();
  call_template second;
  second.name = "second";
  second.protocol = "misbehaving_too";
  EXPECT_TRUE(run(io, client_.register_manual(second)).ok());
  EXPECT_EQ(value_of("stats")["discovered"], 2);
  const client first = client_;
  connect();
  EXPECT_EQ(value_of("stats")["discovered"], 1);
}

TEST_F(misbehaving_plugin, release_is_passed_on_with_the_manuals_name) {
  connect();
  call_template second;
  second.name = "second";
  second.protocol = "misbehaving_too";
  EXPECT_TRUE(run(io, client_.register_manual(second)).ok());
  EXPECT_TRUE(run(io, client_.deregister_manual("second")).has_value());
  const json released = value_of("stats")["released"];
  EXPECT_THAT(released, ::testing::Each(json("second")));
  EXPECT_FALSE(released.empty());
}

TEST_F(misbehaving_plugin, streams_give_items_and_an_end) {
  connect();
  EXPECT_EQ(value_of("stats")["streams"], 0);
  auto stream = run(io, client_.call_tool_streaming("m.items", json::object(), call_options())).value();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(io, stream.next()).value()->to_json(), i);
  EXPECT_FALSE(run(io, stream.next()).value());
  EXPECT_FALSE(run(io, stream.next()).value());
  EXPECT_EQ(value_of("stats")["cancelled"], 0);
}

TEST_F(misbehaving_plugin, a_dropped_stream_is_cancelled_by_its_number) {
  connect();
  auto stream = run(io, client_.call_tool_streaming("m.items", json::object(), call_options())).value();
  EXPECT_EQ(value_of("stats")["streams"], 1);
  stream = result_stream();
  settle_all(io);
  EXPECT_EQ(value_of("stats")["streams"], 0);
}

TEST_F(misbehaving_plugin, a_failed_item_ends_the_stream) {
  connect();
  auto stream = run(io, client_.call_tool_streaming("m.breaks", json::object(), call_options())).value();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(run(io, stream.next()).has_value());
  EXPECT_TRUE(run(io, stream.next()).error() == errc::connection_failed);
  EXPECT_FALSE(run(io, stream.next()).value());
  auto broken = run(io, client_.call_tool_streaming("m.no_json", json::object(), call_options())).value();
  EXPECT_TRUE(run(io, broken.next()).error() == errc::protocol_error);
  EXPECT_EQ(value_of("stats")["streams"], 0);
}

TEST_F(misbehaving_plugin, a_stream_that_is_answered_with_text_is_a_protocol_error) {
  connect();
  auto opened = run(io, client_.call_tool_streaming("m.text", json::object(), call_options()));
  EXPECT_TRUE(opened.error() == errc::protocol_error);
}

TEST_F(misbehaving_plugin, a_cancelled_item_closes_the_stream) {
  connect();
  auto stream = run(io, client_.call_tool_streaming("m.stuck", json::object(), call_options())).value();
  std::optional<result<std::optional<tool_result>>> item;
  boost::asio::cancellation_signal stop;
  auto done = [&](result<std::optional<tool_result>> got) { item = std::move(got); };
  stream.async_next(boost::asio::bind_cancellation_slot(stop.slot(), done));
  settle_all(io);
  EXPECT_FALSE(item);
  stop.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  ASSERT_TRUE(item);
  EXPECT_TRUE(item->error() == errc::cancelled);
  EXPECT_EQ(value_of("stats")["streams"], 0);
}

TEST_F(misbehaving_plugin, a_stream_that_never_opens_meets_the_deadline) {
  connect();
  std::optional<result<result_stream>> opened;
  client_.async_call_tool_streaming("m.never", json::object(), call_options(std::chrono::seconds(2)), [&](result<result_stream> got) { opened = std::move(got); });
  settle_all(io);
  time->advance(std::chrono::seconds(2));
  settle_all(io);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->error() == errc::timed_out);
}

}  // namespace
}  // namespace utcp::testing
