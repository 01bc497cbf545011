#pragma once

#include <utcp/descriptor.hpp>
#include <utcp/error.hpp>

#include <string_view>

namespace utcp::net {

using utcp::descriptor;

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
