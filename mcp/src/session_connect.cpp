// How a session begins: which era the server is of, the handshake, and what follows it.

#include "session_core.hpp"

#include "event_wire.hpp"
#include "http_wire.hpp"
#include "json_members.hpp"
#include "stdio_wire.hpp"

#include <utcp/mcp/revision.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

constexpr std::chrono::milliseconds first_back_off{250};
constexpr std::chrono::milliseconds longest_back_off{30'000};
constexpr std::chrono::milliseconds longest_wait{5'000};   // for a start that is held back; else it is refused
constexpr std::chrono::milliseconds nudge_after{1'000};    // of a program's silence
constexpr std::chrono::hours legacy_verdict_lives{1};      // a stale one would work silently for ever

std::int64_t code_of(const answer& got) {
  const json* code = member(got.what.body, "code");
  return code ? number_of(*code).value_or(0) : 0;
}

/// Statuses that mean that this endpoint does not speak what was sent.
bool is_wrong_protocol(int status) { return status == 400 || status == 404 || status == 405 || status == 406 || status == 415 || status == 500 || status == 501; }

bool lists(const json* array, bool (*what)(std::string_view)) {
  if (!array || !array->is_array()) return false;
  return std::any_of(array->begin(), array->end(), [&](const json& each) { return each.is_string() && what(each.get_ref<const std::string&>()); });
}

bool is_ours(std::string_view revision) { return revision == modern_revision; }
bool is_modern(std::string_view revision) { return is_modern_revision(revision); }
bool is_legacy(std::string_view revision) { return is_legacy_revision(revision); }

}  // namespace

wire_context session_core::make_context() {
  wire_context out;
  out.executor = executor_;
  out.sink = weak_from_this();
  out.options = options_;
  return out;
}

task<result<void>> session_core::ready(self_ptr self) {
  if (self->phase_ == phase::ready) co_return result<void>();
  if (self->phase_ == phase::closed) co_return error(errc::cancelled, "the MCP session is closed");
  if (self->phase_ == phase::idle) {
    self->phase_ = phase::connecting;
    self->connecting_ = std::make_shared<occasion>(self->executor_);
    self->signing_in_ = false;
    const auto one = std::make_shared<connection_attempt>();
    self->attempt_ = one;
    // The handler keeps the signal: its slot is looked at until the very end.
    auto token = boost::asio::bind_cancellation_slot(one->stop.slot(), [one](std::exception_ptr) {});
    boost::asio::co_spawn(self->executor_, run_connect(self, one), std::move(token));
  }
  // Its own operation: who waits may be cancelled, the others still want the connection.
  co_return co_await occasion::wait(self->connecting_);
}

bool session_core::waits_for_person() const {
  return signing_in_ || std::any_of(pending_.begin(), pending_.end(), [](const auto& each) { return each.second.held; });
}

/// Each step has a time of its own; this is for all of them, so that nobody waits for ever on what began before.
void session_core::watch_attempt(const std::shared_ptr<connection_attempt>& one) {
  const auto patience = 2 * (options_->probe_timeout + options_->connect_timeout);
  one->bell->arm(options_->clock->now() + patience, [weak_self = weak_from_this(), weak = std::weak_ptr<connection_attempt>(one)] {
    const auto self = weak_self.lock();
    const auto still = weak.lock();
    if (!self || !still) return;
    if (self->waits_for_person()) return self->watch_attempt(still);
    still->late = true;
    still->stop.emit(boost::asio::cancellation_type::terminal);
  });
}

task<void> session_core::run_connect(self_ptr self, std::shared_ptr<connection_attempt> one) {
  struct drop_guard {
    explicit drop_guard(self_ptr s) : core(std::move(s)) {}
    drop_guard(const drop_guard&) = delete;
    ~drop_guard() {
      if (!finished) core->on_dropped();
    }
    self_ptr core;
    bool finished = false;
  };
  drop_guard guard(self);
  const auto waiting = self->connecting_;
  one->bell = self->options_->clock->make_alarm(self->executor_);
  self->watch_attempt(one);
  result<void> how;
  try {
    how = co_await connect(self);
  } catch (const std::exception& thrown) {
    how = error_of_thrown(thrown);
  }
  guard.finished = true;
  one->bell.reset();
  if (one->late && !how) how = error(errc::timed_out, "the MCP server was not ready in time");
  if (self->phase_ == phase::closed) {
    waiting->happen(error(errc::cancelled, "the MCP session was closed"));
    co_return;
  }
  if (how) {
    self->phase_ = phase::ready;
    self->connected_at_ = self->options_->clock->now();
  } else {
    self->phase_ = phase::idle;
    ++self->losses_;
    if (self->wire_) boost::asio::co_spawn(self->executor_, std::exchange(self->wire_, nullptr)->close(), boost::asio::detached);
  }
  waiting->happen(std::move(how));
}

task<result<void>> session_core::connect(self_ptr self) {
  if (!self->is_http()) {
    auto waited = co_await wait_back_off(self);
    if (!waited) co_return waited;
  }
  const time_point now = self->options_->clock->now();
  const time_point deadline = now + self->options_->connect_timeout;
  if (self->known_modern_ && !*self->known_modern_ && self->known_until_ <= now) self->known_modern_.reset();
  ++self->generation_;
  self->cache_.clear();
  result<void> how;
  if (self->is_http()) how = co_await connect_url(self, deadline);
  else how = co_await connect_program(self, deadline);
  if (!how) co_return how;
  self->known_modern_ = self->server_.modern;
  self->known_until_ = now + legacy_verdict_lives;
  co_return co_await settle(self);
}

/// A program that ends again and again is not started at once every time.
task<result<void>> session_core::wait_back_off(self_ptr self) {
  const time_point now = self->options_->clock->now();
  if (self->losses_ >= 2 && self->next_start_ <= self->connected_at_) {
    auto wait = first_back_off;
    for (unsigned i = 2; i < self->losses_ && wait < longest_back_off; ++i) wait *= 2;
    self->next_start_ = now + std::min(wait, longest_back_off);
  }
  if (self->next_start_ > now) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(self->next_start_ - now);
    if (left > longest_wait)
      co_return error(errc::unavailable, "the MCP server ended " + std::to_string(self->losses_) + " times in a row; it is started again in " + std::to_string(left.count()) + " ms at the earliest");
    co_await pause(self->options_->clock, self->executor_, left);
  }
  self->next_start_ = time_point::min();
  co_return result<void>();
}

// ---- programs ---------------------------------------------------------------------------------------------------------

result<void> session_core::start_program() {
  auto started = stdio_wire::start(std::get<stdio_server>(address_), make_context());
  if (!started) return started.error();
  wire_ = *std::move(started);
  return {};
}

task<result<void>> session_core::connect_program(self_ptr self, time_point deadline) {
  auto started = self->start_program();
  if (!started) co_return started;
  const era_choice choice = self->options_->era;
  const bool legacy = choice == era_choice::legacy || (choice == era_choice::automatic && self->known_modern_ && !*self->known_modern_);
  bool silent = false;
  if (!legacy) {
    auto modern = co_await probe(self, self->options_->probe_timeout);
    if (modern && *modern) co_return result<void>();
    silent = !modern && self->wire_;
    if (!modern && (choice == era_choice::modern || !(modern.error() == errc::timed_out || modern.error() == errc::connection_failed))) co_return modern.error();
    if (modern && choice == era_choice::modern) co_return error(errc::unsupported, "the MCP server does not speak revision " + std::string(modern_revision));
  }
  // Some servers quit on any request before their handshake.
  if (!self->wire_) {
    auto again = self->start_program();
    if (!again) co_return again;
  }
  auto shaken = co_await shake_hands(self, deadline);
  if (!shaken && silent && !self->wire_) co_return co_await shake_hands_again(self, deadline);
  if (shaken || !(shaken.error() == errc::unsupported) || legacy) co_return shaken;
  // A dual-era server keeps to the era of the first message: it saw a question that it answered too late.
  const error why = shaken.error();
  const json* code = member(why.remote, "code");
  if (!code || number_of(*code) != rpc::unsupported_revision) co_return shaken;
  auto modern = co_await probe(self, self->options_->probe_timeout);
  if (!modern) co_return modern.error();
  if (!*modern) co_return shaken;
  co_return result<void>();
}

/// With a program that ended by the handshake, after a question that it had not answered.
task<result<void>> session_core::shake_hands_again(self_ptr self, time_point deadline) {
  auto again = self->start_program();
  if (!again) co_return again;
  co_return co_await shake_hands(self, deadline);
}

/// A program that is silent to the question gets a ping. Those of the Python SDK up to 1.9.0 hear nothing after a question before the
/// handshake, and the next message ends them: then they are started again. An answer is a server's of the handshake; the other
/// revision has no ping.
std::unique_ptr<alarm> session_core::nudge_later() {
  auto bell = options_->clock->make_alarm(executor_);
  bell->arm(options_->clock->now() + nudge_after, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->nudge();
  });
  return bell;
}

void session_core::nudge() {
  if (probe_id_ == 0) return;
  draft ping("ping", json());
  ping.endless = true;  // it ends with the question
  nudge_id_ = next_id_ + 1;
  start(ping, completion_handler<answer>([weak = weak_from_this()](result<answer> got) {
    const auto self = weak.lock();
    if (!self || !got || got->what.what != message::kind::result) return;
    got->what.what = message::kind::failure;
    self->finish(self->probe_id_, std::move(got));
  }));
}

/// Asks `server/discover`. True: a modern server that speaks our revision; false: a legacy one.
task<result<bool>> session_core::probe(self_ptr self, std::chrono::milliseconds patience) {
  for (int tries = 0;; ++tries) {
    if (!self->wire_) co_return error(errc::connection_failed, "the MCP server ended");
    self->server_ = server_description();
    self->server_.modern = true;  // of the requests from now on
    self->server_.revision = modern_revision;
    self->wire_->agreed(self->server_.revision, true);
    draft ask("server/discover", json::object());
    ask.how.timeout = patience;
    std::unique_ptr<alarm> bell;
    if (!self->is_http()) {
      bell = self->nudge_later();
      self->probe_id_ = self->next_id_ + 1;
    }
    auto got = co_await exchange(self, std::move(ask));
    bell.reset();
    self->probe_id_ = 0;
    self->pending_.erase(std::exchange(self->nudge_id_, 0));
    if (!got) {
      self->server_.modern = false;
      if (self->is_http() && is_wrong_protocol(status_of(got.error()))) co_return false;
      if (self->is_http() && got.error() == errc::protocol_error) co_return false;  // HTML, or nothing
      co_return got.error();
    }
    bool again = false;
    auto verdict = self->judge(*got, again);
    if (verdict && *verdict) {
      self->use_modern(std::move(got->what.body));
      co_return true;
    }
    self->server_.modern = false;
    if (!verdict) co_return verdict;
    if (!again || tries > 0) co_return false;
  }
}

/// What an answer to `server/discover` says about the era. Source: MCP 2026-07-28, "Versioning".
result<bool> session_core::judge(const answer& got, bool& again) {
  if (got.what.what == message::kind::result) return lists(member(got.what.body, "supportedVersions"), &is_ours);
  const std::int64_t code = code_of(got);
  const json* data = member(got.what.body, "data");
  const json* supported = data ? member(*data, "supported") : nullptr;
  if (code == rpc::unsupported_revision) {
    again = lists(supported, &is_ours);
    if (!again && lists(supported, &is_modern) && !lists(supported, &is_legacy)) return error_of_failure(got.what.body, "server/discover");
    return false;
  }
  if (code == rpc::missing_capability || code == rpc::header_mismatch) return error_of_failure(got.what.body, "server/discover");
  return false;
}

void session_core::use_modern(json described) {
  server_.modern = true;
  server_.revision = modern_revision;
  if (auto found = described.find("capabilities"); found != described.end() && found->is_object()) server_.capabilities = std::move(*found);
  if (const auto* text = text_member(described, "instructions")) server_.instructions = *text;
  if (const json* meta = object_member(described, "_meta"))
    if (const json* info = object_member(*meta, meta_key::server)) server_.info = *info;
}

// ---- URLs -------------------------------------------------------------------------------------------------------------

result<std::shared_ptr<http_channel>> session_core::make_channel() { return http_channel::make(std::get<http_server>(address_), make_context()); }

task<result<void>> session_core::connect_url(self_ptr self, time_point deadline) {
  const http_server& server = std::get<http_server>(self->address_);
  auto channel = self->make_channel();
  if (!channel) co_return channel.error();
  const error none(errc::protocol_error, "");
  if (server.kind == http_server::flavour::events || self->events_only_) co_return co_await open_events(self, deadline, none);
  if (!self->wire_) self->wire_ = std::make_shared<http_wire>(*channel);
  const era_choice choice = self->options_->era;
  const bool legacy = choice == era_choice::legacy || (choice == era_choice::automatic && self->known_modern_ && !*self->known_modern_);
  if (!legacy) {
    auto modern = co_await probe(self, self->options_->connect_timeout);
    if (!modern) co_return modern.error();
    if (*modern) co_return result<void>();
    if (choice == era_choice::modern) co_return error(errc::unsupported, "the MCP server does not speak revision " + std::string(modern_revision));
  }
  auto shaken = co_await shake_hands(self, deadline);
  if (shaken || server.kind == http_server::flavour::streamable) co_return shaken;
  const int status = status_of(shaken.error());
  if (!is_wrong_protocol(status) && !(shaken.error() == errc::protocol_error)) co_return shaken;
  co_return co_await open_events(self, deadline, std::move(shaken).error());
}

/// HTTP+SSE. When that is not it either, `refused` is what the caller hears.
task<result<void>> session_core::open_events(self_ptr self, time_point deadline, error refused) {
  auto channel = self->make_channel();
  if (!channel) co_return channel.error();
  auto opened = co_await event_wire::open(*std::move(channel), deadline, refused.message.empty());
  if (!opened && !refused.message.empty() && !(opened.error() == errc::not_allowed)) co_return refused;
  if (!opened) co_return opened.error();
  self->wire_ = *std::move(opened);
  auto shaken = co_await shake_hands(self, deadline);
  if (shaken) self->events_only_ = true;
  co_return shaken;
}

// ---- the handshake ----------------------------------------------------------------------------------------------------

task<result<void>> session_core::shake_hands(self_ptr self, time_point deadline) {
  self->server_ = server_description();
  if (!self->wire_) co_return error(errc::connection_failed, "the MCP server ended");
  self->wire_->agreed("", false);
  json params = json::object();
  params["protocolVersion"] = legacy_revisions.front();
  params["capabilities"] = self->client_capabilities(false);
  params["clientInfo"] = self->options_->client.to_json();
  draft ask("initialize", std::move(params));
  ask.how.deadline = deadline;
  auto got = co_await exchange(self, std::move(ask));
  if (!got) co_return got.error();
  json& said = got->what.body;
  if (got->what.what == message::kind::failure) {
    error why = error_of_failure(said, "initialize");
    if (got->status >= 400 && why.remote.is_object()) why.remote["status"] = got->status;
    co_return why;
  }
  const auto* revision = text_member(said, "protocolVersion");
  if (!revision) co_return error(errc::protocol_error, "initialize: the MCP server does not say which revision it speaks");
  if (!is_legacy_revision(*revision)) co_return error(errc::unsupported, "initialize: the MCP server speaks a revision that this client does not know", said);
  self->server_.revision = *revision;
  if (const json* found = object_member(said, "capabilities")) self->server_.capabilities = *found;
  if (const json* found = object_member(said, "serverInfo")) self->server_.info = *found;
  if (const auto* text = text_member(said, "instructions")) self->server_.instructions = *text;
  if (!self->wire_) co_return error(errc::connection_failed, "the MCP server ended after the handshake");
  self->wire_->agreed(self->server_.revision, false);
  std::string ready = write_notification("notifications/initialized", "");
  const auto over = self->wire_;
  co_return co_await over->tell(std::move(ready));
}

/// What a new connection begins with.
task<result<void>> session_core::settle(self_ptr self) {
  if (self->server_.modern) {
    self->subscription_serial_ += 1;
    self->listen_modern();
    co_return result<void>();
  }
  if (!self->wire_) co_return error(errc::connection_failed, "the MCP server ended after the handshake");
  if (self->options_->listen) self->wire_->listen();
  if (self->options_->callbacks.on_log && !self->log_level_.empty() && self->server_.has("logging")) {
    json params = json::object();
    params["level"] = self->log_level_;
    draft ask("logging/setLevel", std::move(params));
    ask.how.timeout = self->options_->connect_timeout;
    auto done = co_await exchange(self, std::move(ask));
    if (!done) co_return done.error();
  }
  const auto subscribed = self->subscribed_;
  for (const std::string& uri : subscribed) {
    json params = json::object();
    params["uri"] = uri;
    draft ask("resources/subscribe", std::move(params));
    ask.how.timeout = self->options_->connect_timeout;
    auto done = co_await exchange(self, std::move(ask));
    if (!done) co_return done.error();
  }
  co_return result<void>();
}

/// The connection of that generation is of no use any more.
void session_core::expire(unsigned generation) {
  if (generation_ != generation || phase_ != phase::ready) return;  // somebody else noticed first
  phase_ = phase::idle;
  if (wire_) wire_->agreed("", false);
}

}  // namespace utcp::mcp
