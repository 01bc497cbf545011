#include <utcp/auth/http_exchange.hpp>

#include <utcp/auth/authorize.hpp>
#include <utcp/net/url_policy.hpp>

namespace utcp {
namespace {

const net::http_head& head_of(const net::http_response& answer) { return answer; }
const net::http_head& head_of(const net::http_stream& answer) { return answer.head; }

task<result<net::http_response>> send(net::http_client& client, net::http_request request) { return client.send(std::move(request)); }
task<result<net::http_stream>> open(net::http_client& client, net::http_request request) { return client.open(std::move(request)); }

// A certificate is shown to the server that it is for, and to a token server for which it is the proof (RFC 8705).
token_route route_of(const http_plan& plan, const oauth2_auth& how) {
  const auto token_url = net::url::parse(how.token_url);
  const bool same_server = token_url && token_url->same_origin(plan.request.target);
  const net::connection_ptr& own = plan.request.connection;
  const bool is_proof = how.client_auth == oauth2_auth::proof::tls && own && own->unix_socket.empty();
  token_route out;
  out.connection = same_server || is_proof ? own : plan.rules.elsewhere;
  out.allow_insecure_http = plan.rules.allow_insecure_http;
  out.allow_private_addresses = plan.rules.allow_private_addresses;
  out.public_addresses_only = plan.request.public_addresses_only;
  return out;
}

template <class Answer>
task<result<Answer>> run(http_parts parts, http_plan plan, task<result<Answer>> (*start)(net::http_client&, net::http_request)) {
  const oauth2_auth* grant = plan.credentials ? std::get_if<oauth2_auth>(&*plan.credentials) : nullptr;
  token_route route;
  if (grant) route = route_of(plan, *grant);
  net::http_request request = std::move(plan.request);
  if (plan.credentials)
    for (std::string& name : credential_headers(*plan.credentials)) plan.rules.secret_headers.push_back(std::move(name));
  bool ours = true;          // still at the origin that the credentials are for
  bool token_is_new = false;
  std::string token;
  for (int hops = 0;;) {
    if (auto fine = net::check_url(request.target, plan.rules.allow_insecure_http, plan.rules.purpose); !fine) co_return fine.error();
    if (ours && grant) {
      auto fresh = co_await parts.tokens->get(*grant, route, plan.deadline);
      if (!fresh) co_return fresh.error();
      token = *std::move(fresh);
      if (auto fine = set_bearer(request, token); !fine) co_return fine.error();
    } else if (ours && plan.credentials) {
      if (auto fine = authorize(request, *plan.credentials); !fine) co_return fine.error();
    }
    auto answer = co_await start(*parts.client, std::move(request));
    if (!answer) co_return answer;
    const net::http_head& head = head_of(*answer);
    if (head.status == 401 && ours && grant && !token_is_new) {
      parts.tokens->forget(*grant, route, token);
      token_is_new = true;
      request = std::move(answer->request);
      continue;
    }
    if (!net::is_redirect(head.status)) co_return answer;
    auto hop = net::follow_redirect(std::move(answer->request), head, plan.rules, hops++);
    if (!hop) co_return hop.error();
    ours = ours && hop->same_origin;
    if (!ours) plan.rules.query.clear();  // what the call sent is not for others
    request = std::move(hop->request);
  }
}

}  // namespace

task<result<net::http_response>> exchange(http_parts parts, http_plan plan) { return run<net::http_response>(std::move(parts), std::move(plan), &send); }
task<result<net::http_stream>> open_exchange(http_parts parts, http_plan plan) { return run<net::http_stream>(std::move(parts), std::move(plan), &open); }

}  // namespace utcp
