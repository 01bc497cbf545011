#include "session_core.hpp"

#include "http_channel.hpp"
#include "json_members.hpp"

#include <utcp/document.hpp>
#include <utcp/mcp/revision.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_answers = 64;  // to the server, on their way at once

// A deadline far away must not overflow.
time_point later(time_point now, std::chrono::milliseconds by) { return time_point::max() - now > by ? now + by : time_point::max(); }

task<void> tell_quietly(std::shared_ptr<wire> over, std::string message) {
  try {
    (void)co_await over->tell(std::move(message));  // a server that is gone need not know
  } catch (const std::exception&) {
  }
}

}  // namespace

session_core::session_core(asio::any_io_executor executor, server_address server, session_options options)
    : executor_(executor), otherwise_(std::move(executor)), address_(std::move(server)) {
  if (options.client.version.empty()) options.client.version = "1";
  log_level_ = options.callbacks.log_level;
  options_ = std::make_shared<const session_options>(std::move(options));
  alarm_ = options_->clock->make_alarm(executor_);
  write_meta();
}

// ---- what the client says of itself -----------------------------------------------------------------------------------

json session_core::client_capabilities(bool modern) const {
  const session_callbacks& has = options_->callbacks;
  json out = json::object();
  if (has.roots) {
    out["roots"] = json::object();
    if (!modern) out["roots"]["listChanged"] = true;
  }
  if (has.sample) {
    out["sampling"] = json::object();
    if (has.sampling_with_tools) out["sampling"]["tools"] = json::object();
  }
  if (has.fill_form) out["elicitation"]["form"] = json::object();
  if (has.open_url) out["elicitation"]["url"] = json::object();
  if (options_->tasks && modern) out["extensions"][tasks_extension] = json::object();
  return out;
}

void session_core::write_meta() {
  json meta = json::object();
  meta[meta_key::revision] = modern_revision;
  meta[meta_key::capabilities] = client_capabilities(true);
  meta[meta_key::client] = options_->client.to_json();
  if (options_->callbacks.on_log && !log_level_.empty()) meta[meta_key::log_level] = log_level_;
  meta_ = write_json(meta);
  meta_ = meta_.substr(1, meta_.size() - 2);
}

/// The text of the params with the `_meta` that belongs to them.
std::string session_core::write_params(const draft& what, std::int64_t id) const {
  if (const json* own = member(what.params, "_meta")) {
    draft bare = what;
    if (!bare.how.meta.is_object()) bare.how.meta = json::object();
    if (own->is_object()) bare.how.meta.update(*own);
    bare.params.erase("_meta");
    return write_params(bare, id);
  }
  std::string meta = server_.modern ? meta_ : std::string();
  const auto add = [&meta](std::string_view text) {
    if (!meta.empty()) meta += ',';
    meta += text;
  };
  if (what.how.on_progress) add("\"progressToken\":" + std::to_string(id));
  if (const json& extra = what.how.meta; extra.is_object() && !extra.empty()) {
    const std::string text = write_json(extra);
    add(std::string_view(text).substr(1, text.size() - 2));
  }
  const bool no_params = what.params.is_null() || what.params.empty();
  if (meta.empty()) return no_params ? std::string() : write_json(what.params);
  std::string out = no_params ? "{" : write_json(what.params);
  if (!no_params) out.back() = ',';
  out.reserve(out.size() + meta.size() + 16);
  out += "\"_meta\":{";
  out += meta;
  out += "}}";
  return out;
}

// ---- requests ---------------------------------------------------------------------------------------------------------

// A plain function: g++ 12 miscompiles an initiation that is written inside a coroutine.
task<result<answer>> session_core::exchange(self_ptr self, std::shared_ptr<const draft> what) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<answer>)>(
      [](auto handler, self_ptr on, std::shared_ptr<const draft> request) { on->start(*request, std::move(handler)); }, asio::use_awaitable, std::move(self), std::move(what));
}

void session_core::start(const draft& what, completion_handler<answer> done) {
  if (!wire_ || phase_ == phase::closed)
    return complete_later<answer>(std::move(done), error(phase_ == phase::closed ? errc::cancelled : errc::connection_failed, "the MCP session is closed"), executor_);
  const std::int64_t id = ++next_id_;
  outgoing request;
  request.id = id;
  request.message = write_request(id, what.method, write_params(what, id));
  request.name = what.name;
  request.parameters = what.parameters;

  pending& entry = pending_[id];
  if (!what.endless) {
    const time_point now = options_->clock->now();
    entry.patience = what.how.timeout.value_or(options_->request_timeout);
    entry.last = std::min(what.how.deadline, later(now, std::max(entry.patience, options_->longest_request)));
    entry.due = std::min(entry.last, later(now, entry.patience));
    request.deadline = entry.last;
    watch_time(entry.due);
  }
  entry.on_progress = what.how.on_progress;
  entry.method = what.method;
  entry.max_bytes = what.how.max_response_bytes;
  request.method = what.method;
  entry.done.swap(done);  // Boost 1.81: the move assignment of any_completion_handler never returns
  if (auto slot = asio::get_associated_cancellation_slot(entry.done); slot.is_connected())
    slot.assign([weak = weak_from_this(), id](asio::cancellation_type) {
      if (auto self = weak.lock()) self->give_up(id, error(errc::cancelled, "the request was cancelled"));
    });
  wire_->send(std::move(request));
}

/// Nobody waits any more: the server is told, and the waiting operation fails.
void session_core::give_up(std::int64_t id, error why) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const std::string method = found->second.method;
  if (wire_) {
    // Source: MCP, "Cancellation": a handshake is not cancelled.
    if (!wire_->abandoning_cancels() && method != "initialize" && method != "server/discover") {
      json params = json::object();
      params["requestId"] = id;
      params["reason"] = why == errc::timed_out ? "timed out" : "cancelled by the client";
      tell_soon(write_notification("notifications/cancelled", write_json(params)));
    }
    wire_->abandon(id);
  }
  completion_handler<answer> done = std::move(found->second.done);
  pending_.erase(found);
  complete_later<answer>(std::move(done), std::move(why), executor_);
}

bool session_core::finish(std::int64_t id, result<answer> how) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return false;
  completion_handler<answer> done = std::move(found->second.done);
  pending_.erase(found);
  if (pending_.empty() && is_http() && armed_for_ != time_point::max()) {
    alarm_->disarm();  // nothing keeps the executor busy
    armed_for_ = time_point::max();
  }
  complete<answer>(std::move(done), std::move(how), otherwise_);
  return true;
}

void session_core::fail_all(const error& why) {
  auto failing = std::move(pending_);
  pending_.clear();
  alarm_->disarm();
  armed_for_ = time_point::max();
  for (auto& each : failing) complete_later<answer>(std::move(each.second.done), why, executor_);
}

void session_core::tell_soon(std::string message) {
  if (wire_) asio::co_spawn(executor_, tell_quietly(wire_, std::move(message)), asio::detached);
}

/// Answers the server, unless it asks faster than it takes answers.
void session_core::answer_soon(std::string message) {
  if (!wire_) return;
  if (answering_ >= max_answers) return lose_answer(std::to_string(answering_) + " are on their way");
  ++answering_;
  asio::co_spawn(executor_, run_answer(shared_from_this(), wire_, std::move(message)), asio::detached);
}

task<void> session_core::run_answer(self_ptr self, std::shared_ptr<wire> over, std::string message) {
  result<void> told;
  try {
    told = co_await over->tell(std::move(message));
  } catch (const std::exception& thrown) {
    told = error_of_thrown(thrown);
  }
  --self->answering_;
  if (!told) self->lose_answer(told.error().message);
}

void session_core::lose_answer(const std::string& why) {
  if (phase_ == phase::closed || std::exchange(told_lost_answer_, true)) return;
  on_notice("an answer to a question of the MCP server was lost: " + why);
}

// ---- time -------------------------------------------------------------------------------------------------------------

void session_core::watch_time(time_point due) {
  if (due >= armed_for_) return;  // a ring that comes too early costs less than setting the alarm with each request
  armed_for_ = due;
  alarm_->arm(due, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->ring();
  });
}

void session_core::ring() {
  const time_point now = options_->clock->now();
  std::vector<std::int64_t> late;
  time_point next = time_point::max();
  for (const auto& [id, entry] : pending_) {
    const time_point due = entry.held ? entry.last : entry.due;
    if (due <= now) late.push_back(id);
    else next = std::min(next, due);
  }
  armed_for_ = time_point::max();
  if (next != time_point::max()) watch_time(next);
  for (std::int64_t id : late) {
    const auto found = pending_.find(id);
    if (found != pending_.end()) give_up(id, error(errc::timed_out, found->second.method + ": the MCP server did not answer in time"));
  }
}

void session_core::on_held(std::int64_t id, bool held) {
  if (id == 0) signing_in_ = held;
  const auto found = pending_.find(id);
  if (found == pending_.end() || found->second.held == held) return;
  found->second.held = held;
  if (held || found->second.due == time_point::max()) return;
  found->second.due = std::min(found->second.last, later(options_->clock->now(), found->second.patience));
  watch_time(found->second.due);
}

void session_core::take_progress(const json& params) {
  const json* token = member(params, "progressToken");
  const auto id = token ? number_of(*token) : std::nullopt;
  const auto found = id ? pending_.find(*id) : pending_.end();
  if (found == pending_.end()) return;
  pending& entry = found->second;
  if (entry.due != time_point::max()) entry.due = std::min(entry.last, later(options_->clock->now(), entry.patience));
  if (!entry.on_progress) return;
  progress step;
  if (const json* done = member(params, "progress"); done && done->is_number()) step.done = done->get<double>();
  if (const json* total = member(params, "total"); total && total->is_number()) step.total = total->get<double>();
  if (const auto* text = text_member(params, "message")) step.message = *text;
  const auto tell = entry.on_progress;  // it may end the request
  tell(step);
}

// ---- what comes in ----------------------------------------------------------------------------------------------------

void session_core::on_message(message what, int status) {
  if (phase_ == phase::closed) return;
  switch (what.what) {
    case message::kind::result:
    case message::kind::failure: {
      const auto id = number_of(what.id);
      const auto found = id ? pending_.find(*id) : pending_.end();
      if (found == pending_.end()) {
        // Late, unknown and second answers are dropped. But a server that does not know the first question may refuse it with
        // another id, or none.
        if (probe_id_ == 0 || what.what != message::kind::failure) return;
        answer refusal;
        refusal.what = std::move(what);
        finish(probe_id_, std::move(refusal));
        return;
      }
      if (const std::size_t limit = found->second.max_bytes; limit != 0 && what.bytes > limit) {
        finish(*id, error(errc::too_large, found->second.method + ": the answer has " + std::to_string(what.bytes) + " bytes; the limit is " + std::to_string(limit)));
        return;
      }
      answer got;
      got.what = std::move(what);
      got.status = status;
      finish(*id, std::move(got));
      return;
    }
    case message::kind::request: return take_request(std::move(what));
    case message::kind::notification: return take_notification(std::move(what));
  }
}

void session_core::on_failed(std::int64_t id, error why) { finish(id, std::move(why)); }

void session_core::on_lost(error why) {
  if (phase_ == phase::closed) return;
  const auto old = std::move(wire_);
  wire_.reset();
  if (phase_ == phase::ready) {
    phase_ = phase::idle;
    const time_point now = options_->clock->now();
    constexpr std::chrono::seconds long_life{60};
    losses_ = now - connected_at_ > long_life ? 1 : losses_ + 1;
  }
  ++generation_;
  fail_all(why);
}

void session_core::on_dropped() noexcept {
  phase_ = phase::closed;
  auto dropped = std::move(pending_);
  pending_.clear();
  const auto connecting = std::move(connecting_);
  if (connecting) connecting->drop();
  questions_.clear();
}

void session_core::on_notice(std::string what) {
  if (options_->callbacks.on_notice) options_->callbacks.on_notice(notice("mcp", std::move(what)));
}

}  // namespace utcp::mcp
