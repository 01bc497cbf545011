#include <utcp/json_schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp {
namespace {

// Schemas that somebody wrote to cost more than their text. Without a bound each of these takes gigabytes or minutes, or
// the whole stack, which the test's time limit or the sanitizers show.

std::string complaint(const json& schema, const json& value) {
  auto checked = json_schema(schema).validate(value, "arguments");
  return checked ? "fine" : checked.error().message;
}

/// A schema that applies `leaf` more often than anyone can wait for.
json branching(json leaf) {
  json schema = {{"$defs", {{"d0", std::move(leaf)}}}};
  for (int n = 1; n <= 40; ++n) {
    const json before = {{"$ref", "#/$defs/d" + std::to_string(n - 1)}};
    schema["$defs"]["d" + std::to_string(n)] = {{"allOf", {before, before}}};
  }
  schema["$ref"] = "#/$defs/d40";
  return schema;
}

TEST(hostile_schema, with_a_long_list_in_each_of_many_branches_runs_out_of_steps) {
  json choices = json::array();
  for (int n = 0; n < 50'000; ++n) choices.push_back(n);
  json names = json::array();
  for (int n = 0; n < 50'000; ++n) names.push_back("n" + std::to_string(n));
  json present = json::object();
  for (const json& name : names) present[name.get<std::string>()] = 1;
  for (const json& leaf : {json{{"enum", choices}}, json{{"not", {{"enum", choices}}}}})
    EXPECT_EQ(json_schema(branching(leaf)).validate(json(49'999)).has_value(), false);
  EXPECT_EQ(json_schema(branching(json{{"enum", choices}})).validate(json(49'999)).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"required", names}})).validate(present).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"properties", {{"a", true}}}})).validate(present).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"items", true}, {"uniqueItems", true}})).validate(choices).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"maxLength", 20'000'000}})).validate(json(std::string(10'000'000, 'x'))).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"const", choices}})).validate(choices).error(), errc::too_large);
  EXPECT_EQ(json_schema(branching(json{{"pattern", "^(abc){0,5000}$"}})).validate(json("")).error(), errc::too_large);
}

TEST(hostile_schema, may_ask_for_much_of_a_large_value_once) {
  json list = json::array();
  for (int n = 0; n < 200'000; ++n) list.push_back(n);
  EXPECT_EQ(complaint(json::parse(R"({"items":{"type":"integer","enum":[0]},"uniqueItems":true})"), json::array({0})), "fine");
  EXPECT_EQ(complaint(json::parse(R"({"items":{"type":"integer","minimum":0},"uniqueItems":true})"), list), "fine");
}

TEST(hostile_schema, with_a_reference_of_many_dots_is_no_recursion) {
  std::string dots;
  for (int n = 0; n < 500'000; ++n) dots += "./";
  EXPECT_EQ(complaint(json{{"$ref", dots}}, json(1)), "arguments: its schema or the value is nested too deep; it was not sent");
  EXPECT_EQ(complaint(json{{"$ref", dots + "#/$defs/a"}, {"$defs", {{"a", {{"type", "string"}}}}}}, json(1)), "arguments: expected a string, got the number 1");
}

TEST(hostile_schema, with_a_long_identifier_around_many_schemas_stays_small) {
  for (const std::size_t size : {1'000'000u, 4'000u}) {
    json schema = {{"$id", "https://x.example/" + std::string(size, 'x')}, {"$ref", "#a7"}};
    for (int n = 0; n < 40'000; ++n) schema["$defs"]["d" + std::to_string(n)] = json{{"$anchor", "a" + std::to_string(n)}, {"$ref", "y" + std::to_string(n)}};
    schema["$defs"]["d7"] = json{{"$anchor", "a7"}, {"type", "string"}};
    EXPECT_EQ(complaint(schema, json(1)), "arguments: expected a string, got the number 1");
  }
}

TEST(hostile_schema, with_many_identifiers_is_told) {
  json schema = {{"$id", "https://x.example/" + std::string(1'000, 'x') + "/"}};
  for (int n = 0; n < 2'000; ++n) schema["$defs"]["d" + std::to_string(n)] = json{{"$id", "i" + std::to_string(n)}};
  const json_schema made(schema);
  ASSERT_FALSE(made.notices().empty());
  EXPECT_THAT(made.notices()[0].message, ::testing::HasSubstr("$id"));
}

TEST(hostile_schema, with_a_long_key_around_many_schemas_stays_small) {
  json many = json::array();
  for (int n = 0; n < 40'000; ++n) many.push_back(json::object());
  const json schema = {{"properties", {{std::string(1'000'000, 'k'), {{"allOf", many}}}}}};
  EXPECT_EQ(complaint(schema, json::object()), "fine");
}

TEST(hostile_schema, of_many_schemas_is_told_and_lets_pass) {
  json many = json::array();
  for (int n = 0; n < 200'000; ++n) many.push_back(json::object());
  const json_schema made(json{{"allOf", many}});
  EXPECT_EQ(made.notices().size(), 1u);
  EXPECT_TRUE(made.validate(json(1)));
}

TEST(hostile_schema, of_many_patterns_that_expand_is_told) {
  json names = json::object();
  json many = json::array();
  for (int n = 0; n < 20'000; ++n) many.push_back(json{{"pattern", "((a{1000}){19}|" + std::to_string(n) + ")"}});
  for (int n = 0; n < 20'000; ++n) many.push_back(json{{"pattern", "((((){1000}){1000}){1000}" + std::to_string(n) + ")"}});
  const json_schema made(json{{"anyOf", many}});
  EXPECT_FALSE(made.notices().empty());
  EXPECT_TRUE(made.validate(json("x")));
}

TEST(hostile_schema, with_a_large_class_repeated_stays_small_and_fast) {
  std::string ranges;
  for (char32_t c = 0x4E00; ranges.size() < 15'000; c += 2) {
    ranges += static_cast<char>(0xE0 | c >> 12);
    ranges += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    ranges += static_cast<char>(0x80 | (c & 0x3F));
  }
  EXPECT_EQ(json_schema(json{{"pattern", "[" + ranges + "]{10000}"}}).notices().size(), 1u);
  const json_schema once(json{{"pattern", "^[" + ranges + "]*$"}});
  EXPECT_TRUE(once.notices().empty());
  std::string text;
  for (int n = 0; n < 300'000; ++n) text += "\xE4\xB8\x80";
  EXPECT_TRUE(once.validate(json(text)));
}

TEST(hostile_schema, gets_short_messages) {
  json names = json::array();
  for (int n = 0; n < 10'000; ++n) names.push_back(std::string(1'000, 'n') + std::to_string(n));
  json properties = json::object();
  for (const json& name : names) properties[name.get<std::string>()] = true;
  const json long_key = {{std::string(1'000'000, 'k'), "x"}};
  EXPECT_LT(complaint(json{{"required", names}}, json::object()).size(), 1'000u);
  EXPECT_LT(complaint(json{{"properties", properties}, {"additionalProperties", false}}, json{{"x", 1}}).size(), 1'000u);
  EXPECT_LT(complaint(json{{"additionalProperties", {{"type", "integer"}}}}, long_key).size(), 1'000u);
  EXPECT_LT(complaint(json{{"enum", names}}, json("x")).size(), 1'000u);
  EXPECT_LT(complaint(json{{"const", properties}}, json("x")).size(), 1'000u);
  EXPECT_EQ(complaint(json{{"const", json::parse(R"({"a":[1,{"b":null}],"c":"d"})")}}, json("x")), R"(arguments: expected {"a":[1,{"b":null}],"c":"d"}, got the string "x")");
}

}  // namespace
}  // namespace utcp
