#include "wait_policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using utcp::net::wait_policy;

// How many of `n` waits polled, when each way takes that long.
int polls_of(wait_policy& policy, int n, wait_policy::duration polling, wait_policy::duration sleeping) {
  int polls = 0;
  for (int i = 0; i < n; ++i) {
    const bool poll = policy.polls();
    polls += poll ? 1 : 0;
    policy.ended(poll, poll ? polling : sleeping);
  }
  return polls;
}

TEST(wait_policy, takes_the_quicker_way_and_tries_the_other_now_and_then) {
  wait_policy policy;
  EXPECT_GT(polls_of(policy, 1280, 20us, 60us), 1100);
  EXPECT_LT(polls_of(policy, 1280, 20us, 60us), 1280);
}

TEST(wait_policy, sleeps_where_polling_is_no_better) {
  wait_policy policy;
  EXPECT_LT(polls_of(policy, 1280, 58us, 60us), 200);
}

TEST(wait_policy, sleeps_where_answers_are_slow) {
  wait_policy policy;
  EXPECT_LT(polls_of(policy, 1280, 20ms, 50ms), 200);
}

TEST(wait_policy, follows_a_machine_that_changes) {
  wait_policy policy;
  polls_of(policy, 1280, 20us, 60us);
  polls_of(policy, 1280, 90us, 60us);
  EXPECT_LT(polls_of(policy, 1280, 90us, 60us), 200);
  polls_of(policy, 1280, 20us, 60us);
  EXPECT_GT(polls_of(policy, 1280, 20us, 60us), 1100);
}

}  // namespace
