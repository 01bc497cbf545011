#include "duration.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

using namespace std::chrono_literals;

TEST(duration, a_bare_number_is_seconds) {
  EXPECT_EQ(parse_duration("5"), 5000ms);
  EXPECT_EQ(parse_duration("0.25"), 250ms);
}

TEST(duration, units_are_read) {
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1.5m"), 90s);
  EXPECT_EQ(parse_duration("1h"), 1h);
}

TEST(duration, anything_else_is_refused) {
  for (const char* text : {"", "s", "5 s", "5x", "-1", "0", "0ms", "1e3", "nan", "inf", "25h", "99999999999999999999", "5ss", " 5"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(duration, is_shown_in_a_few_digits) {
  EXPECT_EQ(show_duration(400us), "0.4 ms");
  EXPECT_EQ(show_duration(12ms), "12 ms");
  EXPECT_EQ(show_duration(1340ms), "1.3 s");
}

}  // namespace
}  // namespace utcp::app
