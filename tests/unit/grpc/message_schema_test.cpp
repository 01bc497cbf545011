#include "message_schema.hpp"

#include "described_types.hpp"

#include <utcp/json_schema.hpp>

#include <gmock/gmock.h>

namespace utcp::grpc_transport {
namespace {

struct message_schema_test : ::testing::Test {
  const pb::MethodDescriptor& method(const char* name) { return *types->service("every.Keeper")->FindMethodByName(name); }

  std::shared_ptr<const type_set> types = describe_for_tests("every_type.proto");
  message_schemas schemas;
};

TEST_F(message_schema_test, has_a_schema_for_each_type) {
  const json schema = schemas.inputs_of(method("Keep")).to_json();
  const json& of = schema["properties"];
  EXPECT_EQ(schema["description"], "One field of each type.");
  EXPECT_EQ(of["aDouble"]["anyOf"][1]["enum"], (json{"NaN", "Infinity", "-Infinity"}));
  EXPECT_EQ(schemas.inputs_of(method("Keep"), {"tenant"}).to_json()["properties"]["tenant"]["description"], "Sent as metadata");
  EXPECT_EQ(of["aString"], (json{{"type", "string"}, {"description", "Any text."}}));
  EXPECT_EQ(of["anInt32"], (json{{"type", "integer"}, {"minimum", -2147483648}, {"maximum", 2147483647}}));
  EXPECT_EQ(of["anInt64"]["type"], (json{"string", "integer"}));
  EXPECT_EQ(of["someBytes"]["contentEncoding"], "base64");
  EXPECT_EQ(of["aColour"]["enum"], (json{"COLOUR_UNKNOWN", "RED", "GREEN", "NEGATIVE"}));
  EXPECT_EQ(of["another"]["$ref"], "#/$defs/every.Every");
  EXPECT_EQ(of["others"]["items"]["$ref"], "#/$defs/every.Every");
  EXPECT_EQ(of["byNumber"]["additionalProperties"]["$ref"], "#/$defs/every.Every");
  EXPECT_EQ(of["byNumber"]["propertyNames"]["pattern"], "^-?[0-9]+$");
  EXPECT_EQ(of["time"]["format"], "date-time");
  EXPECT_EQ(of["wrappedText"]["type"], (json{"string", "null"}));
  EXPECT_EQ(of["value"], json::object());
  EXPECT_EQ(of["nothing"]["type"], "null");
  EXPECT_TRUE(of.contains("newName"));
  EXPECT_EQ(schema["$defs"].size(), 1u);
  EXPECT_EQ(schema["oneOf"].size(), 4u);
}

TEST_F(message_schema_test, takes_many_requests_as_an_array) {
  EXPECT_EQ(schemas.inputs_of(method("Many")).to_json()["properties"]["messages"]["items"]["$ref"], "#/$defs/every.Every");
  EXPECT_EQ(schemas.inputs_of(method("Many")).to_json()["required"], json{"messages"});
  EXPECT_EQ(schemas.outputs_of(method("Many")).to_json()["type"], "array");
}

TEST_F(message_schema_test, takes_a_request_that_is_no_object_as_a_value) {
  EXPECT_EQ(schemas.inputs_of(method("Text")).to_json()["properties"]["value"]["type"], (json{"string", "null"}));
  EXPECT_EQ(schemas.outputs_of(method("Text")).to_json()["format"], "date-time");
}

/// What the encoder takes the schema allows, and what it says of oneofs is right.
TEST_F(message_schema_test, allows_what_can_be_sent) {
  const json_schema schema(schemas.inputs_of(method("Keep")).to_json());
  EXPECT_TRUE(schema.notices().empty());
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const json value = random_message(*types->message("every.Every"), random, 0);
    const auto fits = schema.validate(value, "message");
    EXPECT_TRUE(fits) << value << ": " << fits.error().message;
  }
  EXPECT_FALSE(schema.validate({{"left", "a"}, {"right", "1"}}, "message"));
  EXPECT_FALSE(schema.validate({{"anInt32", 3000000000}}, "message"));
}

}  // namespace
}  // namespace utcp::grpc_transport
