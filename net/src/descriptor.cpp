#include <utcp/net/descriptor.hpp>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace utcp::net {

error no_resources(const char* what, int code) {
  return error(errc::unavailable, std::string(what) + ": " + std::generic_category().message(code));
}

result<descriptor> make_memory_file(std::string_view content) {
  descriptor file(::memfd_create("utcp", MFD_CLOEXEC));
  if (!file) return no_resources("cannot make a file in memory", errno);
  if (auto written = rewrite_memory_file(file, content); !written) return written.error();
  return file;
}

result<void> rewrite_memory_file(const descriptor& file, std::string_view content) {
  if (::ftruncate(file.get(), 0) != 0) return no_resources("cannot write a file in memory", errno);
  for (std::size_t done = 0; done < content.size();) {
    const auto n = ::pwrite(file.get(), content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return no_resources("cannot write a file in memory", n < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

result<pipe_ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return no_resources("cannot make a pipe", errno);
  pipe_ends out;
  out.read = descriptor(ends[0]);
  out.write = descriptor(ends[1]);
  return out;
}

long write_without_signal(int fd, std::string_view bytes) noexcept {
  // A pipe has no MSG_NOSIGNAL, and a socket in its place breaks programs that open /dev/stdin. SIGPIPE of a write goes to
  // the writing thread, so it is blocked there, and taken off again when this write has raised it.
  sigset_t pipe_only;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_only);
  ::sigaddset(&pipe_only, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  // What was not blocked cannot have been pending.
  const bool was_blocked = ::sigismember(&before, SIGPIPE) == 1;
  const bool was_pending = was_blocked && ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
  const auto written = ::write(fd, bytes.data(), bytes.size());
  const int code = errno;
  if (written < 0 && code == EPIPE && !was_pending) {
    const timespec at_once{};
    while (::sigtimedwait(&pipe_only, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  if (!was_blocked) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return static_cast<long>(written);
}

}  // namespace utcp::net
