#include <utcp/net/http_message.hpp>
#include <utcp/net/media_type.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp::net;

TEST(media_type, drops_parameters_and_case) {
  EXPECT_EQ(media_type_of(" Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(charset_of("text/plain; q=1; Charset=\"UTF-8\""), "utf-8");
  EXPECT_EQ(charset_of("text/plain"), "");
  EXPECT_EQ(media_type_of(""), "");
}

TEST(media_type, reads_parameters_quoted_or_not) {
  const char* type = "multipart/form-data; a=\"x; boundary=no \\\" y\" ; flag; Boundary = \"B 1\"; charset=utf-8 ";
  EXPECT_EQ(parameter_of(type, "boundary"), "B 1");
  EXPECT_EQ(parameter_of(type, "a"), "x; boundary=no \" y");
  EXPECT_EQ(parameter_of(type, "charset"), "utf-8");
  EXPECT_EQ(parameter_of(type, "flag"), std::nullopt);
  EXPECT_EQ(parameter_of("text/plain; boundary=", "boundary"), "");
  for (const char* none : {"", ";", "; ;", "boundary=x", "text/plain; xboundary=1"}) EXPECT_EQ(parameter_of(none, "boundary"), std::nullopt) << none;
  for (const char* open : {"a; boundary=\"x", "a; boundary=\"x\\", "a; boundary=\"", "a; boundary="}) EXPECT_TRUE(parameter_of(open, "boundary")) << open;
}

TEST(media_type, is_guessed_by_a_file_s_ending) {
  EXPECT_EQ(type_of_file_name("a.PNG"), "image/png");
  EXPECT_EQ(type_of_file_name("/tmp/a.b/archive.tar.gz"), "application/gzip");
  for (const char* none : {"", "png", "a.", "a.nothing", "a.png/b", ".", "a.png\\b"}) EXPECT_EQ(type_of_file_name(none), "") << none;
}

TEST(media_type, knows_json_and_text) {
  for (const char* type : {"application/json", "text/json", "application/problem+json", "application/vnd.x.y+json"}) EXPECT_TRUE(is_json_type(type)) << type;
  for (const char* type : {"application/jsonp", "text/plain", "application/json5", ""}) EXPECT_FALSE(is_json_type(type)) << type;
  for (const char* type : {"text/plain", "text/html", "application/xml", "image/svg+xml", "application/yaml", "application/x-ndjson"}) EXPECT_TRUE(is_text_type(type)) << type;
  for (const char* type : {"image/png", "application/octet-stream", "application/pdf"}) EXPECT_FALSE(is_text_type(type)) << type;
}

TEST(utf8, is_cut_between_characters) {
  EXPECT_EQ(utf8_prefix("a\xc3\xa9z", 2), "a");
  EXPECT_EQ(utf8_prefix("a\xc3\xa9z", 3), "a\xc3\xa9");
  EXPECT_EQ(utf8_prefix("abc", 9), "abc");
}

TEST(header_list, compares_names_without_case_and_keeps_one) {
  http_header_list list;
  list.set("X-A", "1");
  list.set("x-a", "2");
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(*list.find("X-a"), "2");
  EXPECT_EQ(list.begin()->name, "x-a");
  list.erase("X-A");
  EXPECT_TRUE(list.empty());
}

TEST(header_check, refuses_line_breaks_odd_names_and_what_the_engine_owns) {
  EXPECT_TRUE(check_header("X-Trace_1", "a value with \xc3\xa9"));
  EXPECT_TRUE(check_header("X", ""));
  for (const char* name : {"", "a b", "a:b", "a\r\nb", "\xc3\xa9", "Content-Length", "transfer-encoding", "Connection", "Expect"}) EXPECT_FALSE(check_header(name, "v")) << name;
  for (std::string_view value : {std::string_view("a\r\nX: y"), std::string_view("a\nb"), std::string_view("\r"), std::string_view("a\0b", 3)}) EXPECT_FALSE(check_header("X", value));
  EXPECT_EQ(check_header("X", "s3cret\n").error().message.find("s3cret"), std::string::npos);
}

TEST(field_block, keeps_order_and_finds_without_case) {
  http_field_block block;
  EXPECT_FALSE(block.find("a"));
  block.add("Content-Type", "text/plain");
  block.add("Set-Cookie", "a");
  block.add("set-cookie", "");
  ASSERT_EQ(block.size(), 3u);
  EXPECT_EQ(block.find("content-type"), "text/plain");
  EXPECT_EQ(block.find("SET-COOKIE"), "a");
  EXPECT_EQ(block[2].first, "set-cookie");
  EXPECT_EQ(block[2].second, "");
}

}  // namespace
