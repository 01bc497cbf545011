#include <utcp/auth/oauth2.hpp>

#include "oauth2_metadata.hpp"
#include "oauth2_request.hpp"

#include <utcp/net/redirect.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <list>

namespace asio = boost::asio;

namespace utcp {
namespace {

using proof = oauth2_auth::proof;

constexpr std::chrono::seconds safety_margin{30};
constexpr std::chrono::seconds refusal_memory{1};
constexpr double longest_rest_seconds = 60;
constexpr std::chrono::hours metadata_life{1};
constexpr std::chrono::seconds drop_pace{1};
constexpr int drops_at_once = 8;
constexpr std::size_t max_entries = 1024;
constexpr std::size_t max_servers = 256;
constexpr std::string_view metadata_purpose = "OAuth2 issuer's metadata";

error within(std::string_view purpose, error e) {
  e.message = std::string(purpose) + ": " + e.message;
  return e;
}

// Sends a request; follows redirects within the origin only, and never by another method: neither the credentials nor who is
// asked for them may be chosen by an answer. `purpose` and `remedy` are literals.
task<result<net::http_response>> exchange(std::shared_ptr<net::http_client> http, net::http_request request, std::string_view purpose, std::string_view remedy,
                                          token_route route) {
  net::redirect_rules rules;
  rules.purpose = purpose;
  rules.allow_insecure_http = route.allow_insecure_http;
  rules.allow_private_addresses = route.allow_private_addresses;
  const std::string method = request.method;
  for (int hops = 0;; ++hops) {
    auto answer = co_await http->send(std::move(request));
    if (!answer) co_return within(purpose, std::move(answer).error());
    if (!net::is_redirect(answer->status)) co_return answer;
    auto hop = net::follow_redirect(std::move(answer->request), *answer, rules, hops);
    if (!hop) co_return hop.error();
    if (!hop->same_origin || hop->request.method != method)
      co_return error(errc::not_allowed, std::string(purpose) + ": the server redirects to " + hop->request.target.shown() +
                                             (hop->same_origin ? " as " + hop->request.method + ", which loses the request" : ", another origin, which is not followed") + "; " +
                                             std::string(remedy));
    request = std::move(hop->request);
  }
}

result<net::url> token_target(const oauth2_auth& how, bool allow_insecure_http) {
  auto target = net::url::parse(how.token_url);
  if (!target) return error(errc::invalid_config, "auth: \"token_url\": " + target.error().message);
  if (auto fine = net::check_url(*target, allow_insecure_http, "OAuth2 token URL"); !fine) return fine.error();
  return target;
}

// What can be told before anything is sent.
result<void> check_place(const oauth2_auth& how, const token_route& route) {
  const bool allow_insecure_http = route.allow_insecure_http;
  if (how.client_auth == proof::tls && (!route.connection || route.connection->client_certificate.empty()))
    return error(errc::invalid_config, "auth: \"client_auth\" is \"tls\", but there is no certificate to show; set \"client_certificate\" in the provider (fetched tools have it at the provider's own origin only)");
  if (!how.issuer.empty()) {
    if (auto places = metadata_places_of(how.issuer, allow_insecure_http); !places) return places.error();
    return {};
  }
  if (auto target = token_target(how, allow_insecure_http); !target) return target.error();
  return {};
}

// In which ways the client proves itself, one after the other until the server takes one.
std::vector<proof> proofs_to_try(const oauth2_auth& how, std::vector<proof> offered, proof proven) {
  if (how.client_auth != proof::any) return std::vector<proof>(1, how.client_auth);
  if (const auto at = std::find(offered.begin(), offered.end(), proven); at != offered.end()) std::rotate(offered.begin(), at, at + 1);
  return offered;
}

}  // namespace

struct oauth2_tokens::known_server {
  known_server(server_metadata m, time_point until) : metadata(std::move(m)), expires(until) {}

  server_metadata metadata;
  time_point expires;
};

// One request under way and those who wait for it.
struct oauth2_tokens::flight {
  struct waiter {
    explicit waiter(const asio::any_io_executor& executor) : done(executor, time_point::max()) {}
    asio::steady_timer done;
    bool late = false;
  };
  std::list<std::shared_ptr<waiter>> waiting;
  std::optional<result<std::string>> outcome;
  asio::cancellation_signal stop;
  bool abandoned = false;  // the last waiter has gone, it is being cancelled

  void end(result<std::string> with) {
    outcome = std::move(with);
    for (auto& each : waiting) each->done.cancel();
  }
};

// Takes the waiter off the list, also when the coroutine that waits is destroyed.
struct oauth2_tokens::presence {
  presence(std::list<std::shared_ptr<flight::waiter>>& list, std::shared_ptr<flight::waiter> who) : list_(list), who_(std::move(who)) {}
  presence(presence&&) = delete;
  ~presence() { list_.remove(who_); }

 private:
  std::list<std::shared_ptr<flight::waiter>>& list_;
  std::shared_ptr<flight::waiter> who_;
};

oauth2_tokens::oauth2_tokens(asio::any_io_executor executor, std::shared_ptr<net::http_client> http, std::shared_ptr<clock> clock, oauth2_options options)
    : executor_(std::move(executor)), http_(std::move(http)), clock_(std::move(clock)), options_(options) {}
oauth2_tokens::~oauth2_tokens() = default;

oauth2_tokens::key oauth2_tokens::key_of(const oauth2_auth& how, token_route route) {
  key out;
  out.by_issuer = !how.issuer.empty();
  out.place = out.by_issuer ? how.issuer : how.token_url;
  out.id = how.client_id.reveal();
  out.secret = how.client_secret.reveal();
  out.scope = how.scope.value_or(std::string());
  out.client_auth = how.client_auth;
  out.token_origins = how.token_origins;
  out.route = std::move(route);
  return out;
}

task<result<std::string>> oauth2_tokens::get(oauth2_auth how, token_route route, time_point deadline) {
  const auto self = shared_from_this();
  if (auto fine = check_place(how, route); !fine) co_return fine.error();
  const key at = key_of(how, std::move(route));
  std::shared_ptr<flight> running;
  if (const auto it = entries_.find(at); it != entries_.end()) {
    const entry& known = it->second;
    if (!known.running && !known.token.empty() && clock_->now() < known.expires) co_return known.token;
    if (known.running && !known.running->abandoned) running = known.running;
    if (!running)
      if (auto refusal = recent_refusal(known)) co_return *std::move(refusal);
  }
  if (!running) running = start(at, how);
  co_return co_await wait(self, std::move(running), deadline);
}

void oauth2_tokens::forget(const oauth2_auth& how, const token_route& route, const std::string& token) {
  const auto it = entries_.find(key_of(how, route));
  if (it == entries_.end() || it->second.token != token) return;
  entry& known = it->second;
  const time_point paid = std::max(known.drops_paid_until, clock_->now());
  if (paid - clock_->now() > drop_pace * (drops_at_once - 1)) return;
  known.drops_paid_until = paid + drop_pace;
  known.token.clear();
}

std::optional<error> oauth2_tokens::recent_refusal(const entry& known) const {
  const time_point now = clock_->now();
  if (!known.refusal || now >= known.refused_until) return std::nullopt;
  error out = *known.refusal;
  if (out.remote.is_object() && out.remote.contains("retry_after")) out.remote["retry_after"] = std::chrono::duration<double>(known.refused_until - now).count();
  return out;
}

// Credentials that were refused are refused again, and who says "later" means it.
void oauth2_tokens::remember_refusal(entry& known, const error& failure) {
  std::chrono::nanoseconds rest{0};
  if (failure == errc::unauthorized || failure == errc::rate_limited) rest = refusal_memory;
  if (failure == errc::rate_limited || failure == errc::unavailable)
    if (const auto it = failure.remote.find("retry_after"); it != failure.remote.end() && it->is_number())
      rest = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(std::clamp(it->get<double>(), 0.0, longest_rest_seconds)));
  if (rest.count() <= 0) return;
  known.refusal = failure;
  known.refused_until = clock_->now() + rest;
}

// A process that makes up credentials without end must not fill the memory.
void oauth2_tokens::trim() {
  if (entries_.size() < max_entries) return;
  std::erase_if(entries_, [now = clock_->now()](const auto& item) { return !item.second.running && item.second.expires <= now && item.second.refused_until <= now; });
  while (entries_.size() >= max_entries) {
    auto first = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it)
      if (!it->second.running && (first == entries_.end() || it->second.expires < first->second.expires)) first = it;
    if (first == entries_.end()) return;
    entries_.erase(first);
  }
}

std::shared_ptr<oauth2_tokens::flight> oauth2_tokens::start(const key& at, const oauth2_auth& how) {
  if (!entries_.contains(at)) trim();
  auto running = std::make_shared<flight>();
  entries_[at].running = running;
  // Not part of the first caller: when that one is cancelled, the others still want the token.
  asio::co_spawn(executor_, run(shared_from_this(), at, how, running),
                 asio::bind_cancellation_slot(running->stop.slot(), [self = shared_from_this(), at, running](std::exception_ptr thrown) {
                   if (auto it = self->entries_.find(at); it != self->entries_.end() && it->second.running == running) it->second.running.reset();
                   if (!running->outcome) running->end(error(thrown ? errc::cancelled : errc::internal, std::string(token_purpose) + " was cancelled"));
                 }));
  return running;
}

task<void> oauth2_tokens::run(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how, std::shared_ptr<flight> into) {
  const time_point until = time_point::clock::now() + self->options_.fetch_timeout;
  auto grant = co_await fetch(self, at, std::move(how), until);
  auto& known = self->entries_[at];
  if (known.running == into) known.running.reset();
  if (!grant) {
    // The endpoint may have moved. Where only the credentials are refused, the metadata are right.
    if (at.by_issuer && grant.error() != errc::unauthorized) self->servers_.erase(std::pair(at.place, at.route.connection));
    self->remember_refusal(known, grant.error());
    into->end(grant.error());
    co_return;
  }
  known.refusal.reset();
  known.token = grant->token;
  known.expires = self->clock_->now() + grant->life - safety_margin;
  into->end(std::move(grant->token));
}

task<result<token_grant>> oauth2_tokens::fetch(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how, time_point until) {
  token_route route = at.route;
  std::vector<proof> offered;
  result<net::url> target = error(errc::internal, "");
  if (at.by_issuer) {
    auto server = co_await metadata_of(self, how.issuer, route, until);
    if (!server) co_return std::move(server).error();
    target = endpoint_of(*server, how, route.allow_insecure_http);
    route.public_addresses_only = route.public_addresses_only || (server->is_public && !route.allow_private_addresses);
    offered = server->proofs;
  } else {
    target = token_target(how, route.allow_insecure_http);
    offered.push_back(proof::body);
    offered.push_back(proof::header);
  }
  if (!target) co_return target.error();
  const auto proofs = proofs_to_try(how, std::move(offered), self->entries_[at].proven);
  if (proofs.empty())
    co_return error(errc::unsupported, std::string(token_purpose) + ": by its metadata the issuer takes neither client_secret_post nor client_secret_basic; with a client certificate set \"client_auth\": \"tls\"");
  std::string tried;
  for (const proof way : proofs) {
    auto request = token_request(*target, how, way, route, until);
    auto answer = co_await exchange(self->http_, std::move(request), token_purpose, "set \"token_url\" to the final address", route);
    if (!answer) co_return std::move(answer).error();
    if (answer->status >= 200 && answer->status < 300) {
      self->entries_[at].proven = way;
      co_return read_grant(*answer, how);
    }
    if (way == proofs.back() || !may_want_other_proof(*answer)) co_return token_refusal(*std::move(answer), how, tried);
    tried = std::string("credentials ") + (way == proof::body ? "in the body" : "by Basic") + " before that: HTTP " + std::to_string(answer->status);
  }
  co_return error(errc::internal, std::string(token_purpose) + ": no attempt was made");
}

task<result<server_metadata>> oauth2_tokens::metadata_of(std::shared_ptr<oauth2_tokens> self, std::string issuer, token_route route, time_point until) {
  std::pair at(issuer, route.connection);
  if (const auto it = self->servers_.find(at); it != self->servers_.end() && self->clock_->now() < it->second->expires) co_return it->second->metadata;
  auto places = metadata_places_of(issuer, route.allow_insecure_http);
  if (!places) co_return places.error();
  constexpr std::string_view remedy = "set \"issuer\" to the address that it redirects to, or \"token_url\" in its place";
  auto request = oauth2_request(places->oauth, route, until);
  request.want_peer = true;
  auto other = request;
  other.target = places->openid;
  auto answer = co_await exchange(self->http_, std::move(request), metadata_purpose, remedy, route);
  if (answer && answer->status == 404) answer = co_await exchange(self->http_, std::move(other), metadata_purpose, remedy, route);
  if (!answer) co_return std::move(answer).error();
  if (answer->status == 404)
    co_return error(errc::remote_failed, std::string(metadata_purpose) + ": neither " + places->oauth.shown() + " nor " + places->openid.shown() + " is there; check \"issuer\", or set \"token_url\" in its place");
  if (answer->status < 200 || answer->status >= 300) co_return within(metadata_purpose, net::status_error(*std::move(answer)));
  auto read = read_metadata(answer->body, issuer);
  if (!read) co_return read.error();
  // As of the redirects of any request: behind a proxy a name counts as a public server's.
  read->is_public = answer->peer ? *answer->peer == net::address_scope::public_use : !net::is_loopback_like(places->oauth.host());
  if (self->servers_.size() >= max_servers) self->servers_.clear();
  self->servers_.insert_or_assign(std::move(at), std::make_shared<const known_server>(*read, self->clock_->now() + metadata_life));
  co_return read;
}

task<result<std::string>> oauth2_tokens::wait(std::shared_ptr<oauth2_tokens> self, std::shared_ptr<flight> on, time_point deadline) {
  auto me = std::make_shared<flight::waiter>(self->executor_);
  on->waiting.push_back(me);
  const presence here(on->waiting, me);
  std::unique_ptr<alarm> bell;
  if (deadline != time_point::max()) {
    bell = self->clock_->make_alarm(self->executor_);
    bell->arm(deadline, [weak = std::weak_ptr<flight::waiter>(me)] {
      if (const auto still = weak.lock()) {
        still->late = true;
        still->done.cancel();
      }
    });
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  if (!on->outcome) co_await me->done.async_wait(token);
  if (on->outcome) co_return *on->outcome;
  if (on->waiting.size() == 1) {
    on->abandoned = true;
    on->stop.emit(asio::cancellation_type::terminal);
  }
  if (me->late) co_return error(errc::timed_out, std::string(token_purpose) + ": the deadline passed before the token came");
  co_return error(errc::cancelled, std::string(token_purpose) + " was cancelled");
}

}  // namespace utcp
