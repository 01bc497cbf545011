#pragma once

#include <utcp/net/http_message.hpp>

#include <string_view>

namespace utcp::net {

// What holds for a request whichever engine sends it, and the errors that both give in the same words.

inline constexpr std::size_t max_head_bytes = 256u << 10;
inline constexpr std::size_t max_header_line_bytes = 100u << 10;  // libcurl's own limit
inline constexpr std::size_t max_reserve_bytes = 1u << 20;

/// Fails with errc::unsupported for a body with HEAD.
result<void> check_body_allowed(const http_request& request);
/// POST, PUT and PATCH without a body still announce its length, zero.
bool announces_length(const http_request& request) noexcept;
/// Whether it may be sent twice (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method) noexcept;
/// Whether a stream that opens with this status goes on after the request's deadline. What a failure says does not.
bool outlives_deadline(const http_request& request, int status) noexcept;
/// Drops white space from both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// `code` with a message that begins with the method and the URL without its query.
error exchange_failed(const http_request& request, errc code, std::string_view what);
error body_too_large(const http_request& request);
error head_too_large(const http_request& request);
error header_line_too_large(const http_request& request);
error deadline_passed(const http_request& request, bool head_complete);
error closed_early(const http_request& request);
error closed_without_answer(const http_request& request);

}  // namespace utcp::net
