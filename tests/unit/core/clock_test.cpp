#include <utcp/clock.hpp>

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

const time_point long_ago = std::chrono::steady_clock::now() - std::chrono::seconds(1);

TEST(an_alarm_of_the_system, rings_once) {
  boost::asio::io_context io;
  auto bell = system_clock()->make_alarm(io.get_executor());
  int rung = 0;
  bell->arm(long_ago, [&] { ++rung; });
  io.run();
  EXPECT_EQ(rung, 1);
}

TEST(an_alarm_of_the_system, does_not_ring_once_disarmed_replaced_or_gone_even_when_its_time_has_passed) {
  boost::asio::io_context io;
  auto clock = system_clock();
  auto first = clock->make_alarm(io.get_executor());
  auto disarmed = clock->make_alarm(io.get_executor());
  auto replaced = clock->make_alarm(io.get_executor());
  auto destroyed = clock->make_alarm(io.get_executor());
  int rung = 0;
  int wrong = 0;
  // All four times have passed: their handlers are queued together, and the first to run takes the others away.
  first->arm(long_ago - std::chrono::seconds(1), [&] {
    disarmed->disarm();
    replaced->arm(long_ago, [&] { ++rung; });
    destroyed.reset();
  });
  disarmed->arm(long_ago, [&] { ++wrong; });
  replaced->arm(long_ago, [&] { ++wrong; });
  destroyed->arm(long_ago, [&] { ++wrong; });
  io.run();
  EXPECT_EQ(rung, 1);
  EXPECT_EQ(wrong, 0);
}

TEST(an_alarm_of_the_system, leaves_an_io_context_without_work_when_disarmed) {
  boost::asio::io_context io;
  auto bell = system_clock()->make_alarm(io.get_executor());
  bell->arm(std::chrono::steady_clock::now() + std::chrono::hours(1), [] { FAIL(); });
  bell->disarm();
  io.run();
}

}  // namespace
}  // namespace utcp::testing
