#include <utcp/client.hpp>
#include <utcp/plugin_loader.hpp>

#include <run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace utcp::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder of its own, gone afterwards.
class plugin_loader : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "utcp_plugin_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = fs::canonical(name);
  }
  void TearDown() override { fs::remove_all(folder); }

  fs::path copy_of(const char* file, const std::string& name = "copy.so") const {
    fs::copy_file(file, folder / name);
    chmod((folder / name).c_str(), 0755);
    return folder / name;
  }

  fs::path folder;
};

/// The library that has one fault.
fs::path unloadable(const std::string& fault) { return fs::path(UTCP_UNLOADABLE_PLUGINS) / ("unloadable_" + fault + ".so"); }

error failure_of(const fs::path& file) {
  auto loaded = load_plugin(file);
  return loaded ? error() : loaded.error();
}

TEST_F(plugin_loader, reads_name_and_protocols) {
  auto loaded = load_plugin(UTCP_MISBEHAVING_PLUGIN);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->name(), "misbehaving");
  EXPECT_THAT(loaded->protocols(), ElementsAre("misbehaving", "misbehaving_too"));
  EXPECT_EQ(loaded->file(), fs::canonical(UTCP_MISBEHAVING_PLUGIN));
}

TEST_F(plugin_loader, an_absent_file_is_a_configuration_error) {
  const error failure = failure_of(folder / "absent.so");
  EXPECT_TRUE(failure == errc::invalid_config);
  EXPECT_THAT(failure.message, HasSubstr("absent.so: no such file"));
}

TEST_F(plugin_loader, a_relative_path_is_not_allowed) { EXPECT_TRUE(failure_of("memo.so") == errc::not_allowed); }

TEST_F(plugin_loader, a_folder_is_a_configuration_error) { EXPECT_TRUE(failure_of(folder) == errc::invalid_config); }

TEST_F(plugin_loader, a_file_that_is_no_library_is_a_configuration_error) {
  std::ofstream(folder / "text.so") << "#!/bin/sh\n";
  const error failure = failure_of(folder / "text.so");
  EXPECT_TRUE(failure == errc::invalid_config);
  EXPECT_THAT(failure.message, HasSubstr("cannot be loaded as a shared library"));
}

TEST_F(plugin_loader, a_truncated_library_is_a_configuration_error) {
  const fs::path file = copy_of(UTCP_MISBEHAVING_PLUGIN);
  fs::resize_file(file, 100);
  EXPECT_TRUE(failure_of(file) == errc::invalid_config);
}

TEST_F(plugin_loader, a_library_without_the_entry_is_a_configuration_error) {
  const error failure = failure_of(unloadable("no_entry"));
  EXPECT_TRUE(failure == errc::invalid_config);
  EXPECT_THAT(failure.message, HasSubstr("utcp_plugin_entry"));
}

TEST_F(plugin_loader, another_abi_is_unsupported) {
  const error failure = failure_of(unloadable("other_abi"));
  EXPECT_TRUE(failure == errc::unsupported);
  EXPECT_THAT(failure.message, HasSubstr("ABI 2"));
}

TEST_F(plugin_loader, a_plugin_that_will_not_run_here_is_unsupported) { EXPECT_TRUE(failure_of(unloadable("refuses")) == errc::unsupported); }

TEST_F(plugin_loader, an_incomplete_table_is_a_protocol_error_that_names_what_is_missing) {
  EXPECT_TRUE(failure_of(unloadable("too_small")) == errc::protocol_error);
  EXPECT_TRUE(failure_of(unloadable("no_call")) == errc::protocol_error);
  EXPECT_THAT(failure_of(unloadable("no_call")).message, HasSubstr("leaves out call"));
  EXPECT_THAT(failure_of(unloadable("no_protocol")).message, HasSubstr("leaves out protocols"));
  EXPECT_THAT(failure_of(unloadable("half_a_stream")).message, HasSubstr("open_stream or next"));
}

TEST_F(plugin_loader, a_file_that_everybody_may_write_is_not_allowed) {
  const fs::path file = copy_of(UTCP_MISBEHAVING_PLUGIN);
  EXPECT_TRUE(load_plugin(file).has_value());
  chmod(file.c_str(), 0777);
  const error failure = failure_of(file);
  EXPECT_TRUE(failure == errc::not_allowed);
  EXPECT_THAT(failure.message, HasSubstr("chmod o-w"));
}

TEST_F(plugin_loader, a_folder_that_everybody_may_write_is_not_allowed_sticky_or_not) {
  const fs::path file = copy_of(UTCP_MISBEHAVING_PLUGIN);
  chmod(folder.c_str(), 0777);
  EXPECT_TRUE(failure_of(file) == errc::not_allowed);
  chmod(folder.c_str(), 01777);
  EXPECT_TRUE(failure_of(file) == errc::not_allowed);
}

TEST_F(plugin_loader, a_folder_further_up_may_be_sticky_only) {
  fs::create_directory(folder / "inner");
  chmod((folder / "inner").c_str(), 0755);
  const fs::path file = copy_of(UTCP_MISBEHAVING_PLUGIN, "inner/copy.so");
  chmod(folder.c_str(), 01777);
  EXPECT_TRUE(load_plugin(file).has_value());
  chmod(folder.c_str(), 0777);
  EXPECT_TRUE(failure_of(file) == errc::not_allowed);
}

TEST_F(plugin_loader, a_link_is_judged_by_what_it_leads_to) {
  const fs::path file = copy_of(UTCP_MISBEHAVING_PLUGIN);
  fs::create_symlink(file, folder / "link.so");
  EXPECT_TRUE(load_plugin(folder / "link.so").has_value());
  chmod(file.c_str(), 0777);
  EXPECT_TRUE(failure_of(folder / "link.so") == errc::not_allowed);
}

TEST_F(plugin_loader, a_protocol_that_is_taken_is_not_replaced) {
  registry r;
  ASSERT_TRUE(add_plugin(r, UTCP_MISBEHAVING_PLUGIN));
  auto again = add_plugin(r, UTCP_MISBEHAVING_PLUGIN);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error() == errc::invalid_config);
  EXPECT_THAT(again.error().message, HasSubstr("\"misbehaving\""));
}

TEST_F(plugin_loader, a_configuration_names_plugins_beside_itself) {
  copy_of(UTCP_MISBEHAVING_PLUGIN, "copy.so");
  std::ofstream(folder / "providers.json") << R"({"plugins": ["copy.so"], "providers": [{"name": "m", "provider_type": "misbehaving"}]})";
  auto config = load_config(folder / "providers.json");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->plugins, ElementsAre(folder / "copy.so"));
  EXPECT_TRUE(config->notices.empty());
  boost::asio::io_context io;
  {
    auto made = run(io, client::create(std::move(*config), client_options()));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->registered().front().ok());
    EXPECT_NE(made->tool("m.echo"), nullptr);
  }
  settle_all(io);
}

TEST_F(plugin_loader, a_configured_plugin_that_cannot_be_loaded_fails_the_client) {
  auto config = read_config({{"plugins", {"absent.so"}}, {"providers", json::array()}}, folder);
  ASSERT_TRUE(config);
  boost::asio::io_context io;
  auto made = run(io, client::create(std::move(*config), client_options()));
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error() == errc::invalid_config);
  EXPECT_THAT(made.error().message, HasSubstr((folder / "absent.so").string()));
}

TEST_F(plugin_loader, plugins_of_a_configuration_are_an_array_of_paths) {
  EXPECT_TRUE(read_config({{"plugins", "one.so"}}, folder).error() == errc::invalid_config);
  EXPECT_TRUE(read_config({{"plugins", {1}}}, folder).error() == errc::invalid_config);
  EXPECT_TRUE(read_config({{"plugins", {""}}}, folder).error() == errc::invalid_config);
}

TEST_F(plugin_loader, an_included_providers_file_and_a_provider_name_no_plugins) {
  std::ofstream(folder / "included.json") << R"({"plugins": ["evil.so"], "providers": []})";
  auto config = read_config({{"providers_file_path", "included.json"}}, folder);
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error() == errc::invalid_config);
  auto provider = read_config(json::array({{{"name", "m"}, {"provider_type", "text"}, {"plugins", {"evil.so"}}}}), folder);
  ASSERT_TRUE(provider);
  EXPECT_TRUE(provider->plugins.empty());
}

}  // namespace
}  // namespace utcp::testing
