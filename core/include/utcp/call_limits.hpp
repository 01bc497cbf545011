#pragma once

#include <utcp/error.hpp>

#include <chrono>
#include <cstddef>

namespace utcp {

/// A token bucket: `calls` at once, and refilled evenly so that no more than `calls` go out per `per` in the long run.
struct rate_limit {
  rate_limit() = default;
  rate_limit(unsigned n, std::chrono::milliseconds span) : calls(n), per(span) {}

  unsigned calls = 0;                   ///< 0: no limit
  std::chrono::milliseconds per{1000};

  friend bool operator==(const rate_limit&, const rate_limit&) = default;
};

/// After `failures` calls in a row that found no working server, calls are refused for `open`; then one goes out as a probe.
struct circuit_breaker {
  circuit_breaker() = default;
  circuit_breaker(unsigned n, std::chrono::milliseconds span) : failures(n), open(span) {}

  unsigned failures = 0;                ///< 0: no breaker
  std::chrono::milliseconds open{30'000};

  friend bool operator==(const circuit_breaker&, const circuit_breaker&) = default;
};

/// What bounds the calls to one provider; each provider is counted by itself. All are off by default (docs/filters.md).
struct call_limits {
  call_limits() = default;

  std::size_t max_concurrent_calls = 0;  ///< 0: no limit. An open stream counts as a call
  rate_limit rate;
  circuit_breaker breaker;

  bool any() const noexcept { return max_concurrent_calls != 0 || rate.calls != 0 || breaker.failures != 0; }
  friend bool operator==(const call_limits&, const call_limits&) = default;
};

/// Reads `max_concurrent_calls`, `rate_limit` {calls, per_ms} and `circuit_breaker` {failures, open_ms} of a provider or of
/// the configuration's `defaults`; what is not there comes from `otherwise`, and 0 switches a limit off. Other keys are
/// not looked at. Fails with errc::invalid_config that names `place` and the key.
result<call_limits> read_call_limits(const json& options, const call_limits& otherwise, const std::string& place);

}  // namespace utcp
