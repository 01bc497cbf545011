#include <utcp/edit_distance.hpp>

#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

TEST(edit_distance, counts_changes_of_one_character) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3u);
  EXPECT_EQ(edit_distance("abc", "abc", 2), 0u);
  EXPECT_EQ(edit_distance("", "ab", 3), 2u);
  EXPECT_EQ(edit_distance("form", "from", 3), 1u);
  EXPECT_EQ(edit_distance("abcdef", "ghijkl", 2), 3u);
}

}  // namespace
}  // namespace utcp::testing
