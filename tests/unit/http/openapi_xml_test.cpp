// Objects as XML bodies: from an OpenAPI document to the request. The first vectors are the examples of OpenAPI 3.0.3 and 3.2.0, XML Object.
#include "http_fixture.hpp"

#include <utcp/openapi/convert.hpp>

namespace utcp::testing {
namespace {

using openapi_xml_test = http_transport_test;

openapi::conversion converted_schemas(const std::string& schemas, const std::string& root, const std::string& base) {
  const std::string text = R"({"openapi":"3.2.0","info":{},"paths":{"/x":{"post":{"requestBody":{"content":{"application/xml":{"schema":)" + root + R"(}}}}}},"components":{"schemas":)" + schemas + "}}";
  const auto source = openapi::document::read(text, syntax::json, "https://s.example/spec.json", nullptr);
  EXPECT_TRUE(source) << text;
  openapi::convert_options options;
  options.base_url = base;
  auto done = source ? openapi::convert(*source, options) : result<openapi::conversion>(openapi::conversion());
  return done ? std::move(*done) : openapi::conversion();
}

const std::string ref_to_t = R"({"$ref":"#/components/schemas/T"})";

struct xml_vector {
  std::string schema;  // of the component T
  std::string value;
  std::string expected;  // after the declaration; in T when it does not begin with `<`
};

/// A property `animals` of T.
xml_vector animals(const std::string& schema, const std::string& expected) {
  return {R"({"type":"object","properties":{"animals":)" + schema + "}}", R"({"animals":["cat","dog"]})", "<T>" + expected + "</T>"};
}

std::vector<xml_vector> xml_vectors() {
  return {
      {R"({"type":"object","properties":{"animals":{"type":"string"}}})", R"({"animals":"cat"})", "<T><animals>cat</animals></T>"},
      {R"({"type":"object","properties":{"animals":{"type":"string","xml":{"name":"animal"}}}})", R"({"animals":"cat"})", "<T><animal>cat</animal></T>"},
      {R"({"type":"object","xml":{"name":"Person"},"properties":{"name":{"type":"string","xml":{"namespace":"http://example.com/schema/sample","prefix":"sample"}},"id":{"type":"integer","xml":{"attribute":true}}}})",
       R"({"id":123,"name":"example"})", R"(<Person id="123"><sample:name xmlns:sample="http://example.com/schema/sample">example</sample:name></Person>)"},
      animals(R"({"type":"array","items":{"type":"string"}})", "<animals>cat</animals><animals>dog</animals>"),
      animals(R"({"type":"array","items":{"type":"string","xml":{"name":"animal"}}})", "<animal>cat</animal><animal>dog</animal>"),
      animals(R"({"type":"array","xml":{"name":"aliens"},"items":{"type":"string","xml":{"name":"animal"}}})", "<animal>cat</animal><animal>dog</animal>"),
      animals(R"({"type":"array","xml":{"wrapped":true},"items":{"type":"string"}})", "<animals><animals>cat</animals><animals>dog</animals></animals>"),
      animals(R"({"type":"array","xml":{"wrapped":true},"items":{"type":"string","xml":{"name":"animal"}}})", "<animals><animal>cat</animal><animal>dog</animal></animals>"),
      animals(R"({"type":"array","xml":{"name":"aliens","wrapped":true},"items":{"type":"string","xml":{"name":"animal"}}})", "<aliens><animal>cat</animal><animal>dog</animal></aliens>"),
      animals(R"({"type":"array","xml":{"name":"aliens","wrapped":true},"items":{"type":"string"}})", "<aliens><aliens>cat</aliens><aliens>dog</aliens></aliens>"),
      animals(R"({"type":"array","xml":{"name":"aliens","nodeType":"element"},"items":{"type":"string","xml":{"name":"animal"}}})", "<aliens><animal>cat</animal><animal>dog</animal></aliens>"),
      animals(R"({"type":"array","xml":{"attribute":true},"items":{"type":"string"}})", ""),
      {R"({"type":"object","properties":{"size":{"type":"integer","xml":{"nodeType":"attribute"}},"data":{"type":"string","xml":{"nodeType":"text"}}}})",
       R"({"data":"a <b>","size":3})", R"(<T size="3">a &lt;b&gt;</T>)"},
      {R"({"type":"object","properties":{"html":{"type":"string","xml":{"nodeType":"cdata"}}}})", R"({"html":"<p>x ]]> y</p>"})", "<T><![CDATA[<p>x ]]]]><![CDATA[> y</p>]]></T>"},
      {R"({"type":"object","properties":{"in":{"type":"object","xml":{"nodeType":"none"},"properties":{"a":{"type":"string"}}}}})", R"({"in":{"a":"1"}})", "<T><a>1</a></T>"},
      {R"({"type":"array","xml":{"name":"pets"},"items":{"type":"object","xml":{"name":"pet"},"properties":{"n":{"type":"integer"}}}})", R"([{"n":1},{"n":2}])",
       "<pets><pet><n>1</n></pet><pet><n>2</n></pet></pets>"},
      {R"({"type":"object","xml":{"namespace":"urn:a&b"},"properties":{"a":{"type":"string","xml":{"attribute":true,"prefix":"p","namespace":"urn:p"}}}})", R"({"a":"\"<&\n"})",
       R"(<T xmlns="urn:a&amp;b" xmlns:p="urn:p" p:a="&quot;&lt;&amp;&#10;"/>)"},
      {R"({"type":"object","properties":{"name":{"type":"string"},"child":{"$ref":"#/components/schemas/T"},"list":{"type":"array","items":{"$ref":"#/components/schemas/T"}}}})",
       R"({"name":"a","child":{"name":"b"},"list":[{"name":"c","list":[{"name":"d"}]}]})", "<T><name>a</name><child><name>b</name></child><list><name>c</name><list><name>d</name></list></list></T>"},
      {R"({"allOf":[{"type":"object","properties":{"b":{"type":"boolean"}}}],"properties":{"a":{"type":"number"},"r":{"type":"string","readOnly":true}},"additionalProperties":true})",
       R"({"a":1.0,"b":true,"n":null,"more":["x","y"]})", "<T><b>true</b><a>1</a><more>x</more><more>y</more></T>"},
  };
}

TEST_F(openapi_xml_test, writes_objects_as_their_xml_objects_say) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  for (const xml_vector& each : xml_vectors()) {
    const auto done = converted_schemas(R"({"T":)" + each.schema + "}", ref_to_t, server.url(""));
    ASSERT_EQ(done.found.tools.size(), 1u) << each.schema;
    const json how = done.found.tools[0]->tool_call_template->options;
    ASSERT_TRUE(how.contains("x-body-xml")) << each.schema;
    std::string expected = each.expected;
    if (expected == "<T></T>") expected = R"(<T animals="cat dog"/>)";
    const auto answer = call(how, {{"body", json::parse(each.value)}});
    ASSERT_TRUE(answer) << answer.error().message << how.dump();
    EXPECT_EQ(server.last().body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + expected) << how.dump();
    EXPECT_EQ(server.last().header("Content-Type"), "application/xml");
  }
}

TEST_F(openapi_xml_test, takes_a_document_as_text_and_refuses_what_xml_cannot_hold) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  const auto done = converted_schemas(R"({"T":{"type":"object","properties":{"a":{"xml":{"attribute":true}},"b":{}}}})", ref_to_t, server.url(""));
  const json how = done.found.tools.at(0)->tool_call_template->options;
  ASSERT_TRUE(call(how, {{"body", "<own/>"}}));
  EXPECT_EQ(server.last().body, "<own/>");
  for (const json& bad : {json::parse(R"({"a":{"x":1}})"), json::parse(R"({"a":[[1]]})"), json::parse(R"({"b":"\u0001"})"), json::parse(R"({"b":"\uffff"})"), json::parse(R"({"no name":1})")}) {
    const auto answer = call(how, {{"body", bad}});
    ASSERT_FALSE(answer) << bad.dump();
    EXPECT_EQ(answer.error().code, errc::invalid_argument) << bad.dump();
  }
}

TEST_F(openapi_xml_test, leaves_a_root_without_a_name_to_the_caller) {
  const auto done = converted_schemas("{}", R"({"type":"object"})", "https://s.example");
  EXPECT_FALSE(done.found.tools.at(0)->tool_call_template->options.contains("x-body-xml"));
  ASSERT_EQ(done.notices.size(), 1u);
  EXPECT_NE(done.notices[0].message.find("the root has no name"), std::string::npos);
}

TEST_F(openapi_xml_test, refuses_a_shape_that_is_none) {
  for (const char* shape : {R"({})", R"({"name":"a b"})", R"({"name":"a","nodeType":"x"})", R"({"name":"a","nodeType":"none"})", R"({"name":"a","type":"t"})", R"({"name":"a","members":{}})",
                            R"({"name":"a","members":[{}]})", R"({"name":"a","types":{"t":{"type":"t"}}})", R"({"name":"a","prefix":"x:y"})", R"({"name":1})", R"([])"}) {
    const auto answer = call({{"url", "http://127.0.0.1:9/x"}, {"http_method", "POST"}, {"content_type", "text/xml"}, {"x-body-xml", json::parse(shape)}}, {{"body", json::object()}});
    ASSERT_FALSE(answer) << shape;
    EXPECT_EQ(answer.error().code, errc::invalid_config) << shape;
    EXPECT_NE(answer.error().message.find("x-body-xml"), std::string::npos) << answer.error().message;
  }
}

}  // namespace
}  // namespace utcp::testing
