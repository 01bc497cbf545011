#include <utcp/mcp/oauth_authorizer.hpp>
#include <utcp/mcp/token_store.hpp>

#include "run.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;

class token_store_test : public ::testing::Test {
 protected:
  token_store_test() {
    std::string name = (std::filesystem::temp_directory_path() / "utcp-store-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    file = folder / "deep" / "credentials.json";
  }
  ~token_store_test() override { std::filesystem::remove_all(folder); }

  std::optional<secret> load(mcp::token_store& from, const std::string& name) { return run(io, from.load(name)).value(); }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat about {};
    ::stat(path.c_str(), &about);
    return about.st_mode & 0777;
  }
  void write(const std::string& text, mode_t mode = 0600) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }

  boost::asio::io_context io;
  std::filesystem::path folder, file;
};

TEST_F(token_store_test, keeps_values_by_name) {
  for (const auto& store : {mcp::make_memory_token_store(), mcp::make_file_token_store(file)}) {
    EXPECT_FALSE(load(*store, "a"));
    ASSERT_TRUE(run(io, store->save("a", secret("1"))));
    ASSERT_TRUE(run(io, store->save("b \"x\"\n", secret("{\"t\":\"ü\"}"))));
    ASSERT_TRUE(run(io, store->save("a", secret("2"))));
    EXPECT_EQ(load(*store, "a")->reveal(), "2");
    EXPECT_EQ(load(*store, "b \"x\"\n")->reveal(), "{\"t\":\"ü\"}");
    ASSERT_TRUE(run(io, store->erase("a")));
    ASSERT_TRUE(run(io, store->erase("none")));
    EXPECT_FALSE(load(*store, "a"));
  }
  EXPECT_EQ(load(*mcp::make_file_token_store(file), "b \"x\"\n")->reveal(), "{\"t\":\"ü\"}") << "another process";
}

TEST_F(token_store_test, a_sign_out_drops_the_tokens_of_one_server_or_of_all) {
  for (const auto& store : {mcp::make_memory_token_store(), mcp::make_file_token_store(file)}) {
    using addresses = std::vector<std::string>;
    using url = std::optional<std::string>;
    EXPECT_EQ(run(io, mcp::sign_out(store, url())).value(), addresses{});
    for (const char* name : {"access to https://a.example/mcp", "access to https://a.example/mcp as me", "access to https://a.example", "access to https://b.example/mcp",
                             "client of https://a.example/mcp", "issuer of me for https://a.example/mcp"})
      ASSERT_TRUE(run(io, store->save(name, secret("{}"))));
    EXPECT_EQ(run(io, mcp::sign_out(store, url("https://A.example:443/mcp/"))).value(), addresses{"https://a.example/mcp"});
    EXPECT_FALSE(load(*store, "access to https://a.example/mcp as me"));
    EXPECT_TRUE(load(*store, "access to https://a.example"));
    EXPECT_EQ(run(io, mcp::sign_out(store, url("nowhere"))).error(), errc::invalid_config);
    EXPECT_EQ(run(io, mcp::sign_out(store, url())).value(), (addresses{"https://a.example", "https://b.example/mcp"}));
    EXPECT_EQ(run(io, store->names()).value(), (addresses{"client of https://a.example/mcp", "issuer of me for https://a.example/mcp"})) << "registrations stay";
  }
}

TEST_F(token_store_test, lets_nobody_else_read) {
  const mode_t before = ::umask(0);
  const auto store = mcp::make_file_token_store(file);
  ASSERT_TRUE(run(io, store->save("a", secret("1"))));
  ASSERT_TRUE(run(io, store->save("a", secret("2"))));
  ::umask(before);
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_EQ(mode_of(file.parent_path()), 0700u);
  for (const mode_t open : {0640, 0604, 0620}) {
    ::chmod(file.c_str(), open);
    const auto refused = run(io, store->load("a"));
    EXPECT_EQ(refused.error(), errc::not_allowed);
    EXPECT_THAT(refused.error().message, HasSubstr("chmod 600"));
  }
}

TEST_F(token_store_test, leaves_nothing_behind) {
  const auto store = mcp::make_file_token_store(file);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(io, store->save("a", secret(std::to_string(i)))));
  std::vector<std::string> left;
  for (const auto& each : std::filesystem::directory_iterator(file.parent_path())) left.push_back(each.path().filename().string());
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("credentials.json", "credentials.json.lock"));
}

TEST_F(token_store_test, tells_what_is_wrong_with_the_file) {
  const auto store = mcp::make_file_token_store(file);
  for (const char* text : {"", "{", "[]", "{}", R"({"entries":5})"}) {
    write(text);
    EXPECT_EQ(run(io, store->load("a")).error(), errc::invalid_config) << text;
    EXPECT_EQ(run(io, store->save("a", secret("1"))).error(), errc::invalid_config) << "what is not ours is not overwritten";
  }
  write(std::string(5u << 20, ' '));
  EXPECT_EQ(run(io, store->load("a")).error(), errc::too_large);
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_EQ(run(io, store->load("a")).error(), errc::invalid_config);
  EXPECT_EQ(run(io, mcp::make_file_token_store("/proc/none/x")->save("a", secret("1"))).error(), errc::unavailable);
}

TEST_F(token_store_test, waits_for_another_process_and_not_for_ever) {
  const auto store = mcp::make_file_token_store(file);
  ASSERT_TRUE(run(io, store->save("a", secret("1"))));
  const int lock = ::open((file.string() + ".lock").c_str(), O_RDWR);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  EXPECT_EQ(run(io, store->save("a", secret("2"))).error(), errc::unavailable);
  EXPECT_EQ(load(*store, "a")->reveal(), "1") << "reading needs no lock";
  ::close(lock);
  EXPECT_TRUE(run(io, store->save("a", secret("2"))));
}

}  // namespace
}  // namespace utcp::testing
