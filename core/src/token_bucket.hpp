#pragma once

#include <utcp/call_limits.hpp>
#include <utcp/clock.hpp>

#include <algorithm>

namespace utcp {

/// A token bucket in integers (the generic cell rate algorithm): no rounding adds up, however long it runs.
class token_bucket {
 public:
  explicit token_bucket(const rate_limit& how)
      : interval_(how.calls == 0 ? nanoseconds(0) : nanoseconds((nanoseconds(how.per).count() + how.calls - 1) / how.calls)),
        burst_(interval_ * (how.calls == 0 ? 0 : how.calls - 1)) {}

  bool limits() const noexcept { return interval_ != nanoseconds(0); }

  /// When the next token is there, after `ahead` others have taken theirs. Not before `now`.
  time_point next(time_point now, std::size_t ahead = 0) const {
    return std::max(now, std::max(full_at_, now) + interval_ * static_cast<std::int64_t>(ahead) - burst_);
  }

  void take(time_point now) { full_at_ = std::max(full_at_, now) + interval_; }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  nanoseconds interval_;  // of one token
  nanoseconds burst_;     // how far ahead of time tokens may be taken
  time_point full_at_ = time_point::min();
};

}  // namespace utcp
