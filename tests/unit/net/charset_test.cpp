#include "charset.hpp"

#include <utcp/utf8.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace utcp;
using namespace utcp::net;

std::string decoded(std::string_view label, std::string_view bytes, std::size_t piece = 0) {
  const charset* from = find_charset(label);
  if (!from) return "unknown";
  if (piece == 0) return to_utf8(bytes, *from).value_or("not in the C library");
  auto decoder = charset_decoder::of(*from);
  if (!decoder) return "not in the C library";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) decoder->feed(bytes.substr(at, piece), out);
  decoder->finish(out);
  return out;
}

struct row {
  const char* label;
  std::string bytes;
  std::string text;
};

std::string raw(const char* text, std::size_t size) { return std::string(text, size); }

const std::vector<row>& rows() {
  static const std::vector<row> all = {
      {"utf-8", "caf\xc3\xa9", "caf\u00e9"},
      {"utf-8", "\xef\xbb\xbf" "a\xef\xbb\xbf", "a\ufeff"},
      {"us-ascii", "caf\xe9", "caf\u00e9"},
      {"iso-8859-1", "\x80 \xe9", "\u20ac \u00e9"},
      {"iso-8859-2", "\xb1", "\u0105"},
      {"iso-8859-7", "\xe1", "\u03b1"},
      {"iso-8859-15", "\xa4", "\u20ac"},
      {"windows-1251", "\xcf", "\u041f"},
      {"windows-1255", "\xe0", "\u05d0"},
      {"koi8-r", "\xf0", "\u041f"},
      {"ibm866", "\x8f", "\u041f"},
      {"shift_jis", "\x93\xfa\x96\x7b\\~\xb1", "\u65e5\u672c\\~\uff71"},
      {"windows-31j", "\x87\x40", "\u2460"},
      {"euc-jp", "\xc6\xfc\xcb\xdc", "\u65e5\u672c"},
      {"iso-2022-jp", "a\x1b$BF|K\\\x1b(Bz", "a\u65e5\u672cz"},
      {"euc-kr", "\xc7\xd1", "\ud55c"},
      {"gb2312", "\xd6\xd0", "\u4e2d"},
      {"gb18030", "\x81\x30\x81\x30", "\u0080"},
      {"big5", "\xa4\xa4", "\u4e2d"},
      {"utf-16le", raw("a\0\x3d\xd8\x00\xde", 6), "a\U0001F600"},
      {"utf-16be", raw("\0a\xd8\x3d\xde\x00", 6), "a\U0001F600"},
      {"utf-16", raw("\xff\xfe" "a\0", 4), "a"},
      {"utf-16", raw("\xfe\xff\0a", 4), "a"},
      {"utf-16", raw("\0a\0b", 4), "ab"},
      {"utf-16", raw("\x2d\x4e", 2), "\u4e2d"},
      {"utf-16", raw("\x3d\xd8\x00\xde" "a\0", 6), "\U0001F600" "a"},
      {"windows-1255", raw("\xe0\xff\xe0", 3), "\u05d0\ufffd\u05d0"},
      {"utf-32", raw("\xff\xfe\0\0a\0\0\0", 8), "a"},
      {"utf-32", raw("\0\0\xfe\xff\0\0\0a", 8), "a"},
      {"utf-32", raw("\0\0\0a\0\0\0b", 8), "ab"},
      {"utf-32le", raw("a\0\0\0", 4), "a"},
      {"utf-32be", raw("\0\0\0a", 4), "a"},
      // What is illegal.
      {"utf-8", "a\xff" "b\xc3", "a\ufffd" "b\ufffd"},
      {"utf-8", "\xed\xa0\x80|", "\ufffd\ufffd\ufffd|"},
      {"windows-1252", "a\x81" "b", "a\ufffd" "b"},
      {"shift_jis", "\x93\x20x\x93", "\ufffd x\ufffd"},
      {"gb18030", "\x81\x30", "\ufffd"},
      {"utf-16le", raw("\x3d\xd8" "a\0", 4), "\ufffd" "a"},
      {"utf-16le", raw("\x00\xde" "a\0b", 5), "\ufffd" "a\ufffd"},
      {"utf-32le", raw("\0\xd8\0\0" "a\0\0\0\xff\xff\xff\xff", 12), "\ufffd" "a\ufffd"},
      {"utf-16", "x", "\ufffd"},
      {"utf-32", "abc", "\ufffd"},
      {"utf-16", "", ""},
  };
  return all;
}

TEST(charset, is_decoded_to_utf8) {
  for (const row& each : rows()) EXPECT_EQ(decoded(each.label, each.bytes), each.text) << each.label;
}

TEST(charset, is_decoded_the_same_however_the_bytes_are_cut) {
  for (const row& each : rows())
    for (std::size_t piece : {1u, 2u, 3u}) EXPECT_EQ(decoded(each.label, each.bytes, piece), each.text) << each.label << " in pieces of " << piece;
}

TEST(charset, gives_utf8_of_any_bytes_at_most_three_for_one) {
  std::string noise;
  unsigned seed = 1;
  for (int i = 0; i < 20'000; ++i) noise.push_back(static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24));
  for (const char* label : {"utf-8", "windows-1252", "iso-8859-8", "windows-1255", "windows-1258", "macintosh", "tis-620", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "gb18030", "big5", "utf-16", "utf-32"}) {
    const std::string text = decoded(label, noise);
    EXPECT_TRUE(is_utf8(text)) << label;
    EXPECT_LE(text.size(), noise.size() * 3) << label;
    EXPECT_GT(text.size(), noise.size() / 4) << label;
    EXPECT_EQ(decoded(label, noise, 7), text) << label;
  }
}

TEST(charset, is_known_by_the_labels_of_the_web_only) {
  for (const char* label : {"", "utf-7", "utf-8//translit", "ibm037", "iso-2022-kr", "iso-2022-cn-ext", "UTF-8", "x-user-defined"}) EXPECT_EQ(find_charset(label), nullptr) << label;
}

}  // namespace
