#pragma once

#include <sys/resource.h>
#include <sys/time.h>

namespace utcp::bench {

/// Microseconds of CPU, user and system, that this process has used on all of its threads.
inline double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

}  // namespace utcp::bench
