#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sched.h>

namespace utcp::net {

/// With one CPU the polling would keep the peer from answering.
inline bool has_several_cpus() noexcept {
  cpu_set_t usable;
  return ::sched_getaffinity(0, sizeof usable, &usable) != 0 || CPU_COUNT(&usable) > 1;
}

/// Whether to poll before sleeping. To fall asleep and be woken costs more than a quick answer takes; but where CPUs are short,
/// polling holds up the very process that is to answer. So both are measured: eight waits in 128 try the other way, and the way with
/// the shorter waits of late is taken. Polling has to be clearly better, since it costs CPU time.
class wait_policy {
 public:
  using duration = std::chrono::nanoseconds;

  /// For the wait that begins now.
  bool polls() noexcept {
    const bool trial = waits_++ % round < trial_size;
    const bool better = ways_[poll].mean < ways_[sleep].mean * 0.9;
    return better != trial;
  }

  /// How long the wait took, and whether it was begun by polling.
  void ended(bool polled, duration took) noexcept {
    way& w = ways_[polled ? poll : sleep];
    // Slow answers say nothing about how to wait.
    const double sample = std::min<double>(static_cast<double>(took.count()), slow);
    w.samples = std::min(w.samples + 1, memory);
    w.mean += (sample - w.mean) / w.samples;
  }

 private:
  static constexpr std::uint32_t round = 128, trial_size = 8;
  static constexpr double slow = 1e6, memory = 32;
  enum : std::size_t { poll, sleep };
  struct way {
    double mean = 0;  // nanoseconds
    double samples = 0;
  };

  std::array<way, 2> ways_;
  std::uint32_t waits_ = 0;
};

}  // namespace utcp::net
