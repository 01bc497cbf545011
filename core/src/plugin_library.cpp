#include "plugin_library.hpp"

#include <cstring>
#include <dlfcn.h>
#include <sys/stat.h>

namespace utcp {
namespace {

namespace fs = std::filesystem;

error not_safe(const fs::path& what, const std::string& why) {
  return error(errc::not_allowed, what.string() + ": " + why + ", so anybody could put other code there; take the right away (chmod o-w), or move the plug-in");
}

/// Code is loaded only from where no stranger can write. The folder itself may not even be sticky: the plug-in's own
/// dependencies may be searched for there.
result<void> check_writers(const fs::path& file) {
  struct stat of {};
  if (stat(file.c_str(), &of) != 0) return error(errc::invalid_config, file.string() + ": cannot be examined: " + std::strerror(errno));
  if (!S_ISREG(of.st_mode)) return error(errc::invalid_config, file.string() + ": is not a file; name the plug-in's shared library");
  if (of.st_mode & S_IWOTH) return not_safe(file, "is writable by everybody");
  const fs::path own_folder = file.parent_path();
  for (fs::path folder = own_folder;; folder = folder.parent_path()) {
    if (stat(folder.c_str(), &of) != 0) return error(errc::invalid_config, folder.string() + ": cannot be examined: " + std::strerror(errno));
    if ((of.st_mode & S_IWOTH) && (folder == own_folder || !(of.st_mode & S_ISVTX))) return not_safe(folder, "is a folder writable by everybody");
    if (folder == folder.parent_path()) return {};
  }
}

}  // namespace

result<std::shared_ptr<plugin_library>> plugin_library::open(const fs::path& file) {
  if (!file.is_absolute())
    return error(errc::not_allowed, file.string() + ": a plug-in is loaded by its absolute path only, so that no search path decides what runs");
  std::error_code ec;
  const fs::path real = fs::canonical(file, ec);
  if (ec == std::errc::no_such_file_or_directory) return error(errc::invalid_config, file.string() + ": no such file; install the plug-in, or correct its path in \"plugins\"");
  if (ec) return error(errc::invalid_config, file.string() + ": cannot be examined: " + ec.message());
  if (auto safe = check_writers(real); !safe) return safe.error();

  std::shared_ptr<plugin_library> out(new plugin_library);
  out->file_ = real;
  out->handle_ = dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!out->handle_) {
    const char* why = dlerror();
    return error(errc::invalid_config, file.string() + ": cannot be loaded as a shared library: " + (why ? why : "no reason given"));
  }
  void* entry = dlsym(out->handle_, "utcp_plugin_entry");
  if (!entry) return error(errc::invalid_config, file.string() + ": is no plug-in of utcp: it exports no utcp_plugin_entry (see utcp/plugin.h)");
  static_assert(sizeof(out->entry_) == sizeof(entry));
  std::memcpy(&out->entry_, &entry, sizeof(entry));  // POSIX promises that this is a function; the language has no cast for it
  return out;
}

plugin_library::~plugin_library() {
  if (handle_) dlclose(handle_);
}

}  // namespace utcp
