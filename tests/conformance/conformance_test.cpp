// What every transport must do, whatever its protocol. See rig.hpp for how one is described.
#include "bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace utcp::conformance {

void PrintTo(const subject& of, std::ostream* out) { *out << of.name; }

namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

/// Skips, visibly, a case that the transport declares it cannot have; fails one that it does not speak of.
#define UTCP_NEEDS(there, what)                                                                              \
  if (!(there)) {                                                                                            \
    ASSERT_TRUE(peer->cannot.contains(what)) << GetParam().name << " neither has \"" << what << "\" nor says why"; \
    GTEST_SKIP() << GetParam().name << " has no " << what << ": " << peer->cannot.at(what);                   \
  }                                                                                                          \
  static_assert(true)

class every_transport : public ::testing::TestWithParam<subject> {
 protected:
  void SetUp() override { peer = GetParam().make(); }

  static std::string said(const result<tool_result>& answer) { return answer ? answer->to_json().dump() : std::string(answer.error().code.message()) + ": " + answer.error().message; }

  static bool is_one_of(const error& failure, const std::vector<errc>& allowed) {
    return std::any_of(allowed.begin(), allowed.end(), [&](errc each) { return failure == each; });
  }

  void expect_ok(bench& b) const {
    auto answer = b.call(peer->ok);
    ASSERT_TRUE(answer) << said(answer);
    EXPECT_EQ(answer->to_json(), peer->ok_answer);
  }

  std::unique_ptr<rig> peer;
};

std::vector<std::string> names_of(bench& b) {
  std::vector<std::string> out;
  for (const auto& manual : b.user().tools()->manuals())
    for (const auto& each : manual->tools()) out.push_back(each->name.substr(each->name.find('.') + 1));
  return out;
}

TEST_P(every_transport, discovers_all_tools) {
  bench b(*peer);
  ASSERT_TRUE(b.report().ok()) << b.report().failure->message;
  EXPECT_THAT(b.report().notices, IsEmpty());
  EXPECT_THAT(names_of(b), UnorderedElementsAreArray(peer->tools));
}

TEST_P(every_transport, what_is_broken_costs_a_notice_and_not_the_rest) {
  UTCP_NEEDS(peer->partial_provider, "partial");
  bench b(*peer, *peer->partial_provider);
  ASSERT_TRUE(b.report().ok()) << b.report().failure->message;
  EXPECT_FALSE(b.report().notices.empty());
  expect_ok(b);
}

TEST_P(every_transport, calls_a_tool) {
  bench b(*peer);
  expect_ok(b);
}

TEST_P(every_transport, arguments_come_back_as_they_went) {
  UTCP_NEEDS(peer->echo, "echo");
  bench b(*peer);
  const json values = json::array({nullptr, true, false, 0, -1, 9007199254740993, 18446744073709551615u, 0.1, 1e300, "", "plain", "\"quotes\" \\ / \n\t\x01", "ünïcödé 日本語 🙂",
                                   "null", "42", json::array(), json::object(), json::array({1, json::array({"two", nullptr})}), {{"a b", {{"c", 1}}}, {"", "empty key"}, {"ключ", true}}});
  for (const json& value : values) {
    auto answer = b.call(peer->echo(value));
    ASSERT_TRUE(answer) << value << " " << said(answer);
    EXPECT_EQ(answer->to_json(), peer->echo_answer(value));
  }
}

TEST_P(every_transport, a_failure_of_the_tool_has_its_errc) {
  UTCP_NEEDS(peer->failing, "failing");
  bench b(*peer);
  auto answer = b.call(*peer->failing);
  ASSERT_FALSE(answer) << said(answer);
  EXPECT_TRUE(answer.error() == peer->failing_code) << said(answer);
  EXPECT_FALSE(answer.error().message.empty());
}

TEST_P(every_transport, a_failure_keeps_what_the_remote_said) {
  UTCP_NEEDS(!peer->failing_remote.is_null(), "remote");
  bench b(*peer);
  auto answer = b.call(*peer->failing);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().remote, peer->failing_remote);
}

TEST_P(every_transport, a_stream_gives_its_items_in_order_and_ends) {
  bench b(*peer);
  auto stream = b.open(*peer->stream);
  ASSERT_TRUE(stream) << stream.error().message;
  for (const json& expected : peer->stream_items) {
    auto item = b.next(*stream);
    ASSERT_TRUE(item) << item.error().message;
    ASSERT_TRUE(*item) << "ended before " << expected;
    EXPECT_EQ((*item)->to_json(), expected);
  }
  for (int i = 0; i < 2; ++i) {
    auto end = b.next(*stream);
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_FALSE(*end);
  }
}

TEST_P(every_transport, a_stream_dropped_half_way_releases_the_peer) {
  UTCP_NEEDS(peer->endless, "endless");
  bench b(*peer);
  {
    auto stream = b.open(*peer->endless);
    ASSERT_TRUE(stream) << stream.error().message;
    auto item = b.next(*stream);
    ASSERT_TRUE(item && *item);
    EXPECT_EQ(peer->streams_open(b), 1u);
  }
  for (int i = 0; i < 500 && peer->streams_open(b) != 0; ++i) b.turn(100);
  EXPECT_EQ(peer->streams_open(b), 0u);
  expect_ok(b);
}

/// Stops what `start` begins after 0, 1, 2 … handlers have run, until it ends of itself before.
template <class T>
void cancel_at_every_step(bench& b, const std::function<bench::pending_ptr<T>()>& start, const std::function<void(T, std::size_t)>& check) {
  for (std::size_t steps = 0; steps < 400; ++steps) {
    auto under_way = start();
    const bool went_on = b.turn(steps);
    const bool done = under_way->value.has_value();
    under_way->cancel(under_way);
    check(b.wait(under_way), steps);
    if (done || ::testing::Test::HasFatalFailure()) return;
    if (!went_on) {
      // It sleeps until the peer does something: this was the last suspension, unless the peer was only slow.
      if (steps > 60) return;
      steps += 5;
    }
  }
}

TEST_P(every_transport, a_call_may_be_cancelled_at_every_suspension) {
  bench b(*peer);
  auto check = [&](result<tool_result> answer, std::size_t steps) {
    EXPECT_TRUE(answer ? answer->to_json() == peer->ok_answer : answer.error() == errc::cancelled) << steps << " " << said(answer);
  };
  cancel_at_every_step<result<tool_result>>(b, [&] { return b.start_call(peer->ok); }, check);
  expect_ok(b);
}

TEST_P(every_transport, a_slow_call_may_be_cancelled_at_every_suspension) {
  UTCP_NEEDS(peer->slow, "slow");
  bench b(*peer);
  auto check = [&](result<tool_result> answer, std::size_t steps) {
    ASSERT_FALSE(answer) << steps;
    EXPECT_TRUE(answer.error() == errc::cancelled) << steps << " " << said(answer);
  };
  cancel_at_every_step<result<tool_result>>(b, [&] { return b.start_call(*peer->slow); }, check);
  expect_ok(b);
}

TEST_P(every_transport, a_stream_may_be_cancelled_at_every_suspension) {
  bench b(*peer);
  const tool_use& use = peer->endless ? *peer->endless : *peer->stream;
  auto check = [&](result<tool_result> items, std::size_t steps) {
    EXPECT_TRUE(items || items.error() == errc::cancelled) << steps << " " << said(items);
  };
  cancel_at_every_step<result<tool_result>>(b, [&] { return b.start_stream(use, 50); }, check);
  if (peer->streams_open) {
    for (int i = 0; i < 500 && peer->streams_open(b) != 0; ++i) b.turn(100);
    EXPECT_EQ(peer->streams_open(b), 0u);
  }
  expect_ok(b);
}

TEST_P(every_transport, a_discovery_may_be_cancelled_at_every_suspension) {
  bench b(*peer);
  ASSERT_TRUE(b.deregister("peer"));
  auto check = [&](manual_report report, std::size_t steps) {
    if (report.ok()) EXPECT_TRUE(b.deregister("peer").has_value());
    else EXPECT_TRUE(*report.failure == errc::cancelled) << steps << " " << report.failure->message;
  };
  cancel_at_every_step<manual_report>(b, [&] { return b.start_registration(peer->provider); }, check);
  EXPECT_TRUE(b.register_manual(peer->provider).ok());
  expect_ok(b);
}

TEST_P(every_transport, a_deadline_ends_a_slow_call) {
  UTCP_NEEDS(peer->slow, "slow");
  bench b(*peer);
  const auto began = std::chrono::steady_clock::now();
  auto answer = b.call(*peer->slow, call_options(std::chrono::milliseconds(100)));
  const auto took = std::chrono::steady_clock::now() - began;
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == errc::timed_out) << said(answer);
  EXPECT_GE(took, std::chrono::milliseconds(100));
  EXPECT_LT(took, std::chrono::seconds(20));
  expect_ok(b);
}

TEST_P(every_transport, an_oversize_answer_is_too_large) {
  UTCP_NEEDS(peer->huge, "huge");
  bench b(*peer);
  call_options options;
  options.max_response_bytes = 64 << 10;
  auto answer = b.call(*peer->huge, options);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == errc::too_large) << said(answer);
  expect_ok(b);
}

TEST_P(every_transport, an_oversize_answer_is_refused_before_it_is_held) {
  UTCP_NEEDS(peer->huge_is_refused_early, "early refusal");
  bench b(*peer);
  call_options options;
  options.max_response_bytes = 64 << 10;
  reset_largest_allocation();
  auto answer = b.call(*peer->huge, options);
  ASSERT_FALSE(answer);
  EXPECT_LT(largest_allocation(), 1u << 20);
}

TEST_P(every_transport, serves_64_calls_at_once) {
  bench b(*peer);
  std::vector<bench::pending_ptr<bench::call_answer>> all;
  for (int i = 0; i < 64; ++i) all.push_back(b.start_call(peer->echo ? peer->echo(json(i)) : peer->ok));
  for (int i = 0; i < 64; ++i) {
    auto answer = b.wait(all[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(answer) << i << " " << said(answer);
    EXPECT_EQ(answer->to_json(), peer->echo ? peer->echo_answer(json(i)) : peer->ok_answer);
  }
}

TEST_P(every_transport, a_manual_may_be_released_while_its_calls_run) {
  bench b(*peer);
  std::vector<bench::pending_ptr<bench::call_answer>> all;
  for (int i = 0; i < 16; ++i) all.push_back(b.start_call(peer->slow && i % 2 == 0 ? *peer->slow : peer->ok, call_options(std::chrono::seconds(30))));
  b.turn(20);
  ASSERT_TRUE(b.deregister("peer"));
  b.turn(20);
  for (auto& each : all) each->cancel(each);
  for (auto& each : all) {
    auto answer = b.wait(each);  // whatever it is, it comes
    EXPECT_TRUE(!answer || answer->to_json() == peer->ok_answer) << said(answer);
  }
  EXPECT_TRUE(b.call(peer->ok).error() == errc::unknown_tool);
}

TEST_P(every_transport, a_released_manual_may_be_registered_and_called_again) {
  bench b(*peer);
  expect_ok(b);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(b.deregister("peer"));
    auto report = b.register_manual(peer->provider);
    ASSERT_TRUE(report.ok()) << report.failure->message;
    expect_ok(b);
  }
}

TEST_P(every_transport, hostile_peers_fail_a_call_and_no_more) {
  UTCP_NEEDS(!peer->hostile.empty(), "hostile");
  bench b(*peer);
  for (const hostile_peer& each : peer->hostile) {
    SCOPED_TRACE(each.what);
    auto answer = b.call(each.use, call_options(std::chrono::seconds(2)));
    ASSERT_FALSE(answer) << said(answer).substr(0, 200);
    EXPECT_TRUE(is_one_of(answer.error(), each.may_fail_with)) << said(answer).substr(0, 500);
    EXPECT_LT(answer.error().message.size(), 2000u);
    expect_ok(b);
  }
}

TEST_P(every_transport, hostile_manuals_fail_a_registration_and_no_more) {
  UTCP_NEEDS(!peer->hostile_manuals.empty(), "hostile manual");
  bench b(*peer);
  for (const hostile_manual& each : peer->hostile_manuals) {
    SCOPED_TRACE(each.what);
    auto report = b.register_manual(each.provider);
    ASSERT_FALSE(report.ok());
    EXPECT_TRUE(is_one_of(*report.failure, each.may_fail_with)) << report.failure->code.message() << ": " << report.failure->message.substr(0, 500);
    EXPECT_LT(report.failure->message.size(), 2000u);
    expect_ok(b);
  }
}

TEST_P(every_transport, calls_leave_no_descriptor_and_no_memory_behind) {
  bench b(*peer);
  for (int i = 0; i < 100; ++i) expect_ok(b);
  b.turn(50);  // a call may be answered before the last of its handlers has run
  const std::size_t descriptors = open_descriptors();
  const std::size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 500; ++i) {
    auto answer = b.call(peer->ok);
    ASSERT_TRUE(answer) << said(answer);
  }
  b.turn(50);
  EXPECT_LE(open_descriptors(), descriptors);
  if (sanitized) return;  // the sanitizer has an allocator of its own, and counts leaks itself
  const std::size_t after = mallinfo2().uordblks;
  EXPECT_LT(after, before + 500 * (100 + peer->peer_keeps_per_call));
}

TEST_P(every_transport, cancelled_and_failed_calls_leave_no_descriptor_behind) {
  bench b(*peer);
  constexpr std::size_t rounds = 20;
  constexpr std::array<std::size_t, 4> all_steps{0, 1, 3, 8};
  auto once = [&] {
    if (peer->failing) (void)b.call(*peer->failing);
    for (std::size_t steps : all_steps) {
      auto under_way = b.start_call(peer->slow ? *peer->slow : peer->ok);
      b.turn(steps);
      under_way->cancel(under_way);
      (void)b.wait(under_way);
    }
    b.turn(50);
  };
  for (int i = 0; i < 5; ++i) once();
  const std::size_t before = open_descriptors();
  for (std::size_t i = 0; i < rounds; ++i) once();
  const std::size_t kept_by_peer = peer->peer_keeps_hung_connections ? rounds * all_steps.size() : 0;
  EXPECT_LE(open_descriptors(), before + 4 + kept_by_peer);
}

INSTANTIATE_TEST_SUITE_P(conformance, every_transport, ::testing::ValuesIn(subjects()), [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace utcp::conformance
