#include <utcp/net/redirect.hpp>

#include <utcp/masking.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>

namespace utcp::net {
namespace {

error refused(const redirect_rules& rules, errc code, const url& from, std::string_view what) {
  return {code, "redirect during " + rules.purpose + ": " + from.shown() + " " + std::string(what)};
}

// Behind a proxy only the URL's own words tell.
address_scope scope_of_sender(const url& sender, const http_head& answer) {
  if (answer.peer) return *answer.peer;
  if (is_loopback_like(sender.host())) return address_scope::loopback;
  const auto address = address_of_host(sender.host());
  return address ? scope_of(*address) : address_scope::public_use;
}

void scrub(http_request& request, const redirect_rules& rules) {
  request.body.reset();
  request.upload.reset();
  request.headers.erase_if([&](const http_header& header) {
    return sounds_secret(header.name) || equal_ignoring_case(header.name, "Content-Type") || equal_ignoring_case(header.name, "Host") ||
           std::any_of(rules.secret_headers.begin(), rules.secret_headers.end(),
                       [&](const std::string& name) { return equal_ignoring_case(name, header.name); });
  });
}

}  // namespace

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

  const bool public_only = sent.public_addresses_only || (!rules.allow_private_addresses && scope_of_sender(sent.target, answer) == address_scope::public_use);
  if (const auto address = address_of_host(next->host()); public_only && address && scope_of(*address) != address_scope::public_use && !next->same_origin(sent.target))
    return refused(rules, errc::not_allowed, sent.target, status + " and points at " + std::string(to_string(scope_of(*address))) + " (" + next->shown() +
                                                              "); a public server may do that only with \"allow_private_addresses\": true in the provider");

  redirect_hop hop;
  hop.same_origin = next->same_origin(sent.target);
  hop.request = std::move(sent);
  hop.request.target = *std::move(next);
  hop.request.public_addresses_only = public_only;
  if (answer.status == 303 && hop.request.method != "HEAD") {
    hop.request.method = "GET";
    hop.request.body.reset();
    hop.request.upload.reset();
    hop.request.headers.erase("Content-Type");
  }
  if (hop.same_origin) {
    std::string query(hop.request.target.query());
    merge_query(query, rules.query);
    hop.request.target.set_query(query);
  } else {
    scrub(hop.request, rules);
    hop.request.connection = rules.elsewhere;
  }
  return hop;
}

}  // namespace utcp::net
