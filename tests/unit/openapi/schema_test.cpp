#include "openapi_fixture.hpp"

using namespace utcp;
using testing::HasSubstr;

namespace {

/// The inputs of one operation whose body is this schema.
openapi::conversion with_body(const std::string& schema, const std::string& components = "{}", const std::string& version = "3.0.3") {
  return converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":)" + schema + "}}}}}}", components, version));
}

json body_of(const std::string& schema, const std::string& version = "3.0.3") { return inputs_of(with_body(schema, "{}", version))["properties"]["body"]; }

}  // namespace

TEST(schemas, become_those_of_2020_12) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"type":"string","nullable":true,"enum":["a"]})", R"({"type":["string","null"],"enum":["a",null]})"},
      {R"({"type":"number","minimum":1,"exclusiveMinimum":true,"maximum":2,"exclusiveMaximum":false})", R"({"type":"number","exclusiveMinimum":1,"maximum":2})"},
      {R"({"type":"array","items":[{"type":"string"},{}]})", R"({"type":"array","prefixItems":[{"type":"string"},{}]})"},
      {R"({"properties":{"a":true,"b":false}})", R"({"type":"object","properties":{"a":{},"b":{"not":{}}}})"},
      {R"({"type":"object","additionalProperties":false,"required":["a","a"],"x-y":1,"xml":{},"externalDocs":{}})", R"({"type":"object","additionalProperties":false,"required":["a"]})"},
      {R"({"type":"string","format":"byte","example":"QQ=="})", R"({"type":"string","format":"byte","contentEncoding":"base64","examples":["QQ=="]})"},
      {R"({"nullable":true,"allOf":[{"type":"object"}]})", R"({"anyOf":[{"allOf":[{"type":"object"}]},{"type":"null"}]})"},
      {R"({"nullable":true,"oneOf":[{"type":"object"}]})", R"({"oneOf":[{"type":"object"},{"type":"null"}]})"},
      {R"({"type":"string","minLength":1.0,"default":null})", R"({"type":"string","minLength":1,"default":null})"}};
  for (const auto& [source, expected] : cases) EXPECT_EQ(body_of(source), json::parse(expected)) << source;
  EXPECT_EQ(body_of(R"({"type":["string","null"],"const":"a","if":{"const":1},"then":false})", "3.1.0"),
            json::parse(R"({"type":["string","null"],"const":"a","if":{"const":1},"then":{"not":{}}})"));
}

TEST(schemas, lose_what_is_wrong_and_tell_where) {
  const auto done = with_body(R"({"type":"object","required":true,"properties":{"a":{"type":"text","minimum":"1","pattern":5,"enum":[]},"b":null}})");
  EXPECT_EQ(inputs_of(done)["properties"]["body"], json::parse(R"({"type":"object","properties":{"a":{},"b":{}}})"));
  for (const char* place : {"/schema/required", "/properties/a/type", "/properties/a/minimum", "/properties/a/pattern", "/properties/a/enum", "/properties/b"})
    EXPECT_THAT(notices_of(done), HasSubstr(place));
}

TEST(schemas, take_a_null_for_the_type_of_null) {
  EXPECT_EQ(body_of(R"({"type":null})", "3.1.0"), json::parse(R"({"type":"null"})"));
  EXPECT_EQ(body_of(R"({"type":["string",null]})", "3.1.0"), json::parse(R"({"type":["string","null"]})"));
}

TEST(schemas, of_properties_that_are_all_read_only_keep_them) {
  EXPECT_EQ(body_of(R"({"type":"object","required":["id"],"properties":{"id":{"type":"string","readOnly":true}}})"),
            json::parse(R"({"type":"object","properties":{"id":{"type":"string","readOnly":true}}})"));
}

TEST(references, keep_the_examples_of_those_who_refer) {
  for (const char* version : {"3.0.3", "3.1.0"}) {
    const auto done = converted(document_with(R"({"/a":{"post":{"parameters":[{"name":"s","in":"query","example":"open","schema":{"$ref":"#/components/schemas/S"}}],
      "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"},"examples":{"one":{"value":"x1"}}}}}}}})", R"({"schemas":{"S":{"type":"string"}}})", version));
    EXPECT_EQ(inputs_of(done)["properties"]["s"]["examples"], json::array({"open"})) << version;
    EXPECT_EQ(inputs_of(done)["properties"]["body"]["examples"], json::array({"x1"})) << version;
  }
}

TEST(references, start_at_the_id_of_their_schema) {
  const char* components = R"({"schemas":{"Outer":{"$id":"https://ids.example/outer","type":"object","properties":{"own":{"$ref":"#/$defs/In"},"named":{"$ref":"inner"},"document":{"$ref":"#/components/schemas/Plain"}},
    "$defs":{"In":{"type":"integer"},"Inner":{"$id":"inner","type":"boolean"}}},"Plain":{"type":"string"}}})";
  const json inputs = inputs_of(with_body(R"({"type":"object","properties":{"o":{"$ref":"#/components/schemas/Outer"},"i":{"$ref":"https://ids.example/inner"}}})", components, "3.1.0"));
  EXPECT_EQ(inputs["$defs"]["In"]["type"], "integer");
  EXPECT_EQ(inputs["$defs"]["Inner"]["type"], "boolean");
  EXPECT_EQ(inputs["$defs"]["Plain"]["type"], "string");
}

TEST(discriminators, leave_the_rest_to_their_default) {
  const char* components = R"({"schemas":{"Cat":{"type":"object"},"Other":{"type":"object"}}})";
  const json choices = inputs_of(with_body(R"({"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Other"}],"discriminator":{"propertyName":"kind","defaultMapping":"Other"}})", components, "3.2.0"))["properties"]["body"]["oneOf"];
  EXPECT_EQ(choices[0]["properties"]["kind"]["const"], "Cat");
  EXPECT_EQ(choices[1].size(), 1u);
}

TEST(discriminators, add_no_value_that_the_schema_excludes) {
  const char* components = R"({"schemas":{"CatDto":{"type":"object","properties":{"kind":{"enum":["cat"]}}},"Dog":{"type":"object","properties":{"kind":{"type":"string"}}}}})";
  const auto done = with_body(R"({"oneOf":[{"$ref":"#/components/schemas/CatDto"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind"}})", components);
  const json choices = inputs_of(done)["properties"]["body"]["oneOf"];
  EXPECT_FALSE(choices[0].contains("properties"));
  EXPECT_EQ(choices[1]["properties"]["kind"]["const"], "Dog");
  EXPECT_THAT(notices_of(done), HasSubstr("\"CatDto\", which the schema excludes"));
}

TEST(discriminators, of_a_parent_that_lists_its_heirs_do_not_ask_for_them_again) {
  const char* components = R"({"schemas":{"Base":{"type":"object","discriminator":{"propertyName":"kind"},"oneOf":[{"$ref":"#/components/schemas/Sub"}],"properties":{"kind":{"type":"string"}}},
    "Mid":{"allOf":[{"$ref":"#/components/schemas/Base"}]},"Sub":{"allOf":[{"$ref":"#/components/schemas/Mid"},{"type":"object","properties":{"z":{}}}]}}})";
  const json defs = inputs_of(with_body(R"({"$ref":"#/components/schemas/Base"})", components))["$defs"];
  EXPECT_TRUE(defs["Base"].contains("oneOf"));
  EXPECT_EQ(defs["Mid"]["allOf"], json::parse(R"([{"type":"object","properties":{"kind":{"type":"string"}}}])"));
}

TEST(references, that_go_round_are_definitions_of_the_tool) {
  const auto done = with_body(R"({"$ref":"#/components/schemas/Node"})", R"({"schemas":{"Node":{"type":"object","properties":{
    "next":{"$ref":"#/components/schemas/Alias"},"other~/x":{"$ref":"#/components/schemas/a~1b"}}},"Alias":{"$ref":"#/components/schemas/Node"},"a/b":{"type":"string"},"Unused":{}}})");
  const json inputs = inputs_of(done);
  EXPECT_EQ(inputs["properties"]["body"], json::parse(R"({"$ref":"#/$defs/Node"})"));
  EXPECT_EQ(inputs["$defs"].size(), 2u);
  EXPECT_EQ(inputs["$defs"]["Node"]["properties"]["next"]["$ref"], "#/$defs/Node");
  EXPECT_EQ(inputs["$defs"]["Node"]["properties"]["other~/x"]["$ref"], "#/$defs/a_b");
  EXPECT_TRUE(done.notices.empty()) << notices_of(done);
}

TEST(references, that_lead_nowhere_keep_the_property) {
  const auto done = with_body(R"({"type":"object","properties":{"a":{"$ref":"#/components/schemas/None"},"b":{"$ref":"#/components/schemas/Self"},"c":{"$ref":"other.json#/x"}}})",
                              R"({"schemas":{"Self":{"$ref":"#/components/schemas/Self"}}})");
  const json properties = inputs_of(done)["properties"]["body"]["properties"];
  EXPECT_EQ(properties.size(), 3u);
  EXPECT_EQ(properties["a"]["description"], "unresolved reference #/components/schemas/None");
  EXPECT_THAT(notices_of(done), HasSubstr("there is no \"None\""));
  EXPECT_THAT(notices_of(done), HasSubstr("nothing loads it"));
}

TEST(references, to_other_documents_are_loaded_once_and_may_go_round) {
  openapi::convert_options options;
  std::vector<std::string> asked;
  options.load = [&](const std::string& url) -> result<openapi::document> {
    asked.push_back(url);
    if (url == "https://api.example/v1/parts/a.json")
      return openapi::document::of_json(json::parse(R"({"A":{"type":"object","properties":{"back":{"$ref":"../spec.json#/components/schemas/B"},"own":{"$ref":"#/A"}}}})"), url);
    return error(errc::invalid_config, "not there");
  };
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"parts/a.json#/A"}}}}}},"/x":{"$ref":"gone.json"}})",
                                            R"({"schemas":{"B":{"type":"array","items":{"$ref":"parts/a.json#/A"}}}})"), options);
  EXPECT_EQ(inputs_of(done)["$defs"]["B"]["items"]["$ref"], "#/$defs/A");
  EXPECT_EQ(inputs_of(done)["$defs"]["A"]["properties"]["own"]["$ref"], "#/$defs/A");
  EXPECT_THAT(asked, testing::UnorderedElementsAre("https://api.example/v1/parts/a.json", "https://api.example/v1/gone.json"));
  EXPECT_THAT(notices_of(done), HasSubstr("not there"));
}

TEST(definitions, have_what_is_only_read_or_only_written_on_one_side) {
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/U"}}}},
    "responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/U"}}}}}}}})",
                                            R"({"schemas":{"U":{"type":"object","required":["id","password","same"],"properties":{
    "id":{"type":"string","readOnly":true},"password":{"type":"string","writeOnly":true},"same":{"$ref":"#/components/schemas/S"}}},"S":{"type":"string"}}})"));
  const json in = inputs_of(done)["$defs"], out = done.found.tools[0]->outputs.to_json()["$defs"];
  EXPECT_EQ(in["U"]["required"], json::parse(R"(["password","same"])"));
  EXPECT_FALSE(in["U"]["properties"].contains("id"));
  EXPECT_EQ(out["U"]["required"], json::parse(R"(["id","same"])"));
  EXPECT_FALSE(out["U"]["properties"].contains("password"));
  EXPECT_EQ(in["S"], out["S"]);
}

TEST(a_discriminator, says_what_its_property_is_in_each_variant) {
  const auto done = with_body(R"({"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"}],"discriminator":{"propertyName":"kind","mapping":{"meow":"#/components/schemas/Cat"}}})",
                              R"({"schemas":{"Cat":{"type":"object"},"Dog":{"type":"object"}}})");
  const json variants = inputs_of(done)["properties"]["body"]["oneOf"];
  EXPECT_EQ(variants[0], json::parse(R"({"$ref":"#/$defs/Cat","properties":{"kind":{"const":"meow"}}})"));
  EXPECT_EQ(variants[1]["properties"]["kind"]["const"], "Dog");
}

TEST(siblings_of_a_reference, count_from_3_1_on) {
  const std::string schema = R"({"$ref":"#/components/schemas/S","maxLength":3,"description":"d"})", components = R"({"schemas":{"S":{"type":"string"}}})";
  EXPECT_EQ(inputs_of(with_body(schema, components))["properties"]["body"], json::parse(R"({"$ref":"#/$defs/S","description":"d"})"));
  EXPECT_EQ(inputs_of(with_body(schema, components, "3.1.0"))["properties"]["body"], json::parse(R"({"$ref":"#/$defs/S","description":"d","maxLength":3})"));
}
