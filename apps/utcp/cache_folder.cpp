#include "cache_folder.hpp"

#include <utcp/descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace utcp::app {
namespace {

namespace fs = std::filesystem;
using time_of_day = std::chrono::system_clock::time_point;

constexpr const char* secret_name = "salt";
constexpr std::size_t secret_size = 32;
constexpr auto kept_for = std::chrono::hours(24 * 30);

error failed(const fs::path& at, const char* what) { return {errc::unavailable, at.string() + " " + what + ": " + std::generic_category().message(errno)}; }
error refused(const fs::path& at, const char* why) { return {errc::not_allowed, at.string() + " " + why}; }

result<void> check_own(const fs::path& at, const struct stat& about) {
  if (about.st_uid != ::geteuid()) return refused(at, "belongs to another user");
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refused(at, "may be written by other users");
  return {};
}

std::array<timespec, 2> times_of(time_of_day when) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
  const timespec at{static_cast<time_t>(since / 1'000'000'000), static_cast<long>(since % 1'000'000'000)};
  return {at, at};
}

/// A file under a name of its own, gone unless it is put in a place.
class partial_file {
 public:
  explicit partial_file(const fs::path& beside) : name_(beside.string() + ".XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)) {}  // mode 0600
  ~partial_file() {
    if (file_.get() >= 0) ::unlink(name_.c_str());
  }

  bool write(std::string_view bytes) const {
    if (file_.get() < 0) return false;
    while (!bytes.empty()) {
      const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  bool set_changed(time_of_day when) const { return ::futimens(file_.get(), times_of(when).data()) == 0; }
  const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  descriptor file_;
};

}  // namespace

fs::path usual_cache_folder(const std::function<std::optional<std::string>(const std::string&)>& environment) {
  if (const auto given = environment("UTCP_CACHE_DIR"); given && !given->empty()) return fs::absolute(*given);
  if (const auto base = environment("XDG_CACHE_HOME"); base && base->starts_with('/')) return fs::path(*base) / "utcp";
  if (const auto home = environment("HOME"); home && home->starts_with('/')) return fs::path(*home) / ".cache" / "utcp";
  return {};
}

result<cache_folder> cache_folder::open(fs::path path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored) && path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "cannot be made");
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return failed(path, "cannot be looked at");
  if (!S_ISDIR(about.st_mode)) return refused(path, S_ISLNK(about.st_mode) ? "is a symbolic link" : "is no folder");
  if (auto own = check_own(path, about); !own) return own.error();

  cache_folder out(std::move(path));
  const fs::path file = out.file(secret_name);
  const auto open_secret = [&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); };
  int number = open_secret();
  if (number < 0 && errno == ENOENT) {
    if (auto made = out.make_secret(); !made) return made.error();
    number = open_secret();
  }
  const descriptor opened(number);
  if (number < 0 || ::fstat(number, &about) != 0) return failed(file, "cannot be read");
  if (!S_ISREG(about.st_mode)) return refused(file, "is no regular file");
  if (auto own = check_own(file, about); !own) return own.error();
  std::array<char, secret_size> bytes{};
  if (::read(number, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return refused(file, "is not as utcp made it; remove it");
  out.secret_.assign(bytes.data(), bytes.size());
  return out;
}

result<void> cache_folder::make_secret() const {
  std::array<char, secret_size> bytes{};
  const fs::path file = path_ / secret_name;
  if (::getentropy(bytes.data(), bytes.size()) != 0) return failed(file, "cannot be made");
  const partial_file made(file);
  // A link, unlike a new name, does not replace the secret that another process has made meanwhile.
  if (!made.write({bytes.data(), bytes.size()}) || (::link(made.name().c_str(), file.c_str()) != 0 && errno != EEXIST)) return failed(file, "cannot be made");
  return {};
}

result<void> cache_folder::replace(const std::string& name, std::string_view bytes, time_of_day changed) const {
  const partial_file made(file(name));
  if (!made.write(bytes) || !made.set_changed(changed) || ::rename(made.name().c_str(), file(name).c_str()) != 0) return failed(file(name), "cannot be written");
  return {};
}

std::optional<time_of_day> cache_folder::changed(const std::string& name) const {
  struct stat about {};
  if (::lstat(file(name).c_str(), &about) != 0) return std::nullopt;
  return time_of_day(std::chrono::duration_cast<time_of_day::duration>(std::chrono::seconds(about.st_mtim.tv_sec) + std::chrono::nanoseconds(about.st_mtim.tv_nsec)));
}

void cache_folder::set_changed(const std::string& name, time_of_day when) const {
  ::utimensat(AT_FDCWD, file(name).c_str(), times_of(when).data(), AT_SYMLINK_NOFOLLOW);
}

void cache_folder::prune() const {
  std::error_code failure;
  const auto now = std::chrono::system_clock::now();
  for (const auto& each : fs::directory_iterator(path_, failure)) {
    const std::string name = each.path().filename().string();
    if (name == secret_name) continue;
    if (const auto when = changed(name); when && now - *when > kept_for) ::unlink(each.path().c_str());
  }
}

}  // namespace utcp::app
