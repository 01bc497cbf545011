#include <utcp/auth/flight.hpp>

#include "fake_clock.hpp"
#include "run.hpp"

#include <gmock/gmock.h>

namespace utcp::testing {
namespace {

using namespace std::chrono_literals;

task<result<bool>> fail() { co_return error(errc::not_allowed, "no"); }

task<result<int>> never(std::shared_ptr<boost::asio::steady_timer> timer) {
  co_await timer->async_wait(boost::asio::use_awaitable);
  co_return 1;
}

class flight_test : public ::testing::Test {
 protected:
  using numbers = flight<int>;
  std::shared_ptr<numbers> begin(numbers::when_alone then) {
    auto out = std::make_shared<numbers>(io.get_executor(), then);
    out->start(never(std::make_shared<boost::asio::steady_timer>(io, boost::asio::steady_timer::time_point::max())), "work", [this](const result<int>&) { ++ended; });
    return out;
  }
  result<int> wait_a_second(const std::shared_ptr<numbers>& on) {
    std::optional<result<int>> out;
    boost::asio::co_spawn(io, numbers::wait(on, clock, clock->now() + 1s, "work"), [&](std::exception_ptr, result<int> outcome) { out = std::move(outcome); });
    settle_all(io);
    clock->advance(2s);
    settle_all(io);
    return out.value();
  }

  boost::asio::io_context io;
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  int ended = 0;
};

// Boost 1.81 copies a result<bool> that is not const by its operator bool.
TEST_F(flight_test, a_failure_of_a_bool_stays_one_for_all_who_wait) {
  auto on = std::make_shared<flight<bool>>(io.get_executor(), flight<bool>::when_alone::go_on);
  on->start(fail(), "work", [](const result<bool>& outcome) { EXPECT_FALSE(outcome); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(io, flight<bool>::wait(on, clock, time_point::max(), "work")).error(), errc::not_allowed);
}

TEST_F(flight_test, is_cancelled_when_the_last_waiter_leaves) {
  auto on = begin(numbers::when_alone::cancel);
  EXPECT_EQ(wait_a_second(on).error(), errc::timed_out);
  EXPECT_TRUE(on->is_abandoned());
  EXPECT_EQ(ended, 1);
}

TEST_F(flight_test, goes_on_when_it_may) {
  auto on = begin(numbers::when_alone::go_on);
  EXPECT_EQ(wait_a_second(on).error(), errc::timed_out);
  EXPECT_FALSE(on->has_ended());
  on->cancel();
  settle_all(io);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(run(io, numbers::wait(on, clock, time_point::max(), "work")).error(), errc::cancelled);
}

}  // namespace
}  // namespace utcp::testing
