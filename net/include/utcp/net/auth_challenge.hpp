#pragma once

#include <utcp/error.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace utcp::net {

/// One challenge of a WWW-Authenticate field (RFC 9110 section 11).
struct auth_challenge {
  auth_challenge() = default;

  std::string scheme;   ///< lower case
  std::string token68;  ///< in the place of parameters; empty: none
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case, values unquoted

  /// The first value of that name (lower case), or null.
  const std::string* find(std::string_view name) const noexcept;

  friend bool operator==(const auth_challenge&, const auth_challenge&) = default;
};

inline constexpr std::size_t max_challenge_bytes = 16u << 10;
inline constexpr std::size_t max_challenges = 32;
inline constexpr std::size_t max_challenge_parameters = 64;  ///< of all challenges together

/// Reads WWW-Authenticate fields, joined by commas. Lenient as servers are: an unquoted value may hold any visible character but a
/// comma (an address, say), and what stands between two commas and makes no sense is passed over.
/// Fails with errc::too_large beyond the limits, and errc::protocol_error: a quoted text that does not end, a control character.
result<std::vector<auth_challenge>> parse_challenges(std::string_view field);

}  // namespace utcp::net
