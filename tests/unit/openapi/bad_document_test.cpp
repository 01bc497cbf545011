#include "openapi_fixture.hpp"

using namespace utcp;
using testing::HasSubstr;

namespace {

result<openapi::document> read(const std::string& text, const document_limits& limits = {}) {
  return openapi::document::read(text, syntax::unknown, "x.json", yaml_or_none().get(), limits);
}

}  // namespace

TEST(a_document, that_is_none_of_openapi_is_refused) {
  for (const char* text : {"{}", "[]", "1", R"({"openapi":3})", R"({"tools":[]})"}) {
    const auto source = openapi::document::read(text, syntax::json, "x.json", nullptr);
    ASSERT_TRUE(source) << text;
    if (std::string(text).find("3") == std::string::npos) {
      EXPECT_TRUE(openapi::convert(*source).error() == errc::invalid_config) << text;
    }
  }
  const auto cut = openapi::document::read(R"({"openapi":"3.0.0","paths":{)", syntax::json, "x.json", nullptr);
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("line 1"));
}

TEST(a_document, of_wrong_types_everywhere_is_converted_as_far_as_it_goes) {
  // Every place that has a type gets every other type once.
  const json good = json::parse(document_with(R"({"/a/{p}":{"summary":"s","parameters":[{"name":"p","in":"path","required":true,"schema":{"type":"string"}}],
    "servers":[{"url":"https://x.example","variables":{"v":{"default":"d","enum":["d"]}}}],
    "post":{"operationId":"i","tags":["t"],"security":[{"k":["s"]}],"callbacks":{"c":{}},
      "requestBody":{"required":true,"content":{"multipart/form-data":{"schema":{"type":"object","required":["a"],"properties":{"a":{"type":"array","items":{"type":"string"}}}},"encoding":{"a":{"style":"form"}},"examples":{"e":{"value":1}}}}},
      "responses":{"200":{"content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/S"}],"discriminator":{"propertyName":"k","mapping":{"a":"S"}}}}}}}}}})",
                                             R"({"schemas":{"S":{"type":"object","enum":[1],"allOf":[{}]}},"securitySchemes":{"k":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"/t","scopes":{"s":""}}}}}})"));
  const json flat = good.flatten();
  std::size_t done = 0;
  for (const json& wrong : {json(nullptr), json(1), json(-1.5), json(true), json("text"), json::array({1, nullptr}), json::object({{"$ref", "#/nowhere"}}), json::object({{"a", json::array()}})}) {
    for (const auto& [pointer, unused] : flat.items()) {
      // The leaf, and each container on the way to it.
      for (json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
        json bad = good;
        bad[at] = wrong;
        const auto made = openapi::convert(openapi::document::of_json(bad, "https://x.example/s.json"));
        done += made ? 1 : 0;
        if (!made) continue;
        for (const tool_ptr& each : made->found.tools) EXPECT_TRUE(each->inputs.to_json().is_object() && each->outputs.to_json().is_object()) << bad.dump();
      }
    }
  }
  EXPECT_GT(done, 1000u);
}

TEST(a_document, loses_only_the_operation_that_is_wrong) {
  const auto done = converted(document_with(R"({"/a":null,"/b":{"get":"text","put":{"operationId":"fine"}},"/c/{x}":{"get":{"operationId":"same"}},"/d":{"get":{"operationId":"same"}},"x-note":"text"})"));
  EXPECT_EQ(done.found.tools.size(), 3u);
  EXPECT_THAT(notices_of(done), HasSubstr("/paths/~1a: this path item is no object"));
  EXPECT_THAT(notices_of(done), HasSubstr("/paths/~1b/get"));
  EXPECT_THAT(notices_of(done), HasSubstr("placeholder {x}"));
  EXPECT_EQ(inputs_of(done, 1)["required"], json::array({"x"}));
}

TEST(a_document, that_is_too_deep_loses_what_is_below) {
  std::string deep = R"({"type":"string"})";
  for (int i = 0; i < 10'000; ++i) deep = R"({"items":)" + deep + "}";
  const auto done = converted(document_with(R"({"/a":{"get":{"operationId":"fine"},"post":{"requestBody":{"content":{"application/json":{"schema":)" + deep + "}}}}}}"));
  EXPECT_EQ(done.found.tools.size(), 2u);
  EXPECT_THAT(notices_of(done), HasSubstr("too deep"));
}

TEST(a_document, has_limits) {
  document_limits limits;
  limits.max_values = 10;
  EXPECT_TRUE(read(document_with(R"({"/a":{"get":{}}})"), limits).error() == errc::too_large);
  limits = {};
  limits.max_bytes = 10;
  EXPECT_TRUE(read(document_with("{}"), limits).error() == errc::too_large);
  openapi::convert_options few;
  few.max_operations = 1;
  few.max_notices = 1;
  const auto done = converted(document_with(R"({"/a":{"get":{},"put":{}},"/b":1,"/c":2})"), few);
  EXPECT_EQ(done.found.tools.size(), 1u);
  EXPECT_EQ(done.notices.size(), 2u);
  EXPECT_THAT(done.notices.back().message, HasSubstr("more notices"));
}

TEST(a_document, may_begin_with_a_byte_order_mark_and_repeat_keys) {
  const auto done = converted("\xEF\xBB\xBF" R"({"openapi":"3.0.0","servers":[{"url":"https://s.example"}],"paths":{"/a":{"get":{"operationId":"old"},"get":{"operationId":"new"}}}})");
  EXPECT_EQ(done.found.tools.at(0)->name, "new");
  EXPECT_THAT(notices_of(done), HasSubstr("/paths/~1a/get: the key stands there twice"));
}

TEST(webhooks_and_callbacks, are_told_and_are_no_tools) {
  const auto done = converted(R"({"openapi":"3.1.0","webhooks":{"w":{"post":{}}}})");
  EXPECT_TRUE(done.found.tools.empty());
  EXPECT_THAT(notices_of(done), HasSubstr("/webhooks/w: the webhook"));
}

#ifdef UTCP_WITH_YAML
TEST(a_yaml_document, has_numbers_as_keys_and_limits_for_its_aliases) {
  const auto done = converted("openapi: 3.0.0\nservers: [{url: 'https://s.example'}]\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          content:\n            application/json:\n              schema: {type: string}\n");
  EXPECT_EQ(done.found.tools.at(0)->outputs.text(), R"({"type":"string"})");
  std::string bomb = "openapi: 3.0.0\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int n = 0; n < 9; ++n) bomb += "," + last;
    bomb += "]\n";
  }
  EXPECT_TRUE(read(bomb).error() == errc::too_large);
}
#endif
