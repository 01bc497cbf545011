#pragma once

#include <utcp/error.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::app {

/// Where the program keeps what it can make anew: `$UTCP_CACHE_DIR`, else `$XDG_CACHE_HOME/utcp`, else `~/.cache/utcp`. Empty: nowhere.
std::filesystem::path usual_cache_folder(const std::function<std::optional<std::string>(const std::string&)>& environment);

/// A folder that only this user can write, with a secret of its own for hashes.
class cache_folder {
 public:
  /// Makes the folder (mode 0700) and the secret where they are missing. Fails with errc::not_allowed where the folder is a symbolic
  /// link, another user's, or others may write it; with errc::unavailable where it cannot be made or read.
  static result<cache_folder> open(std::filesystem::path path);

  const std::string& secret() const noexcept { return secret_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

  /// Puts a file (mode 0600) in its place when all of it is written, with that time of change. Fails with errc::unavailable.
  result<void> replace(const std::string& name, std::string_view bytes, std::chrono::system_clock::time_point changed) const;
  /// When a file was changed; nothing when it is not there.
  std::optional<std::chrono::system_clock::time_point> changed(const std::string& name) const;
  /// Gives a file another time of change.
  void set_changed(const std::string& name, std::chrono::system_clock::time_point when) const;
  /// Removes what was not changed for a month.
  void prune() const;

 private:
  explicit cache_folder(std::filesystem::path path) : path_(std::move(path)) {}
  result<void> make_secret() const;

  std::filesystem::path path_;
  std::string secret_;
};

}  // namespace utcp::app
