#include "terminal_text.hpp"

#include <utcp/json.hpp>

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

TEST(terminal_text, control_characters_are_spelt_out) {
  EXPECT_EQ(make_harmless("a\x1b[31mred\a", harmless::text), "a\\x1b[31mred\\x07");
  EXPECT_EQ(make_harmless("\x7f", harmless::text), "\\x7f");
  EXPECT_EQ(make_harmless("\xc2\x9b" "2J", harmless::text), "\\u009b2J");
  EXPECT_EQ(make_harmless("over\rwritten", harmless::text), "over\\x0dwritten");
  EXPECT_EQ(make_harmless(std::string_view("\0x", 2), harmless::text), "\\x00x");
}

TEST(terminal_text, direction_overrides_are_spelt_out) {
  EXPECT_EQ(make_harmless("\xe2\x80\xae" "txt", harmless::text), "\\u202etxt");
  EXPECT_EQ(make_harmless("\xe2\x81\xa6", harmless::text), "\\u2066");
}

TEST(terminal_text, line_breaks_and_tabs_stay_in_a_text_and_become_one_space_in_a_line) {
  EXPECT_EQ(make_harmless("a\r\nb\tc\n", harmless::text), "a\nb\tc\n");
  EXPECT_EQ(make_harmless("  a \r\n\t b\n", harmless::line), "a b");
}

TEST(terminal_text, bytes_that_are_no_utf8_become_the_replacement_character) {
  EXPECT_EQ(make_harmless("\xff", harmless::text), "\xef\xbf\xbd");
  EXPECT_EQ(make_harmless("\xe2\x82", harmless::text), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(make_harmless("\xc0\xaf", harmless::text), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(make_harmless("\xed\xa0\x80", harmless::text).find("\xed\xa0\x80"), std::string::npos);
}

TEST(terminal_text, json_keeps_its_meaning) {
  const json value = "\x1b[2J \x7f \xc2\x9b \xe2\x80\xae";
  const std::string shown = make_harmless(value.dump(), harmless::json);
  EXPECT_EQ(shown.find('\x7f'), std::string::npos);
  EXPECT_EQ(shown.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(json::parse(shown), value);
}

TEST(terminal_text, wide_characters_take_two_columns_and_marks_none) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);
  EXPECT_EQ(display_width("🌍"), 2u);
  EXPECT_EQ(display_width("é…"), 2u);
}

TEST(terminal_text, a_cut_text_ends_in_an_ellipsis_on_a_character) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5), "abcd…");
  EXPECT_EQ(cut_to_width("日本語", 6), "日本語");
  EXPECT_EQ(cut_to_width("日本語", 5), "日本…");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…");
  EXPECT_EQ(cut_to_width("ééé", 2), "é…");
  EXPECT_EQ(cut_to_width("abc", 1), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(terminal_text, no_cut_is_wider_than_asked_for) {
  const std::string text = "a日e\xcc\x81🌍本x語";
  for (std::size_t columns = 0; columns < 14; ++columns) EXPECT_LE(display_width(cut_to_width(text, columns)), columns) << columns;
}

}  // namespace
}  // namespace utcp::app
