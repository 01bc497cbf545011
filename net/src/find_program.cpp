#include <utcp/net/subprocess.hpp>

#include <sys/stat.h>
#include <unistd.h>

#ifndef UTCP_SUPERVISOR_INSTALLED
#define UTCP_SUPERVISOR_INSTALLED ""
#endif
#ifndef UTCP_SUPERVISOR_BUILT
#define UTCP_SUPERVISOR_BUILT ""
#endif
#ifndef UTCP_BUILD_TREE
#define UTCP_BUILD_TREE ""
#endif

namespace utcp::net {
namespace {

enum class kind { absent, not_a_file, not_executable, program };

kind kind_of(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0) return kind::absent;
  if (!S_ISREG(seen.st_mode)) return kind::not_a_file;
  return ::access(path.c_str(), X_OK) == 0 ? kind::program : kind::not_executable;
}

error not_usable(const std::string& path, kind what) {
  switch (what) {
    case kind::not_a_file: return error(errc::invalid_config, path + ": is not a program but a directory or a device");
    case kind::not_executable: return error(errc::invalid_config, path + ": may not be executed; check its permissions (chmod +x)");
    default: return error(errc::invalid_config, path + ": there is no such program");
  }
}

}  // namespace

result<std::string> find_program(std::string_view name, std::string_view search_path, const std::filesystem::path& base) {
  if (name.empty()) return error(errc::invalid_config, "the name of the program is empty");
  if (name.find('\0') != std::string_view::npos) return error(errc::invalid_config, "the name of the program holds a NUL character");
  if (name.find('/') != std::string_view::npos) {
    std::filesystem::path path(name);
    std::error_code failed;
    if (path.is_relative()) path = std::filesystem::absolute(base / path, failed);
    if (failed) return error(errc::invalid_config, std::string(name) + ": " + failed.message());
    const kind found = kind_of(path.string());
    if (found != kind::program) return not_usable(path.lexically_normal().string(), found);
    return path.string();
  }
  if (search_path.empty()) search_path = "/usr/local/bin:/usr/bin:/bin";
  std::string refused;
  for (std::size_t at = 0; at <= search_path.size();) {
    const auto end = std::min(search_path.find(':', at), search_path.size());
    std::string path(search_path.substr(at, end - at));
    at = end + 1;
    if (!path.starts_with('/')) continue;  // an empty or relative entry would run whatever lies in the current folder
    path += '/';
    path += name;
    const kind found = kind_of(path);
    if (found == kind::program) return path;
    if (found == kind::not_executable && refused.empty()) refused = std::move(path);
  }
  if (!refused.empty()) return not_usable(refused, kind::not_executable);
  return error(errc::invalid_config, "program \"" + std::string(name) + "\" is in none of the folders of PATH (" + std::string(search_path) + "); install it, or give its path");
}

std::string find_supervisor() {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const auto beside = self.parent_path().parent_path() / "libexec" / "utcp" / "utcp-supervisor";
    if (kind_of(beside.string()) == kind::program) return beside.string();
  }
  // A library may have been packaged for another prefix than it was configured with.
  for (const char* installed : {UTCP_SUPERVISOR_INSTALLED, "/usr/libexec/utcp/utcp-supervisor"})
    if (kind_of(installed) == kind::program) return installed;
  // Only a program of the build tree itself looks into it: others must not run what lies there.
  const std::string tree = UTCP_BUILD_TREE;
  if (!failed && !tree.empty() && self.string().starts_with(tree + "/") && kind_of(UTCP_SUPERVISOR_BUILT) == kind::program) return UTCP_SUPERVISOR_BUILT;
  return {};
}

}  // namespace utcp::net
