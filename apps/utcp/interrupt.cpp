#include "interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace utcp::app {
namespace {

// A signal handler has no other way to reach its data.
std::atomic<int> arrived_signal{0};
std::atomic<int> write_end{-1};
std::atomic<int> read_end{-1};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (arrived_signal.exchange(number) != 0) _exit(128 + number);
  const char byte = 0;
  // The pipe is empty and stays open, so this cannot fail.
  [[maybe_unused]] auto written = ::write(write_end, &byte, 1);
}

}  // namespace

void interrupt::watch() {
  if (read_end != -1) return;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  read_end = ends[0];
  write_end = ends[1];
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a write that waits for a slow reader must come back.
  for (int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

int interrupt::descriptor() noexcept { return read_end; }

int interrupt::arrived() noexcept { return arrived_signal; }

}  // namespace utcp::app
