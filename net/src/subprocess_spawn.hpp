#pragma once

#include <utcp/net/subprocess.hpp>

#include <sys/types.h>

namespace utcp::net {

/// A process that was just started, and our ends of what connects us. stdout and stderr do not block.
struct spawned {
  pid_t pid = -1;
  descriptor exit;     // pidfd: readable once the process has ended
  descriptor in;       // only with `interactive`
  descriptor out;
  descriptor err;
  descriptor control;  // only with a supervisor: closing it ends everything
};

/// Starts the program in a session of its own. Fails as `subprocess::start`.
result<spawned> spawn(process_description& what);

/// The failure to start a program, from the errno of posix_spawn or of the supervisor's exec.
error cannot_start(const process_description& what, int code);

}  // namespace utcp::net
