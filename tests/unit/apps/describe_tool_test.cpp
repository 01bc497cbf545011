#include "describe_tool.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

const json inputs = json::parse(R"({
  "type": "object", "required": ["city", "days"],
  "properties": {
    "exact": {"type": "boolean", "default": false},
    "city": {"type": "string", "description": "Where"},
    "days": {"type": "integer", "minimum": 2},
    "place": {"type": "object", "properties": {"lat": {"type": "number"}}},
    "when": {"type": "string", "format": "date"}, "tags": {"type": "array", "items": {"type": "string"}},
    "unit": {"enum": ["c", "f"]}, "maybe": {"type": ["integer", "null"]}
  }})");

tool example_tool() {
  auto how = std::make_shared<call_template>();
  how->protocol = "http";
  how->options = {{"url", "https://x.example/w"}};
  how->auth = {{"auth_type", "api_key"}, {"api_key", "topsecret"}};
  tool t;
  t.name = "weather.current";
  t.description = "The weather\nnow\x1b[2J";
  t.inputs = schema(inputs);
  t.tags = {"weather"};
  t.tool_call_template = how;
  return t;
}

TEST(describe_tool, required_inputs_come_first) {
  const auto rows = input_rows(inputs);
  ASSERT_GE(rows.size(), 3u);
  EXPECT_EQ(rows[0].name, "city");
  EXPECT_TRUE(rows[0].required);
  EXPECT_EQ(rows[0].description, "Where");
  EXPECT_EQ(rows[1].name, "days");
  EXPECT_FALSE(rows[2].required);
}

TEST(describe_tool, objects_are_opened_up) {
  const auto rows = input_rows(inputs);
  EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](const input_row& r) { return r.name == "place.lat" && r.type == "number"; }));
}

TEST(describe_tool, types_are_written_for_people) {
  const auto& p = inputs["properties"];
  EXPECT_EQ(type_text(p["when"], inputs), "string (date)");
  EXPECT_EQ(type_text(p["tags"], inputs), "array of string");
  EXPECT_EQ(type_text(p["unit"], inputs), "\"c\" or \"f\"");
  EXPECT_EQ(type_text(p["maybe"], inputs), "integer or null");
  EXPECT_EQ(type_text(json::object(), inputs), "any");
  EXPECT_EQ(type_text(json(true), inputs), "any");
}

TEST(describe_tool, the_example_gives_what_is_required) {
  EXPECT_EQ(example_call("weather.current", inputs), "utcp call weather.current city=CITY days=2");
  EXPECT_EQ(example_call("w.x", json()), "utcp call w.x");
  const json odd = json::parse(R"({"properties":{"a":{"type":"array","items":{"type":"integer"}},"s":{"type":"string","examples":["two words"]}},"required":["a","s"]})");
  EXPECT_EQ(example_call("w.x", odd), "utcp call w.x 'a=[1]' 's=two words'");
}

TEST(describe_tool, secrets_are_hidden_in_both_forms) {
  const auto t = example_tool();
  EXPECT_EQ(tool_document(t).dump().find("topsecret"), std::string::npos);
  EXPECT_EQ(tool_document(t)["tool_call_template"]["auth"]["api_key"], "***");
  EXPECT_EQ(describe(t, 80, false).find("topsecret"), std::string::npos);
}

TEST(describe_tool, the_text_is_harmless) {
  const auto text = describe(example_tool(), 80, false);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("  The weather\n  now"), std::string::npos);
}

TEST(describe_tool, schemas_that_refer_to_themselves_end) {
  const json circular = json::parse(R"({"properties":{"child":{"$ref":"#"}},"required":["child"]})");
  EXPECT_LT(input_rows(circular).size(), 10u);
  EXPECT_FALSE(example_call("w.x", circular).empty());
}

TEST(describe_tool, schemas_of_the_wrong_shape_do_no_harm) {
  for (const char* text : {"true", "[]", "5", R"({"properties":5})", R"({"properties":{"a":true},"required":"a"})", R"({"properties":{"a":{"type":"object","properties":5}},"required":["a"]})",
                           R"({"properties":{"a":{"type":"array","items":5}},"required":["a"]})", R"({"required":{"a":1},"properties":{"a":{"enum":5}}})"}) {
    const json schema = json::parse(text);
    input_rows(schema);
    EXPECT_FALSE(example_call("w.x", schema).empty()) << text;
  }
}

}  // namespace
}  // namespace utcp::app
