#include <utcp/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace utcp::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class configurations : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("utcp_config_test_" + std::to_string(::getpid()));
    fs::create_directories(folder / "nested");
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path write(const fs::path& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  static client_config read(const std::string& text) {
    auto out = read_config(json::parse(text), ".");
    if (!out) throw std::runtime_error(out.error().message);
    return std::move(*out);
  }
  static std::string why(const std::string& text) {
    auto out = read_config(json::parse(text), ".", "providers.json");
    return out ? "no error" : out.error().message;
  }
  static std::vector<std::string> names(const client_config& c) {
    std::vector<std::string> out;
    for (const auto& each : c.manuals) out.push_back(each.name + (each.how ? "" : "!"));
    return out;
  }

  fs::path folder;
};

const std::string one = R"({"name": "a", "provider_type": "http", "url": "https://a.example/utcp"})";

TEST_F(configurations, may_be_an_array_of_providers) {
  auto c = read("[" + one + R"(, {"name": "b", "call_template_type": "text", "content": "{}"}])");
  EXPECT_THAT(names(c), ElementsAre("a", "b"));
  EXPECT_EQ(c.manuals[0].how->protocol, "http");
  EXPECT_EQ(c.manuals[0].how->name, "a");
  EXPECT_EQ(c.manuals[0].how->dialect, dialect::v0);
  EXPECT_EQ(c.manuals[1].how->dialect, dialect::v1);
  EXPECT_EQ(c.manuals[0].how->origin, trust::configuration);
  EXPECT_EQ(c.written_as, dialect::v0);
}

TEST_F(configurations, may_be_an_object_with_providers) {
  EXPECT_THAT(names(read(R"({"providers": [)" + one + "]}")), ElementsAre("a"));
  EXPECT_THAT(names(read(R"({"providers": )" + one + "}")), ElementsAre("a"));
  EXPECT_THAT(names(read(R"({"providers": {"x": {"provider_type": "http", "url": "https://x.example/"}, "y": {"name": "z", "provider_type": "http", "url": "https://y.example/"}}})")),
              ElementsAre("x", "z"));
}

TEST_F(configurations, may_be_one_provider) { EXPECT_THAT(names(read(one)), ElementsAre("a")); }

TEST_F(configurations, may_be_a_v1_configuration) {
  auto c = read(R"({
    "variables": {"shop_API_KEY": "k-123", "PORT": 8080, "ON": true, "NONE": null},
    "load_variables_from": [{"variable_loader_type": "dotenv", "env_file_path": ".env"}],
    "tool_repository": {"tool_repository_type": "in_memory"},
    "tool_search_strategy": {"tool_search_strategy_type": "tag_and_description_word_match", "description_weight": 1, "tag_weight": 3},
    "post_processing": [{"tool_post_processor_type": "limit_strings", "limit": 4000}],
    "manual_call_templates": [{"name": "shop", "call_template_type": "http", "url": "https://shop.example/utcp", "allowed_communication_protocols": ["http", "streamable_http"]}]})");
  EXPECT_EQ(c.written_as, dialect::v1);
  EXPECT_EQ(c.variables, (std::map<std::string, std::string>{{"shop_API_KEY", "k-123"}, {"PORT", "8080"}, {"ON", "true"}}));
  ASSERT_EQ(c.load_variables_from.size(), 1u);
  EXPECT_EQ(c.tool_search_strategy["tag_weight"], 3);
  EXPECT_EQ(c.tool_repository["tool_repository_type"], "in_memory");
  EXPECT_EQ(c.post_processing.size(), 1u);
  EXPECT_THAT(*c.manuals[0].how->allowed_communication_protocols, ElementsAre("http", "http_stream"));
  EXPECT_TRUE(c.notices.empty());
}

TEST_F(configurations, may_mix_both_generations) {
  write("more.json", "[" + one + "]");
  auto file = write("config.json", R"({"providers_file_path": "more.json", "variables": {"X": "1"},
    "manual_call_templates": [{"name": "b", "call_template_type": "http", "url": "https://b.example/"}]})");
  auto c = load_config(file);
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_THAT(names(*c), ::testing::UnorderedElementsAre("a", "b"));
  EXPECT_EQ(c->written_as, dialect::v1);
  EXPECT_EQ(c->root_dir, folder);
}

TEST_F(configurations, may_be_a_manual) {
  auto c = load_config(write("my-tools.json", R"({"version": "0.1.7", "tools": []})"));
  ASSERT_TRUE(c);
  EXPECT_THAT(names(*c), ElementsAre("my_tools"));
  EXPECT_EQ(c->manuals[0].how->protocol, "text");
  EXPECT_EQ(c->manuals[0].how->options["file_path"], "my-tools.json") << "so that messages name the file";
}

TEST_F(configurations, may_be_the_file_of_an_mcp_host) {
  auto c = read(R"({"mcpServers": {"time": {"command": "python3", "args": ["-m", "time"]}}})");
  ASSERT_EQ(c.manuals.size(), 1u);
  ASSERT_TRUE(c.manuals[0].how) << c.manuals[0].failure->message;
  EXPECT_EQ(c.manuals[0].how->protocol, "mcp");
  EXPECT_EQ(c.manuals[0].how->options["config"]["mcpServers"]["time"]["command"], "python3");
}

TEST_F(configurations, may_be_empty) {
  EXPECT_TRUE(read("{}").manuals.empty());
  EXPECT_TRUE(read("[]").manuals.empty());
  EXPECT_TRUE(read(R"({"providers": []})").manuals.empty());
}

TEST_F(configurations, of_other_shapes_say_what_is_expected) {
  EXPECT_THAT(why("5"), HasSubstr("providers.json: expected an array of providers or an object, not a number"));
  EXPECT_THAT(why("\"x\""), HasSubstr("not a string"));
  EXPECT_THAT(why("null"), HasSubstr("not null"));
  EXPECT_THAT(why(R"({"name": "x"})"), HasSubstr("\"providers\""));
}

// One bad entry never spoils the others.

TEST_F(configurations, keep_the_good_entries_beside_a_bad_one) {
  auto c = load_config(write("providers.json", "[" + one + R"(, {"name": "b", "provider_type": "http"}, 5, {"url": "https://x.example/"}, null, {"name": "c", "provider_type": "http", "url": "https://c.example/"}])"));
  ASSERT_TRUE(c);
  ASSERT_EQ(c->manuals.size(), 6u);
  EXPECT_TRUE(c->manuals[0].how);
  EXPECT_EQ(c->manuals[1].name, "b");
  EXPECT_THAT(c->manuals[1].failure->message, HasSubstr("providers.json#/1: \"url\" is missing"));
  EXPECT_EQ(*c->manuals[1].failure, errc::invalid_config);
  EXPECT_THAT(c->manuals[2].failure->message, HasSubstr("#/2: expected an object"));
  EXPECT_THAT(c->manuals[3].failure->message, HasSubstr("\"provider_type\" (v0) or \"call_template_type\" (v1) is missing"));
  EXPECT_TRUE(c->manuals[4].failure);
  EXPECT_TRUE(c->manuals[5].how);
  for (const auto& each : c->manuals) EXPECT_FALSE(each.name.empty());
}

TEST_F(configurations, name_the_place_of_a_bad_entry_in_each_shape) {
  auto place = [](const std::string& text) {
    auto c = read_config(json::parse(text), ".", "f.json");
    return c->manuals.at(0).failure->message;
  };
  EXPECT_THAT(place(R"({"providers": [{"provider_type": "http", "url": 5}]})"), HasSubstr("f.json#/providers/0/url: expected a string, not a number"));
  EXPECT_THAT(place(R"({"providers": {"a/b~c": {"provider_type": "http"}}})"), HasSubstr("f.json#/providers/a~1b~0c: "));
  EXPECT_THAT(place(R"({"manual_call_templates": [{"call_template_type": "http", "url": "https://x/", "auth": 5}]})"), HasSubstr("f.json#/manual_call_templates/0/auth: "));
  EXPECT_THAT(place(R"({"provider_type": "http", "url": 5})"), HasSubstr("f.json#/url: "));
  EXPECT_THAT(place(R"({"providers": 5})"), HasSubstr("f.json#/providers: expected an array"));
}

TEST_F(configurations, make_up_distinct_names_for_entries_without) {
  auto c = read(R"([{"provider_type": "http", "url": "https://x/"}, {"provider_type": "http", "url": "https://y/"}, {"name": "", "provider_type": "cli", "command_name": "ls"}, {"name": null, "provider_type": "http", "url": "https://z/"}])");
  EXPECT_THAT(names(c), ElementsAre("http_1", "http_2", "cli_1", "http_3"));
}

TEST_F(configurations, tell_of_unknown_keys) {
  auto c = read(R"({"providers": [], "colour": "red"})");
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_THAT(c.notices[0].place, HasSubstr("#/colour"));
  EXPECT_EQ(c.extra["colour"], "red");
  EXPECT_THAT(read(R"({"providers": [], "colour": null})").notices, ::testing::IsEmpty());
}

TEST_F(configurations, tell_of_unknown_keys_of_a_provider_with_file_and_place) {
  auto told = [](const std::string& text) {
    auto out = read_config(json::parse(text), ".", "providers.json");
    std::vector<std::string> lines;
    for (const notice& each : out.value().notices) lines.push_back(each.place + ": " + each.message);
    return lines;
  };
  EXPECT_THAT(told(R"({"providers": [{"name": "a", "provider_type": "http", "url": "https://a.example", "heders": {"X": "y"}}]})"),
              ElementsAre("providers.json#/providers/0/heders: unknown key, ignored; did you mean \"headers\"?"));
  EXPECT_THAT(told(R"({"name": "a", "call_template_type": "text", "file_path": "m.json", "a/b": 1})"), ElementsAre("providers.json#/a~1b: unknown key, ignored"));
  EXPECT_THAT(told(R"([{"provider_type": "cli", "command_name": "x", "workingDir": "/tmp"}])"),
              ElementsAre("providers.json#/0/workingDir: unknown key, ignored; did you mean \"working_dir\"?"));
  EXPECT_THAT(told(R"([{"provider_type": "grpc", "host": "h", "ports": 5, "port": 6}])"), ElementsAre("providers.json#/0/ports: unknown key, ignored")) << "\"port\" is there";
  EXPECT_THAT(told(R"([{"provider_type": "http", "url": "https://a.example", "allowed_communication_protocol": ["cli"], "auht": {}}])"),
              ElementsAre(HasSubstr("did you mean \"allowed_communication_protocols\"?"), HasSubstr("did you mean \"auth\"?")));
  EXPECT_THAT(told(R"({"provider_type": "mcp", "config": {"mcpServers": {"s": {"url": "https://a.example"}}}, "command": "x"})"), ElementsAre("providers.json#/command: unknown key, ignored"))
      << "nobody reads it beside config";
  EXPECT_THAT(told(R"({"providers": [], "load_variable_from": []})"), ElementsAre("providers.json#/load_variable_from: unknown key, ignored; did you mean \"load_variables_from\"?"));
}

TEST_F(configurations, are_silent_about_remarks_other_spellings_peers_keys_and_plug_ins) {
  for (const char* text : {
           R"({"$schema": "s", "_comment": "c", "providers": []})",
           R"([{"$schema": "s", "_comment": "c", "//": "c", "x-team": "t", "description": "d", "provider_type": "http", "type": "utcp", "url": "https://a.example", "method": "GET", "verify_ssl": true}])",
           R"([{"provider_type": "mcp", "command": ["x"], "args": [], "workingDir": "/", "stdinData": "", "timeout": 5}])",
           R"([{"provider_type": "cli", "command": "x", "cwd": "/", "env": {"A": "b"}, "execute_command": "y"}])",
           R"([{"provider_type": "text", "content": {"tools": []}, "heders": null}])",
           R"([{"provider_type": "memo", "notes": []}, {"provider_type": "websocket", "url": "wss://a.example", "ping_interval": 5}])",
       }) {
    EXPECT_THAT(read(text).notices, ::testing::IsEmpty()) << text;
  }
}

TEST_F(configurations, with_wrong_types_are_refused_as_a_whole) {
  for (auto [text, said] : std::vector<std::pair<std::string, std::string>>{
           {R"({"variables": []})", "#/variables: expected an object of strings, not an array"},
           {R"({"variables": {"A": {}}})", "#/variables/A: expected a string, not an object"},
           {R"({"providers_file_path": 5})", "#/providers_file_path: expected the path"},
           {R"({"load_variables_from": [5]})", "#/load_variables_from/0: expected an object"},
           {R"({"load_variables_from": [{}]})", "\"variable_loader_type\" (v1) or \"type\" (v0) is missing"},
           {R"({"tool_search_strategy": "tag"})", "#/tool_search_strategy: expected an object, not a string"},
           {R"({"post_processing": {}})", "#/post_processing: expected an array"},
           {R"({"post_processing": [1]})", "#/post_processing/0: expected an object"},
           {R"({"defaults": 1})", "#/defaults: expected an object"},
           {R"({"defaults": {"call_timeout_ms": -1}})", "#/defaults/call_timeout_ms: expected an integer that is not negative"},
           {R"({"defaults": {"call_timeout_ms": "1s"}})", "#/defaults/call_timeout_ms"},
           {R"({"defaults": {"call_timeout": 1}})", "#/defaults/call_timeout: unknown default; known are call_timeout_ms"},
           {R"({"defaults": {"allow_insecure_http": 1}})", "expected true or false"},
           {R"({"defaults": {"retry": {"attempts": "x"}}})", "#/defaults/retry/attempts"},
           {R"({"defaults": {"retry": {"tries": 2}}})", "known are attempts"},
           {R"({"escape_dollar": "yes", "providers": []})", "#/escape_dollar: expected true or false"}}) {
    EXPECT_THAT(why(text), HasSubstr(said)) << text;
  }
}

TEST_F(configurations, carry_defaults) {
  auto c = read(R"({"defaults": {"call_timeout_ms": 1500, "discovery_timeout_ms": 250, "max_response_bytes": 1000, "max_manual_bytes": 2000,
    "parallel_registrations": 0, "allow_insecure_http": true, "retry": {"attempts": 3, "first_delay_ms": 5, "max_delay_ms": 50}}, "escape_dollar": true, "bare_variables": true})");
  EXPECT_EQ(c.defaults.call_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(c.defaults.discovery_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(c.defaults.max_response_bytes, 1000u);
  EXPECT_EQ(c.defaults.documents.max_bytes, 2000u);
  EXPECT_EQ(c.defaults.parallel_registrations, 1u);
  EXPECT_TRUE(c.defaults.allow_insecure_http);
  EXPECT_EQ(c.defaults.retry.attempts, 3u);
  EXPECT_EQ(c.defaults.retry.first_delay, std::chrono::milliseconds(5));
  EXPECT_EQ(c.defaults.retry.max_delay, std::chrono::milliseconds(50));
  EXPECT_TRUE(c.escape_dollar);
  EXPECT_TRUE(c.bare_variables);
}

TEST_F(configurations, in_code_may_hold_signed_numbers) {
  auto c = read_config(json{{"defaults", {{"call_timeout_ms", 1500}, {"retry", {{"attempts", 2}}}}}, {"providers", {{{"provider_type", "tcp"}, {"host", "h"}, {"port", 80}, {"timeout_ms", 5}}}}}, ".");
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(c->defaults.call_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(c->defaults.retry.attempts, 2u);
  EXPECT_TRUE(c->manuals.at(0).how) << c->manuals[0].failure->message;
}

TEST_F(configurations, take_null_for_absent_in_defaults) {
  auto c = read(R"({"defaults": {"call_timeout_ms": null, "http": null, "retry": {"attempts": null, "first_delay_ms": 5}}})");
  EXPECT_EQ(c.defaults.call_timeout, client_defaults().call_timeout);
  EXPECT_EQ(c.defaults.retry.attempts, 1u);
  EXPECT_EQ(c.defaults.retry.first_delay, std::chrono::milliseconds(5));
}

TEST_F(configurations, huge_timeouts_do_not_overflow) {
  auto c = read(R"({"defaults": {"call_timeout_ms": 18446744073709551615, "discovery_timeout_ms": 9223372036854775807}})");
  EXPECT_GT(c.defaults.call_timeout, std::chrono::hours(24 * 36500));
  EXPECT_GT(c.defaults.discovery_timeout, std::chrono::hours(24 * 36500));
}

// Loaders.

TEST_F(configurations, name_loaders_in_either_generation) {
  for (const char* text : {R"({"load_variables_from": [{"type": "dotenv", "env_file_path": "x"}]})", R"({"variable_loaders": [{"variable_loader_type": "dotenv", "env_file_path": "x"}]})",
                           R"({"load_variables_from": {"type": "dotenv", "env_file_path": "x"}})"}) {
    auto c = read(text);
    ASSERT_EQ(c.load_variables_from.size(), 1u);
    EXPECT_EQ(c.load_variables_from[0]["variable_loader_type"], "dotenv");
    EXPECT_EQ(c.load_variables_from[0]["env_file_path"], "x");
    EXPECT_FALSE(c.load_variables_from[0].contains("type"));
  }
}

// Files.

TEST_F(configurations, from_files_that_cannot_be_read_say_why) {
  auto said = [&](const fs::path& file) { return load_config(file).error().message; };
  EXPECT_THAT(said(folder / "none.json"), HasSubstr("none.json: no such file"));
  EXPECT_THAT(said(folder), HasSubstr("is not a file"));
  EXPECT_THAT(said(write("empty.json", "")), HasSubstr("is empty"));
  EXPECT_THAT(said(write("half.json", "[{\"name\": \"a\",")), HasSubstr("line 1, column"));
  EXPECT_THAT(said(write("page.json", "<html>")), HasSubstr("HTML"));
  EXPECT_THAT(said(write("config.yaml", "- name: a\n")), HasSubstr("YAML"));
  EXPECT_EQ(load_config(write("deep.json", std::string(10'000, '['))).error(), errc::too_large);
}

TEST_F(configurations, start_relative_paths_of_an_included_file_at_that_file) {
  write("nested/providers.json", R"({"load_variables_from": [{"type": "dotenv", "env_file_path": "own.env"}],
    "providers": [{"name": "t", "provider_type": "text", "file_path": "tools.json"}, {"name": "abs", "provider_type": "text", "file_path": "/tools.json"},
                  {"name": "var", "provider_type": "text", "file_path": "${DIR}/tools.json"}, {"name": "c", "provider_type": "cli", "command_name": "ls", "working_dir": "w"}]})");
  auto c = load_config(write("config.json", R"({"providers_file_path": "nested/providers.json", "manual_call_templates": [{"name": "own", "call_template_type": "file", "file_path": "tools.json"}]})"));
  ASSERT_TRUE(c) << c.error().message;
  auto path_of = [&](const char* name, const char* key) {
    for (const auto& each : c->manuals)
      if (each.name == name) return each.how->options[key].get<std::string>();
    return std::string("none");
  };
  EXPECT_EQ(path_of("t", "file_path"), (folder / "nested" / "tools.json").string());
  EXPECT_EQ(path_of("abs", "file_path"), "/tools.json");
  EXPECT_EQ(path_of("var", "file_path"), "${DIR}/tools.json");
  EXPECT_EQ(path_of("c", "working_dir"), (folder / "nested" / "w").string());
  EXPECT_EQ(path_of("own", "file_path"), "tools.json");
  EXPECT_EQ(c->load_variables_from[0]["env_file_path"], (folder / "nested" / "own.env").string());
  c = load_config(fs::relative(folder / "config.json"));
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(path_of("t", "file_path"), (folder / "nested" / "tools.json").string());
  EXPECT_EQ(c->load_variables_from[0]["env_file_path"], (folder / "nested" / "own.env").string());
}

TEST_F(configurations, that_include_each_other_end) {
  auto file = write("a.json", R"({"providers_file_path": "b.json"})");
  write("b.json", R"({"providers_file_path": "a.json"})");
  auto c = load_config(file);
  EXPECT_EQ(c.error(), errc::invalid_config);
  EXPECT_THAT(c.error().message, HasSubstr("include each other"));
}

TEST_F(configurations, name_the_file_that_is_included_and_missing) {
  auto c = load_config(write("a.json", R"({"providers_file_path": "none.json"})"));
  EXPECT_THAT(c.error().message, HasSubstr("a.json#/providers_file_path: "));
  EXPECT_THAT(c.error().message, HasSubstr("none.json: no such file"));
}

TEST_F(configurations, name_the_place_of_an_entry_of_an_included_file) {
  write("b.json", R"([{"name": "x", "provider_type": "http"}])");
  auto c = load_config(write("a.json", R"({"providers_file_path": "b.json"})"));
  ASSERT_TRUE(c);
  EXPECT_THAT(c->manuals.at(0).place, HasSubstr("b.json#/0"));
  EXPECT_THAT(c->manuals.at(0).failure->message, HasSubstr("b.json#/0: \"url\" is missing"));
}

/// Reads `key: value` lines; stands in for a YAML reader.
class lines_format final : public text_format {
 public:
  result<void> read(std::string_view text, nlohmann::json_sax<json>& handler, const document_limits&) const override {
    handler.start_object(0);
    while (!text.empty()) {
      auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      auto colon = line.find(": ");
      if (colon == std::string_view::npos) return error(errc::invalid_config, "line 1, column 1: expected a colon");
      std::string key(line.substr(0, colon));
      std::string value(line.substr(colon + 2));
      handler.key(key);
      handler.string(value);
    }
    handler.end_object();
    return {};
  }
};

TEST_F(configurations, in_yaml_are_read_where_there_is_a_reader) {
  document_ports ports;
  ports.yaml = std::make_shared<lines_format>();
  auto c = load_config(write("providers.yaml", "name: a\nprovider_type: http\nurl: https://a.example/\n"), ports);
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_THAT(names(*c), ElementsAre("a"));
  EXPECT_THAT(load_config(write("bad.yml", "nonsense"), ports).error().message, HasSubstr("bad.yml: line 1, column 1"));
}

TEST_F(configurations, list_the_programs_that_may_run) {
  EXPECT_FALSE(read(R"({"providers": []})").allowed_programs);
  EXPECT_THAT(*read(R"({"allowed_programs": [], "providers": []})").allowed_programs, ::testing::IsEmpty());
  write("c.json", R"({"allowed_programs": ["git", "/usr/bin/jq", "./bin/my tool"]})");
  auto c = load_config(folder / "c.json");
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_THAT(*c->allowed_programs, ElementsAre("git", "/usr/bin/jq", (folder / "bin/my tool").string()));
}

TEST_F(configurations, with_a_bad_list_of_programs_are_refused_with_the_place) {
  EXPECT_THAT(why(R"({"allowed_programs": "git"})"), HasSubstr("providers.json#/allowed_programs: expected an array of programs, not a string"));
  EXPECT_THAT(why(R"({"allowed_programs": ["git", 3]})"), HasSubstr("providers.json#/allowed_programs/1: expected the name or the path of a program"));
  EXPECT_THAT(why(R"({"allowed_programs": [""]})"), HasSubstr("providers.json#/allowed_programs/0"));
  EXPECT_THAT(why(R"({"allowed_programs": ["git log"]})"), HasSubstr("without arguments"));
  write("included.json", R"({"allowed_programs": ["sh"], "providers": []})");
  EXPECT_THAT(load_config(write("c.json", R"({"allowed_programs": ["git"], "providers_file_path": "included.json"})")).error().message,
              HasSubstr("included.json#/allowed_programs: an included providers file allows no programs"));
}

TEST(a_retry_object, is_read_and_bounded) {
  auto r = read_retry(json::parse(R"({"attempts": 5})"), "p");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->attempts, 5u);
  EXPECT_EQ(read_retry(json::parse(R"({"attempts": 0})"), "p")->attempts, 1u);
  EXPECT_EQ(read_retry(json::parse(R"({"attempts": 1000000})"), "p")->attempts, 100u);
  EXPECT_EQ(read_retry(json::object(), "p")->attempts, 1u);
  EXPECT_THAT(read_retry(5, "here").error().message, HasSubstr("here: expected an object"));
  EXPECT_THAT(read_retry(json::parse(R"({"max_delay_ms": -1})"), "here").error().message, HasSubstr("here/max_delay_ms"));
}

}  // namespace
}  // namespace utcp::testing
