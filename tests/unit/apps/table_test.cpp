#include "table.hpp"

#include "terminal_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace utcp::app {
namespace {

table example() {
  table out({"NAME", "DESCRIPTION"});
  out.add({"weather.current", "The weather in a city right now, in the units that are usual there"});
  out.add({"w.日本", "short"});
  return out;
}

TEST(table, without_a_width_nothing_is_cut) {
  EXPECT_EQ(example().lines(std::nullopt, false),
            "NAME             DESCRIPTION\n"
            "weather.current  The weather in a city right now, in the units that are usual there\n"
            "w.日本           short\n");
}

TEST(table, no_line_is_wider_than_the_terminal) {
  for (std::size_t width : {1u, 5u, 12u, 20u, 30u, 40u, 79u}) {
    std::istringstream lines(example().lines(width, false));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), std::max<std::size_t>(width, 4)) << width << ": " << line;
  }
}

TEST(table, the_last_column_gives_way_first) {
  EXPECT_EQ(example().lines(40, false),
            "NAME             DESCRIPTION\n"
            "weather.current  The weather in a city …\n"
            "w.日本           short\n");
}

TEST(table, a_cell_is_one_harmless_line) {
  table t({"A", "B"});
  t.add({"x\x1b[2J", "two\nlines"});
  EXPECT_EQ(t.lines(std::nullopt, false), "A         B\nx\\x1b[2J  two lines\n");
}

TEST(table, an_empty_last_cell_leaves_no_spaces) {
  table t({"A", "B", "C"});
  t.add({"x", "", ""});
  t.add({"x", "", "z"});
  EXPECT_EQ(t.lines(std::nullopt, false), "A  B  C\nx\nx     z\n");
}

TEST(table, bold_is_for_the_headings_only) {
  table t({"A"});
  t.add({"x"});
  EXPECT_EQ(t.lines(std::nullopt, true), "\x1b[1mA\x1b[0m\nx\n");
}

TEST(table, columns_fit_into_the_width) {
  EXPECT_EQ(fit_columns({10, 50}, 40), (std::vector<std::size_t>{10, 28}));
  EXPECT_EQ(fit_columns({60, 50}, 40), (std::vector<std::size_t>{26, 12}));
  EXPECT_EQ(fit_columns({3, 4}, 40), (std::vector<std::size_t>{3, 4}));
  EXPECT_TRUE(fit_columns({}, 40).empty());
}

}  // namespace
}  // namespace utcp::app
