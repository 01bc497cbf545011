#include <utcp/auth/oauth2.hpp>

#include <utcp/auth/oauth2_metadata.hpp>
#include <utcp/auth/oauth2_request.hpp>
#include <utcp/net/url_policy.hpp>


#include <algorithm>

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

client_proof proof_of(const oauth2_auth& how, proof way) {
  client_proof out;
  out.id = how.client_id;
  out.key = how.client_secret;
  out.by = way == proof::header ? client_proof::way::header : way == proof::body ? client_proof::way::body : client_proof::way::id_only;
  return out;
}

// RFC 6749 section 4.4.2.
std::string grant_form(const oauth2_auth& how) {
  std::string form = "grant_type=client_credentials";
  if (how.scope && !how.scope->empty()) net::append_query_pair(form, "scope", *how.scope);
  return form;
}

std::string_view remedy_of(int status, const oauth2_auth& how) {
  if (status == 404) return how.issuer.empty() ? "; check \"token_url\"" : "; check \"issuer\"";
  if (status != 400 && status != 401 && status != 403) return {};
  return how.client_auth == proof::tls ? "; check client_id, the client's certificate and scope" : "; check client_id, client_secret and scope";
}

}  // namespace

struct oauth2_tokens::known_server {
  known_server(server_metadata m, time_point until) : metadata(std::move(m)), expires(until) {}

  server_metadata metadata;
  time_point expires;
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
  std::shared_ptr<token_flight> running;
  if (const auto it = entries_.find(at); it != entries_.end()) {
    const entry& known = it->second;
    if (!known.running && !known.token.empty() && clock_->now() < known.expires) co_return known.token;
    if (known.running && !known.running->is_abandoned()) running = known.running;
    if (!running)
      if (auto refusal = recent_refusal(known)) co_return *std::move(refusal);
  }
  if (!running) running = start(at, how);
  co_return co_await token_flight::wait(std::move(running), clock_, deadline, std::string(token_purpose));
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

std::shared_ptr<oauth2_tokens::token_flight> oauth2_tokens::start(const key& at, const oauth2_auth& how) {
  if (!entries_.contains(at)) trim();
  auto running = std::make_shared<token_flight>(executor_, token_flight::when_alone::cancel);
  entries_[at].running = running;
  // Not part of the first caller: when that one is cancelled, the others still want the token.
  running->start(run(shared_from_this(), at, how), std::string(token_purpose), [self = shared_from_this(), at, me = running.get()](const result<std::string>&) {
    if (auto it = self->entries_.find(at); it != self->entries_.end() && it->second.running.get() == me) it->second.running.reset();
  });
  return running;
}

task<result<std::string>> oauth2_tokens::run(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how) {
  const time_point until = time_point::clock::now() + self->options_.fetch_timeout;
  auto grant = co_await fetch(self, at, std::move(how), until);
  auto& known = self->entries_[at];
  if (!grant) {
    // The endpoint may have moved. Where only the credentials are refused, the metadata are right.
    if (at.by_issuer && grant.error() != errc::unauthorized) self->servers_.erase(std::pair(at.place, at.route.connection));
    self->remember_refusal(known, grant.error());
    co_return grant.error();
  }
  known.refusal.reset();
  known.token = grant->token;
  known.expires = self->clock_->now() + grant->life - safety_margin;
  co_return std::move(grant->token);
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
    const client_proof who = proof_of(how, way);
    auto request = token_request(*target, grant_form(how), who, route, until);
    auto answer = co_await oauth2_exchange(self->http_, std::move(request), token_purpose, "set \"token_url\" to the final address", route);
    if (!answer) co_return std::move(answer).error();
    if (answer->status >= 200 && answer->status < 300) {
      self->entries_[at].proven = way;
      co_return read_grant(*answer, secrets_of(who));
    }
    if (way == proofs.back() || !may_want_other_proof(*answer)) {
      const std::string_view remedy = remedy_of(answer->status, how);
      co_return token_refusal(*std::move(answer), secrets_of(who), tried, remedy);
    }
    tried = std::string("credentials ") + (way == proof::body ? "in the body" : "by Basic") + " before that: HTTP " + std::to_string(answer->status);
  }
  co_return error(errc::internal, std::string(token_purpose) + ": no attempt was made");
}

task<result<server_metadata>> oauth2_tokens::metadata_of(std::shared_ptr<oauth2_tokens> self, std::string issuer, token_route route, time_point until) {
  std::pair at(issuer, route.connection);
  if (const auto it = self->servers_.find(at); it != self->servers_.end() && self->clock_->now() < it->second->expires) co_return it->second->metadata;
  auto read = co_await fetch_metadata(self->http_, issuer, route, until);
  if (!read) co_return read;
  if (self->servers_.size() >= max_servers) self->servers_.clear();
  self->servers_.insert_or_assign(std::move(at), std::make_shared<const known_server>(*read, self->clock_->now() + metadata_life));
  co_return read;
}

}  // namespace utcp
