#include "regular_file.hpp"

#include <utcp/descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace utcp::text_detail {
namespace {

error cannot_read(const std::string& named, int reason) {
  if (reason == ENOENT || reason == ENOTDIR)
    return {errc::invalid_config, "Tool definition file not found: " + named + "; correct `file_path`, or create the file"};
  return {errc::invalid_config, named + ": cannot be read: " + std::generic_category().message(reason)};
}

result<void> must_be_regular(const struct stat& seen, const std::string& named) {
  if (S_ISREG(seen.st_mode)) return {};
  if (S_ISDIR(seen.st_mode)) return error{errc::invalid_config, named + ": is a directory; `file_path` must name a file in it"};
  return error{errc::invalid_config, named + ": is a pipe, socket or device; `file_path` must name a regular file"};
}

}  // namespace

result<std::string> read_regular_file(const std::filesystem::path& file, const std::string& named, std::size_t max_bytes) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0) return cannot_read(named, errno);
  if (auto regular = must_be_regular(seen, named); !regular) return regular.error();
  // O_NONBLOCK: the file may have been replaced by a pipe since.
  const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (opened.get() < 0 || ::fstat(opened.get(), &seen) != 0) return cannot_read(named, errno);
  if (auto regular = must_be_regular(seen, named); !regular) return regular.error();

  const error too_large{errc::too_large, named + ": has more than " + std::to_string(max_bytes) + " bytes"};
  const auto announced = static_cast<std::uintmax_t>(seen.st_size);
  if (announced > max_bytes) return too_large;
  std::string text;
  std::size_t filled = 0;
  for (;;) {
    // The size is a hint only: files of /proc have none, and a file may grow.
    if (filled == text.size()) text.resize(std::max<std::size_t>(filled * 2, static_cast<std::size_t>(announced) + 4'096));
    const ssize_t got = ::read(opened.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(named, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) return too_large;
  }
  text.resize(filled);
  return text;
}

}  // namespace utcp::text_detail
