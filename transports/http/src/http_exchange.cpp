#include "http_exchange.hpp"

#include <utcp/auth/authorize.hpp>
#include <utcp/net/url_policy.hpp>

namespace utcp::http {

task<result<net::http_response>> exchange(shared_parts parts, exchange_plan plan) {
  net::http_request request = std::move(plan.request);
  const oauth2_auth* grant = plan.credentials ? std::get_if<oauth2_auth>(&*plan.credentials) : nullptr;
  if (plan.credentials) plan.rules.secret_headers = credential_headers(*plan.credentials);
  bool ours = true;          // still at the origin that the credentials are for
  bool token_is_new = false;
  std::string token;
  for (int hops = 0;;) {
    if (auto fine = net::check_url(request.target, plan.rules.allow_insecure_http, plan.rules.purpose); !fine) co_return fine.error();
    if (ours && grant) {
      auto fresh = co_await parts.tokens->get(*grant, plan.rules.allow_insecure_http, plan.deadline);
      if (!fresh) co_return fresh.error();
      token = *std::move(fresh);
      if (auto fine = set_bearer(request, token); !fine) co_return fine.error();
    } else if (ours && plan.credentials) {
      if (auto fine = authorize(request, *plan.credentials); !fine) co_return fine.error();
    }
    auto answer = co_await parts.client->send(std::move(request));
    if (!answer) co_return answer;
    if (answer->status == 401 && ours && grant && !token_is_new) {
      parts.tokens->forget(*grant, token);
      token_is_new = true;
      request = std::move(answer->request);
      continue;
    }
    if (!net::is_redirect(answer->status)) co_return answer;
    auto hop = net::follow_redirect(std::move(answer->request), *answer, plan.rules, hops++);
    if (!hop) co_return hop.error();
    ours = ours && hop->same_origin;
    request = std::move(hop->request);
  }
}

}  // namespace utcp::http
