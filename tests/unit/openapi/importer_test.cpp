#include "openapi_fixture.hpp"

#include <utcp/openapi/importer.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace utcp;
using testing::HasSubstr;

namespace {

const std::string text = document_with(R"({"/a":{"get":{"operationId":"getA","tags":["t"]},"put":{"operationId":"putA"}}})");

result<loaded_manual> load(const std::string& from, call_template provider, bool local = true) {
  document_ports ports;
  ports.yaml = yaml_or_none();
  ports.importers.push_back(make_openapi_importer(ports.yaml));
  manual_source source;
  source.where = local ? "/specs/x.json" : "https://far.example/x.json";
  source.local = local;
  source.provider = std::make_shared<call_template>(std::move(provider));
  return load_manual(from, source, ports);
}

call_template provider_with(const std::string& options) {
  call_template out;
  out.name = "m";
  out.options = json::parse(options);
  return out;
}

}  // namespace

TEST(the_importer, makes_a_manual_of_a_document) {
  const auto loaded = load(text, provider_with(R"({"base_url":"https://mine.example"})"));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->found.tools.size(), 2u);
  EXPECT_EQ(loaded->found.tools[0]->tool_call_template->options["url"], "https://mine.example/a");
}

TEST(the_importer, leaves_manuals_alone) {
  const auto loaded = load(R"({"utcp_version":"1.0.1","info":{"openapi":"3.0.0"},"tools":[]})", provider_with("{}"));
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->found.tools.empty());
  EXPECT_FALSE(load(R"({"openapi":{}})", provider_with("{}")));
}

TEST(the_importer, selects_as_the_provider_says) {
  const auto loaded = load(text, provider_with(R"({"openapi":{"include":"tag:t","prefix":"x_"}})"));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->found.tools.size(), 1u);
  EXPECT_EQ(loaded->found.tools[0]->name, "x_getA");
  for (const char* wrong : {R"({"openapi":[]})", R"({"openapi":{"includes":"x"}})", R"({"openapi":{"include":5}})", R"({"openapi":{"prefix":5}})"}) {
    const auto failed = load(text, provider_with(wrong));
    ASSERT_FALSE(failed) << wrong;
    EXPECT_TRUE(failed.error() == errc::invalid_config);
    EXPECT_THAT(failed.error().message, HasSubstr("openapi"));
  }
}

TEST(the_importer, takes_the_auth_that_the_provider_gives) {
  call_template provider = provider_with("{}");
  provider.auth_tools = json::parse(R"({"auth_type":"api_key","api_key":"${K}","var_name":"X"})");
  const auto loaded = load(document_with(R"({"/a":{"get":{"security":[{"b":[]}]},"put":{}}})", R"({"securitySchemes":{"b":{"type":"http","scheme":"bearer"}}})"), provider);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->found.tools[0]->tool_call_template->auth["api_key"], "${K}");
  EXPECT_TRUE(loaded->found.tools[1]->tool_call_template->auth.is_null());
}

TEST(the_importer, keeps_documents_from_elsewhere_off_this_machine) {
  const auto loaded = load(R"({"openapi":"3.0.0","servers":[{"url":"http://localhost:1"}],"paths":{"/a":{"get":{}},"/f":{"$ref":"file:///etc/passwd"}}})", provider_with("{}"), false);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->found.tools.empty());
}

TEST(the_file_loader, stays_below_its_folder) {
  const auto folder = std::filesystem::temp_directory_path() / ("utcp_openapi_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "in");
  std::ofstream(folder / "in" / "a.json") << R"({"x":1})";
  std::ofstream(folder / "b.json") << R"({"x":1})";
  std::filesystem::create_symlink(folder / "b.json", folder / "in" / "link.json");
  const auto load_below = openapi::load_files((folder / "in").string(), nullptr);
  const std::string url = "file://" + folder.string();
  EXPECT_TRUE(load_below(url + "/in/a.json"));
  EXPECT_TRUE(load_below(url + "/b.json").error() == errc::not_allowed);
  EXPECT_TRUE(load_below(url + "/in/../b.json").error() == errc::not_allowed);
  EXPECT_TRUE(load_below(url + "/in/link.json").error() == errc::not_allowed);
  EXPECT_TRUE(load_below("https://x.example/a.json").error() == errc::not_allowed);
  EXPECT_FALSE(load_below(url + "/in/none.json"));
  std::filesystem::remove_all(folder);
}

TEST(the_file_loader, starts_at_the_documents_folder_or_at_a_root_above_it) {
  const auto folder = std::filesystem::temp_directory_path() / ("utcp_openapi_root_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "c#" / "in");
  std::ofstream(folder / "c#" / "b.json") << R"({"x":1})";
  const auto main = openapi::document::of_json(json::object(), (folder / "c#" / "in" / "main.json").string());
  const std::string other = "file://" + folder.string() + "/c%23/b.json";
  EXPECT_TRUE(openapi::load_files_of(main, "", nullptr)(other).error() == errc::not_allowed);
  EXPECT_TRUE(openapi::load_files_of(main, "..", nullptr)(other));
  EXPECT_FALSE(openapi::load_files_of(openapi::document::of_json(json::object(), "https://x.example/a.json"), "..", nullptr));
  std::filesystem::remove_all(folder);
}

TEST(the_file_loader, for_people_reads_documents_that_are_not_hidden) {
  const auto folder = std::filesystem::temp_directory_path() / ("utcp_openapi_any_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / ".hidden");
  for (const char* name : {"a.json", "secret.txt", ".hidden/a.json", ".a.json"}) std::ofstream(folder / name) << R"({"x":1})";
  const auto load_any = openapi::load_any_files(nullptr);
  const std::string url = "file://" + folder.string();
  EXPECT_TRUE(load_any(url + "/a.json"));
  for (const char* name : {"/secret.txt", "/.hidden/a.json", "/.a.json"}) EXPECT_TRUE(load_any(url + name).error() == errc::not_allowed) << name;
  std::filesystem::remove_all(folder);
}
