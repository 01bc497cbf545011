#include "conversion.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

conversion convert(const json& source, dialect to, fidelity how = fidelity::portable) {
  auto done = convert_text(source.dump(), ".", "source.json", to, how, document_ports());
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return done ? std::move(*done) : conversion();
}

const json v0_manual = json::parse(R"({"version":"0.1.7","tools":[{"name":"add","description":"Adds","tags":["math"],
  "inputs":{"type":"object","properties":{"a":{"type":"number"}}},
  "tool_provider":{"name":"calc","provider_type":"http","url":"https://calc.example/add","http_method":"POST"}}]})");

TEST(conversion, a_v0_manual_becomes_a_v1_manual) {
  const auto done = convert(v0_manual, dialect::v1);
  EXPECT_TRUE(done.document.contains("utcp_version"));
  EXPECT_EQ(done.document["tools"][0]["tool_call_template"]["call_template_type"], "http");
  EXPECT_FALSE(done.document["tools"][0].contains("tool_provider"));
}

TEST(conversion, a_manual_there_and_back_says_the_same) {
  const auto there = convert(v0_manual, dialect::v1, fidelity::full).document;
  const auto back = convert(there, dialect::v0, fidelity::full).document;
  EXPECT_EQ(back["tools"][0]["tool_provider"]["url"], "https://calc.example/add");
  EXPECT_EQ(back["tools"][0]["name"], "add");
}

TEST(conversion, a_providers_file_becomes_a_v1_configuration_and_keeps_its_references) {
  const json providers = json::parse(R"([{"name":"w","provider_type":"http","url":"https://x.example/utcp",
                                          "auth":{"auth_type":"api_key","api_key":"${KEY}"}}])");
  const auto done = convert(providers, dialect::v1);
  ASSERT_EQ(done.document["manual_call_templates"].size(), 1u);
  EXPECT_EQ(done.document["manual_call_templates"][0]["call_template_type"], "http");
  EXPECT_EQ(done.document["manual_call_templates"][0]["auth"]["api_key"], "${KEY}");
}

const json v1_config = json::parse(R"({"variables":{"A":"${SECRET}"},"load_variables_from":[{"variable_loader_type":"dotenv","env_file_path":".env"}],
  "manual_call_templates":[{"name":"w","call_template_type":"http","url":"https://x.example/utcp"}]})");

TEST(conversion, a_v1_configuration_becomes_a_providers_array_and_says_what_is_left_out) {
  const auto done = convert(v1_config, dialect::v0);
  ASSERT_TRUE(done.document.is_array());
  EXPECT_EQ(done.document[0]["provider_type"], "http");
  EXPECT_GE(done.notices.size(), 2u);
}

TEST(conversion, in_full_the_other_settings_stay) {
  const auto done = convert(v1_config, dialect::v0, fidelity::full);
  ASSERT_TRUE(done.document.is_object());
  EXPECT_EQ(done.document["variables"]["A"], "${SECRET}");
  EXPECT_EQ(done.document["load_variables_from"][0]["type"], "dotenv");
  EXPECT_EQ(done.document["providers"][0]["name"], "w");
}

TEST(conversion, in_full_a_v1_template_gets_no_wider_in_v0) {
  const json config = json::parse(R"({"manual_call_templates":[{"name":"a","call_template_type":"streamable_http","url":"https://a.example/"},
                                      {"name":"b","call_template_type":"http","url":"https://b.example/","allowed_communication_protocols":["http","cli"]}]})");
  const auto done = convert(config, dialect::v0, fidelity::full).document;
  EXPECT_EQ(done[0]["allowed_communication_protocols"], json::parse(R"(["http_stream"])"));
  EXPECT_EQ(done[1]["allowed_communication_protocols"], json::parse(R"(["http","cli"])"));
  EXPECT_FALSE(convert(json::parse(R"([{"name":"a","provider_type":"http","url":"https://a.example/"}])"), dialect::v0, fidelity::full).document[0].contains("allowed_communication_protocols"));
}

TEST(conversion, names_of_variables_that_v1_looks_for_are_told) {
  const auto done = convert(json::parse(R"([{"name":"my-w_x","provider_type":"http","url":"https://${HOST}/","auth":{"auth_type":"api_key","api_key":"$KEY"}}])"), dialect::v1);
  std::string all;
  for (const auto& each : done.notices) all += each.message + "\n";
  EXPECT_NE(all.find("my__w__x_HOST where v0 took HOST"), std::string::npos) << all;
  EXPECT_NE(all.find("my__w__x_KEY"), std::string::npos) << all;
}

TEST(conversion, a_provider_that_cannot_be_read_is_told_and_left_out) {
  const auto done = convert(json::parse(R"([{"name":"bad"},{"name":"w","provider_type":"http","url":"https://x.example/utcp"}])"), dialect::v1);
  EXPECT_EQ(done.failures.size(), 1u);
  EXPECT_EQ(done.document["manual_call_templates"].size(), 1u);
}

TEST(conversion, a_text_that_is_no_json_is_an_error_with_its_place) {
  auto done = convert_text("{\"tools\":", ".", "source.json", dialect::v1, fidelity::portable, document_ports());
  ASSERT_FALSE(done.has_value());
  EXPECT_TRUE(done.error() == errc::invalid_config);
  EXPECT_NE(done.error().message.find("source.json"), std::string::npos);
}

TEST(conversion, a_file_that_is_not_there_is_an_error_of_the_configuration) {
  auto done = convert_file("/no/such/file.json", dialect::v1, fidelity::portable, document_ports());
  ASSERT_FALSE(done.has_value());
  EXPECT_TRUE(done.error() == errc::invalid_config);
}

}  // namespace
}  // namespace utcp::app
