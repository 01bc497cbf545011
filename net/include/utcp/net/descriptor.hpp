#pragma once

#include <utcp/error.hpp>

#include <string_view>
#include <utility>

namespace utcp::net {

/// Owns a file descriptor; destruction closes it.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor();

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// errc::unavailable: what failed, and the text of the errno `code`.
error no_resources(const char* what, int code);

/// A file that exists in memory only and is seen by nobody else, with `content`, read from its beginning.
/// Fails with errc::unavailable when the system has no memory or descriptors left.
result<descriptor> make_memory_file(std::string_view content);

/// Replaces the whole content of a memory file. Fails as `make_memory_file`.
result<void> rewrite_memory_file(const descriptor& file, std::string_view content);

struct pipe_ends {
  descriptor read;
  descriptor write;
};

/// A pipe whose ends no other program inherits. Fails with errc::unavailable.
result<pipe_ends> make_pipe();

/// Writes what fits now, without raising SIGPIPE in this process and without touching the process's signal handlers.
/// Gives the bytes written, or -1 with errno (EPIPE when the reader is gone).
long write_without_signal(int fd, std::string_view bytes) noexcept;

}  // namespace utcp::net
