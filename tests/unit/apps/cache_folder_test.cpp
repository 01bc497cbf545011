#include "cache_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include <sys/stat.h>
#include <unistd.h>

namespace utcp::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

class temporary {
 public:
  temporary() {
    std::string name = (fs::temp_directory_path() / "utcp-cache-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~temporary() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

fs::path usual_in(std::map<std::string, std::string> variables) {
  return usual_cache_folder([variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

mode_t mode_of(const fs::path& at) {
  struct stat about {};
  return ::lstat(at.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(cache_folder, is_where_variables_say) {
  EXPECT_EQ(usual_in({{"UTCP_CACHE_DIR", "/a"}, {"XDG_CACHE_HOME", "/b"}, {"HOME", "/c"}}), "/a");
  EXPECT_EQ(usual_in({{"UTCP_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "/b"}, {"HOME", "/c"}}), "/b/utcp");
  EXPECT_EQ(usual_in({{"XDG_CACHE_HOME", "relative"}, {"HOME", "/c"}}), "/c/.cache/utcp");
  EXPECT_EQ(usual_in({}), "");
}

TEST(cache_folder, is_made_for_the_user_alone_with_a_secret_that_stays) {
  const temporary in;
  const auto first = cache_folder::open(in / "x/y");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(mode_of(in / "x/y"), 0700u);
  EXPECT_EQ(mode_of(in / "x/y/salt"), 0600u);
  EXPECT_EQ(first->secret().size(), 32u);
  EXPECT_EQ(cache_folder::open(in / "x/y")->secret(), first->secret());
  EXPECT_NE(cache_folder::open(in / "z")->secret(), first->secret());
}

TEST(cache_folder, a_file_appears_whole_with_its_time) {
  const temporary in;
  const auto folder = cache_folder::open(in / "c").value();
  const auto when = system_clock::time_point(std::chrono::seconds(1'700'000'000));
  EXPECT_FALSE(folder.changed("file"));
  ASSERT_TRUE(folder.replace("file", "one", when).has_value());
  ASSERT_TRUE(folder.replace("file", "two", when).has_value());
  EXPECT_EQ(text_of(in / "c/file"), "two");
  EXPECT_EQ(mode_of(in / "c/file"), 0600u);
  EXPECT_EQ(folder.changed("file"), when);
  folder.set_changed("file", when + std::chrono::hours(1));
  EXPECT_EQ(folder.changed("file"), when + std::chrono::hours(1));
  EXPECT_EQ(std::distance(fs::directory_iterator(in / "c"), {}), 2);  // and the secret
}

TEST(cache_folder, forgets_what_was_not_changed_for_a_month) {
  const temporary in;
  const auto folder = cache_folder::open(in / "c").value();
  ASSERT_TRUE(folder.replace("old", "x", system_clock::now() - std::chrono::hours(24 * 31)).has_value());
  ASSERT_TRUE(folder.replace("young", "x", system_clock::now() - std::chrono::hours(24 * 29)).has_value());
  folder.set_changed("salt", system_clock::now() - std::chrono::hours(24 * 365));
  folder.prune();
  EXPECT_FALSE(folder.changed("old"));
  EXPECT_TRUE(folder.changed("young"));
  EXPECT_TRUE(folder.changed("salt"));
}

TEST(cache_folder, is_refused_where_others_may_write) {
  const temporary in;
  const auto code = [](const fs::path& at) { return cache_folder::open(at).error(); };
  fs::create_directory(in / "open");
  ::chmod((in / "open").c_str(), 0770);
  EXPECT_EQ(code(in / "open"), errc::not_allowed);
  ASSERT_TRUE(cache_folder::open(in / "fine").has_value());
  fs::create_directory_symlink(in / "fine", in / "link");
  EXPECT_EQ(code(in / "link"), errc::not_allowed);
  ::chmod((in / "fine/salt").c_str(), 0620);
  EXPECT_EQ(code(in / "fine"), errc::not_allowed);
  std::ofstream(in / "file") << "x";
  EXPECT_EQ(code(in / "file"), errc::not_allowed);
}

TEST(cache_folder, a_secret_that_is_cut_is_refused) {
  const temporary in;
  ASSERT_TRUE(cache_folder::open(in / "c").has_value());
  std::ofstream(in / "c/salt") << "short";
  EXPECT_EQ(cache_folder::open(in / "c").error(), errc::not_allowed);
}

}  // namespace
}  // namespace utcp::app
