#pragma once

#include <utcp/call_limits.hpp>
#include <utcp/call_template.hpp>
#include <utcp/error.hpp>

namespace utcp {

/// Whether the calls of a provider's tools will be able to read its settings: limits, `retry`, `allowed_origins`,
/// `other_origins`. `usual` are the limits of `defaults`. Fails with errc::invalid_config that names the manual and the place.
result<void> check_settings(const call_template& provider, const call_limits& usual);

}  // namespace utcp
