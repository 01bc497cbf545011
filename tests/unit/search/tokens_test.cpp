#include "tokens.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace utcp::search_detail;

namespace {

std::vector<std::string> tokens_in(std::string_view text) {
  std::vector<std::string> out;
  for (word w = next_word(text); !w.text.empty(); w = next_word(text)) out.emplace_back(w.text);
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST(tokens, are_lower_cased_as_python_does) {
  EXPECT_EQ(lower("Weather API_KEY 9"), "weather api_key 9");
  EXPECT_EQ(lower("ÄÖÜ ẞ ПРИВЕТ"), "äöü ß привет");
  EXPECT_EQ(lower("İ"), "i\u0307");
  EXPECT_EQ(lower("ΟΔΟΣ ΟΔΟΣ. Σ ΣΑΣ'Α"), "οδος οδος. σ σασ'α");
  EXPECT_EQ(lower("A\xFF\xC3 B\xE2\x82"), "a\xFF\xC3 b\xE2\x82");
  EXPECT_EQ(lower("A\xED\xA0\x80Z\xF5"), "a\xED\xA0\x80z\xF5");  // a surrogate is not UTF-8
}

TEST(tokens, are_pythons_words) {
  EXPECT_EQ(tokens_in("e-mail, api_key! (x)"), (list{"e", "mail", "api_key", "x"}));
  EXPECT_EQ(tokens_in("größe½ 天气 Ⅷ٣"), (list{"größe½", "天气", "Ⅷ٣"}));
  EXPECT_EQ(tokens_in("हिन्दी"), (list{"ह", "न", "द"}));  // marks are no word characters in Python
  EXPECT_EQ(tokens_in("cafe\u0301 🌦"), (list{"cafe"}));
  EXPECT_EQ(tokens_in("a\xFF" "b\xC3"), (list{"a", "b"}));
  EXPECT_EQ(tokens_in(""), list{});
}

TEST(tokens, are_counted_in_code_points) {
  std::string_view text = "天气 größe";
  EXPECT_EQ(next_word(text).code_points, 2u);
  EXPECT_EQ(next_word(text).code_points, 5u);
  EXPECT_EQ(next_word(text).code_points, 0u);
}
