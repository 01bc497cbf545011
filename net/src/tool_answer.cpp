#include <utcp/net/tool_answer.hpp>

#include "charset.hpp"

#include <utcp/document.hpp>
#include <utcp/masking.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace utcp::net {
namespace {

constexpr std::size_t max_excerpt_bytes = 64u << 10;

tool_result as_bytes(const std::string& body) {
  const auto* data = reinterpret_cast<const std::byte*>(body.data());
  return tool_result(bytes(data, data + body.size()));
}

// The body in UTF-8 when its Content-Type says that it is something else, which then is the case.
std::optional<std::string> from_its_charset(const std::string& body, std::string_view content_type) {
  const charset* said = find_charset(charset_of(content_type));
  if (!said || (may_be_utf8(*said) && is_utf8(body))) return std::nullopt;
  return to_utf8(body, *said);
}

tool_result as_text(std::string body, std::string_view content_type) {
  if (auto text = from_its_charset(body, content_type)) return tool_result(*std::move(text));
  if (is_utf8(body)) return tool_result(std::move(body));
  return as_bytes(body);
}

std::optional<json> as_json(const std::string& body, std::string_view content_type) {
  const charset* said = find_charset(charset_of(content_type));
  if (!said || !is_wide(*said))  // JSON is UTF-8 whatever its label (RFC 8259 section 8.1), unless it is not
    if (auto parsed = parse_json(body)) return *std::move(parsed);
  if (const auto text = from_its_charset(body, content_type))
    if (auto parsed = parse_json(*text)) return *std::move(parsed);
  return std::nullopt;
}

bool begins_json_container(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

errc errc_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407: return errc::unauthorized;
    case 408: return errc::timed_out;
    case 429: return errc::rate_limited;
    case 502:
    case 503:
    case 504: return errc::unavailable;
    default: return errc::remote_failed;
  }
}

std::string_view remedy_of(int status) {
  if (status == 401 || status == 403) return "; check the provider's \"auth\"";
  if (status == 407) return "; check the proxy's credentials";
  if (status == 304) return "; what the request's condition asks about has not changed";
  if (status >= 300 && status < 400) return "; this redirect is not followed: use the address it leads to";
  return {};
}

// The three forms that a recipient must read (RFC 9110 section 5.6.7).
std::optional<std::chrono::system_clock::time_point> http_date(std::string_view value) {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::string text(value.substr(0, 64));
  char month[4] = {};
  std::tm when{};
  const auto read = [&](const char* form, auto... into) { return std::sscanf(text.c_str(), form, into...) == sizeof...(into); };
  const bool fixed = read("%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &when.tm_mday, month, &when.tm_year, &when.tm_hour, &when.tm_min, &when.tm_sec);
  if (!fixed) {
    when.tm_year = 0;
    if (read("%*[a-zA-Z], %2d-%3s-%2d %2d:%2d:%2d GMT", &when.tm_mday, month, &when.tm_year, &when.tm_hour, &when.tm_min, &when.tm_sec))
      when.tm_year += when.tm_year < 70 ? 2000 : 1900;
    else if (!read("%*3s %3s %2d %2d:%2d:%2d %4d", month, &when.tm_mday, &when.tm_hour, &when.tm_min, &when.tm_sec, &when.tm_year))
      return std::nullopt;
  }
  const std::size_t at = months.find(month);
  if (at == std::string_view::npos || at % 3 != 0 || when.tm_year < 1900) return std::nullopt;
  when.tm_mon = static_cast<int>(at / 3);
  when.tm_year -= 1900;
  return std::chrono::system_clock::from_time_t(::timegm(&when));
}

void replace_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + mask.size())) text.replace(at, what.size(), mask);
}

void hide(json& value, const std::vector<std::string_view>& secrets) {
  if (value.is_string())
    for (const std::string_view each : secrets) replace_all(value.get_ref<std::string&>(), each);
  else if (value.is_structured())
    for (json& inner : value) hide(inner, secrets);
}

// Credentials of the request, which some servers repeat: tokens are in no list of secrets that came from a configuration.
std::vector<std::string_view> credentials_of(const http_request& request) {
  constexpr std::size_t shortest = 4;  // as for variables: shorter ones would garble the text
  std::vector<std::string_view> out;
  for (const http_header& header : request.headers) {
    if (!sounds_secret(header.name)) continue;
    std::string_view value = header.value;
    if (equal_ignoring_case(header.name, "Authorization")) value.remove_prefix(std::min(value.find(' ') + 1, value.size()));
    if (value.size() >= shortest) out.push_back(value);
  }
  return out;
}

json excerpt_of(http_response answer) {
  if (answer.body.empty()) return nullptr;
  const std::string content_type(answer.fields.find("content-type").value_or(""));
  if (answer.body.size() > max_excerpt_bytes) answer.body.resize(utf8_prefix(answer.body, max_excerpt_bytes).size());
  auto value = decode_body(std::move(answer.body), content_type).value;
  if (auto* document = std::get_if<json>(&value)) return std::move(*document);
  if (auto* text = std::get_if<std::string>(&value)) return std::move(*text);
  return "(" + std::to_string(std::get<bytes>(value).size()) + " bytes of " + (content_type.empty() ? "unknown type" : content_type) + ")";
}

}  // namespace

tool_result decode_body(std::string body, std::string_view content_type) {
  if (body.empty()) return tool_result(std::string());
  const std::string type = media_type_of(content_type);
  if (is_json_type(type) || (type.empty() && begins_json_container(body))) {
    if (auto parsed = as_json(body, content_type)) return tool_result(*std::move(parsed));
    return as_text(std::move(body), content_type);
  }
  if (type.empty() || is_text_type(type)) return as_text(std::move(body), content_type);
  return as_bytes(body);
}

tool_result decode_answer(http_response answer) {
  const std::string content_type(answer.fields.find("content-type").value_or(""));
  return decode_body(std::move(answer.body), content_type);
}

error status_error(http_response answer) {
  const int status = answer.status;
  json said = json::object();
  said["status"] = status;
  if (const auto after = answer.fields.find("retry-after"))
    if (const auto seconds = retry_after_seconds(*after, std::chrono::system_clock::now())) said["retry_after"] = *seconds;
  std::string message = answer.request.method + " " + answer.request.target.shown() + ": HTTP " + std::to_string(status);
  // The usual words, not the server's: what the server says stays in `remote`.
  if (const auto reason = usual_reason(status); !reason.empty()) message.append(" ").append(reason);
  message += remedy_of(status);
  const http_request sent = std::move(answer.request);
  said["body"] = excerpt_of(std::move(answer));
  hide(said["body"], credentials_of(sent));
  return {errc_of_status(status), std::move(message), std::move(said)};
}

json describe_head(const http_head& head) {
  json headers = json::object();
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const auto [name, value] = head.fields[i];
    std::string key(name);
    for (char& c : key)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    auto [at, is_new] = headers.emplace(std::move(key), std::string(value));
    if (!is_new) at.value() = at.value().get_ref<const std::string&>() + ", " + std::string(value);
  }
  json out = json::object();
  out["status"] = head.status;
  out["headers"] = std::move(headers);
  out["http_version"] = head.version;
  return out;
}

json describe_answer(const http_response& answer) {
  const auto ms = [](std::chrono::microseconds t) { return static_cast<double>(t.count()) / 1000; };
  json out = describe_head(answer);
  out["timings_ms"] = {{"connected", ms(answer.timings.connected)}, {"first_byte", ms(answer.timings.first_byte)}, {"total", ms(answer.timings.total)}};
  return out;
}

std::optional<double> retry_after_seconds(std::string_view value, std::chrono::system_clock::time_point now) {
  double seconds = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), seconds, std::chars_format::fixed);
  if (ec == std::errc() && end == value.data() + value.size()) {
    if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
    return seconds;
  }
  const auto when = http_date(value);
  if (!when) return std::nullopt;
  return std::max(0.0, std::chrono::duration<double>(*when - now).count());
}

}  // namespace utcp::net
