#include "http_rules.hpp"

#include <string>

namespace utcp::net {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

result<void> check_body_allowed(const http_request& request) {
  if (request.method == "HEAD" && (request.body || request.upload))
    return error(errc::unsupported, "a HEAD request cannot carry a body; use another http_method or drop the body argument");
  return {};
}

bool announces_length(const http_request& request) noexcept {
  const std::string& method = request.method;
  return request.body || request.upload || method == "POST" || method == "PUT" || method == "PATCH";
}

// Not find_first_not_of, which calls memchr for each character.
bool is_idempotent(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS" || method == "TRACE" || method == "QUERY";
}

bool outlives_deadline(const http_request& request, int status) noexcept { return !request.deadline_covers_stream && status >= 200 && status < 300; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

error exchange_failed(const http_request& request, errc code, std::string_view what) {
  return {code, request.method + " " + request.target.shown() + ": " + std::string(what)};
}

error body_too_large(const http_request& request) {
  return exchange_failed(request, errc::too_large, "the answer is larger than " + std::to_string(request.max_response_bytes) + " bytes; raise " +
                                                       std::string(request.limit_set_by) + " to accept it");
}

error head_too_large(const http_request& request) {
  return exchange_failed(request, errc::too_large, "the answer's header fields are larger than " + std::to_string(max_head_bytes) + " bytes");
}

error header_line_too_large(const http_request& request) {
  return exchange_failed(request, errc::too_large, "one of the answer's header lines is larger than " + std::to_string(max_header_line_bytes >> 10) + " KiB");
}

error deadline_passed(const http_request& request, bool head_complete) {
  return exchange_failed(request, errc::timed_out,
                         head_complete ? "the deadline passed before the whole answer came" : "the deadline passed before an answer came");
}

error closed_early(const http_request& request) {
  return exchange_failed(request, errc::connection_failed, "the server closed the connection before the whole answer came");
}

error closed_without_answer(const http_request& request) {
  return exchange_failed(request, errc::connection_failed, "the server closed the connection without an answer");
}

}  // namespace utcp::net
