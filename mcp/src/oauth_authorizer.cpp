#include <utcp/mcp/oauth_authorizer.hpp>

#include "crypto.hpp"
#include "oauth_core.hpp"

#include <utcp/net/auth_challenge.hpp>
#include <utcp/net/url_policy.hpp>

namespace utcp::mcp {
namespace {

constexpr int max_attempts = 3;
constexpr std::chrono::minutes token_that_lasts{5};
constexpr std::chrono::minutes attempts_memory{10};
constexpr std::chrono::seconds failure_memory{1};
constexpr std::chrono::seconds person_memory{60};

using authorizing = flight<void>;

std::optional<secret> bearer(const access& from) { return secret("Bearer " + from.token); }

/// What the refusal asks for; nothing: it is none that other credentials would change.
std::optional<wanted_access> read_refusal(const refusal& what) {
  const auto challenges = net::parse_challenges(what.www_authenticate);
  const net::auth_challenge* ours = nullptr;
  bool others = false;
  if (challenges)
    for (const auto& each : *challenges) {
      others = others || each.scheme != "bearer";
      if (each.scheme == "bearer" && (!ours || each.find("resource_metadata") || each.find("scope"))) ours = &each;
    }
  wanted_access out;
  if (ours) {
    if (const auto* scope = ours->find("scope"); scope && !scope->empty()) out.scope = *scope;
    if (const auto* place = ours->find("resource_metadata"); place && !place->empty()) out.metadata = *place;
    const auto* why = ours->find("error");
    out.more_scopes = why && *why == "insufficient_scope";
  }
  if (what.status == 403) return out.more_scopes ? std::optional<wanted_access>(out) : std::nullopt;
  if (what.status != 401 || (!ours && others)) return std::nullopt;
  return out;
}

task<result<void>> renew_or_authorize(core_ptr self, wanted_access wanted, bool renew_first) {
  if (renew_first) {
    auto renewed = co_await renew(self);
    if (renewed) co_return renewed;
    if (renewed.error() != errc::unauthorized) co_return renewed;
  }
  co_return co_await authorize(self, std::move(wanted));
}

void remember(oauth_authorizer::core& self, const result<void>& outcome) {
  if (outcome) {
    self.failure.reset();
    return;
  }
  if (outcome.error() == errc::cancelled) return;
  const bool asked_a_person = self.interactive() && (outcome.error() == errc::unauthorized || outcome.error() == errc::timed_out || outcome.error() == errc::protocol_error);
  self.failure = outcome.error();
  self.failure_until = self.parts.time->now() + (asked_a_person ? person_memory : failure_memory);
}

enum class kind { renewal, whole };

std::shared_ptr<authorizing> begin(const core_ptr& self, kind what, task<result<void>> work) {
  auto running = std::make_shared<authorizing>(self->parts.executor, authorizing::when_alone::go_on);
  self->running = running;
  // It must not keep a core alive that nobody wants any more.
  running->start(std::move(work), std::string(purpose), [weak = std::weak_ptr<oauth_authorizer::core>(self), what](const result<void>& outcome) {
    const auto still = weak.lock();
    if (!still) return;
    still->running.reset();
    if (what == kind::whole) remember(*still, outcome);
  });
  return running;
}

task<result<void>> wait_for(core_ptr self, std::shared_ptr<authorizing> running) {
  return authorizing::wait(std::move(running), self->parts.time, time_point::max(), std::string(purpose));
}

task<result<bool>> try_again_after(core_ptr self, std::shared_ptr<authorizing> running) {
  auto done = co_await wait_for(self, std::move(running));
  if (!done) co_return done.error();
  co_return true;
}

task<result<std::optional<secret>>> current_authorization(core_ptr self) {
  if (!self->loaded && !self->running) co_await load_access(self);
  if (self->running) {
    auto done = co_await wait_for(self, self->running);
    if (!done) co_return done.error();
  }
  const access& now = self->current;
  if (now.token.empty() && !(self->can_renew() && !self->interactive())) co_return std::optional<secret>();
  if (!now.token.empty() && self->parts.time->now() < now.refresh_at) co_return bearer(now);
  if (self->can_renew()) {
    auto running = self->running;
    if (!running) running = begin(self, kind::renewal, renew(self));
    auto done = co_await wait_for(self, std::move(running));
    const bool usable = !self->current.token.empty() && self->parts.time->now() < self->current.expires;
    if (usable) co_return bearer(self->current);
    if (done || done.error() == errc::unauthorized) co_return std::optional<secret>();
    co_return done.error();
  }
  if (self->parts.time->now() < self->current.expires) co_return bearer(self->current);
  if (self->current.obtained == time_point::min() || self->current.expires - self->current.obtained >= token_that_lasts) self->attempts = 0;
  self->current.token.clear();
  co_return std::optional<secret>();
}

/// Whether one more authorization may follow.
result<void> count_attempt(oauth_authorizer::core& self, bool was_used) {
  const time_point now = self.parts.time->now();
  const bool lasted = was_used && (self.current.obtained == time_point::min() || now - self.current.obtained >= token_that_lasts);
  if (lasted || self.last_attempt == time_point::min() || now - self.last_attempt >= attempts_memory) self.attempts = 0;
  if (self.attempts >= max_attempts)
    return error(errc::unauthorized, std::string(purpose) + ": " + self.server.shown() + " goes on refusing after 3 authorizations in a row; none is tried again for ten minutes");
  ++self.attempts;
  self.last_attempt = now;
  return {};
}

task<result<bool>> answer_refusal(core_ptr self, refusal what) {
  auto wanted = read_refusal(what);
  if (!wanted) co_return false;
  if (!self->loaded && !self->running) co_await load_access(self);
  if (self->running) co_return co_await try_again_after(self, self->running);
  const bool has_token = !self->current.token.empty() && self->parts.time->now() < self->current.expires;
  const bool was_used = what.used && !self->current.token.empty() && *what.used == *bearer(self->current);
  // Meanwhile there is another token than the one that was refused.
  if (has_token && !was_used) co_return true;
  // More of what the token has already changes nothing.
  if (wanted->more_scopes && wanted->scope && !self->current.granted.empty() && has_scopes(self->current.granted, split_scope(*wanted->scope))) co_return false;
  if (self->failure && self->parts.time->now() < self->failure_until) co_return *self->failure;
  if (auto fine = count_attempt(*self, was_used); !fine) co_return fine.error();
  const bool renew_first = !wanted->more_scopes && was_used && self->interactive() && self->can_renew();
  if (!wanted->more_scopes && !renew_first) self->current.token.clear();
  auto running = begin(self, kind::whole, renew_or_authorize(self, *wanted, renew_first));
  co_return co_await try_again_after(self, std::move(running));
}

result<void> check_options(const oauth_options& options) {
  const auto bad = [](const char* why) { return error(errc::invalid_config, std::string(purpose) + ": " + why); };
  if (options.grant == oauth_grant::client_credentials && (options.client_id.empty() || (options.client_secret.empty() && options.private_key.empty())))
    return bad("client credentials need \"client_id\", and \"client_secret\" or \"private_key\"");
  if (options.client_id.empty() && !options.client_secret.empty()) return bad("\"client_secret\" without \"client_id\"");
  if (!options.client_secret.empty() && !options.private_key.empty()) return bad("\"client_secret\" and \"private_key\" exclude each other");
  if (!options.private_key.empty()) {
    if (options.client_id.empty() && options.client_metadata_url.empty()) return bad("\"private_key\" without \"client_id\" or \"client_metadata_url\"");
    if (auto known = signing_algorithm(options.private_key); !known) return known.error();
  }
  if (!options.client_metadata_url.empty()) {
    const auto document = net::url::parse(options.client_metadata_url);
    if (!document || document->scheme() != "https" || document->path() == "/" || document->has_userinfo() || options.client_metadata_url.find('#') != std::string::npos)
      return bad("\"client_metadata_url\" has to be an https address with a path");
  }
  if (!options.issuer.empty()) {
    auto places = metadata_places_of(options.issuer, true);
    if (!places) return places.error();
    if (auto fine = check_secure(places->oauth, "authorization server"); !fine) return fine.error();
  }
  return {};
}

}  // namespace

result<std::shared_ptr<oauth_authorizer>> oauth_authorizer::make(const std::string& server_url, oauth_options options, oauth_parts parts) {
  auto server = net::url::parse(server_url);
  if (!server) return server.error();
  if (options.grant == oauth_grant::jwt_bearer && !parts.assertion) return error(errc::invalid_config, std::string(purpose) + ": the grant jwt_bearer needs an assertion");
  // A token is as secret as a password: no option opens plain http to other machines.
  if (auto fine = check_secure(*server, "MCP server"); !fine) return fine.error();
  if (auto fine = check_options(options); !fine) return fine.error();
  auto made = std::make_shared<core>(*std::move(server), std::move(options), std::move(parts));
  return std::shared_ptr<oauth_authorizer>(new oauth_authorizer(std::move(made)));
}

oauth_authorizer::oauth_authorizer(std::shared_ptr<core> made) : core_(std::move(made)) {}

oauth_authorizer::~oauth_authorizer() {
  if (const auto running = core_->running) running->cancel();
}

task<result<std::optional<secret>>> oauth_authorizer::authorization() { return current_authorization(core_); }
task<result<bool>> oauth_authorizer::refused(refusal what) { return answer_refusal(core_, std::move(what)); }

namespace {

task<result<void>> forget(core_ptr self) {
  self->current = access();
  self->loaded = true;
  co_return co_await self->parts.store->erase(self->access_entry());
}

}  // namespace

task<result<void>> oauth_authorizer::sign_out() { return forget(core_); }

}  // namespace utcp::mcp
