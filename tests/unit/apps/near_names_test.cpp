#include "near_names.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

using names = std::vector<std::string>;

TEST(near_names, find_a_mistyped_tool) {
  EXPECT_EQ(near_names("weather.curent", {"mail.send", "weather.current", "weather.forecast"}), names{"weather.current"});
  EXPECT_EQ(near_names("Weather.Current", {"weather.current"}), names{"weather.current"});
}

TEST(near_names, find_a_tool_under_another_manual) {
  EXPECT_EQ(near_names("current", {"weather.current", "mail.send"}), names{"weather.current"});
  EXPECT_EQ(near_names("wheather.current", {"weather.current"}), names{"weather.current"});
}

TEST(near_names, put_the_nearest_first_and_are_few) {
  EXPECT_EQ(near_names("a.tool1", {"a.tool22", "a.tool2", "a.tool1x", "a.tool9"}, 2).size(), 2u);
  EXPECT_EQ(near_names("a.tools", {"b.tools_of_all", "a.tool"}).front(), "a.tool");
}

TEST(near_names, offer_nothing_when_nothing_is_near) { EXPECT_TRUE(near_names("x.y", {"weather.current", "mail.send"}).empty()); }

}  // namespace
}  // namespace utcp::app
