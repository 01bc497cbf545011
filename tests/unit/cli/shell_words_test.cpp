#include "shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace utcp;
using cli::split_shell_words;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(shell_words, are_split_as_a_posix_shell_does) {
  EXPECT_THAT(*split_shell_words("calc --mode exact"), ElementsAre("calc", "--mode", "exact"));
  EXPECT_THAT(*split_shell_words("  a\tb\nc  "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*split_shell_words(""), IsEmpty());
  EXPECT_THAT(*split_shell_words("a 'b c' \"d e\""), ElementsAre("a", "b c", "d e"));
  EXPECT_THAT(*split_shell_words("a'b'\"c\"d"), ElementsAre("abcd"));
  EXPECT_THAT(*split_shell_words("'' \"\" a"), ElementsAre("", "", "a"));
  EXPECT_THAT(*split_shell_words("a\\ b \\'c"), ElementsAre("a b", "'c"));
  EXPECT_THAT(*split_shell_words(R"('a\b' "a\b" "a\"b" "a\\b" "\$x")"), ElementsAre("a\\b", "a\\b", "a\"b", "a\\b", "\\$x"));
}

TEST(shell_words, have_nothing_else_of_a_shell) {
  EXPECT_THAT(*split_shell_words("a; b | c > $HOME `x` * # d"), ElementsAre("a;", "b", "|", "c", ">", "$HOME", "`x`", "*", "#", "d"));
}

TEST(shell_words, that_do_not_end_are_an_error_with_their_place) {
  for (const char* text : {"a 'b", "a \"b", "a \"b\\\"", "a\\"}) {
    auto words = split_shell_words(text);
    ASSERT_TRUE(words.has_error()) << text;
    EXPECT_EQ(words.error(), errc::invalid_config);
  }
  EXPECT_NE(split_shell_words("ab 'c").error().message.find("character 4"), std::string::npos);
}

}  // namespace
