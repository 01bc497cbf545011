#pragma once

#include <utcp/error.hpp>
#include <utcp/net/http_message.hpp>
#include <utcp/tool_result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::net {

/// The value of a response: JSON types as JSON (as text when it does not parse), textual types as text, all else as bytes;
/// nothing at all as empty text. Without a Content-Type: JSON when it is an object or array, else text or bytes.
/// Text is decoded from its charset to UTF-8, where it takes up to three times as many bytes; illegal sequences become U+FFFD.
/// Text of an unknown charset, or of none, that is no UTF-8 is bytes.
tool_result decode_answer(http_response answer);

/// The same of a body and its Content-Type (empty: none).
tool_result decode_body(std::string body, std::string_view content_type);

/// Why an answer to `answer.request` is a failure. 401, 403, 407 → unauthorized; 408 → timed_out; 429 → rate_limited; 502, 503, 504 →
/// unavailable; other ≥ 400, and redirects that were not followed → remote_failed.
/// `remote` is {"status", "body" (JSON, or text of at most 64 KiB), "retry_after" (seconds, when the server says)}, with `***` where
/// the server repeats a credential of the request.
error status_error(http_response answer);

/// `tool_result::meta` of a stream's first item: {"status", "headers", "http_version"}.
json describe_head(const http_head& head);

/// `tool_result::meta`: the same and "timings_ms".
json describe_answer(const http_response& answer);

/// Seconds of a Retry-After value: a number, or an HTTP date (RFC 9110 section 10.2.3) seen from `now`.
std::optional<double> retry_after_seconds(std::string_view value, std::chrono::system_clock::time_point now);

}  // namespace utcp::net
