#include <utcp/net/redirect.hpp>

#include <utcp/net/url_policy.hpp>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

// Compared without `-` and `_`, so that `X_Api_Key`, `x-api-key` and `xapikey` are one.
constexpr std::array<std::string_view, 13> credential_headers = {
    "authorization", "proxyauthorization", "cookie",     "wwwauthenticate",   "xapikey",     "apikey", "xauthtoken",
    "xaccesstoken",  "xcsrftoken",         "xxsrftoken", "xamzsecuritytoken", "xgoogapikey", "cookie2"};

constexpr std::array<std::string_view, 16> telling_words = {"auth",   "authn",   "authz", "authorization", "token", "key",  "secret",   "bearer",
                                                           "session", "sid", "apikey", "jwt", "csrf", "xsrf", "password", "signature"};

constexpr bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

error refused(const redirect_rules& rules, errc code, const url& from, std::string_view what) {
  return {code, "redirect during " + rules.purpose + ": " + from.shown() + " " + std::string(what)};
}

void scrub(http_request& request, const redirect_rules& rules) {
  request.body.reset();
  request.headers.erase_if([&](const http_header& header) {
    return is_sensitive_name(header.name) || equal_ignoring_case(header.name, "Content-Type") || equal_ignoring_case(header.name, "Host") ||
           std::any_of(rules.secret_headers.begin(), rules.secret_headers.end(),
                       [&](const std::string& name) { return equal_ignoring_case(name, header.name); });
  });
}

}  // namespace

bool is_sensitive_name(std::string_view name) noexcept {
  std::string lower, dense;
  for (char c : name) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    lower += low;
    if (low != '-' && low != '_') dense += low;
  }
  if (std::find(credential_headers.begin(), credential_headers.end(), dense) != credential_headers.end()) return true;
  for (std::size_t at = 0; at < lower.size();) {
    if (!is_alnum(lower[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < lower.size() && is_alnum(lower[end])) ++end;
    const std::string_view word = std::string_view(lower).substr(at, end - at);
    if (std::find(telling_words.begin(), telling_words.end(), word) != telling_words.end()) return true;
    at = end;
  }
  return false;
}

bool is_redirect(int status) noexcept { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

result<redirect_hop> follow_redirect(http_request sent, const http_head& answer, const redirect_rules& rules, int hops) {
  const std::string status = "answered " + std::to_string(answer.status);
  if (hops >= max_redirects)
    return error(errc::remote_failed, "Too many redirects (>" + std::to_string(max_redirects) + ") during " + rules.purpose + ", the last at " + sent.target.shown());
  const auto location = answer.fields.find("location");
  if (!location || location->empty()) return refused(rules, errc::remote_failed, sent.target, status + " without a Location");
  auto next = sent.target.resolve(*location);
  if (!next) {
    // Only http and https URLs have the host that url asks for; file:///etc/passwd ends here.
    return refused(rules, errc::not_allowed, sent.target, status + " and points at something that is no http or https URL: " + next.error().message);
  }
  if (auto fine = check_url(*next, rules.allow_insecure_http, rules.purpose + " (redirect target)"); !fine) return fine.error();
  if (is_loopback_like(next->host()) && !is_loopback_like(sent.target.host()))
    return refused(rules, errc::not_allowed, sent.target, status + " and points at this machine (" + next->shown() + "); another machine may not do that");

  redirect_hop hop;
  hop.same_origin = next->same_origin(sent.target);
  hop.request = std::move(sent);
  hop.request.target = *std::move(next);
  if (answer.status == 303 && hop.request.method != "HEAD") {
    hop.request.method = "GET";
    hop.request.body.reset();
    hop.request.headers.erase("Content-Type");
  }
  if (hop.same_origin) {
    std::string query(hop.request.target.query());
    merge_query(query, rules.query);
    hop.request.target.set_query(query);
  } else {
    scrub(hop.request, rules);
  }
  return hop;
}

}  // namespace utcp::net
