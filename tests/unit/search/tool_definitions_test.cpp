#include <utcp/search/tool_definitions.hpp>

#include "catalogues.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace utcp;
using namespace utcp::test;

namespace {

tool_ptr weather(json inputs = json::parse(R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})")) {
  auto made = std::make_shared<tool>();
  made->name = "weather.current";
  made->description = "Current weather";
  made->inputs = schema(inputs);
  made->tags = {"weather"};
  auto how = std::make_shared<call_template>();
  how->auth = json{{"api_key", "secret"}};
  made->tool_call_template = how;
  return made;
}

bool is_safe(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-'); });
}

}  // namespace

TEST(tool_definitions, have_the_shape_of_each_api) {
  const json inputs = weather()->inputs.to_json();
  const json function{{"name", "weather__current"}, {"description", "Current weather"}, {"parameters", inputs}};
  EXPECT_EQ(define_tools({weather()}, tool_format::openai).definitions, json::array({json{{"type", "function"}, {"function", function}}}));
  EXPECT_EQ(define_tools({weather()}, tool_format::mistral).definitions, json::array({json{{"type", "function"}, {"function", function}}}));
  EXPECT_EQ(define_tools({weather()}, tool_format::anthropic).definitions,
            json::array({json{{"name", "weather__current"}, {"description", "Current weather"}, {"input_schema", inputs}}}));
  const json plain = define_tools({weather()}, tool_format::utcp).definitions;
  EXPECT_EQ(plain[0]["name"], "weather.current");
  EXPECT_EQ(plain.dump().find("secret"), std::string::npos);
}

TEST(tool_definitions, always_take_an_object) {
  for (const json& inputs : {json(), json::object(), json("text"), json{{"type", "string"}}, json{{"properties", 3}}}) {
    const json made = define_tools({weather(inputs)}, tool_format::anthropic).definitions[0]["input_schema"];
    EXPECT_EQ(made["type"], "object") << inputs;
    EXPECT_TRUE(made["properties"].is_object()) << inputs;
  }
}

TEST(tool_definitions, keep_to_the_budget) {
  const std::size_t one = estimated_tokens(define_tools({weather()}, tool_format::openai).definitions[0]);
  const std::vector<tool_ptr> three{weather(), weather(), weather()};
  const auto two = define_tools(three, tool_format::openai, 2 * one + 1);
  EXPECT_EQ(two.definitions.size(), 2u);
  EXPECT_EQ(two.tokens, 2 * one);
  EXPECT_EQ(two.left_out, 1u);
  EXPECT_EQ(define_tools(three, tool_format::openai, 0).definitions.size(), 0u);
  EXPECT_EQ(define_tools(three, tool_format::openai).definitions.size(), 3u);
}

TEST(tool_names, are_safe_distinct_and_lead_back) {
  const std::vector<std::string> full{"a.b", "a.b_c", "a.b.c", "a.b c", "a.b/c", "a_b.c", "a__b.c", "a_.b", "a._b", "größe.ü", "a." + std::string(100, 'x'),
                                      "a." + std::string(100, 'x') + "y", "m.a-b", "m.天気", "m."};
  std::vector<described> tools;
  for (const auto& name : full) tools.push_back({name, "", {}});
  std::vector<manual_ptr> manuals;
  for (const described& one : tools) {
    const std::string manual = one.name.substr(0, one.name.find('.'));
    const auto there = std::ranges::find_if(manuals, [&](const manual_ptr& m) { return m->name() == manual; });
    if (there != manuals.end()) continue;
    std::vector<described> own;
    for (const described& each : tools)
      if (each.name.starts_with(manual + ".")) own.push_back(each);
    manuals.push_back(make_manual(manual, own));
  }
  const auto in = make_catalogue(manuals);
  std::vector<std::string> seen;
  for (const auto& name : full) {
    for (const tool_format format : {tool_format::openai, tool_format::anthropic, tool_format::mistral}) {
      const std::string safe = tool_name_for(format, name);
      EXPECT_TRUE(is_safe(safe)) << safe;
      const auto back = find_tool_named(*in, format, safe);
      ASSERT_TRUE(back) << safe;
      EXPECT_EQ(back->name, name);
      EXPECT_EQ(find_tool_named(*in, format, name)->name, name);
    }
    seen.push_back(tool_name_for(tool_format::openai, name));
    EXPECT_EQ(tool_name_for(tool_format::utcp, name), name);
  }
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
  EXPECT_EQ(tool_name_for(tool_format::openai, "a.b_c"), "a__b_c");
  for (const char* name : {"", "a__nothing", "nothing_12345678", "__", "a__"}) EXPECT_FALSE(find_tool_named(*in, tool_format::openai, name)) << name;
}
