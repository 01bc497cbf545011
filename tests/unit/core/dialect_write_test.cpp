#include <utcp/dialect.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class writing : public ::testing::Test {
 protected:
  json template_of(const std::string& text, dialect as, fidelity how) {
    auto read = read_call_template(json::parse(text), trust::configuration, "#");
    if (!read) throw std::runtime_error(read.error().message);
    notices.clear();
    return write_call_template(*read, as, how, notices);
  }
  json tool_of(const std::string& text, dialect as, fidelity how) {
    auto read = read_tool(json::parse(text), trust::configuration, nullptr, "#");
    if (!read) throw std::runtime_error(read.error().message);
    notices.clear();
    return write_tool(*read, as, how, notices);
  }
  std::vector<std::string> said() const {
    std::vector<std::string> out;
    for (const auto& each : notices) out.push_back(each.message);
    return out;
  }
  std::vector<notice> notices;
};

TEST_F(writing, chunked_http_has_a_name_in_each_dialect) {
  const std::string v0 = R"({"provider_type":"http_stream","url":"https://x/"})";
  EXPECT_EQ(template_of(v0, dialect::v1, fidelity::full)["call_template_type"], "streamable_http");
  EXPECT_EQ(template_of(R"({"call_template_type":"streamable_http","url":"https://x/"})", dialect::v0, fidelity::full)["provider_type"], "http_stream");
  EXPECT_EQ(template_of(R"({"call_template_type":"http","url":"https://x/","allowed_communication_protocols":["streamable_http"]})", dialect::v1, fidelity::full)["allowed_communication_protocols"][0], "streamable_http");
}

TEST_F(writing, a_template_of_one_dialect_goes_round) {
  for (const char* text : {R"({"name":"n","provider_type":"http","url":"https://x/","http_method":"POST","body_field":null,"type":"utcp","x":1,"auth":{"auth_type":"basic","username":"u","password":"p"}})",
                           R"({"name":"n","provider_type":"text","file_path":"t.json"})", R"({"provider_type":"cli","command_name":"ls"})"})
    EXPECT_EQ(template_of(text, dialect::v0, fidelity::full), json::parse(text));
  for (const char* text : {R"({"name":"n","call_template_type":"http","url":"https://x/","body_field":null,"auth_tools":{"auth_type":"api_key","api_key":"k"},"allowed_communication_protocols":["http","cli"]})",
                           R"({"name":"n","call_template_type":"text","content":"{}"})", R"({"name":"n","call_template_type":"text","file_path":"t.json"})",
                           R"({"name":"n","call_template_type":"file","file_path":"t.json"})", R"({"call_template_type":"cli","commands":[{"command":"ls"}]})",
                           R"({"call_template_type":"tcp","host":"h","port":1,"response_byte_format":null})"})
    EXPECT_EQ(template_of(text, dialect::v1, fidelity::full), json::parse(text));
}

TEST_F(writing, a_v0_text_provider_becomes_a_v1_file_and_back) {
  const std::string v0 = R"({"name":"n","provider_type":"text","file_path":"t.json"})";
  for (fidelity how : {fidelity::full, fidelity::portable}) EXPECT_EQ(template_of(v0, dialect::v1, how)["call_template_type"], "file");
  for (fidelity how : {fidelity::full, fidelity::portable})
    EXPECT_EQ(template_of(R"({"name":"n","call_template_type":"file","file_path":"t.json"})", dialect::v0, how)["provider_type"], "text");
  EXPECT_EQ(template_of(R"({"name":"n","call_template_type":"text","file_path":"t.json"})", dialect::v1, fidelity::portable)["call_template_type"], "file") << "python-utcp refuses a v1 text with a file_path";
}

TEST_F(writing, a_portable_v1_file_of_a_v0_provider_lists_the_protocols_its_tools_may_use) {
  auto out = template_of(R"({"name":"n","provider_type":"text","file_path":"t.json"})", dialect::v1, fidelity::portable);
  EXPECT_THAT(out["allowed_communication_protocols"], Contains("http"));
  EXPECT_THAT(said(), Contains(HasSubstr("allowed_communication_protocols")));
}

TEST_F(writing, portable_output_drops_what_peers_refuse_with_a_notice) {
  auto cli = template_of(R"({"name":"n","call_template_type":"cli","commands":[{"command":"ls"}],"x":1,"timeout_ms":5})", dialect::v1, fidelity::portable);
  EXPECT_FALSE(cli.contains("x"));
  EXPECT_THAT(said(), Contains(HasSubstr("\"x\" dropped")));
  EXPECT_THAT(said(), Contains(HasSubstr("\"timeout_ms\" dropped")));
  auto http = template_of(R"({"name":"n","call_template_type":"http","url":"https://x/","x":1})", dialect::v1, fidelity::portable);
  EXPECT_EQ(http["x"], 1) << "no peer refuses an unknown key there";
  template_of(R"({"name":"n","call_template_type":"http","url":"https://x/","allowed_communication_protocols":["http"]})", dialect::v0, fidelity::portable);
  EXPECT_THAT(said(), Contains(HasSubstr("v0 has no such rule")));
}

TEST_F(writing, portable_output_has_no_oauth2_that_peers_cannot_use) {
  for (const char* own : {R"({"auth_type":"oauth2","issuer":"https://i/","client_id":"i","client_secret":"s"})", R"({"auth_type":"oauth2","token_url":"https://t/","client_id":"i","client_auth":"tls"})"}) {
    const std::string text = std::string(R"({"name":"n","call_template_type":"http","url":"https://x/","auth":)") + own + "}";
    EXPECT_EQ(template_of(text, dialect::v1, fidelity::full)["auth"], json::parse(own));
    const auto out = template_of(text, dialect::v1, fidelity::portable);
    EXPECT_FALSE(out.contains("auth") && !out["auth"].is_null()) << out;
    EXPECT_THAT(said(), Contains(HasSubstr("\"auth\" dropped: peers")));
  }
}

TEST_F(writing, each_notice_of_a_template_has_a_place_also_when_the_template_has_no_name) {
  template_of(R"({"call_template_type":"cli","commands":[{"command":"ls"}],"x":1})", dialect::v1, fidelity::portable);
  ASSERT_FALSE(notices.empty());
  for (const notice& each : notices) EXPECT_EQ(each.place, "unnamed cli template");
  template_of(R"({"name":"n","call_template_type":"cli","commands":[{"command":"ls"}],"x":1})", dialect::v1, fidelity::portable);
  for (const notice& each : notices) EXPECT_EQ(each.place, "n");
  const char* tool = R"({"name":"t","tool_call_template":{"call_template_type":"cli","commands":[{"command":"ls"}],"x":1}})";
  for (dialect as : {dialect::v0, dialect::v1}) {
    tool_of(tool, as, fidelity::portable);
    ASSERT_FALSE(notices.empty());
    for (const notice& each : notices) EXPECT_EQ(each.place, as == dialect::v1 ? "t/tool_call_template" : "t/tool_provider");
  }
}

TEST_F(writing, full_output_drops_nothing) {
  EXPECT_EQ(template_of(R"({"name":"n","call_template_type":"cli","commands":[{"command":"ls"}],"x":1})", dialect::v0, fidelity::full)["commands"][0]["command"], "ls");
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(writing, portable_cli_is_mapped_between_the_dialects) {
  auto v1 = tool_of(R"({"name":"t","inputs":{"type":"object","properties":{"q":{},"o":{}},"required":["q"]},"tool_provider":{"provider_type":"cli","command_name":"find ."}})", dialect::v1, fidelity::portable);
  EXPECT_EQ(v1["tool_call_template"]["commands"][0]["command"], "find . --q UTCP_ARG_q_UTCP_END");
  EXPECT_FALSE(v1["tool_call_template"].contains("command_name"));
  EXPECT_THAT(said(), Contains(HasSubstr("optional ones are lost")));
  auto v0 = template_of(R"({"name":"n","call_template_type":"cli","commands":[{"command":"a"},{"command":"b c"}]})", dialect::v0, fidelity::portable);
  EXPECT_EQ(v0["command_name"], "/bin/bash -c 'a; b c'");
  EXPECT_THAT(said(), Contains(HasSubstr("without a shell")));
  EXPECT_EQ(template_of(R"({"call_template_type":"cli","commands":[{"command":"ls -l 'a b'"}]})", dialect::v0, fidelity::portable)["command_name"], "ls -l 'a b'");
  EXPECT_EQ(template_of(R"({"call_template_type":"cli","commands":[{"command":"echo 'a' | cat"}]})", dialect::v0, fidelity::portable)["command_name"], R"(/bin/bash -c 'echo '\''a'\'' | cat')");
}

TEST_F(writing, a_v0_command_gets_no_shell_syntax_in_v1) {
  const auto line = [&](const char* command) {
    return template_of(json{{"name", "n"}, {"provider_type", "cli"}, {"command_name", command}}.dump(), dialect::v1, fidelity::portable)["commands"][0]["command"].get<std::string>();
  };
  EXPECT_EQ(line("a; b && c | d > e *"), R"(a\; b \&\& c \| d \> e \*)");
  EXPECT_EQ(line("echo $(id) `id` ~ #x"), R"(echo \$\(id\) \`id\` \~ \#x)");
  EXPECT_EQ(line(R"x(echo "$(id) `id` \n \" ;" '$(id);`')x"), R"x(echo "\$(id) \`id\` \\n \" ;" '$(id);`')x");
  EXPECT_EQ(line(R"x(echo $'a' $"b" \; it\'s)x"), R"x(echo \$'a' \$"b" \; it\'s)x");
  EXPECT_EQ(line("run ${KEY} $KEY"), "run ${KEY} $KEY") << "UTCP's own variables stay";
  auto odd = tool_of(R"x({"name":"t","inputs":{"required":["$(id)","a"]},"tool_provider":{"provider_type":"cli","command_name":"x"}})x", dialect::v1, fidelity::portable);
  EXPECT_EQ(odd["tool_call_template"]["commands"][0]["command"], "x --a UTCP_ARG_a_UTCP_END");
  EXPECT_THAT(said(), Contains(HasSubstr("\"$(id)\" is lost")));
}

TEST_F(writing, portable_output_has_no_auth_that_peers_refuse) {
  const std::string basic = R"("auth":{"auth_type":"basic","username":"u","password":"p"})";
  EXPECT_FALSE(template_of(R"({"name":"n","call_template_type":"cli","commands":[{"command":"ls"}],)" + basic + "}", dialect::v1, fidelity::portable).contains("auth"));
  EXPECT_THAT(said(), Contains(HasSubstr("\"auth\" dropped")));
  EXPECT_FALSE(template_of(R"({"name":"n","call_template_type":"mcp","config":{},)" + basic + "}", dialect::v0, fidelity::portable).contains("auth"));
  EXPECT_TRUE(template_of(R"({"name":"n","call_template_type":"http","url":"https://x/",)" + basic + "}", dialect::v0, fidelity::portable).contains("auth"));
  auto user = template_of(R"({"name":"n","call_template_type":"http","url":"https://x/","auth":{"auth_type":"oauth2_user","access_token":"secret"}})", dialect::v1, fidelity::portable);
  EXPECT_FALSE(user.contains("auth"));
  EXPECT_THAT(said(), Contains(HasSubstr("oauth2_user")));
}

TEST_F(writing, portable_mcp_servers_have_a_command_of_one_word) {
  const std::string text = R"({"name":"n","provider_type":"mcp","config":{"mcpServers":{"s":{"command":["a","b"],"args":["c"]}}}})";
  for (dialect as : {dialect::v0, dialect::v1})
    EXPECT_EQ(template_of(text, as, fidelity::portable)["config"]["mcpServers"]["s"], json::parse(R"({"command":"a","args":["b","c"]})"));
  EXPECT_EQ(template_of(text, dialect::v1, fidelity::full)["config"], json::parse(text)["config"]);
}

TEST_F(writing, portable_text_has_what_peers_take) {
  EXPECT_EQ(template_of(R"({"name":"n","call_template_type":"text","content":{"tools":[]}})", dialect::v1, fidelity::portable)["content"], R"({"tools":[]})");
  auto file = template_of(R"({"name":"n","call_template_type":"text","content":"x","base_url":"https://x/","file_path":"f"})", dialect::v1, fidelity::portable);
  EXPECT_EQ(file, json::parse(R"({"name":"n","call_template_type":"file","file_path":"f"})"));
  template_of(R"({"name":"n","call_template_type":"text","content":"x"})", dialect::v0, fidelity::portable);
  EXPECT_THAT(said(), Contains(HasSubstr("no inline text")));
}

TEST_F(writing, portable_schemas_have_the_types_that_peers_insist_on) {
  const auto inputs = [&](const char* text, dialect as) {
    return tool_of(json{{"name", "t"}, {"inputs", json::parse(text)}, {"tool_provider", {{"provider_type", "http"}, {"url", "https://x/"}}}}.dump(), as, fidelity::portable)["inputs"];
  };
  // As python-utcp v1 writes them.
  const char* nulls = R"({"$schema":null,"type":"object","properties":{"a":{"type":"string","const":null,"default":null,"enum":null}},"items":null,"const":null})";
  for (dialect as : {dialect::v0, dialect::v1}) EXPECT_EQ(inputs(nulls, as), json::parse(R"({"type":"object","properties":{"a":{"type":"string"}}})"));
  EXPECT_EQ(inputs(R"({"type":null,"properties":null})", dialect::v0), json::object());
  EXPECT_EQ(inputs(R"({"properties":{"a":{"const":null}}})", dialect::v1), json::parse(R"({"properties":{"a":{"const":null}}})"));
  EXPECT_THAT(said(), IsEmpty());
  const char* odd = R"({"type":"object","properties":{"a":true,"b":false,"c":{"type":"string","required":true,"examples":{"x":1},"minLength":1.5}},"description":5})";
  EXPECT_EQ(inputs(odd, dialect::v1), json::parse(R"({"type":"object","properties":{"a":{},"b":{"not":{}},"c":{"type":"string"}}})"));
  EXPECT_EQ(said().size(), 4u);
}

TEST_F(writing, a_portable_manual_leaves_out_tools_that_peers_refuse) {
  const auto kept = [&](const char* text, dialect as) {
    auto t = read_tool(json{{"name", "t"}, {"tool_call_template", json::parse(text)}}, trust::configuration, nullptr, "#");
    if (!t) throw std::runtime_error(t.error().message);
    manual m;
    m.tools.push_back(std::make_shared<const tool>(*t));
    return write_manual(m, as, fidelity::portable, notices)["tools"].size() == 1;
  };
  for (const char* text : {R"({"call_template_type":"streamable_http","url":"https://x/","http_method":"PUT"})", R"({"call_template_type":"graphql","url":"https://x/","operation_type":"fetch"})",
                           R"({"call_template_type":"tcp","host":"h","port":"$PORT"})", R"({"call_template_type":"nats","subject":"s"})", R"({"call_template_type":"grpc","host":"h","port":1})"}) {
    EXPECT_FALSE(kept(text, dialect::v0)) << text;
    EXPECT_FALSE(kept(text, dialect::v1)) << text;
  }
  for (const char* text : {R"({"call_template_type":"text","content":"x"})",
                           R"({"call_template_type":"cli","commands":[{"command":"rm UTCP_ARG_x_UTCP_END"}]})", R"({"call_template_type":"mcp","config":{"mcpServers":{"a":{"transport":"sse","url":"https://x/"}}}})"}) {
    EXPECT_FALSE(kept(text, dialect::v0)) << text;
    EXPECT_TRUE(kept(text, dialect::v1)) << text;
  }
  const char* rpc = R"({"call_template_type":"grpc","host":"h","port":1,"service_name":"s","method_name":"m"})";
  EXPECT_TRUE(kept(rpc, dialect::v0));
  EXPECT_FALSE(kept(rpc, dialect::v1));
  EXPECT_FALSE(kept(R"({"call_template_type":"websocket","url":"ws://x.example/"})", dialect::v1));
  EXPECT_FALSE(kept(R"({"call_template_type":"websocket","url":"ws://localhost.example/"})", dialect::v1));
  EXPECT_TRUE(kept(R"({"call_template_type":"websocket","url":"ws://localhost:80/"})", dialect::v1));
  EXPECT_TRUE(kept(R"({"call_template_type":"http","url":"https://x/","http_method":"get"})", dialect::v1));
}

TEST_F(writing, a_tool_is_written_in_each_dialect) {
  const std::string text = R"({"name":"t","description":"d","tags":["x"],"inputs":{"type":"object"},"outputs":{"type":"string"},"average_response_size":3,"extra":1,"tool_provider":{"provider_type":"http","url":"https://x/"}})";
  EXPECT_EQ(tool_of(text, dialect::v0, fidelity::full), json::parse(text));
  auto v1 = tool_of(text, dialect::v1, fidelity::portable);
  EXPECT_EQ(v1["tool_call_template"]["call_template_type"], "http");
  EXPECT_FALSE(v1.contains("extra"));
  EXPECT_THAT(said(), Contains(HasSubstr("\"extra\" dropped")));
  auto bare = tool_of(R"({"name":"t","tool_provider":{"provider_type":"http","url":"https://x/"}})", dialect::v1, fidelity::full);
  EXPECT_FALSE(bare.contains("inputs"));
  EXPECT_EQ(bare["description"], "");
}

TEST_F(writing, portable_v0_schemas_have_one_type_and_object_items) {
  auto out = tool_of(R"({"name":"t","inputs":{"type":["null","string"],"items":[{}]},"outputs":true,"tool_provider":{"provider_type":"http","url":"https://x/"}})", dialect::v0, fidelity::portable);
  EXPECT_EQ(out["inputs"], json::parse(R"({"type":"string"})"));
  EXPECT_TRUE(out["outputs"].is_object());
}

TEST_F(writing, a_manual_has_the_versions_of_its_dialect) {
  manual m;
  m.written_as = dialect::v0;
  m.utcp_version = "0.1.7";
  m.extra = {{"info", 1}};
  EXPECT_EQ(write_manual(m, dialect::v0, fidelity::full, notices), json::parse(R"({"version":"0.1.7","info":1,"tools":[]})"));
  auto v1 = write_manual(m, dialect::v1, fidelity::full, notices);
  EXPECT_NE(v1["utcp_version"], "0.1.7") << "a version of the other dialect says nothing";
  EXPECT_EQ(v1["manual_version"], "1.0.0");
  EXPECT_EQ(v1["info"], 1);
  EXPECT_FALSE(v1.contains("version")) << "python-utcp refuses it";
  EXPECT_THAT(notices, IsEmpty());
  auto portable = write_manual(m, dialect::v1, fidelity::portable, notices);
  EXPECT_FALSE(portable.contains("info"));
  EXPECT_THAT(said(), Contains(HasSubstr("refuse it")));
}

TEST_F(writing, a_portable_manual_leaves_out_tools_with_methods_that_peers_refuse) {
  manual m;
  for (const char* method : {"HEAD", "GET"}) {
    auto t = read_tool(json{{"name", method}, {"tool_provider", {{"provider_type", "http"}, {"url", "https://x/"}, {"http_method", method}}}}, trust::configuration, nullptr, "#");
    m.tools.push_back(std::make_shared<const tool>(*t));
  }
  EXPECT_EQ(write_manual(m, dialect::v1, fidelity::full, notices)["tools"].size(), 2u);
  EXPECT_EQ(write_manual(m, dialect::v1, fidelity::portable, notices)["tools"].size(), 1u);
  EXPECT_THAT(said(), Contains(HasSubstr("left out")));
}

}  // namespace
}  // namespace utcp::testing
