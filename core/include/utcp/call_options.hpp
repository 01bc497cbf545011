#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>

namespace utcp {

class input_source;

/// How often and how patiently a failed call is sent again. Only idempotent calls are.
struct retry_options {
  retry_options() = default;
  explicit retry_options(unsigned n) : attempts(n) {}

  unsigned attempts = 1;                              ///< in all; 1 means no retry
  std::chrono::milliseconds first_delay{200};         ///< doubled each time, with jitter of half to full
  std::chrono::milliseconds max_delay{10'000};

  friend bool operator==(const retry_options&, const retry_options&) = default;
};

/// Options of one call. What is not set comes from the provider, then the configuration, then the default.
struct call_options {
  call_options() = default;
  explicit call_options(std::chrono::milliseconds t) : timeout(t) {}

  std::optional<std::chrono::milliseconds> timeout;   ///< default 30 s; of a stream: until it opens
  /// Default 64 MiB; more fails with errc::too_large. Of a stream: each item by itself.
  std::optional<std::size_t> max_response_bytes;
  std::optional<retry_options> retry;
  std::stop_token stop;                               ///< cancels the call with errc::cancelled
  bool want_meta = false;                             ///< fill tool_result::meta
  /// Bytes to send with the call: the body of an http request. Null: none. Fails with errc::unsupported where a transport takes none.
  std::shared_ptr<input_source> input;
};

}  // namespace utcp
