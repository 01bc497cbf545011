#include "mapped_file.hpp"

#include <utcp/descriptor.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace utcp::search_detail {
result<mapped_file> map_own_file(const std::filesystem::path& file) {
  const auto refused = [&](errc code, const std::string& why) { return error(code, file.string() + ": " + why); };
  // O_NONBLOCK: a pipe in its place must not keep us waiting.
  const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (opened.get() < 0 && errno == ELOOP) return refused(errc::not_allowed, "is a symbolic link");
  struct stat about {};
  if (opened.get() < 0 || ::fstat(opened.get(), &about) != 0) return refused(errc::invalid_config, std::generic_category().message(errno));
  if (!S_ISREG(about.st_mode)) return refused(errc::not_allowed, "is no regular file");
  if (about.st_uid != ::geteuid()) return refused(errc::not_allowed, "belongs to another user");
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refused(errc::not_allowed, "other users may write it");
  if (about.st_size == 0) return refused(errc::invalid_config, "is empty");
  const auto size = static_cast<std::size_t>(about.st_size);
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, opened.get(), 0);
  if (at == MAP_FAILED) return refused(errc::invalid_config, std::generic_category().message(errno));
  return mapped_file{std::shared_ptr<const void>(at, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); }),
                     std::string_view(static_cast<const char*>(at), size)};
}

}  // namespace utcp::search_detail
