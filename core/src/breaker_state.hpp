#pragma once

#include <utcp/call_limits.hpp>
#include <utcp/clock.hpp>

#include <cstdint>
#include <optional>

namespace utcp {

/// The state of one circuit breaker; knows no call and no clock.
class breaker_state {
 public:
  /// What a call holds that was let through. Of a call from before the last change of state nothing is learnt.
  using ticket = std::uint64_t;

  explicit breaker_state(const circuit_breaker& how) : how_(how) {}

  /// Whether a call would be let through. Changes nothing.
  bool admits(time_point now) const noexcept { return how_.failures == 0 || !open_until_ || (now >= *open_until_ && !probing_); }
  /// Lets a call through, when it is open as the probe. Only after admits().
  ticket admit() noexcept {
    if (open_until_) probing_ = true;
    return generation_;
  }

  void succeeded(ticket of) noexcept {
    if (of != generation_) return;
    in_a_row_ = 0;
    if (open_until_) change(std::nullopt);
  }
  void failed(ticket of, time_point now) noexcept {
    if (how_.failures == 0 || of != generation_) return;
    if (open_until_ || ++in_a_row_ >= how_.failures) change(now + how_.open);
  }
  /// The call ended and says nothing of the server.
  void forgotten(ticket of) noexcept {
    if (of == generation_) probing_ = false;
  }

  /// Set while calls are refused.
  std::optional<time_point> open_until() const noexcept { return open_until_; }
  bool probing() const noexcept { return probing_; }

 private:
  void change(std::optional<time_point> open_until) noexcept {
    open_until_ = open_until;
    probing_ = false;
    in_a_row_ = 0;
    ++generation_;
  }

  circuit_breaker how_;
  ticket generation_ = 0;
  unsigned in_a_row_ = 0;
  std::optional<time_point> open_until_;
  bool probing_ = false;
};

}  // namespace utcp
