#include "openapi_fixture.hpp"

using namespace utcp;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(an_openapi_document, becomes_tools_in_its_own_order) {
  const auto done = converted(document_with(R"({
    "/z/{id}": {"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
      "get":{"operationId":"getZ","summary":"One.","description":"More of it.","tags":["t","u"],"responses":{}},
      "delete":{"operationId":"deleteZ","deprecated":true,"responses":{}}},
    "/a": {"post":{"summary":"Makes.","responses":{}}}})"));
  ASSERT_EQ(done.found.tools.size(), 3u);
  EXPECT_EQ(done.found.utcp_version, "1.0.1");
  EXPECT_EQ(done.found.manual_version, "7");
  const tool& first = *done.found.tools[0];
  EXPECT_EQ(first.name, "getZ");
  EXPECT_EQ(first.description, "One.\n\nMore of it.");
  EXPECT_THAT(first.tags, ElementsAre("t", "u"));
  EXPECT_EQ(first.tool_call_template->protocol, "http");
  EXPECT_EQ(options_of(done)["url"], "https://s.example/base/z/{id}");
  EXPECT_EQ(options_of(done)["http_method"], "GET");
  EXPECT_EQ(inputs_of(done), json::parse(R"({"type":"object","properties":{"id":{"type":"integer"}},"required":["id"]})"));
  EXPECT_THAT(done.found.tools[1]->description, HasSubstr("[deprecated] DELETE /z/{id}"));
  EXPECT_EQ(done.found.tools[2]->name, "post_a");
}

TEST(an_openapi_document, keeps_the_order_of_properties) {
  const auto done = converted(document_with(R"({"/a":{"get":{"parameters":[
    {"name":"z","in":"query","schema":{"type":"string"}},{"name":"a","in":"query","schema":{"type":"string"}}]}}})"));
  EXPECT_EQ(done.found.tools[0]->inputs.text(), R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}}})");
}

TEST(an_openapi_document, gives_the_same_manual_each_time) {
  const std::string text = document_with(R"({"/a":{"get":{"operationId":"x/y"}},"/b":{"get":{"operationId":"x/y"}}})");
  const auto one = converted(text), two = converted(text);
  EXPECT_EQ(one.found.tools[0]->name, two.found.tools[0]->name);
}

TEST(names, fit_models_and_do_not_depend_on_the_order_of_operations) {
  const std::string a = R"("/a":{"get":{"operationId":"x/y"}})", b = R"("/b":{"get":{"operationId":"x.y"}})";
  const auto one = converted(document_with("{" + a + "," + b + "}"));
  const auto two = converted(document_with("{" + b + "," + a + "}"));
  EXPECT_THAT(one.found.tools[0]->name, testing::MatchesRegex("x_y_[0-9a-f]{8}"));
  EXPECT_EQ(one.found.tools[0]->name, two.found.tools[1]->name);
  EXPECT_EQ(one.found.tools[1]->name, two.found.tools[0]->name);
  EXPECT_EQ(options_of(one)["x-operation-id"], "x/y");
  const auto lengthy = converted(document_with(R"({"/a":{"get":{"operationId":")" + std::string(100, 'n') + R"("}}})"));
  EXPECT_EQ(lengthy.found.tools[0]->name.size(), 64u);
}

TEST(parameters, of_the_operation_win_over_those_of_the_path) {
  const auto done = converted(document_with(R"({"/a":{"parameters":[{"name":"q","in":"query","required":true,"schema":{"type":"string"}},{"$ref":"#/components/parameters/p"}],
    "get":{"parameters":[{"name":"q","in":"query","schema":{"type":"integer"},"description":"Own."}]}}})",
                                            R"({"parameters":{"p":{"name":"p","in":"header","schema":{"type":"string"}}}})"));
  EXPECT_EQ(inputs_of(done), json::parse(R"({"type":"object","properties":{"q":{"type":"integer","description":"Own."},"p":{"type":"string"}}})"));
  EXPECT_EQ(options_of(done)["header_fields"], json::array({"p"}));
}

TEST(parameters, say_how_they_are_written_only_where_utcp_would_do_it_otherwise) {
  const auto done = converted(document_with(R"({"/a/{m}/{p}":{"get":{"parameters":[
    {"name":"m","in":"path","required":true,"style":"matrix","schema":{"type":"string"}},
    {"name":"p","in":"path","required":true,"schema":{"type":"string"}},
    {"name":"plain","in":"query","schema":{"type":"array","items":{"type":"string"}}},
    {"name":"joined","in":"query","explode":false,"schema":{"type":"array","items":{"type":"string"}}},
    {"name":"deep","in":"query","style":"deepObject","explode":true,"schema":{"type":"object"}},
    {"name":"reserved","in":"query","allowReserved":true,"schema":{"type":"string"}},
    {"name":"c","in":"cookie","schema":{"type":"string"}},
    {"name":"j","in":"query","content":{"application/json":{"schema":{"type":"object"}}}}]}}})"));
  const json map = options_of(done)["x-arg-map"];
  EXPECT_EQ(map["m"], json::parse(R"({"in":"path","name":"m","style":"matrix","explode":false})"));
  EXPECT_FALSE(map.contains("p"));
  EXPECT_FALSE(map.contains("plain"));
  EXPECT_EQ(map["joined"], json::parse(R"({"in":"query","name":"joined","style":"form","explode":false})"));
  EXPECT_EQ(map["deep"], json::parse(R"({"in":"query","name":"deep","style":"deepObject","explode":true})"));
  EXPECT_EQ(map["reserved"], json::parse(R"({"in":"query","name":"reserved","allowReserved":true})"));
  EXPECT_EQ(map["j"], json::parse(R"({"in":"query","name":"j","style":"content","content":"application/json"})"));
  EXPECT_EQ(options_of(done)["cookie_fields"], json::array({"c"}));
}

TEST(parameters, of_one_name_in_two_places_are_two_arguments) {
  const auto done = converted(document_with(R"({"/a/{id}":{"get":{"parameters":[
    {"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"id","in":"query","schema":{"type":"string"}},
    {"name":"filter[x]","in":"query","schema":{"type":"string"}}]}}})"));
  EXPECT_EQ(options_of(done)["url"], "https://s.example/base/a/{id__path}");
  EXPECT_EQ(options_of(done)["x-arg-map"]["id__query"], json::parse(R"({"in":"query","name":"id"})"));
  EXPECT_EQ(options_of(done)["x-arg-map"]["filter_x"], json::parse(R"({"in":"query","name":"filter[x]"})"));
  openapi::convert_options wire;
  wire.safe_arguments = false;
  EXPECT_TRUE(inputs_of(converted(document_with(R"({"/a":{"get":{"parameters":[{"name":"f[x]","in":"query"}]}}})"), wire))["properties"].contains("f[x]"));
}

TEST(a_body, has_the_best_of_its_media_types) {
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"required":true,"description":"What.","content":{
    "text/plain":{"schema":{"type":"string"}},"application/merge-patch+json":{"schema":{"type":"object"}},"application/json; charset=utf-8":{"schema":{"type":"object"}}}}}}})"));
  EXPECT_EQ(options_of(done)["content_type"], "application/json; charset=utf-8");
  EXPECT_EQ(options_of(done)["body_field"], "body");
  EXPECT_EQ(options_of(done)["x-content-types"].size(), 3u);
  EXPECT_EQ(inputs_of(done), json::parse(R"({"type":"object","properties":{"body":{"description":"What.","type":"object"}},"required":["body"]})"));
}

TEST(a_body, of_a_form_says_how_its_fields_are_written) {
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"multipart/form-data":{
    "schema":{"type":"object","properties":{"photo":{"type":"string","format":"binary"},"meta":{"type":"object"},"n":{"type":"integer"}}},
    "encoding":{"photo":{"contentType":"image/png"}}}}}}}})"));
  EXPECT_EQ(options_of(done)["x-body-encoding"], json::parse(R"({"photo":{"contentType":"image/png"},"meta":{"contentType":"application/json"}})"));
  EXPECT_FALSE(inputs_of(done).contains("required"));
}

TEST(a_body, in_parts_has_styles_from_3_1_on) {
  const std::string paths = R"({"/a":{"post":{"requestBody":{"content":{"multipart/form-data":{
    "schema":{"type":"object","properties":{"o":{"type":"object"}}},"encoding":{"o":{"style":"form","explode":false,"contentType":"text/plain"}}}}}}}})";
  EXPECT_EQ(options_of(converted(document_with(paths, "{}", "3.0.4")))["x-body-encoding"], json::parse(R"({"o":{"contentType":"text/plain"}})"));
  EXPECT_EQ(options_of(converted(document_with(paths, "{}", "3.1.0")))["x-body-encoding"], json::parse(R"({"o":{"style":"form","explode":false}})"));
}

TEST(a_body, in_parts_has_the_headers_whose_value_is_known) {
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"multipart/form-data":{
    "schema":{"type":"object","properties":{"f":{"type":"string","format":"binary"},"t":{"type":"string"}}},
    "encoding":{"f":{"headers":{"X-Kind":{"$ref":"#/components/headers/kind"},"X-Level":{"schema":{"type":"integer","default":3}},
      "X-Free":{"schema":{"type":"string"}},"Content-Type":{"schema":{"const":"text/html"}}}},"t":{"headers":{"X-Free":{}}}}}}}}}})",
                                            R"({"headers":{"kind":{"schema":{"enum":["photo"]}}}})"));
  EXPECT_EQ(options_of(done)["x-body-encoding"], json::parse(R"({"f":{"contentType":"application/octet-stream","headers":{"X-Kind":"photo","X-Level":"3"}}})"));
  EXPECT_NE(notices_of(done).find("/encoding/f/headers/X-Free: the header \"X-Free\" of a part is sent only where the call says it"), std::string::npos) << notices_of(done);
}

TEST(server_variables, become_optional_arguments_when_asked_for) {
  const std::string text = R"({"openapi":"3.1.0","servers":[{"url":"https://{region}.api.example/{version}/{free}","variables":{
    "region":{"enum":["eu","us"],"default":"eu","description":"Where."},"version":{"enum":["v1","v2/beta"],"default":"v1"},"free":{"default":"f"}}}],
    "paths":{"/a":{"get":{}}}})";
  EXPECT_EQ(options_of(converted(text))["url"], "https://eu.api.example/v1/f/a");
  openapi::convert_options options;
  options.server_arguments = true;
  const auto done = converted(text, options);
  EXPECT_EQ(options_of(done)["url"], "https://{region}.api.example/v1/f/a");
  EXPECT_EQ(options_of(done)["x-arg-map"], json::parse(R"({"region":{"in":"path","default":"eu"}})"));
  EXPECT_EQ(inputs_of(done), json::parse(R"({"type":"object","properties":{"region":{"type":"string","enum":["eu","us"],"default":"eu","description":"Where."}}})"));
  options.server_variables["region"] = "us";
  EXPECT_EQ(options_of(converted(text, options))["url"], "https://us.api.example/v1/f/a");
}

TEST(server_variables, stay_what_they_are_where_a_value_could_choose_another_host) {
  openapi::convert_options options;
  options.server_arguments = true;
  for (const char* url : {"{v}://api.example", "https://api.example{v}/x", "https://api.example{v}:8/x"}) {
    const auto done = converted(std::string(R"({"openapi":"3.1.0","servers":[{"url":")") + url + R"(","variables":{"v":{"enum":["https","http"],"default":"https"}}}],"paths":{"/a":{"get":{}}}})", options);
    EXPECT_EQ(options_of(done)["url"].get<std::string>().find('{'), std::string::npos) << url;
  }
}

TEST(a_body, of_parts_without_names_has_encodings_by_their_place) {
  const auto done = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"multipart/mixed":{
    "schema":{"type":"array","prefixItems":[{"type":"object"}],"items":{"type":"string"}},
    "prefixEncoding":[{"contentType":"application/json","headers":{"Content-ID":{"schema":{"const":"<a>"}}}}],"itemEncoding":{"contentType":"image/png"}}}}}}})",
                                            "{}", "3.2.0"));
  EXPECT_EQ(options_of(done)["x-body-encoding"],
            json::parse(R"({"0":{"contentType":"application/json","headers":{"Content-ID":"<a>"}},"*":{"contentType":"image/png"}})"));
  EXPECT_EQ(notices_of(done), "");
  const auto named = converted(document_with(R"({"/a":{"post":{"requestBody":{"content":{"multipart/form-data":{"schema":{"type":"object"},
    "itemEncoding":{"contentType":"image/png"},"encoding":{"a":{"itemEncoding":{}}}}}}}}})", "{}", "3.2.0"));
  EXPECT_NE(notices_of(named).find("/itemEncoding: is only for multipart types whose parts have no names"), std::string::npos) << notices_of(named);
  EXPECT_NE(notices_of(named).find("/encoding/a/itemEncoding: a multipart body within a part"), std::string::npos) << notices_of(named);
}

TEST(a_body, of_swagger_has_the_type_that_a_header_parameter_names) {
  const auto done = converted(R"({"swagger":"2.0","info":{},"host":"h.example","consumes":["application/json","text/csv"],"paths":{"/a":{
    "post":{"parameters":[{"name":"b","in":"body","schema":{}},{"name":"Content-type","in":"header","type":"string","enum":["application/x-tar"]}]},
    "put":{"parameters":[{"name":"b","in":"body","schema":{}},{"name":"Content-Type","in":"header","type":"string","default":"text/csv"}]},
    "patch":{"parameters":[{"name":"b","in":"body","schema":{}},{"name":"Content-Type","in":"header","type":"string"}]}}}})");
  EXPECT_EQ(options_of(done, 0)["headers"], json::parse(R"({"Content-Type":"application/x-tar"})"));
  EXPECT_EQ(options_of(done, 0)["content_type"], "application/json");
  EXPECT_EQ(options_of(done, 1)["content_type"], "text/csv");
  EXPECT_FALSE(options_of(done, 1).contains("headers"));
  EXPECT_EQ(options_of(done, 2)["content_type"], "application/json");
}

TEST(parameters, of_a_path_are_empty_where_the_document_lists_that) {
  const auto done = converted(document_with(R"({"/a/{x}/{y}":{"get":{"parameters":[
    {"name":"x","in":"path","required":true,"schema":{"enum":["","b"]}},{"name":"y","in":"path","required":true,"schema":{"type":"string"}}]}}})"));
  EXPECT_EQ(options_of(done)["x-arg-map"], json::parse(R"({"x":{"in":"path","name":"x","allowEmptyValue":true}})"));
}

TEST(a_body, beside_a_parameter_of_that_name_has_another_one) {
  const auto done = converted(document_with(R"({"/a":{"post":{"parameters":[{"name":"body","in":"query","schema":{"type":"string"}}],
    "requestBody":{"content":{"application/xml":{"schema":{"type":"object"}}}}}}})"));
  EXPECT_EQ(options_of(done)["body_field"], "body__body");
  EXPECT_EQ(inputs_of(done)["properties"]["body__body"]["type"], json::parse(R"(["object","string"])"));
}

TEST(documents, that_mix_versions_keep_their_types) {
  const auto done = converted(document_with(R"({"/x":{"get":{"parameters":[{"name":"q","in":"query","type":"array","items":{"type":"integer"}},{"name":"e","in":"query","enum":["a"]}],
    "responses":{"200":{"description":"ok","schema":{"type":"object"}}}}}})"));
  EXPECT_EQ(inputs_of(done)["properties"]["q"], json::parse(R"({"type":"array","items":{"type":"integer"}})"));
  EXPECT_EQ(inputs_of(done)["properties"]["e"], json::parse(R"({"enum":["a"]})"));
  EXPECT_EQ(done.found.tools[0]->outputs.to_json()["type"], "object");
  EXPECT_THAT(notices_of(done), HasSubstr("read as Swagger 2.0 has it"));
  const auto swagger = converted(R"({"swagger":"2.0","host":"s.example","paths":{"/x":{"get":{"parameters":[{"name":"q","in":"query","schema":{"type":"integer"}}]}}}})");
  EXPECT_EQ(inputs_of(swagger)["properties"]["q"]["type"], "integer");
}

TEST(documents, may_give_their_version_as_a_single_digit) {
  EXPECT_EQ(options_of(converted(R"({"swagger":"2","host":"s.example","schemes":["https"],"paths":{"/x":{"get":{}}}})"))["url"], "https://s.example/x");
}

TEST(documents, with_half_a_pair_of_utf_16_are_read) {
  const auto done = converted(document_with(R"({"/x":{"get":{"summary":"a \ud83d b \ud83d\ude00 \\ud83d \ude00"}}})"));
  EXPECT_EQ(done.found.tools.at(0)->description, "a \xEF\xBF\xBD b \xF0\x9F\x98\x80 \\ud83d \xEF\xBF\xBD");
  EXPECT_THAT(notices_of(done), HasSubstr("U+FFFD"));
}

TEST(operations, whose_reference_leads_nowhere_keep_method_and_path) {
  const auto done = converted(document_with(R"({"/x/{id}":{"get":{"$ref":"gone.yaml"}}})"));
  ASSERT_EQ(done.found.tools.size(), 1u);
  EXPECT_EQ(options_of(done)["url"], "https://s.example/base/x/{id}");
  EXPECT_THAT(notices_of(done), HasSubstr("only its method and path are known"));
}

TEST(operations, that_answer_with_a_stream_say_what_its_items_are) {
  const auto done = converted(document_with(R"({"/x":{"get":{"responses":{"200":{"description":"s","content":{"text/event-stream":{"itemSchema":{"type":"object"}}}}}}}})", "{}", "3.2.0"));
  EXPECT_EQ(done.found.tools.at(0)->outputs.to_json(), json::parse(R"({"type":"array","items":{"type":"object"}})"));
}

TEST(parameters, that_the_path_has_in_its_query_are_sent_once) {
  const auto done = converted(document_with(R"({"/a?s={s}&f=1":{"get":{"parameters":[{"name":"s","in":"query","schema":{"type":"string"}}]}},
    "/b?f=1&s={s}":{"get":{"parameters":[{"name":"s","in":"query","schema":{"type":"string"}}]}},"/c?s={s}":{"get":{"parameters":[{"name":"s","in":"path","required":true,"schema":{"type":"string"}}]}}})"));
  EXPECT_EQ(options_of(done, 0)["url"], "https://s.example/base/a?f=1");
  EXPECT_EQ(options_of(done, 1)["url"], "https://s.example/base/b?f=1");
  EXPECT_EQ(options_of(done, 2)["url"], "https://s.example/base/c?s={s}");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(inputs_of(done, i)["properties"].size(), 1u) << i;
}

TEST(parameters, of_other_scripts_have_their_name_in_the_description) {
  const auto done = converted(document_with(R"({"/a":{"get":{"parameters":[{"name":"\u72b6\u614b","in":"query","description":"Filter","schema":{"type":"string"}}]}}})"));
  EXPECT_EQ(inputs_of(done)["properties"]["argument"]["description"], "\"\xE7\x8A\xB6\xE6\x85\x8B\". Filter");
}

TEST(servers, of_the_operation_win_and_variables_have_their_defaults) {
  const std::string text = document_with(R"({"/a":{"servers":[{"url":"https://path.example"}],
    "get":{"servers":[{"url":"https://{region}.example/{free}","variables":{"region":{"default":"eu"}}}]},"put":{}},"/b":{"get":{}}})");
  const auto done = converted(text);
  EXPECT_EQ(options_of(done, 0)["url"], "https://eu.example/{free}/a");
  EXPECT_THAT(inputs_of(done, 0)["required"], ElementsAre("free"));
  EXPECT_EQ(options_of(done, 1)["url"], "https://path.example/a");
  EXPECT_EQ(options_of(done, 2)["url"], "https://s.example/base/b");
  openapi::convert_options options;
  options.server_variables["region"] = "us";
  EXPECT_EQ(options_of(converted(text, options), 0)["url"], "https://us.example/{free}/a");
  options.base_url = "https://mine.example/x/";
  EXPECT_EQ(options_of(converted(text, options), 0)["url"], "https://mine.example/x/a");
}

TEST(servers, that_are_relative_start_where_the_document_is) {
  const std::string text = R"({"openapi":"3.1.0","servers":[{"url":"../v2"}],"paths":{"/a?k=v":{"get":{}}}})";
  EXPECT_EQ(options_of(converted(text))["url"], "https://api.example/v2/a?k=v");
  const auto unknown = converted(text, {}, "/specs/local.json");
  EXPECT_EQ(options_of(unknown)["url"], "http://localhost/v2/a?k=v");
  EXPECT_THAT(notices_of(unknown), HasSubstr("base URL"));
}

TEST(servers, are_all_told_where_there_is_a_choice) {
  const auto done = converted(R"({"openapi":"3.1.0","servers":[{"url":"http://a.example"},{"url":"https://b.example/v1","description":"TLS"}],"paths":{"/a":{"get":{}},"/b":{"servers":[{"url":"https://c.example"}],"get":{}}}})");
  EXPECT_EQ(options_of(done, 0)["url"], "https://b.example/v1/a");
  EXPECT_EQ(options_of(done, 0)["x-servers"], json::parse(R"([{"url":"http://a.example"},{"url":"https://b.example/v1","description":"TLS"}])"));
  EXPECT_FALSE(options_of(done, 1).contains("x-servers"));
}

TEST(servers, keep_their_path_when_the_rest_is_not_known) {
  const auto base = [](const char* head, openapi::convert_options options = {}, const std::string& from = "/specs/local.json") {
    return options_of(converted(std::string("{") + head + R"(,"paths":{"/a":{"get":{}}}})", options, from))["url"];
  };
  EXPECT_EQ(base(R"("openapi":"3.1.0","servers":[{"url":"/api/v3"}])"), "http://localhost/api/v3/a");
  EXPECT_EQ(base(R"("openapi":"3.1.0","servers":[{"url":"//s.example/v3"}])"), "https://s.example/v3/a");
  EXPECT_EQ(base(R"("openapi":"3.1.0","servers":[{"url":"{scheme}://s.example/v3"}])"), "https://s.example/v3/a");
  EXPECT_EQ(base(R"("openapi":"3.1.0","servers":[{"url":"{{baseUrl}}"}])"), "http://localhost/a");
  EXPECT_EQ(base(R"("swagger":"2.0","basePath":"v2")"), "http://localhost/v2/a");
  const char* endpoint = R"("openapi":"3.1.0","servers":[{"url":"{endpoint}/text","variables":{"endpoint":{}}}])";
  EXPECT_EQ(base(endpoint), "http://localhost/text/a");
  EXPECT_EQ(base(endpoint, {}, "https://docs.example/specs/text.json"), "https://docs.example/text/a");
  openapi::convert_options options;
  options.server_variables["endpoint"] = "https://mine.example";
  EXPECT_EQ(base(endpoint, options), "https://mine.example/text/a");
}

TEST(servers, of_azures_pattern_are_taken_when_all_of_it_is_known) {
  const std::string text = R"({"swagger":"2.0","basePath":"/v1","x-ms-parameterized-host":{"hostTemplate":"{account}.{suffix}",
    "parameters":[{"name":"account","in":"path","type":"string"},{"$ref":"#/parameters/suffix"}]},
    "parameters":{"suffix":{"name":"suffix","in":"path","type":"string","default":"batch.example"}},"paths":{"/a":{"get":{}}}})";
  const auto open = converted(text);
  EXPECT_EQ(options_of(open)["url"], "https://api.example/v1/a");
  EXPECT_THAT(notices_of(open), HasSubstr("give account as a server variable"));
  openapi::convert_options options;
  options.server_variables["account"] = "mine";
  EXPECT_EQ(options_of(converted(text, options))["url"], "https://mine.batch.example/v1/a");
  const std::string whole = R"({"swagger":"2.0","x-ms-parameterized-host":{"hostTemplate":"{endpoint}/text","useSchemePrefix":false,"parameters":[]},"paths":{"/a":{"get":{}}}})";
  options.server_variables["endpoint"] = "https://mine.example";
  EXPECT_EQ(options_of(converted(whole, options))["url"], "https://mine.example/text/a");
}

TEST(servers, on_this_machine_are_refused_to_documents_from_elsewhere) {
  const std::string text = R"({"openapi":"3.1.0","servers":[{"url":"http://127.0.0.1:1/"}],"paths":{"/a":{"get":{}}}})";
  openapi::convert_options options;
  options.allow_local_servers = false;
  const auto done = converted(text, options);
  EXPECT_TRUE(done.found.tools.empty());
  EXPECT_THAT(notices_of(done), HasSubstr("base URL"));
  EXPECT_EQ(converted(text).found.tools.size(), 1u);
}

TEST(security, has_one_variable_a_scheme) {
  const auto done = converted(R"({"openapi":"3.0.0","servers":[{"url":"https://s.example"}],"security":[{"key":[]}],
    "paths":{"/a":{"get":{},"put":{"security":[]},"post":{"security":[{"key":[],"second":[]}]},"delete":{"security":[{"cc":["r","w"]}]},"patch":{"security":[{},{"key":[]}]}},
             "/b":{"get":{"security":[{"none":[]},{"user":[]}]}}},
    "components":{"securitySchemes":{"key":{"type":"apiKey","in":"query","name":"k"},"second":{"type":"apiKey","in":"header","name":"X-2"},
      "cc":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"/token","scopes":{}}}},"user":{"type":"openIdConnect","openIdConnectUrl":"https://i.example"}}}})");
  const auto auth = [&](std::size_t i) { return done.found.tools.at(i)->tool_call_template->auth; };
  EXPECT_EQ(auth(0), json::parse(R"({"auth_type":"api_key","api_key":"${API_KEY_key}","var_name":"k","location":"query"})"));
  EXPECT_TRUE(auth(1).is_null());
  EXPECT_EQ(auth(2)["var_name"], "k");
  EXPECT_EQ(options_of(done, 2)["headers"], json::parse(R"({"X-2":"${API_KEY_second}"})"));
  EXPECT_EQ(auth(3), json::parse(R"({"auth_type":"oauth2","token_url":"https://api.example/token","client_id":"${CLIENT_ID_cc}","client_secret":"${CLIENT_SECRET_cc}","scope":"r w"})"));
  EXPECT_TRUE(auth(4).is_null());
  EXPECT_EQ(auth(5)["api_key"], "Bearer ${API_KEY_user}");
  EXPECT_THAT(notices_of(done), HasSubstr("\"none\" is not defined"));
}

TEST(security, asks_no_one_for_what_auth_sends) {
  const auto done = converted(document_with(R"({"/a":{"get":{"security":[{"t":[]}],"parameters":[{"name":"token","in":"query","required":true,"schema":{"type":"string"}}]}}})",
                                            R"({"securitySchemes":{"t":{"type":"apiKey","in":"query","name":"token"}}})"));
  EXPECT_EQ(inputs_of(done)["properties"], json::object());
}

TEST(responses, are_the_first_success_and_not_the_error) {
  const auto done = converted(document_with(R"({"/a":{"get":{"responses":{"default":{"content":{"application/json":{"schema":{"type":"string","description":"error"}}}},
    "201":{"content":{"application/json":{"schema":{"type":"integer"}}}},"200":{"$ref":"#/components/responses/ok"}}},
    "put":{"responses":{"204":{"description":"none"},"default":{"content":{"application/json":{"schema":{"type":"string"}}}}}},
    "post":{"responses":{"2XX":{"content":{"text/csv":{"schema":{"type":"string"}},"application/hal+json":{"schema":{"type":"array"}}}}}}}})",
                                            R"({"responses":{"ok":{"content":{"application/json":{"schema":{"type":"boolean"}}}}}})"));
  EXPECT_EQ(done.found.tools[0]->outputs.text(), R"({"type":"boolean"})");
  EXPECT_TRUE(done.found.tools[1]->outputs.empty());
  EXPECT_EQ(done.found.tools[2]->outputs.text(), R"({"type":"array"})");
}

TEST(a_selection, takes_and_leaves_operations) {
  const std::string text = document_with(R"({"/pets":{"get":{"operationId":"listPets","tags":["pets"]},"post":{"operationId":"addPet","tags":["pets"]}},
    "/pets/{id}/toys":{"get":{"operationId":"listToys","tags":["toys"],"deprecated":true}}})");
  const auto names = [&](std::vector<std::string> include, std::vector<std::string> exclude) {
    openapi::convert_options options;
    options.include = std::move(include);
    options.exclude = std::move(exclude);
    options.prefix = "p_";
    std::string out;
    for (const tool_ptr& each : converted(text, options).found.tools) out += each->name + " ";
    return out;
  };
  EXPECT_EQ(names({}, {}), "p_listPets p_addPet p_listToys ");
  EXPECT_EQ(names({"tag:pets"}, {"method:post"}), "p_listPets ");
  EXPECT_EQ(names({"path:/pets/*"}, {}), "p_listToys ");
  EXPECT_EQ(names({"GET /pets*"}, {}), "p_listPets p_listToys ");
  EXPECT_EQ(names({"list?ets", "addPet"}, {"id:add*"}), "p_listPets ");
  EXPECT_EQ(names({"/pets"}, {}), "p_listPets p_addPet ");
}

TEST(a_swagger_document, has_its_own_servers_bodies_and_lists) {
  const auto done = converted(R"({"swagger":"2.0","host":"h.example","basePath":"/v1","schemes":["http","https"],"consumes":["application/json"],
    "securityDefinitions":{"b":{"type":"basic"}},"security":[{"b":[]}],
    "paths":{"/a":{"post":{"parameters":[{"name":"pet","in":"body","required":true,"schema":{"$ref":"#/definitions/Pet"}},
        {"name":"ids","in":"query","type":"array","items":{"type":"integer"}},{"name":"many","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"multi"}]},
      "put":{"consumes":["multipart/form-data"],"parameters":[{"name":"f","in":"formData","type":"file","required":true},{"name":"l","in":"formData","type":"array","items":{"type":"string"}}],
        "responses":{"200":{"schema":{"$ref":"#/definitions/Pet"}}}}}},
    "definitions":{"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string","x-nullable":true},"id":{"type":"integer","readOnly":true}}}}})");
  EXPECT_EQ(options_of(done)["url"], "https://h.example/v1/a");
  EXPECT_EQ(options_of(done)["x-arg-map"], json::parse(R"({"ids":{"in":"query","name":"ids","style":"form","explode":false}})"));
  EXPECT_EQ(done.found.tools[0]->tool_call_template->auth["username"], "${USERNAME_b}");
  EXPECT_EQ(inputs_of(done)["$defs"]["Pet"]["properties"], json::parse(R"({"name":{"type":["string","null"]}})"));
  EXPECT_EQ(options_of(done, 1)["content_type"], "multipart/form-data");
  EXPECT_EQ(options_of(done, 1)["x-body-encoding"], json::parse(R"({"f":{"contentType":"application/octet-stream"},"l":{"style":"form","explode":false}})"));
  EXPECT_EQ(inputs_of(done, 1)["properties"]["body"]["properties"]["f"], json::parse(R"({"type":"string","format":"binary"})"));
  EXPECT_TRUE(done.found.tools[1]->outputs.to_json()["$defs"]["Pet"]["properties"].contains("id"));
}
