#include <utcp/json_schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string complaint(const char* schema, const json& value) {
  auto checked = json_schema(json::parse(schema)).validate(value, "arguments");
  if (checked) return "fine";
  EXPECT_EQ(checked.error(), errc::invalid_argument);
  return checked.error().message;
}
std::string complaint(const char* schema, const char* value) { return complaint(schema, json::parse(value)); }

TEST(json_schema_messages, name_place_expectation_and_what_came) {
  EXPECT_EQ(complaint(R"({"properties":{"city":{"type":"string"}}})", R"({"city":5})"), "arguments at /city: expected a string, got the number 5");
  EXPECT_EQ(complaint(R"({"required":["a","b"]})", R"({"c":1})"), "arguments: expected the property \"a\", \"b\", got an object without it");
  EXPECT_EQ(complaint(R"({"properties":{"l":{"items":{"properties":{"a/b~":{"maximum":3}}}}}})", R"({"l":[{},{"a/b~":4}]})"),
            "arguments at /l/1/a~1b~0: expected at most 3, got the number 4");
  EXPECT_EQ(complaint(R"({"enum":["metric","imperial"]})", R"("kelvin")"), R"(arguments: expected one of ["metric","imperial"], got the string "kelvin")");
  EXPECT_EQ(complaint(R"({"properties":{"b":{},"a":{}},"additionalProperties":false})", R"({"c":1})"), "arguments: expected only the properties a, b, got the unknown property \"c\"");
  EXPECT_EQ(complaint(R"({"type":["integer","null"]})", R"(1.5)"), "arguments: expected an integer or null, got the number 1.5");
}

TEST(json_schema_messages, of_alternatives_tell_of_the_one_that_came_furthest) {
  const char* schema = R"({"anyOf":[{"type":"string"},{"properties":{"a":{"properties":{"b":{"type":"integer"}}}},"type":"object"}]})";
  EXPECT_EQ(complaint(schema, R"({"a":{"b":"x"}})"), R"(arguments at /a/b: expected an integer, got the string "x")");
  EXPECT_THAT(complaint(schema, "5"), HasSubstr("one of 2 alternatives (such as a string)"));
  EXPECT_THAT(complaint(R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3"), HasSubstr("exactly one of 2 alternatives to fit, not 2"));
}

TEST(json_schema_messages, shorten_long_values) {
  const std::string text = complaint(R"({"maxLength":5})", json(std::string(5000, 'x')));
  EXPECT_LT(text.size(), 200u);
  EXPECT_THAT(text, HasSubstr("…"));
}

TEST(json_schema_messages, never_show_secrets) {
  for (const char* schema : {R"({"properties":{"p":{"type":"integer","writeOnly":true}}})", R"({"properties":{"p":{"type":"integer","format":"password"}}})",
                             R"({"properties":{"p":{"writeOnly":true,"items":{"type":"integer"}}}})"}) {
    EXPECT_THAT(complaint(schema, R"({"p":"hunter2"})") + complaint(schema, R"({"p":["hunter2"]})"), Not(HasSubstr("hunter2"))) << schema;
  }
  for (const char* key : {"password", "userPassword", "api_key", "apiKey", "access-token", "Authorization"})
    EXPECT_EQ(complaint(R"({"additionalProperties":{"type":"integer"}})", json{{key, "hunter2"}}), "arguments at /" + std::string(key) + ": expected an integer, got a string");
  EXPECT_THAT(complaint(R"({"properties":{"secrets":{"items":{"type":"integer"}}}})", R"({"secrets":["hunter2"]})"), Not(HasSubstr("hunter2")));
}

TEST(json_schema_tolerance, null_keywords_of_python_count_as_absent) {
  const char* schema = R"({"$schema":null,"$id":null,"title":null,"type":"object","properties":{"a":{"type":"string","const":null,"enum":null,"pattern":null,"items":null,"minimum":null}},
                           "required":null,"items":null,"const":null,"additionalProperties":null})";
  EXPECT_EQ(complaint(schema, R"({"a":"x","b":1})"), "fine");
  EXPECT_TRUE(json_schema(json::parse(schema)).notices().empty());
  EXPECT_NE(complaint(R"({"const":null})", "1"), "fine");
}

TEST(json_schema_tolerance, bytes_and_files_are_what_a_schema_calls_a_string) {
  const char* schema = R"({"type":"object","properties":{"f":{"type":"string","format":"binary","maxLength":1},"n":{"type":"integer"},"o":{"type":"object","required":["filename"]}}})";
  const json bytes = json::binary({1, 2, 3});
  const json file = {{"filename", "a"}, {"data", bytes}};
  EXPECT_EQ(complaint(schema, json{{"f", bytes}}), "fine");
  EXPECT_EQ(complaint(schema, json{{"f", file}, {"o", file}}), "fine");
  EXPECT_EQ(complaint(schema, json{{"n", bytes}}), "arguments at /n: expected an integer, got bytes");
  EXPECT_EQ(complaint(schema, json{{"n", file}}), "arguments at /n: expected an integer, got an object");
  EXPECT_THAT(complaint(schema, json{{"f", {{"data", "text"}}}}), HasSubstr("expected a string, got an object"));
  EXPECT_EQ(complaint(R"({"enum":["a"]})", bytes), "arguments: expected one of [\"a\"], got bytes");
  EXPECT_EQ(complaint(R"({"const":5})", file).find("arguments: expected"), 0u);
  EXPECT_EQ(complaint(R"({"uniqueItems":true})", json::array({bytes, bytes})), "arguments: expected items that all differ, got an array of 2 items");
}

TEST(json_schema_tolerance, open_api_3_0_spellings_work) {
  EXPECT_EQ(complaint(R"({"type":"string","nullable":true})", "null"), "fine");
  EXPECT_NE(complaint(R"({"minimum":3,"exclusiveMinimum":true})", "3"), "fine");
  EXPECT_EQ(complaint(R"({"minimum":3,"exclusiveMinimum":false})", "3"), "fine");
}

TEST(json_schema_tolerance, what_is_not_understood_passes_with_a_notice) {
  for (const char* schema : {R"({"$ref":"https://x.example/s.json"})", R"({"$ref":"#/nowhere"})", R"({"$ref":"#/%%%"})", R"({"type":"float"})", R"({"type":5})", R"x({"pattern":"(?=a)"})x", R"({"pattern":"("})",
                             R"({"minimum":"x"})", R"({"maxLength":-1})", R"({"properties":[]})", R"({"items":5})", R"({"allOf":{}})", R"({"multipleOf":0})", R"("schema")", R"([])",
                             R"x({"patternProperties":{"(?=x)":{"type":"integer"}},"additionalProperties":false})x"}) {
    const json_schema made(json::parse(schema));
    EXPECT_EQ(made.notices().size(), 1u) << schema;
    for (const char* value : {"1", R"("text")", R"({"xx":"y"})", "[1,1]"}) EXPECT_TRUE(made.validate(json::parse(value))) << schema << value;
  }
}

TEST(json_schema_tolerance, what_is_not_understood_refuses_nothing_where_passing_would) {
  for (const char* schema : {R"x({"not":{"pattern":"(?=a)"}})x", R"({"oneOf":[{"$ref":"https://x.example/s.json"},{"type":"string"}]})", R"x({"if":{"pattern":"(?=a)"},"then":false})x",
                             R"x({"contains":{"pattern":"(?=a)"},"maxContains":1})x", R"({"allOf":[{"$ref":"https://x.example/s.json"}],"unevaluatedProperties":false})",
                             R"({"$ref":"https://x.example/s.json","unevaluatedItems":false})", R"x({"not":{"not":{"pattern":"(?=a)"}}})x"}) {
    const json_schema made(json::parse(schema));
    EXPECT_EQ(made.notices().size(), 1u) << schema;
    for (const char* value : {R"("text")", R"({"a":"y"})", R"(["a","b"])"}) EXPECT_TRUE(made.validate(json::parse(value))) << schema << value;
  }
  EXPECT_EQ(complaint(R"x({"not":{"properties":{"a":{"pattern":"(?=a)"}}}})x", R"({"a":"y"})"), "fine");
  // What is understood beside it still counts.
  EXPECT_NE(complaint(R"x({"not":{"pattern":"(?=a)","type":"integer"},"type":"integer"})x", R"("text")"), "fine");
  EXPECT_NE(complaint(R"x({"properties":{"a":{"pattern":"(?=a)"}},"not":{"required":["b"]}})x", R"({"a":"x","b":1})"), "fine");
}

TEST(json_schema_tolerance, an_absent_schema_lets_everything_pass) {
  EXPECT_TRUE(json_schema().validate(json(1)));
  EXPECT_TRUE(json_schema().notices().empty());
}

TEST(json_schema_bounds, a_schema_that_refers_to_itself_ends) {
  for (const char* schema : {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"})", R"({"not":{"$ref":"#"}})"}) {
    auto checked = json_schema(json::parse(schema)).validate(json(1));
    ASSERT_FALSE(checked) << schema;
    EXPECT_EQ(checked.error(), errc::too_large);
  }
}

TEST(json_schema_bounds, a_schema_that_branches_without_end_runs_out_of_steps) {
  json schema = {{"$defs", {{"d0", {{"type", "string"}}}}}};
  for (int n = 1; n <= 40; ++n) {
    const json before = {{"$ref", "#/$defs/d" + std::to_string(n - 1)}};
    schema["$defs"]["d" + std::to_string(n)] = {{"anyOf", {before, before}}};
  }
  schema["$ref"] = "#/$defs/d40";
  auto checked = json_schema(schema).validate(json(1));
  EXPECT_EQ(checked.error(), errc::too_large);
}

TEST(json_schema_bounds, a_deep_value_is_refused_and_a_document_deep_as_the_reader_allows_is_checked) {
  const json_schema list(json::parse(R"({"type":"array","items":{"$ref":"#"}})"));
  json deep = json::array();
  for (int n = 0; n < 250; ++n) deep = json::array({std::move(deep)});
  EXPECT_TRUE(list.validate(deep));
  for (int n = 0; n < 1000; ++n) deep = json::array({std::move(deep)});
  EXPECT_EQ(list.validate(deep).error(), errc::too_large);
}

TEST(json_schema_bounds, a_catastrophic_pattern_takes_linear_time) {
  const std::string text(20'000, 'a');
  EXPECT_EQ(json_schema(json{{"pattern", "^(a+)+$"}}).validate(json(text + "!")).error(), errc::invalid_argument);
  EXPECT_TRUE(json_schema(json{{"pattern", "^(a|a)*$"}}).validate(json(text)));
}

TEST(json_schema_bounds, a_huge_pattern_on_a_huge_text_runs_out_of_steps) {
  const json_schema schema(json{{"pattern", "(a?){2000}b"}});
  EXPECT_TRUE(schema.notices().empty());
  EXPECT_EQ(schema.validate(json(std::string(1'000'000, 'a'))).error(), errc::too_large);
}

TEST(json_schema_bounds, patterns_that_expand_too_far_are_not_supported) {
  for (const char* pattern : {"(a{1000}){1000}", "((((){1000}){1000}){1000}){1000}", "a{999999}", "a{0,999999}"})
    EXPECT_EQ(json_schema(json{{"pattern", pattern}}).notices().size(), 1u) << pattern;
  EXPECT_EQ(json_schema(json{{"pattern", std::string(100'000, '(')}}).notices().size(), 1u);
  EXPECT_EQ(json_schema(json{{"pattern", std::string(5'000, '(')}}).notices().size(), 1u);
}

TEST(json_schema_bounds, quantifiers_without_something_to_repeat_are_not_supported) {
  for (const char* pattern : {"a{2}{3}", "{2}", "a|{2}", "^{1,2}", "a**", "*a", "a{1}*"}) EXPECT_EQ(json_schema(json{{"pattern", pattern}}).notices().size(), 1u) << pattern;
}

TEST(json_schema_bounds, notices_are_few) {
  json schema = json::object();
  for (int n = 0; n < 1000; ++n) schema["properties"]["p" + std::to_string(n)]["type"] = "odd";
  EXPECT_EQ(json_schema(schema).notices().size(), 20u);
}

struct search {
  const char* pattern;
  const char* text;
  bool found;
};
class patterns : public ::testing::TestWithParam<search> {};

TEST_P(patterns, are_ecmascript) {
  const json_schema schema(json{{"pattern", GetParam().pattern}});
  ASSERT_TRUE(schema.notices().empty()) << schema.notices()[0].message;
  EXPECT_EQ(schema.validate(json(GetParam().text)).has_value(), GetParam().found) << GetParam().pattern << " on " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(all, patterns,
                         ::testing::Values(search{"a|b|cd", "xcdx", true}, search{"^(a|b|cd)$", "cd", true}, search{"^(a|b|cd)$", "c", false}, search{"^a*|b$", "b", true}, search{"^(a*|b)+c$", "aabc", true},
                                         search{"^a{2,3}$", "a", false}, search{"^a{2,3}$", "aaa", true}, search{"^a{2,3}$", "aaaa", false}, search{"^a{2,}$", "aaaaa", true}, search{"^a{2}$", "aaa", false},
                                         search{"^(ab){0}c$", "c", true}, search{"^x{$", "x{", true}, search{"^a{,2}$", "a{,2}", true}, search{"^[^a-c]$", "d", true}, search{"^[^a-c]$", "b", false},
                                         search{"^[\\w-]+$", "a-b", true}, search{"^[a\\-z]+$", "-", true}, search{"^[a-]+$", "-a", true}, search{"^[]$", "", false}, search{"^[^]$", "x", true},
                                         search{"\\bfoo\\b", "a foo b", true}, search{"\\bfoo\\b", "afoob", false}, search{"\\Boo", "foo", true}, search{"^.$", "ä", true}, search{"^.$", "😀", true},
                                         search{"^\\uD83D\\uDE00$", "😀", true}, search{"^\\u{1F600}$", "😀", true}, search{"^[😀-😂]$", "😁", true}, search{"^\\x41\\t$", "A\t", true}, search{"^a.c$", "a\nc", false},
                                         search{"^(?:a|(?<n>b))+?$", "abab", true}, search{"^\\d{3}-\\D+$", "123-abc", true}, search{"^\\S+@\\S+$", "a@b", true}, search{"", "", true}, search{"^$", "x", false},
                                         search{"^(|a)+$", "aa", true}, search{"(a|ab)(c|bcd)$", "abcd", true}, search{"^[a-zA-Z0-9_.+-]+@[a-z]+\\.[a-z]{2,}$", "a.b@c.org", true}, search{"\\/x\\.", "/x.", true}, search{"^[z-~a-fd-kb]+$", "akz~", true}, search{"^[z-~a-fd-kb]+$", "l", false},
                                         search{"^[^\\W\\d]$", "a", true}, search{"^[^\\W\\d]$", "1", false}, search{"^[^\\W\\d]$", "-", false}, search{"^(a{2}){2}$", "aaaa", true}));

TEST(json_schema_numbers, are_compared_exactly) {
  EXPECT_NE(complaint(R"({"maximum":9007199254740992})", "9007199254740993"), "fine");
  EXPECT_EQ(complaint(R"({"maximum":18446744073709551615})", "18446744073709551615"), "fine");
  EXPECT_NE(complaint(R"({"minimum":0})", "-9223372036854775808"), "fine");
  EXPECT_EQ(complaint(R"({"multipleOf":0.01})", "19.99"), "fine");
  EXPECT_NE(complaint(R"({"multipleOf":0.01})", "19.995"), "fine");
  EXPECT_EQ(complaint(R"({"multipleOf":3})", "-9223372036854775806"), "fine");
  EXPECT_EQ(complaint(R"({"type":"integer"})", "5.0"), "fine");
  EXPECT_NE(complaint(R"({"maximum":9007199254740992.0})", "9007199254740993"), "fine");
  EXPECT_NE(complaint(R"({"multipleOf":1})", "1234567890123.25"), "fine");
  EXPECT_NE(complaint(R"({"multipleOf":0.01})", "1e-20"), "fine");
  EXPECT_EQ(complaint(R"({"multipleOf":0.001})", "4.035"), "fine");
  EXPECT_EQ(complaint(R"({"multipleOf":2.0})", "9007199254740994"), "fine");
  EXPECT_NE(complaint(R"({"multipleOf":2.0})", "9007199254740993"), "fine");
}

TEST(json_schema_numbers, that_differ_are_never_equal) {
  EXPECT_NE(complaint(R"({"const":-1})", "18446744073709551615"), "fine");
  EXPECT_NE(complaint(R"({"enum":[[-1]]})", "[18446744073709551615]"), "fine");
  EXPECT_NE(complaint(R"({"const":9007199254740992.0})", "9007199254740993"), "fine");
  EXPECT_EQ(complaint(R"({"uniqueItems":true})", "[-1,18446744073709551615]"), "fine");
  EXPECT_EQ(complaint(R"({"const":{"a":[1.0,"x"]}})", R"({"a":[1,"x"]})"), "fine");
  EXPECT_NE(complaint(R"({"const":{"a":1}})", R"({"b":1})"), "fine");
  EXPECT_NE(complaint(R"({"const":1})", "true"), "fine");
  json list = json::array();
  for (int n = 0; n < 100; ++n) list.push_back(n);
  list.push_back(18446744073709549568.0);
  list.push_back(18446744073709549568u);
  EXPECT_FALSE(json_schema(json{{"uniqueItems", true}}).validate(list));
}

TEST(json_schema_items, of_long_lists_are_compared_too) {
  json list = json::array();
  for (int n = 0; n < 100; ++n) list.push_back(json{{"n", n}});
  EXPECT_TRUE(json_schema(json{{"uniqueItems", true}}).validate(list));
  list.push_back(json{{"n", 7.0}});
  EXPECT_FALSE(json_schema(json{{"uniqueItems", true}}).validate(list));
}

TEST(json_schema_copies, share_one_compiled_schema) {
  const json_schema first(json::parse(R"({"type":"string"})"));
  const json_schema second = first;
  EXPECT_FALSE(second.validate(json(1)));
}

}  // namespace
}  // namespace utcp
