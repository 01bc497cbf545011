#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace utcp::mcp {

/// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes);

/// `bytes` of the system's randomness as base64url. Fails with errc::unavailable.
result<std::string> random_text(std::size_t bytes);

/// 32 bytes. Fails with errc::internal.
result<std::string> sha256(std::string_view text);

/// Which JWS algorithm a PEM key is for: "ES256" (P-256) or "RS256" (RSA of at least 2048 bits).
/// Fails with errc::invalid_config: no key, an encrypted one, another kind.
result<std::string> signing_algorithm(const secret& private_key);

/// A JWT in compact form (RFC 7519), signed. `claims` is JSON text. Fails as `signing_algorithm`.
result<secret> sign_jwt(std::string_view claims, const secret& private_key);

}  // namespace utcp::mcp
