#include <utcp/dialect.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

call_template read(const std::string& text, trust origin = trust::configuration) {
  auto out = read_call_template(json::parse(text), origin, "#");
  if (!out) throw std::runtime_error(out.error().message);
  return std::move(*out);
}
std::string why(const std::string& text) {
  auto out = read_call_template(json::parse(text), trust::configuration, "f.json#/providers/0");
  return out ? "no error" : out.error().message;
}
tool read_one(const std::string& text, std::shared_ptr<const call_template> inherited = nullptr) {
  auto out = read_tool(json::parse(text), trust::remote, inherited, "#/tools/0");
  if (!out) throw std::runtime_error(out.error().message);
  return std::move(*out);
}
std::string why_tool(const std::string& text) {
  auto out = read_tool(json::parse(text), trust::remote, nullptr, "#/tools/0");
  return out ? "no error" : out.error().message;
}

// Every field of both dialects keeps its value under its canonical name.

struct described_protocol {
  const char* v0;
  const char* v1;
  const char* canonical;
  const char* fields;
};

class every_field : public ::testing::TestWithParam<described_protocol> {};

TEST_P(every_field, is_read_in_both_dialects_and_null_means_absent) {
  const auto& p = GetParam();
  const json fields = json::parse(p.fields);
  for (bool v1 : {false, true}) {
    const char* type = v1 ? p.v1 : p.v0;
    if (!type) continue;
    json source = fields;
    source[v1 ? "call_template_type" : "provider_type"] = type;
    source["name"] = "n";
    auto out = read_call_template(source, trust::remote, "#");
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->protocol, p.canonical ? p.canonical : type);
    EXPECT_EQ(out->name, "n");
    EXPECT_EQ(out->dialect, v1 ? dialect::v1 : dialect::v0);
    EXPECT_EQ(out->origin, trust::remote);
    EXPECT_EQ(out->options, fields) << type;
    for (auto& [key, value] : fields.items()) {
      json absent = source;
      absent[key] = nullptr;
      auto read_absent = read_call_template(absent, trust::remote, "#");
      if (!read_absent) {
        EXPECT_THAT(read_absent.error().message, HasSubstr("missing")) << key;
        continue;
      }
      if (key == "body_field" || key == "response_byte_format") {
        EXPECT_TRUE(read_absent->options.at(key).is_null()) << "null switches it off";
      } else {
        EXPECT_FALSE(read_absent->options.contains(key)) << key;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    of_each_protocol, every_field,
    ::testing::Values(
        described_protocol{"http", "http", "http", R"({"url":"https://x/","http_method":"PUT","content_type":"text/plain","headers":{"A":"b"},"body_field":"b","header_fields":["X"]})"},
        described_protocol{"sse", "sse", "sse", R"({"url":"https://x/","event_type":"e","reconnect":false,"retry_timeout":5,"headers":{"A":"b"},"body_field":"b","header_fields":["X"]})"},
        described_protocol{"http_stream", "streamable_http", "http_stream", R"({"url":"https://x/","http_method":"POST","content_type":"a/b","chunk_size":1,"timeout":2,"headers":{"A":"b"},"body_field":"b","header_fields":["X"]})"},
        described_protocol{"cli", nullptr, "cli", R"({"command_name":"ls -l","env_vars":{"A":"b"},"working_dir":"/"})"},
        described_protocol{nullptr, "cli", "cli", R"({"commands":[{"command":"ls","append_to_final_output":true}],"env_vars":{"A":"b"},"working_dir":"/","inherit_env_vars":["PATH"]})"},
        described_protocol{"websocket", "websocket", "websocket", R"({"url":"wss://x/","protocol":"p","keep_alive":false,"headers":{"A":"b"},"header_fields":["X"],"message":{"a":"UTCP_ARG_a_UTCP_ARG"},"response_format":"json","timeout":30})"},
        described_protocol{"grpc", "grpc", "grpc", R"({"host":"h","port":1,"service_name":"s","method_name":"m","use_ssl":true,"target":"t"})"},
        described_protocol{"graphql", "graphql", "graphql", R"({"url":"https://x/","operation_type":"mutation","operation_name":"o","headers":{"A":"b"},"header_fields":["X"],"query":"{a}","variable_types":{"id":"ID!"}})"},
        described_protocol{"tcp", "tcp", "tcp", R"({"host":"h","port":1,"timeout":2,"request_data_format":"text","request_data_template":"t","response_byte_format":"utf-8","framing_strategy":"delimiter","length_prefix_bytes":2,"length_prefix_endian":"little","message_delimiter":"\\x00","interpret_escape_sequences":false,"fixed_message_length":9,"max_response_size":100})"},
        described_protocol{"udp", "udp", "udp", R"({"host":"h","port":1,"timeout":2,"number_of_response_datagrams":3,"request_data_format":"text","request_data_template":"t","response_byte_format":"utf-8"})"},
        described_protocol{"webrtc", "webrtc", "webrtc", R"({"signaling_server":"https://s/","peer_id":"p","data_channel_name":"tools"})"},
        described_protocol{"mcp", "mcp", "mcp", R"({"config":{"mcpServers":{"a":{"command":"c","args":["x"],"env":{}},"b":{"transport":"http","url":"https://x/"}}},"register_resources_as_tools":true})"},
        described_protocol{"text", "file", nullptr, R"({"file_path":"t.json"})"},  // two protocols of one meaning
        described_protocol{nullptr, "text", "text", R"({"content":"{}","base_url":"https://x/"})"}),
    [](const auto& each) { return std::string(each.param.v0 ? each.param.v0 : each.param.v1) + (each.param.v0 ? (each.param.v1 ? "" : "_v0") : "_v1"); });

TEST(a_template, of_text_may_name_a_file_or_hold_the_manual_in_both_dialects) {
  EXPECT_EQ(read(R"({"provider_type":"text","file_path":"t.json"})").protocol, "text");
  EXPECT_EQ(read(R"({"call_template_type":"text","file_path":"t.json"})").options["file_path"], "t.json");
  EXPECT_EQ(read(R"({"call_template_type":"file","file_path":"t.json","auth_tools":{"auth_type":"api_key","api_key":"k"}})").protocol, "file");
  EXPECT_EQ(read(R"({"call_template_type":"text","content":{"tools":[]}})").options["content"], json::parse(R"({"tools":[]})"));
  EXPECT_THAT(why(R"({"provider_type":"text"})"), HasSubstr("\"file_path\" is missing"));
  EXPECT_EQ(read(R"({"provider_type":"text","templates":{"a":"b"}})").options["templates"]["a"], "b");
}

TEST(a_template, keeps_keys_that_nobody_defined) {
  auto t = read(R"({"provider_type":"http","url":"https://x/","verify_ssl":false,"timeout":5,"x":{"y":[1]}})");
  EXPECT_EQ(t.options["verify_ssl"], false);
  EXPECT_EQ(t.options["x"], json::parse(R"({"y":[1]})"));
  EXPECT_EQ(read(R"({"provider_type":"nats","subject":"s"})").options["subject"], "s") << "an unknown protocol is read; the client says who is missing";
}

TEST(the_discriminator, may_be_a_bare_type_but_only_alone) {
  auto alone = read(R"({"type":"tcp","host":"h","port":1})");
  EXPECT_EQ(alone.protocol, "tcp");
  EXPECT_EQ(alone.dialect, dialect::v0);
  EXPECT_FALSE(alone.options.contains("type"));
  EXPECT_EQ(read(R"({"provider_type":"http","type":"utcp","url":"https://x/"})").protocol, "http");
  EXPECT_EQ(read(R"({"call_template_type":"http","type":"utcp","url":"https://x/"})").protocol, "http");
  auto both = read(R"({"call_template_type":"http","provider_type":"sse","url":"https://x/"})");
  EXPECT_EQ(both.protocol, "http");
  EXPECT_EQ(both.dialect, dialect::v1);
  EXPECT_EQ(read(R"({"call_template_type":null,"provider_type":"http","url":"https://x/"})").dialect, dialect::v0);
}

TEST(the_discriminator, missing_or_of_a_wrong_type_says_what_to_write) {
  EXPECT_THAT(why(R"({"url":"https://x/"})"), HasSubstr("f.json#/providers/0: \"provider_type\" (v0) or \"call_template_type\" (v1) is missing; write for example"));
  EXPECT_THAT(why(R"({"provider_type":5})"), HasSubstr("f.json#/providers/0/provider_type: expected the name of a protocol, not a number"));
  EXPECT_THAT(why(R"({"call_template_type":""})"), HasSubstr("/call_template_type"));
}

TEST(a_protocol, has_one_canonical_name) {
  EXPECT_EQ(canonical_protocol("streamable_http"), "http_stream");
  EXPECT_EQ(canonical_protocol("streamable-http"), "http_stream");
  EXPECT_EQ(canonical_protocol("ws"), "websocket");
  EXPECT_EQ(canonical_protocol("nats"), "nats");
}

TEST(other_spellings, of_go_and_rust_and_the_documents_are_mapped) {
  EXPECT_EQ(read(R"({"provider_type":"http","url":"https://x/","method":"POST"})").options["http_method"], "POST");
  EXPECT_FALSE(read(R"({"provider_type":"http","url":"https://x/","method":"POST"})").options.contains("method"));
  auto both = read(R"({"provider_type":"http","url":"https://x/","method":"POST","http_method":"PUT"})");
  EXPECT_EQ(both.options["http_method"], "PUT");
  EXPECT_EQ(both.options["method"], "POST");
  auto cli = read(R"({"provider_type":"cli","command":"ls","cwd":"/","env":{"A":"b"}})");
  EXPECT_EQ(cli.options, json::parse(R"({"command_name":"ls","working_dir":"/","env_vars":{"A":"b"}})"));
  EXPECT_EQ(read(R"({"provider_type":"webrtc","channel_label":"c"})").options["data_channel_name"], "c");
  EXPECT_EQ(read(R"({"provider_type":"grpc","host":"h","port":1,"method":"m"})").options["method"], "m") << "method means http_method only where there is one";
}

TEST(an_mcp_template, may_describe_one_server_flat_as_go_and_rust_do) {
  auto stdio = read(R"({"provider_type":"mcp","name":"m","command":["python3","s.py"],"args":["-x"],"env":{"A":"b"},"workingDir":"/w","timeout":9,"stdinData":"d"})");
  EXPECT_EQ(stdio.options, json::parse(R"({"config":{"mcpServers":{"server":{"command":["python3","s.py"],"args":["-x"],"env":{"A":"b"},"cwd":"/w","timeout":9,"stdinData":"d"}}}})"));
  auto http = read(R"({"provider_type":"mcp","url":"https://x/mcp","headers":{"A":"b"},"env_vars":{"C":"d"}})");
  EXPECT_EQ(http.options["config"]["mcpServers"]["server"], json::parse(R"({"url":"https://x/mcp","headers":{"A":"b"},"env":{"C":"d"}})"));
  auto map = read(R"({"provider_type":"mcp","mcpServers":{"a":{"command":"c"}}})");
  EXPECT_EQ(map.options, json::parse(R"({"config":{"mcpServers":{"a":{"command":"c"}}}})"));
}

TEST(numbers_and_booleans, in_a_map_of_strings_become_text) {
  EXPECT_EQ(read(R"({"provider_type":"http","url":"https://x/","headers":{"A":1,"B":true,"C":null,"D":"x"}})").options["headers"], json::parse(R"({"A":"1","B":"true","D":"x"})"));
}

TEST(a_variable, may_stand_where_a_number_or_boolean_belongs) {
  EXPECT_EQ(read(R"({"provider_type":"tcp","host":"h","port":"${PORT}"})").options["port"], "${PORT}");
  EXPECT_EQ(read(R"({"provider_type":"grpc","host":"h","port":1,"use_ssl":"$TLS"})").options["use_ssl"], "$TLS");
}

TEST(wrong_types, say_the_place_the_type_found_and_the_type_wanted) {
  for (auto [text, said] : std::vector<std::pair<const char*, const char*>>{
           {R"(5)", "f.json#/providers/0: expected an object that describes a provider, not a number"},
           {R"([])", "not an array"},
           {R"({"provider_type":"http"})", "f.json#/providers/0: \"url\" is missing; add \"url\": \"https://…\""},
           {R"({"provider_type":"http","url":5})", "f.json#/providers/0/url: expected a string, not a number"},
           {R"({"provider_type":"http","url":"u","name":5})", "/name: expected a string, not a number"},
           {R"({"provider_type":"http","url":"u","http_method":[]})", "/http_method: expected a string, not an array"},
           {R"({"provider_type":"http","url":"u","headers":[]})", "/headers: expected an object of strings, not an array"},
           {R"({"provider_type":"http","url":"u","headers":{"A":[]}})", "/headers: expected an object of strings"},
           {R"({"provider_type":"http","url":"u","body_field":5})", "/body_field: expected a string or null, not a number"},
           {R"({"provider_type":"http","url":"u","header_fields":"X"})", "/header_fields: expected an array of strings, not a string"},
           {R"({"provider_type":"http","url":"u","header_fields":[1]})", "/header_fields: expected an array of strings"},
           {R"({"provider_type":"sse","url":"u","reconnect":"yes"})", "/reconnect: expected true or false, not a string"},
           {R"({"provider_type":"tcp","host":"h","port":-1})", "/port: expected an integer that is not negative"},
           {R"({"provider_type":"tcp","host":"h","port":"80"})", "/port: expected an integer that is not negative, not a string"},
           {R"({"provider_type":"cli"})", "\"command_name\" (v0) or \"commands\" (v1) is missing"},
           {R"({"call_template_type":"cli","commands":["ls"]})", "/commands: expected an array of objects with \"command\""},
           {R"({"call_template_type":"cli","commands":{}})", "/commands: expected an array"},
           {R"({"provider_type":"mcp","config":[]})", "/config: expected an object, not an array"},
           {R"({"provider_type":"http","url":"u","auth":"k"})", "/auth: expected an object with \"auth_type\", not a string"},
           {R"({"provider_type":"http","url":"u","auth":{"x":1}})", "/auth: \"auth_type\" is missing; write \"auth_type\": \"api_key\""},
           {R"({"provider_type":"http","url":"u","auth":{"auth_type":"basic","username":"u"}})", "/auth: auth: \"password\" is missing"},
           {R"({"provider_type":"http","url":"u","auth_tools":5})", "/auth_tools: expected an object"},
           {R"({"provider_type":"http","url":"u","allowed_communication_protocols":"http"})", "/allowed_communication_protocols: expected an array of strings, not a string"},
           {R"({"provider_type":"http","url":"u","allowed_communication_protocols":[1]})", "/allowed_communication_protocols"},
           {R"({"provider_type":"http","url":"u","timeout_ms":"1s"})", "/timeout_ms: expected an integer"},
           {R"({"provider_type":"http","url":"u","timeout_ms":"${T}"})", "/timeout_ms: expected an integer that is not negative, not a variable"},
           {R"({"provider_type":"http","url":"u","allowed_variables":"A"})", "/allowed_variables: expected an array of strings"},
           {R"({"provider_type":"http","url":"u","retry":3})", "/retry: expected an object"}}) {
    EXPECT_THAT(why(text), HasSubstr(said)) << text;
  }
}

TEST(auth, is_read_with_its_aliases_and_by_its_shape) {
  auto auth_of = [](const std::string& text) { return read(R"({"provider_type":"http","url":"u","auth":)" + text + "}").auth; };
  EXPECT_EQ(auth_of(R"({"auth_type":"api_key","api_key":"k","var_name":"X","location":"query"})"), json::parse(R"({"auth_type":"api_key","api_key":"k","var_name":"X","location":"query"})"));
  EXPECT_EQ(auth_of(R"({"type":"basic","username":"u","password":"p"})"), json::parse(R"({"auth_type":"basic","username":"u","password":"p"})"));
  EXPECT_EQ(auth_of(R"({"api_key":"k"})")["auth_type"], "api_key");
  EXPECT_EQ(auth_of(R"({"username":"u","password":"p"})")["auth_type"], "basic");
  EXPECT_EQ(auth_of(R"({"token_url":"https://t/","client_id":"i","client_secret":"s","scope":null})"), json::parse(R"({"auth_type":"oauth2","token_url":"https://t/","client_id":"i","client_secret":"s"})"));
  EXPECT_EQ(auth_of(R"({"issuer":"https://i/","client_id":"i","client_auth":"tls"})"), json::parse(R"({"auth_type":"oauth2","issuer":"https://i/","client_id":"i","client_auth":"tls"})"));
  EXPECT_EQ(auth_of(R"({"auth_type":"oauth2_user","access_token":"t"})")["access_token"], "t") << "kept for the peers that know it";
  EXPECT_TRUE(auth_of("null").is_null());
  EXPECT_EQ(read(R"({"call_template_type":"http","url":"u","auth_tools":{"auth_type":"api_key","api_key":"k"}})").auth_tools["api_key"], "k");
}

TEST(allowed_protocols, are_canonical) {
  EXPECT_THAT(*read(R"({"call_template_type":"http","url":"u","allowed_communication_protocols":["http","streamable_http"]})").allowed_communication_protocols, ElementsAre("http", "http_stream"));
  EXPECT_EQ(read(R"({"call_template_type":"http","url":"u","allowed_communication_protocols":null})").allowed_communication_protocols, std::nullopt);
  EXPECT_TRUE(read(R"({"call_template_type":"http","url":"u","allowed_communication_protocols":[]})").allowed_communication_protocols->empty());
}

// Tools.

const std::string how = R"("tool_provider":{"provider_type":"http","url":"https://t/"})";

TEST(a_tool, of_all_fields_is_read) {
  auto t = read_one(R"({"name":"a","description":"d","inputs":{"type":"object"},"outputs":{"type":"string"},"tags":["x","y"],"average_response_size":12,"x-extra":{"y":1},"z":null,)" + how + "}");
  EXPECT_EQ(t.name, "a");
  EXPECT_EQ(t.description, "d");
  EXPECT_EQ(t.inputs.to_json(), json::parse(R"({"type":"object"})"));
  EXPECT_EQ(t.outputs.to_json(), json::parse(R"({"type":"string"})"));
  EXPECT_THAT(t.tags, ElementsAre("x", "y"));
  EXPECT_EQ(t.average_response_size, 12);
  EXPECT_EQ(t.extra.to_json(), json::parse(R"({"x-extra":{"y":1}})"));
  EXPECT_EQ(t.tool_call_template->origin, trust::remote);
}

TEST(a_tool, needs_only_a_name_and_a_template) {
  auto t = read_one(R"({"name":"a","description":null,"inputs":null,"outputs":null,"tags":null,"average_response_size":null,)" + how + "}");
  EXPECT_EQ(t.description, "");
  EXPECT_TRUE(t.inputs.empty());
  EXPECT_TRUE(t.outputs.empty());
  EXPECT_TRUE(t.tags.empty());
  EXPECT_EQ(t.average_response_size, std::nullopt);
  EXPECT_TRUE(t.extra.empty());
}

TEST(a_tool, may_use_the_peers_other_spellings) {
  EXPECT_EQ(read_one(R"({"name":"a","parameters":{"p":1},)" + how + "}").inputs.to_json()["p"], 1);
  EXPECT_EQ(read_one(R"({"name":"a","input_schema":{"p":1},)" + how + "}").inputs.to_json()["p"], 1);
  EXPECT_EQ(read_one(R"({"name":"a","inputSchema":{"p":1},"outputSchema":{"q":1},)" + how + "}").outputs.to_json()["q"], 1);
  EXPECT_EQ(read_one(R"({"name":"a","output_schema":{"q":1},)" + how + "}").outputs.to_json()["q"], 1);
  EXPECT_EQ(read_one(R"({"name":"a","provider":{"provider_type":"sse","url":"u"}})").tool_call_template->protocol, "sse");
  EXPECT_EQ(read_one(R"({"name":"a","tool_call_template":{"call_template_type":"sse","url":"u"}})").tool_call_template->dialect, dialect::v1);
  EXPECT_THAT(read_one(R"({"name":"a","tags":"one",)" + how + "}").tags, ElementsAre("one"));
  EXPECT_THAT(read_one(R"({"name":"a","tags":["x",null],)" + how + "}").tags, ElementsAre("x"));
  EXPECT_TRUE(read_one(R"({"name":"a","inputs":true,)" + how + "}").inputs.to_json().is_boolean());
  auto go = read_one(R"({"Name":"a","Description":"d","Inputs":{"p":1},"Tool_Provider":{"provider_type":"http","url":"u"},"Extra":1})");
  EXPECT_EQ(go.name, "a");
  EXPECT_EQ(go.inputs.to_json()["p"], 1);
  EXPECT_EQ(go.tool_call_template->options["url"], "u");
}

TEST(a_tool, without_a_template_inherits) {
  auto inherited = std::make_shared<const call_template>(read(R"({"name":"m","provider_type":"http","url":"https://m/"})"));
  EXPECT_EQ(read_one(R"({"name":"a"})", inherited).tool_call_template, inherited);
  EXPECT_EQ(read_one(R"({"name":"a","tool_provider":null})", inherited).tool_call_template, inherited);
  EXPECT_THAT(why_tool(R"({"name":"a"})"), HasSubstr("#/tools/0: the tool has no \"tool_call_template\" (v1) or \"tool_provider\" (v0)"));
}

TEST(a_tool, of_wrong_types_says_where) {
  for (auto [text, said] : std::vector<std::pair<std::string, const char*>>{
           {"5", "#/tools/0: expected a tool object, not a number"},
           {"{}", "#/tools/0: the tool has no \"name\""},
           {R"({"name":5})", "#/tools/0/name: expected a name, not a number"},
           {R"({"name":null})", "#/tools/0/name"},
           {R"({"name":"a","description":5,)" + how + "}", "#/tools/0/description: expected a string, not a number"},
           {R"({"name":"a","tags":5,)" + how + "}", "#/tools/0/tags: expected an array of strings, not a number"},
           {R"({"name":"a","tags":[5],)" + how + "}", "#/tools/0/tags: expected an array of strings, not a number"},
           {R"({"name":"a","inputs":"x",)" + how + "}", "#/tools/0/inputs: expected a JSON Schema object, not a string"},
           {R"({"name":"a","outputs":[],)" + how + "}", "#/tools/0/outputs: expected a JSON Schema object, not an array"},
           {R"({"name":"a","tool_provider":5})", "#/tools/0/tool_provider: expected an object"},
           {R"({"name":"a","tool_call_template":{"call_template_type":"http"}})", "#/tools/0/tool_call_template: \"url\" is missing"},
           {R"({"name":"a","provider":{"url":"u"}})", "#/tools/0/provider: \"provider_type\""}}) {
    EXPECT_THAT(why_tool(text), HasSubstr(said)) << text;
  }
}

TEST(a_manuals_name, is_normalised) {
  for (auto [in, out] : std::vector<std::pair<const char*, const char*>>{{"a", "a"}, {"my-api.v2", "my_api_v2"}, {"a b/c", "a_b_c"}, {"köln", "köln"}, {"A9_", "A9_"}, {"", ""}, {"日本", "日本"}})
    EXPECT_EQ(normalise_manual_name(in), out);
}

TEST(a_document, looks_like_a_manual_when_it_has_tools) {
  EXPECT_TRUE(looks_like_manual(json::parse(R"({"tools":[]})")));
  EXPECT_TRUE(looks_like_manual(json::parse(R"({"Tools":[]})")));
  for (const char* other : {R"({"tools":{}})", "[]", "{}", R"({"tool":[]})"}) EXPECT_FALSE(looks_like_manual(json::parse(other))) << other;
}

TEST(an_object, looks_like_a_tool_when_it_says_more_than_a_name) {
  for (const char* one : {R"({"name":"a","description":""})", R"({"Name":"a","Inputs":{}})", R"({"tool_provider":{},"name":"a"})", R"({"name":"a","tool_call_template":{}})"})
    EXPECT_TRUE(looks_like_tool(json::parse(one))) << one;
  for (const char* other : {R"({"name":"a","level":"info"})", R"({"description":"d"})", "[]", "{}", "\"name\""}) EXPECT_FALSE(looks_like_tool(json::parse(other))) << other;
}

}  // namespace
}  // namespace utcp::testing
