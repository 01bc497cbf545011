#include "word_splitter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using utcp::search_detail::word_splitter;

namespace {

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  word_splitter splitter;
  splitter.split(text, [&](const word_splitter::word& word) { out.push_back((word.whole ? "=" : "") + std::string(word.text)); });
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST(word_splitter, splits_names_and_keeps_the_whole) {
  EXPECT_EQ(split_words("getUserById"), (list{"get", "user", "by", "id", "=getuserbyid"}));
  EXPECT_EQ(split_words("get_user_by_id"), (list{"get", "user", "by", "id", "=getuserbyid"}));
  EXPECT_EQ(split_words("HTTPProxy"), (list{"http", "proxy", "=httpproxy"}));
  EXPECT_EQ(split_words("e-mail"), (list{"e", "mail", "=email"}));
  EXPECT_EQ(split_words("/users/{id}/repos"), (list{"users", "id", "repos"}));
  EXPECT_EQ(split_words("v1/users"), (list{"v", "1", "users", "=v1users"}));
  EXPECT_EQ(split_words("sha256sum"), (list{"sha", "256", "sum", "=sha256sum"}));
}

TEST(word_splitter, ends_words_at_punctuation_and_spaces) {
  EXPECT_EQ(split_words("Find it. Now!"), (list{"find", "it", "now"}));
  EXPECT_EQ(split_words("a\tb\x01""c\n"), (list{"a", "b", "c"}));
  EXPECT_EQ(split_words(""), list{});
  EXPECT_EQ(split_words(" .-_/ "), list{});
  EXPECT_EQ(split_words("__init__"), (list{"init"}));
}

TEST(word_splitter, drops_what_follows_an_apostrophe) {
  EXPECT_EQ(split_words("what's Oscar's plan"), (list{"what", "oscar", "plan"}));
  EXPECT_EQ(split_words("'quoted' words'"), (list{"quoted", "words"}));
}

TEST(word_splitter, gives_pairs_of_characters_where_scripts_have_no_spaces) {
  EXPECT_EQ(split_words("天气预报"), (list{"天气", "气预", "预报"}));
  EXPECT_EQ(split_words("猫"), (list{"猫"}));
  EXPECT_EQ(split_words("API天気v2"), (list{"api", "天気", "v", "2", "=v2"}));
  EXPECT_EQ(split_words("날씨"), (list{"날씨"}));
}

TEST(word_splitter, takes_bytes_that_are_not_utf8_for_separators) {
  EXPECT_EQ(split_words("fox\xFF\xC3hen\xE2\x82"), (list{"fox", "hen"}));
}

TEST(word_splitter, cuts_words_of_more_than_64_bytes) {
  EXPECT_EQ(split_words(std::string(1000, 'a')), (list{std::string(64, 'a')}));
  for (const std::string& word : split_words(std::string(500, 'a') + "é" + std::string(500, 'b'))) EXPECT_LE(word.size(), 64u);
}

#ifdef UTCP_WITH_UTF8PROC
TEST(word_splitter, folds_accents_and_letter_case_of_all_scripts) {
  EXPECT_EQ(split_words("Café CAFÉ cafe\u0301"), (list{"cafe", "cafe", "cafe"}));
  EXPECT_EQ(split_words("Straße ΣΊΣΥΦΟΣ ПОГОДА"), (list{"strasse", "σισυφοσ", "погода"}));
  EXPECT_EQ(split_words("ＡＢＣ ﬁle"), (list{"abc", "file"}));
  EXPECT_EQ(split_words("مَرْحَبًا"), (list{"مرحبا"}));
}
#endif
