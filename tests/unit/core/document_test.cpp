#include <utcp/document.hpp>
#include <utcp/schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

result<json> parsed(std::string_view text, syntax as = syntax::unknown, document_limits limits = {}) {
  return read_document(text, as, "file.json", document_ports(), limits);
}
std::string why_not_parsed(std::string_view text, document_limits limits = {}) {
  auto out = parsed(text, syntax::unknown, limits);
  return out ? "no error" : out.error().message;
}

TEST(a_document, of_any_json_is_read) {
  for (const char* text : {R"({"a":[1,-2,3.5,true,false,null,"x\u0000\n"],"b":{}})", "[]", " \r\n\t[1]", R"({"a":{"b":{"c":[[],[{}]]}}})"}) {
    auto out = parsed(text);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(*out, json::parse(text));
  }
  EXPECT_EQ(*parsed("\xEF\xBB\xBF{\"a\":1}"), json::parse(R"({"a":1})")) << "a byte order mark is skipped";
  EXPECT_EQ((*parsed(R"({"a":1,"a":2})"))["a"], 2) << "of two keys the last counts";
  EXPECT_EQ(*parsed("5", syntax::json), 5);
}

// What small texts are read with (simdjson where it is there) against what documents are read with.
TEST(a_small_json_text, is_read_as_a_document_is) {
  for (const std::string text :
       {"null", "true", "0", "-1", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "1e400", "1.0", "0.1",
        "1E-7", "\"\"", R"("\u00e9\ud83d\ude00\u0000")", R"("\ud800")", R"("\udc00x")", "\"\xff\"", "\"\xc3\xa9\"", "\"a\nb\"", "[]", "[1,]", "[1 2]", "{}", R"({"a":1,"a":2})",
        R"({"b":{"a":[[],{},null]},"a":-5})", R"({"a"})", "{1:2}", "01", "+1", ".5", "1.", "nul", "\"open", "[1", "1 2", "", "  ", " [1] ", "\xEF\xBB\xBF[1]", "NaN", "'a'", "[1]//c"}) {
    SCOPED_TRACE(text);
    const auto quick = parse_json(text);
    const json thorough = json::parse(text, nullptr, false);
    ASSERT_EQ(quick.has_value(), !thorough.is_discarded());
    if (!quick) continue;
    EXPECT_EQ(*quick, thorough);
    EXPECT_EQ(quick->type(), thorough.type()) << "signed, unsigned and float are told apart the same way";
    EXPECT_EQ(write_json(*quick), write_json(thorough));
    EXPECT_EQ(write_json(*quick), quick->dump(-1, ' ', false, json::error_handler_t::replace));
  }
}

TEST(a_small_json_text, keeps_its_limits) {
  auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(256)));
  EXPECT_EQ(parse_json(nested(257)).error(), errc::too_large);
  EXPECT_EQ(parse_json(nested(5000)).error(), errc::too_large);
  document_limits few;
  few.max_values = 4;
  EXPECT_TRUE(parse_json("[1,2,3]", few));
  EXPECT_EQ(parse_json("[1,2,3,4]", few).error(), errc::too_large);
  const std::string large = "[\"" + std::string(3u << 20, 'x') + "\"]";
  EXPECT_EQ(parse_json(large)->at(0).get_ref<const std::string&>().size(), 3u << 20);
}

TEST(a_document, is_markup_by_its_first_two_characters) {
  for (const char* page : {"<!DOCTYPE html>", "<?xml version=\"1.0\"?>", " \n<html>", "</p>", "<P>"}) EXPECT_TRUE(looks_like_markup(page)) << page;
  for (const char* other : {"<<: *base\nname: x", "<", "", "{", "< a", "a <b>"}) EXPECT_FALSE(looks_like_markup(other)) << other;
  EXPECT_THAT(why_not_parsed("<<: {a: 1}"), HasSubstr("cannot read YAML")) << "a merge key is YAML";
}

TEST(a_document, that_is_broken_says_where_and_what_was_expected) {
  EXPECT_THAT(why_not_parsed("{\"a\": 1"), StartsWith("file.json: is not valid JSON at line 1, column 8"));
  EXPECT_THAT(why_not_parsed("{\n  \"a\": 1,\n}"), HasSubstr("line 3, column 1"));
  EXPECT_THAT(why_not_parsed("[1 2]"), HasSubstr("expected"));
  EXPECT_THAT(why_not_parsed("[1] x"), HasSubstr("expected end of input"));
  for (const char* text : {"{", "[", "{\"", "{\"a\"", "{\"a\":", "[1,", "[tru", "[\"\\u12", "[01]", "[+1]", "['a']", "[1,]", "{a:1}", "[NaN]"}) {
    EXPECT_THAT(why_not_parsed(text), HasSubstr("is not valid JSON")) << text;
    EXPECT_EQ(parsed(text).error(), errc::invalid_config);
  }
  EXPECT_THAT(why_not_parsed("[1e999]"), HasSubstr("is not valid JSON"));
  EXPECT_THAT(why_not_parsed("[1e999]"), Not(HasSubstr("json.exception")));
}

TEST(a_document, that_is_no_document_says_what_it_is) {
  EXPECT_THAT(why_not_parsed(""), HasSubstr("is empty"));
  EXPECT_THAT(why_not_parsed(" \n\t "), HasSubstr("is empty"));
  EXPECT_THAT(why_not_parsed("<!DOCTYPE html><html>"), HasSubstr("is HTML or XML"));
  EXPECT_THAT(why_not_parsed(std::string_view("{\"a\":\0 1}", 9)), HasSubstr("NUL byte at offset 5"));
  EXPECT_THAT(why_not_parsed("name: a"), HasSubstr("this build cannot read YAML"));
  EXPECT_EQ(parsed("name: a").error(), errc::unsupported);
  EXPECT_EQ(parsed(std::string_view()).error(), errc::invalid_config);
}

TEST(a_document, with_invalid_utf8_is_refused) {
  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const std::string text = std::string("{\"a\":\"") + bad + "\"}";
    EXPECT_EQ(parsed(text).error(), errc::invalid_config);
    EXPECT_THAT(why_not_parsed(text), HasSubstr("UTF-8"));
  }
}

/// Configuration files and answers hold secrets; an error may be logged.
TEST(a_document, never_quotes_what_was_read_last) {
  for (const char* text : {"{\"key\": \"s3cr3t", "{\"key\": \"s3cr3t\x01\"}", "{\"key\": s3cr3t}", "{\"key\": \"a\" \"s3cr3t\"}", "{\"s3cr3t\" 1}", "[\"s3cr3t\xff\"]",
                           "{\"key\": \"x\" \"; expected s3cr3t\"}", "[\"; last read: s3cr3t", "[\"; expected s3cr3t", "[\"; last read: x; expected s3cr3t", "{\"key\": \"\\s3cr3t\"}", "s3cr3t", "[\"a\"] \"; expected end of s3cr3t\"",
                           "{\"key\": \"x\" \"; expected '}' s3cr3t"}) {
    for (syntax as : {syntax::unknown, syntax::json}) {
      auto out = parsed(text, as);
      ASSERT_FALSE(out) << text;
      EXPECT_THAT(out.error().message, Not(HasSubstr("s3cr3t")));
    }
    auto out = parse_json(text);
    ASSERT_FALSE(out) << text;
    EXPECT_THAT(out.error().message, Not(HasSubstr("s3cr3t")));
  }
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(a_document, is_bounded_in_depth_exactly) {
  document_limits limits;
  limits.max_depth = 5;
  EXPECT_TRUE(parsed(nested(5), syntax::unknown, limits));
  EXPECT_EQ(parsed(nested(6), syntax::unknown, limits).error(), errc::too_large);
  EXPECT_THAT(why_not_parsed(nested(6), limits), HasSubstr("deeper than 5 levels"));
  EXPECT_TRUE(parsed(R"({"a":{"b":{"c":{"d":{}}}}})", syntax::unknown, limits));
  EXPECT_EQ(parsed(R"({"a":{"b":{"c":{"d":{"e":{}}}}}})", syntax::unknown, limits).error(), errc::too_large);
}

TEST(a_document, of_ten_thousand_levels_is_refused_at_once) {
  for (const std::string& text : {nested(10'000), std::string(10'000, '['), std::string(1'000'000, '['), [] {
                                    std::string out;
                                    for (int i = 0; i < 10'000; ++i) out += "{\"a\":";
                                    return out;
                                  }()}) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(parsed(text).error(), errc::too_large);
    EXPECT_EQ(parse_json(text).error(), errc::too_large);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  }
}

TEST(a_document, is_bounded_in_values_and_bytes_exactly) {
  document_limits limits;
  limits.max_values = 4;
  EXPECT_TRUE(parsed("[1,2,3]", syntax::unknown, limits));
  EXPECT_EQ(parsed("[1,2,3,4]", syntax::unknown, limits).error(), errc::too_large);
  EXPECT_THAT(why_not_parsed("[1,2,3,4]", limits), HasSubstr("more than 4 values"));
  EXPECT_TRUE(parsed(R"({"a":1,"b":[2]})", syntax::unknown, limits)) << "keys do not count";
  limits = document_limits();
  limits.max_bytes = 7;
  EXPECT_TRUE(parsed("[1,2,3]", syntax::unknown, limits));
  EXPECT_EQ(parsed("[1,2,3] ", syntax::unknown, limits).error(), errc::too_large);
  EXPECT_THAT(why_not_parsed("[1,2,3] ", limits), HasSubstr("has 8 bytes; the limit is 7"));
  EXPECT_EQ(parse_json("[1,2,3] ", limits).error(), errc::too_large);
}

TEST(a_small_text, is_read_or_refused_with_its_place) {
  EXPECT_EQ(*parse_json(R"({"a":1})"), json::parse(R"({"a":1})"));
  EXPECT_EQ(*parse_json("5"), 5);
  EXPECT_EQ(*parse_json("\"x\""), "x");
  EXPECT_THAT(parse_json("{").error().message, HasSubstr("line 1, column 2"));
  EXPECT_EQ(parse_json("").error(), errc::invalid_config);
  EXPECT_EQ(parse_json(std::string_view()).error(), errc::invalid_config);
  EXPECT_EQ(parse_json(std::string_view("1\0", 2)).error(), errc::invalid_config);
}

TEST(json_text, is_written_even_of_invalid_utf8) {
  EXPECT_EQ(write_json("a\xff"), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(write_json("\b\t\n\f\r\"\\/\x01\x1f\x7f\xC3\xA9"), "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\x7f\xC3\xA9\"");
  EXPECT_EQ(write_json(json::binary({0x00, 0xff})), "\"AP8=\"") << "bytes are base64";
  EXPECT_EQ(write_json({{"a\n", {1.5, 1e300, -0.0, true, nullptr, json::array(), json::object()}}}), R"({"a\n":[1.5,1e+300,-0.0,true,null,[],{}]})");
  EXPECT_EQ(write_json({{"b", 1}, {"a", 2}}), R"({"a":2,"b":1})");
  EXPECT_EQ(write_json({{"a", 1}}, 2), "{\n  \"a\": 1\n}");
}

TEST(the_syntax, is_told_by_the_end_of_a_name) {
  EXPECT_EQ(syntax_of_path("a/b.yaml"), syntax::yaml);
  EXPECT_EQ(syntax_of_path("b.YML"), syntax::yaml);
  EXPECT_EQ(syntax_of_path("b.Json"), syntax::json);
  for (const char* other : {"", "json", "b.txt", "b.json.txt", "yaml"}) EXPECT_EQ(syntax_of_path(other), syntax::unknown) << other;
}

TEST(a_schema, is_kept_as_text) {
  schema s(json::parse(R"({ "type" : "object" })"));
  EXPECT_EQ(s.text(), R"({"type":"object"})");
  EXPECT_EQ(s.to_json(), json::parse(R"({"type":"object"})"));
  EXPECT_FALSE(s.empty());
  EXPECT_TRUE(schema().empty());
  EXPECT_EQ(schema().text(), "{}");
  EXPECT_EQ(schema().to_json(), json::object());
  EXPECT_TRUE(schema(nullptr).empty());
  EXPECT_EQ(schema(json(true)).to_json(), true);
  schema copy = s;
  EXPECT_EQ(copy, s);
}

}  // namespace
}  // namespace utcp::testing
