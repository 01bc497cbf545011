#include <utcp/json.hpp>
#include <utcp/variables.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace utcp::testing {
namespace {

namespace fs = std::filesystem;

json recorded() {
  std::ifstream in(UTCP_GOLDEN_DIR "/dotenv/dotenv.json");
  return json::parse(in);
}

TEST(dotenv, reads_what_python_dotenv_reads) {
  const json file = recorded();
  const auto environment = file.at("environment").get<std::map<std::string, std::string>>();
  auto look = [&](const std::string& name) -> std::optional<std::string> {
    auto it = environment.find(name);
    return it == environment.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
  ASSERT_GT(file.at("cases").size(), 100u);
  for (const json& each : file.at("cases")) {
    const auto text = each.at("text").get<std::string>();
    EXPECT_EQ(parse_dotenv(text, look), (each.at("pairs").get<std::map<std::string, std::string>>())) << json(text).dump();
  }
}

TEST(dotenv, skips_a_byte_order_mark_and_survives_any_bytes) {
  EXPECT_EQ(parse_dotenv("\xEF\xBB\xBF" "A=1", nullptr).at("A"), "1");
  EXPECT_EQ(parse_dotenv(std::string_view("A=\xff\xfe\0x", 6), nullptr).at("A"), std::string("\xff\xfe\0x", 4));
  for (int c = 0; c < 256; ++c)
    for (const char* around : {"", "A", "A=", "A='", "A=\"", "A=\"\\", "export ", "A=${"}) (void)parse_dotenv(around + std::string(1, static_cast<char>(c)), nullptr);
}

class dotenv_file : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("utcp_dotenv_test_" + std::to_string(::getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  fs::path folder;
};

TEST_F(dotenv_file, gives_its_values) {
  std::ofstream(folder / ".env") << "A=1\nEMPTY=\n";
  auto loader = make_dotenv_loader(folder / ".env");
  ASSERT_TRUE(loader);
  EXPECT_EQ((*loader)->load("A"), "1");
  EXPECT_EQ((*loader)->load("B"), std::nullopt);
  EXPECT_EQ((*loader)->describe(), (folder / ".env").string());
}

TEST_F(dotenv_file, that_is_missing_has_no_values_and_says_so) {
  auto loader = make_dotenv_loader(folder / "none.env");
  ASSERT_TRUE(loader);
  EXPECT_EQ((*loader)->load("A"), std::nullopt);
  EXPECT_THAT((*loader)->describe(), ::testing::HasSubstr("no such file"));
}

TEST_F(dotenv_file, that_is_a_folder_or_too_large_is_refused) {
  EXPECT_EQ(make_dotenv_loader(folder).error(), errc::invalid_config);
  std::ofstream(folder / "big.env") << std::string((1u << 20) + 1, '#');
  EXPECT_EQ(make_dotenv_loader(folder / "big.env").error(), errc::too_large);
}

}  // namespace
}  // namespace utcp::testing
