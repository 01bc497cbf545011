#include <utcp/base64.hpp>
#include <utcp/utf8.hpp>

#include <gtest/gtest.h>

#include <string>

namespace utcp::testing {
namespace {

TEST(utf8, is_checked_exactly) {
  for (const char* fine : {"", "ascii only and longer than eight", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(fine)) << fine;
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "abcdefgh\xc3"}) EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(utf8, the_good_prefix_ends_at_the_first_bad_byte_wherever_that_stands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    EXPECT_EQ(utf8_prefix_size(text), text.size());
    text[at] = '\xff';
    EXPECT_EQ(utf8_prefix_size(text), at);
  }
}

// Source: RFC 4648, section 10.
TEST(base64, of_the_rfcs_vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\0\xff\xfe", 3)), "AP/+");
}

TEST(base64, is_read_back) {
  std::string text;
  for (int i = 0; i < 260; ++i) {
    EXPECT_EQ(base64_decoded(base64(text)), text);
    text.push_back(static_cast<char>(i * 7));
  }
}

TEST(base64, is_refused_unless_it_is_exact) {
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "====", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9_", "=Zm9", "Zm=v", "Zm9vYmE=\n"}) EXPECT_FALSE(base64_decoded(bad)) << bad;
  EXPECT_FALSE(base64_decoded(std::string_view("Zm9\0", 4)));
}

}  // namespace
}  // namespace utcp::testing
