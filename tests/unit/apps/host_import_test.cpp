#include "host_import.hpp"

#include <utcp/dialect.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace utcp::app {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

host_import import_text(const std::string& text) {
  auto done = import_host_text(text, ".", "host.json", document_ports());
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return done ? std::move(*done) : host_import();
}

const json& server_of(const host_import& from, std::size_t at, const char* name) { return from.document.at(at).at("config").at("mcpServers").at(name); }

TEST(host_import, claude_desktops_servers_become_a_provider_each) {
  const auto done = import_text(R"({"globalShortcut":"x","mcpServers":{"files":{"command":"npx","args":["-y","server-files","/home/me"]},
                                    "time":{"command":"uvx","args":["mcp-server-time"],"env":{"TZ":"Europe/Oslo","DEBUG":true}}}})");
  ASSERT_EQ(done.document.size(), 2u);
  EXPECT_EQ(done.document[0]["name"], "files");
  EXPECT_EQ(done.document[0]["provider_type"], "mcp");
  EXPECT_EQ(server_of(done, 0, "files"), json::parse(R"({"transport":"stdio","command":"npx","args":["-y","server-files","/home/me"]})"));
  EXPECT_EQ(server_of(done, 1, "time")["env"], json::parse(R"({"TZ":"Europe/Oslo","DEBUG":"true"})"));
  EXPECT_THAT(done.remarks, IsEmpty());
}

TEST(host_import, vs_codes_file_may_have_comments_and_trailing_commas) {
  const auto done = import_text(R"(// servers of this folder
{
  "inputs": [ { "type": "promptString", "id": "github-token", "description": "GitHub token", "password": true }, ],
  "servers": { /* remote, with // slashes */
    "github": { "type": "http", "url": "https://api.example/mcp/", "headers": { "Authorization": "Bearer ${input:github-token}" }, },
    "old": { "type": "sse", "url": "https://old.example/sse" },
    "local": { "type": "stdio", "command": "${workspaceFolder}/run", "env": { "K": "${env:MY_KEY}", "H": "${userHome}/x, ]" }, "envFile": ".env" },
  },
})");
  ASSERT_EQ(done.document.size(), 3u);
  EXPECT_EQ(server_of(done, 0, "github")["headers"]["Authorization"], "Bearer ${github_token}");
  EXPECT_EQ(server_of(done, 0, "github")["transport"], "http");
  EXPECT_EQ(server_of(done, 0, "github")["url"], "https://api.example/mcp/");
  EXPECT_EQ(server_of(done, 1, "local")["command"], "${workspaceFolder}/run");
  EXPECT_EQ(server_of(done, 1, "local")["env"], json::parse(R"({"K":"${MY_KEY}","H":"${HOME}/x, ]"})"));
  EXPECT_EQ(server_of(done, 2, "old")["transport"], "sse");
  EXPECT_THAT(done.remarks, Contains(HasSubstr("needs the variable github_token (GitHub token)")));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("needs the variable MY_KEY")));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("needs the variable workspaceFolder")));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("\"local\": its environment file \".env\" is not carried over")));
  EXPECT_THAT(done.remarks, Not(Contains(HasSubstr("HOME"))));
  EXPECT_THAT(done.remarks, Not(Contains(HasSubstr("secret"))));
}

TEST(host_import, vs_codes_settings_have_the_servers_under_mcp) {
  const char* server = R"({"servers":{"t":{"command":"t"}},"inputs":[]})";
  EXPECT_EQ(import_text(std::string(R"({"editor.tabSize":2,"mcp":)") + server + "}").document.size(), 1u);
  EXPECT_EQ(import_text(R"({"mcp.servers":{"t":{"command":"t"}}})").document.size(), 1u);
}

TEST(host_import, the_transport_is_inferred_when_it_is_not_said) {
  const auto done = import_text(R"({"mcpServers":{"a":{"url":"https://a.example"},"b":{"httpUrl":"https://b.example"},"c":{"serverUrl":"https://c.example","type":"streamable-http"},
                                    "d":{"command":"d"}}})");
  EXPECT_EQ(server_of(done, 0, "a")["transport"], "http");
  EXPECT_EQ(server_of(done, 1, "b")["url"], "https://b.example");
  EXPECT_EQ(server_of(done, 2, "c")["transport"], "http");
  EXPECT_EQ(server_of(done, 3, "d")["transport"], "stdio");
}

TEST(host_import, secrets_stay_and_are_warned_about_without_being_shown) {
  const auto done = import_text(R"({"mcpServers":{"g":{"command":"g","args":["--api-key","hunter2","--token=hunter2","--verbose"],"env":{"GITHUB_TOKEN":"hunter2","MODE":"fast","OPENAI":"sk-hunter2"}},
                                    "h":{"url":"https://h.example/mcp?api_key=hunter2","headers":{"X-Api-Key":"hunter2","Accept":"text/plain"}}}})");
  EXPECT_EQ(server_of(done, 0, "g")["env"]["GITHUB_TOKEN"], "hunter2");
  std::string all;
  for (const auto& remark : done.remarks) all += remark + "\n";
  EXPECT_THAT(all, Not(HasSubstr("hunter2")));
  EXPECT_THAT(all, AllOf(HasSubstr("env GITHUB_TOKEN holds a secret; write \"${GITHUB_TOKEN}\""), HasSubstr("env OPENAI holds"), HasSubstr("argument --api-key holds"),
                         HasSubstr("argument --token holds"), HasSubstr("headers X-Api-Key holds a secret; write \"${X_Api_Key}\""), HasSubstr("url holds a secret")));
  EXPECT_THAT(all, AllOf(Not(HasSubstr("MODE")), Not(HasSubstr("Accept")), Not(HasSubstr("verbose"))));
}

TEST(host_import, secrets_are_found_whatever_they_are_called) {
  const auto done = import_text(R"({"mcpServers":{"p":{"command":"npx","args":["server-postgres","postgresql://u:hunter2@db.example/x"],"env":{"DB":"postgres://u:hunter2@db.example/x","SITE":"https://x.example/?q=1"}},
                                    "r":{"command":"npx","args":["mcp-remote","https://x.example/sse","--header","Authorization: Bearer hunter2","TOKEN=hunter2","MODE=fast","--header","Authorization: Bearer ${T}"]},
                                    "c":{"command":["run","--key","hunter2"]}}})");
  std::string all;
  for (const auto& remark : done.remarks) all += remark + "\n";
  EXPECT_THAT(all, Not(HasSubstr("hunter2")));
  EXPECT_THAT(all, AllOf(HasSubstr("\"p\": env DB holds"), HasSubstr("\"p\": argument 2 holds"), HasSubstr("\"r\": argument 4 holds"), HasSubstr("\"r\": argument TOKEN holds"), HasSubstr("\"c\": argument --key holds")));
  EXPECT_THAT(all, AllOf(Not(HasSubstr("SITE")), Not(HasSubstr("MODE")), Not(HasSubstr("argument 8"))));
}

TEST(host_import, names_that_would_collide_become_others) {
  const auto done = import_text(R"({"mcpServers":{"my-api":{"command":"a"},"my.api":{"command":"b"},"my_api":{"command":"c"},"":{"command":"d"}}})");
  std::set<std::string> names;
  for (const json& each : done.document) names.insert(normalise_manual_name(each["name"].get<std::string>()));
  EXPECT_EQ(names, (std::set<std::string>{"my_api", "my_api_2", "my_api_3", "server"}));
  EXPECT_EQ(done.remarks.size(), 3u);
  EXPECT_THAT(done.remarks, Contains(HasSubstr("became the provider")));
}

TEST(host_import, a_type_that_does_not_fit_is_told) {
  const auto done = import_text(R"({"mcpServers":{"a":{"type":"ws","url":"wss://a.example"},"b":{"type":"http","command":"b"},"c":{"type":"streamableHttp","url":"https://c.example"},"d":{"type":"stdio","command":"d"}}})");
  EXPECT_EQ(server_of(done, 1, "b")["transport"], "stdio");
  EXPECT_EQ(server_of(done, 2, "c")["transport"], "http");
  EXPECT_THAT(done.remarks, Contains(HasSubstr("\"a\": its type \"ws\" is unknown")));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("\"b\": its type \"http\" is not what its keys say")));
  EXPECT_EQ(done.remarks.size(), 2u);
}

TEST(host_import, parts_of_the_wrong_type_are_left_out_and_told) {
  const auto done = import_text(R"({"mcpServers":{"a":{"command":5},"b":{"command":"b","args":"x"},"c":{"command":"c","env":["x"]},"d":{"url":["x"]},"e":{"command":"e","headers":{"a":{}}},
                                    "f":{"command":{"path":"f","args":["x"],"env":{"A":1}}},"g":{"command":"g","args":[1,true],"env":{"A":null},"enabled":true},"h":{"command":"h","enabled":false}}})");
  ASSERT_EQ(done.document.size(), 2u);
  EXPECT_EQ(server_of(done, 0, "f"), json::parse(R"({"command":"f","args":["x"],"env":{"A":"1"},"transport":"stdio"})"));
  EXPECT_EQ(server_of(done, 1, "g"), json::parse(R"({"command":"g","args":["1","true"],"env":{},"transport":"stdio"})"));
  EXPECT_EQ(done.remarks.size(), 6u);
}

TEST(host_import, references_within_references_and_odd_variables_are_read) {
  const auto done = import_text(R"({"mcpServers":{"a":{"command":"a","args":["${A:-${B}}x","${workspaceFolder}${/}y","${input:k-1}","${input:k_1}","${open"]}}})");
  EXPECT_EQ(server_of(done, 0, "a")["args"], json::parse(R"(["${A}x","${workspaceFolder}/y","${k_1}","${k_1}","${open"])"));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("both became k_1")));
}

TEST(host_import, a_file_without_servers_or_with_a_byte_order_mark_is_read) {
  EXPECT_THAT(import_text(R"({"mcpServers":{}})").remarks, Contains(HasSubstr("has no servers")));
  EXPECT_EQ(import_text("\xEF\xBB\xBF{\"mcpServers\":{\"a\":{\"command\":\"a\"}}}").document.size(), 1u);
}

TEST(host_import, a_v1_configuration_gets_no_wider) {
  const auto done = import_text(R"({"manual_call_templates":[{"name":"a","call_template_type":"http","url":"https://a.example/"},
                                    {"name":"b","call_template_type":"streamable_http","url":"https://b.example/","allowed_communication_protocols":[]},
                                    {"name":"c","call_template_type":"text","content":"{\"tools\":[]}","allowed_communication_protocols":["http","cli"]}]})");
  ASSERT_EQ(done.document.size(), 3u);
  EXPECT_EQ(done.document[0]["allowed_communication_protocols"], json::parse(R"(["http"])"));
  EXPECT_EQ(done.document[1]["allowed_communication_protocols"], json::parse(R"(["http_stream"])"));
  EXPECT_EQ(done.document[2]["allowed_communication_protocols"], json::parse(R"(["http","cli"])"));
}

TEST(host_import, defaults_of_variables_and_dollar_signs_are_told) {
  const auto done = import_text(R"({"mcpServers":{"a":{"command":"a","args":["${DIR:-/tmp}","$HOME/x","5$"]}}})");
  EXPECT_EQ(server_of(done, 0, "a")["args"], json::parse(R"(["${DIR}","$HOME/x","5$"])"));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("default of the variable DIR")));
  EXPECT_THAT(done.remarks, Contains(HasSubstr("\"$\" before a word")));
}

TEST(host_import, servers_that_cannot_be_used_are_left_out_and_told) {
  const auto done = import_text(R"({"mcpServers":{"off":{"command":"x","disabled":true},"on":{"command":"x","disabled":false},"empty":{},"odd":5}})");
  ASSERT_EQ(done.document.size(), 1u);
  EXPECT_EQ(done.document[0]["name"], "on");
  EXPECT_EQ(done.remarks.size(), 3u);
}

TEST(host_import, a_v1_configuration_becomes_a_providers_json_with_its_settings) {
  const auto done = import_text(R"({"variables":{"A":"b"},"load_variables_from":null,"manual_call_templates":[{"name":"shop","call_template_type":"http","url":"https://shop.example/utcp","http_method":"GET"}]})");
  EXPECT_EQ(done.document["providers"][0]["provider_type"], "http");
  EXPECT_EQ(done.document["variables"]["A"], "b");
}

TEST(host_import, what_is_no_such_file_is_refused_with_what_was_expected) {
  for (const char* text : {"[]", "5", "{}", R"({"mcpServers":[]})", "{", "{\"a\": \"", "/* never ends", ""}) {
    auto done = import_host_text(text, ".", "host.json", document_ports());
    ASSERT_FALSE(done.has_value()) << text;
    EXPECT_EQ(done.error(), errc::invalid_config) << text;
    EXPECT_THAT(done.error().message, HasSubstr("host.json")) << text;
  }
  EXPECT_EQ(import_host_file("/nowhere/host.json", document_ports()).error(), errc::invalid_config);
}

TEST(host_import, errors_count_lines_as_the_file_has_them) {
  auto done = import_host_text("// one\n/* two\n three */\n{\"a\": nope}", ".", "host.json", document_ports());
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("line 4"));
}

}  // namespace
}  // namespace utcp::app
