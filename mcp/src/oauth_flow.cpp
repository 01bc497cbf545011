#include "oauth_core.hpp"

#include <utcp/net/redirect.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>
#include <chrono>

namespace utcp::mcp {
namespace {

using source = known_client::source;

constexpr std::chrono::seconds longest_margin{30};
constexpr std::chrono::seconds shortest_life{1};
constexpr std::string_view registration_purpose = "client registration";

error within(error e, std::string_view what) {
  e.message = std::string(what) + ": " + e.message;
  return e;
}

// A POST whose answer may not send it elsewhere.
task<result<net::http_response>> post(core_ptr self, net::http_request request, std::string_view what) {
  auto answer = co_await self->parts.http->send(std::move(request));
  if (!answer) co_return within(std::move(answer).error(), what);
  if (net::is_redirect(answer->status)) co_return error(errc::not_allowed, std::string(what) + ": " + answer->request.target.shown() + " answers with a redirect, which is not followed with credentials");
  co_return answer;
}

// Asks the token endpoint, and keeps what it grants. `secrets` are those in the form.
task<result<void>> fetch_token(core_ptr self, access target, std::string form, std::vector<std::string> secrets, time_point until) {
  auto issuer = net::url::parse(target.issuer);
  if (!issuer) co_return issuer.error();
  auto endpoint = secure_endpoint(target.token_endpoint, *issuer, "token endpoint");
  if (!endpoint) co_return endpoint.error();
  auto proof = prove(target.client, target.by, self->options.private_key, target.issuer);
  if (!proof) co_return proof.error();
  for (std::string& each : secrets_of(*proof)) secrets.push_back(std::move(each));
  token_route route = self->route_to(*endpoint);
  route.public_addresses_only = target.public_only;
  net::append_query_pair(form, "resource", target.resource);
  // The Python SDK's server wants to see the id, also where Basic holds it: tests/interop/test_mcp_oauth.py. By RFC 6749 it may stand there.
  if (proof->by == client_proof::way::header) net::append_query_pair(form, "client_id", target.client.id);
  auto answer = co_await post(self, token_request(*endpoint, std::move(form), *proof, route, until), token_purpose);
  if (!answer) co_return answer.error();
  if (answer->status < 200 || answer->status >= 300) co_return token_refusal(*std::move(answer), secrets, std::string(), "");
  auto grant = read_grant(*answer, secrets);
  if (!grant) co_return grant.error();
  const auto life = std::max(grant->life, shortest_life);
  const time_point now = self->parts.time->now();
  target.token = std::move(grant->token);
  if (!grant->refresh_token.empty()) target.refresh_token = std::move(grant->refresh_token);
  target.granted = grant->scope ? split_scope(*grant->scope) : target.scopes;
  target.obtained = now;
  target.expires = now + life;
  target.refresh_at = target.expires - std::min(longest_margin, std::chrono::duration_cast<std::chrono::seconds>(life / 10));
  target.expires_unix = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch() + life).count();
  self->current = std::move(target);
  co_await save_access(self);
  co_return result<void>();
}

// The person comes back to this machine, or to an address that nobody else can answer for.
result<void> check_redirect_uri(const std::string& address) {
  const auto target = net::url::parse(address);
  if (!target) return target.error();
  if (target->scheme() == "https" || (target->scheme() == "http" && net::is_loopback_host(target->host()))) return {};
  return error(errc::invalid_config, std::string(purpose) + ": the redirect URI has to be https, or http on this machine");
}

task<result<std::string>> run_visit(std::shared_ptr<browser_visit> visit, std::string url) { co_return co_await visit->go(std::move(url)); }

task<result<std::string>> visit_within(core_ptr self, std::shared_ptr<browser_visit> visit, std::string url) {
  using step = flight<std::string>;
  auto running = std::make_shared<step>(self->parts.executor, step::when_alone::cancel);
  running->start(run_visit(std::move(visit), std::move(url)), "the step in the browser", [](const result<std::string>&) {});
  const time_point late = self->parts.time->now() + self->options.browser_timeout;
  auto out = co_await step::wait(running, self->parts.time, late, "the step in the browser");
  if (!out && out.error() == errc::timed_out && running->is_abandoned())
    co_return error(errc::timed_out, std::string(purpose) + ": nobody finished the step in the browser within " + std::to_string(self->options.browser_timeout.count() / 1000) + " s");
  co_return out;
}

result<void> check_pkce(const authority& at) {
  const auto& methods = at.server.challenge_methods;
  if (std::find(methods.begin(), methods.end(), "S256") != methods.end()) return {};
  if (at.is_fallback && methods.empty()) return {};  // 2025-03-26 wants PKCE of servers, but no word of it in their metadata
  return error(errc::unsupported, std::string(purpose) + ": the metadata of " + at.server.issuer + " do not list the PKCE method S256, without which codes can be stolen");
}

access target_of(const authority& at, known_client client, client_proof::way by, const scope_list& scopes) {
  access out;
  out.issuer = at.server.issuer;
  out.resource = at.resource;
  out.token_endpoint = at.server.token_endpoint;
  out.client = std::move(client);
  out.by = by;
  out.public_only = at.route.public_addresses_only;
  out.scopes = scopes;
  return out;
}

// A grant that needs no person.
task<result<void>> fetch_own_token(core_ptr self, access target, time_point until) {
  std::string form = "grant_type=client_credentials";
  std::vector<std::string> secrets;
  if (self->options.grant == oauth_grant::jwt_bearer) {
    auto assertion = co_await self->parts.assertion(target.issuer, target.resource);
    if (!assertion) co_return assertion.error();
    form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    net::append_query_pair(form, "assertion", assertion->reveal());
    add_secret(secrets, assertion->reveal());
  }
  if (!target.scopes.empty()) net::append_query_pair(form, "scope", join_scope(target.scopes));
  co_return co_await fetch_token(self, std::move(target), std::move(form), std::move(secrets), until);
}

task<result<void>> authorize_client(core_ptr self, authority at, scope_list scopes, time_point until) {
  // A workload's assertion may say all there is to say about the client.
  known_client nameless;
  result<known_client> client = nameless;
  if (self->options.grant == oauth_grant::client_credentials || !self->options.client_id.empty()) client = co_await find_client(self, at, std::string(), scopes, until);
  if (!client) co_return client.error();
  const auto by = choose_proof(*client, !self->options.private_key.empty(), at.server);
  if (!by) co_return by.error();
  access target = target_of(at, *std::move(client), *by, scopes);
  co_return co_await fetch_own_token(self, std::move(target), until);
}

task<result<void>> authorize_person(core_ptr self, authority at, scope_list scopes, time_point until) {
  if (auto fine = check_pkce(at); !fine) co_return fine.error();
  if (!self->parts.person) co_return error(errc::unauthorized, std::string(purpose) + ": " + self->server.shown() + " wants a person to agree in a browser, and there is none here");
  const auto issuer = net::url::parse(at.server.issuer);
  if (!issuer) co_return issuer.error();
  authorization_question question;
  auto endpoint = secure_endpoint(at.server.authorization_endpoint, *issuer, "authorization endpoint");
  if (!endpoint) co_return endpoint.error();
  const std::string before = co_await registered_redirect(self, at.server.issuer);
  auto opened = self->parts.person->open(before);
  if (!opened) co_return opened.error();
  const std::shared_ptr<browser_visit> visit = *std::move(opened);
  question.redirect_uri = visit->redirect_uri();
  if (auto fine = check_redirect_uri(question.redirect_uri); !fine) co_return fine.error();
  auto client = co_await find_client(self, at, question.redirect_uri, scopes, until);
  if (!client) co_return client.error();
  const auto by = choose_proof(*client, !self->options.private_key.empty(), at.server);
  if (!by) co_return by.error();
  question.endpoint = *std::move(endpoint);
  question.client_id = client->id;
  question.resource = at.resource;
  question.scopes = scopes;
  auto asked = ask_for_code(question);
  if (!asked) co_return asked.error();
  auto query = co_await visit_within(self, visit, asked->url);
  if (!query) co_return query.error();
  auto code = read_code(*query, *asked, at.server);
  if (!code) co_return code.error();
  std::string form = "grant_type=authorization_code";
  net::append_query_pair(form, "code", code->reveal());
  net::append_query_pair(form, "redirect_uri", question.redirect_uri);
  net::append_query_pair(form, "code_verifier", asked->verifier);
  std::vector<std::string> secrets;
  add_secret(secrets, code->reveal());
  add_secret(secrets, asked->verifier);
  access target = target_of(at, *std::move(client), *by, scopes);
  co_return co_await fetch_token(self, std::move(target), std::move(form), std::move(secrets), self->until());
}

// One client is used with one authorization server: another that a server names later does not get to see its credentials.
task<result<void>> bind_client(core_ptr self, std::string issuer) {
  if (!self->options.issuer.empty()) co_return result<void>();
  const auto bound = co_await load_entry(self, self->issuer_entry());
  if (bound && bound->reveal() != issuer)
    co_return error(errc::not_allowed, std::string(purpose) + ": the client is bound to another authorization server than the one that the server names now; if that is right, set \"issuer\"", json{{"issuer", issuer}});
  if (!bound) co_await save_entry(self, self->issuer_entry(), secret(issuer));
  co_return result<void>();
}

task<result<known_client>> register_client(core_ptr self, authority at, std::string redirect_uri, scope_list scopes, time_point until) {
  const auto issuer = net::url::parse(at.server.issuer);
  if (!issuer) co_return issuer.error();
  auto endpoint = secure_endpoint(at.server.registration_endpoint, *issuer, "registration endpoint");
  if (!endpoint) co_return endpoint.error();
  token_route route = self->route_to(*endpoint);
  route.public_addresses_only = at.route.public_addresses_only;
  auto request = oauth2_request(*endpoint, route, until);
  request.method = "POST";
  request.headers.set("Content-Type", "application/json");
  request.body = std::make_shared<const std::string>(registration_body(self->options, redirect_uri, scopes, at.server));
  auto answer = co_await post(self, std::move(request), registration_purpose);
  if (!answer) co_return answer.error();
  if (answer->status < 200 || answer->status >= 300) {
    error failure = within(net::status_error(*std::move(answer)), registration_purpose);
    hide_tokens(failure.remote, std::vector<std::string>());
    if (failure == errc::remote_failed) failure.code = make_error_code(errc::unauthorized);
    co_return failure;
  }
  auto client = read_registration(answer->body, redirect_uri, scopes);
  if (client) co_await save_entry(self, self->client_entry(at.server.issuer), write_client(*client));
  co_return client;
}

}  // namespace

task<std::string> registered_redirect(core_ptr self, std::string issuer) {
  const auto entry = co_await load_entry(self, self->client_entry(issuer));
  std::optional<known_client> known;
  if (entry) known = read_client(*entry);
  if (!known) co_return std::string();
  co_return known->redirect_uri;
}

task<result<known_client>> find_client(core_ptr self, authority at, std::string redirect_uri, scope_list scopes, time_point until) {
  known_client out;
  if (!self->options.client_id.empty()) {
    auto bound = co_await bind_client(self, at.server.issuer);
    if (!bound) co_return bound.error();
    out.id = self->options.client_id;
    out.key = self->options.client_secret;
    co_return out;
  }
  if (!self->options.client_metadata_url.empty() && at.server.takes_metadata_documents) {
    out.from = source::document;
    out.id = self->options.client_metadata_url;
    co_return out;
  }
  const auto entry = co_await load_entry(self, self->client_entry(at.server.issuer));
  std::optional<known_client> known;
  if (entry) known = read_client(*entry);
  // Servers compare the redirect URI as a text, and may grant no scope beyond those of the registration.
  if (known && known->redirect_uri == redirect_uri && (known->scope.empty() || has_scopes(split_scope(known->scope), scopes))) co_return *std::move(known);
  if (!at.server.registration_endpoint.empty()) co_return co_await register_client(self, at, redirect_uri, scopes, until);
  co_return error(errc::unsupported, std::string(purpose) + ": " + at.server.issuer + " registers no clients by itself; register one there, and set \"client_id\"");
}

task<result<void>> renew(core_ptr self) {
  access target = self->current;
  if (!self->interactive()) co_return co_await fetch_own_token(self, std::move(target), self->until());
  const std::string old = target.refresh_token.reveal();
  std::string form = "grant_type=refresh_token";
  net::append_query_pair(form, "refresh_token", old);
  std::vector<std::string> secrets;
  add_secret(secrets, old);
  auto done = co_await fetch_token(self, std::move(target), std::move(form), std::move(secrets), self->until());
  if (done || done.error() != errc::unauthorized) co_return done;
  // Another process may have used the refresh token, and left a new one.
  self->current.token.clear();
  self->current.refresh_token = secret();
  co_await load_access(self);
  if (!self->current.token.empty() && self->current.refresh_token.reveal() != old && self->parts.time->now() < self->current.expires) co_return result<void>();
  self->current.token.clear();
  self->current.refresh_token = secret();
  co_await save_access(self);
  co_return done;
}

task<result<void>> authorize(core_ptr self, wanted_access wanted) {
  const time_point until = self->until();
  auto at = co_await find_authority(self, wanted, until);
  if (!at) co_return at.error();
  // Before a person or anything else is asked.
  const auto issuer = net::url::parse(at->server.issuer);
  if (!issuer) co_return issuer.error();
  if (auto fine = secure_endpoint(at->server.token_endpoint, *issuer, "token endpoint"); !fine) co_return fine.error();
  scope_list before;
  if (at->server.issuer == self->current.issuer) before = self->current.scopes;
  const scope_list scopes = choose_scopes(wanted.scope, self->options.scope, at->scopes, before, at->server.scopes, self->interactive());
  if (self->interactive()) co_return co_await authorize_person(self, *std::move(at), scopes, until);
  co_return co_await authorize_client(self, *std::move(at), scopes, until);
}

}  // namespace utcp::mcp
