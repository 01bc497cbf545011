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
  EXPECT_EQ(v0["command_name"], "a; b c");
  EXPECT_THAT(said(), Contains(HasSubstr("without a shell")));
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
