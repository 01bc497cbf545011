// What the server says on its own: questions, notifications, and the subscription of the modern era.

#include "session_core.hpp"

#include "elicitation.hpp"
#include "http_channel.hpp"
#include "json_members.hpp"

#include <utcp/document.hpp>
#include <utcp/mcp/revision.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

namespace asio = boost::asio;

constexpr int rejected_by_user = -1;  // customary
constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{30'000};

bool is_known_question(const std::string& method) { return method == "sampling/createMessage" || method == "elicitation/create" || method == "roots/list"; }

}  // namespace

void session_core::take_request(message what) {
  if (what.method == "ping") return answer_soon(write_result(what.id, json::object()));
  if (!is_known_question(what.method) || server_.modern) return answer_soon(write_failure(what.id, rpc::method_not_found, "Method not found"));
  const std::string key = write_json(what.id);
  if (questions_.contains(key)) return answer_soon(write_failure(what.id, rpc::invalid_request, "this id is in use"));
  if (questions_.size() >= options_->max_questions) return answer_soon(write_failure(what.id, rpc::internal_error, "too many requests at once"));
  auto one = std::make_shared<question>();
  questions_.emplace(key, one);
  auto token = asio::bind_cancellation_slot(one->stop.slot(), [one](std::exception_ptr) {});
  asio::co_spawn(executor_, answer_question(shared_from_this(), one, std::move(what.id), std::move(what.method), std::move(what.body)), std::move(token));
}

task<void> session_core::answer_question(self_ptr self, std::shared_ptr<question> one, json id, std::string method, json params) {
  const std::string key = write_json(id);
  std::optional<result<json>> answered;
  try {
    answered = co_await ask_application(self, std::move(method), std::move(params));
  } catch (const std::exception& thrown) {
    answered = error_of_thrown(thrown);
  }
  const auto found = self->questions_.find(key);
  if (found == self->questions_.end() || found->second != one) co_return;  // the server took it back
  self->questions_.erase(found);
  if (*answered) {
    self->answer_soon(write_result(id, **answered));
  } else {
    const error& why = answered->error();
    self->answer_soon(write_failure(id, why == errc::unsupported ? rpc::method_not_found : rejected_by_user, why.message));
  }
}

/// Asks the callback that a question is for. Fails with errc::unsupported when the application has none.
task<result<json>> session_core::ask_application(self_ptr self, std::string method, json params) {
  const session_callbacks& has = self->options_->callbacks;
  if (params.is_null()) params = json::object();
  if (method == "roots/list" && has.roots) {
    json out = json::object();
    out["roots"] = has.roots();
    co_return out;
  }
  if (method == "sampling/createMessage" && has.sample) co_return co_await has.sample(std::move(params));
  if (method == "elicitation/create") {
    const auto* mode = text_member(params, "mode");
    if (mode && *mode == "url") {
      if (!has.open_url) co_return error(errc::unsupported, "this client opens no URLs");
      auto answered = co_await has.open_url(std::move(params));
      if (answered && answered->is_object()) answered->erase("content");
      co_return answered;
    }
    if (has.fill_form) {
      const json* schema = member(params, "requestedSchema");
      const json wanted = schema ? *schema : json();
      auto answered = co_await has.fill_form(std::move(params));
      if (answered) complete_form(wanted, *answered);
      co_return answered;
    }
  }
  co_return error(errc::unsupported, "this client does not answer " + method);
}

void session_core::forget_lists(const char* kind) {
  const std::string_view what(kind);
  if (what == "tools") {
    cache_.forget("tools/list");
  } else if (what == "prompts") {
    cache_.forget("prompts/list");
  } else {
    cache_.forget("resources/list");
    cache_.forget("resources/templates/list");
  }
}

void session_core::take_notification(message what) {
  const session_callbacks& has = options_->callbacks;
  const std::string& method = what.method;
  const auto tell = [](const std::function<void()>& whom) {
    if (whom) whom();
  };
  if (method == "notifications/progress") {
    take_progress(what.body);
  } else if (method == "notifications/message") {
    if (!has.on_log) return;
    log_line out;
    if (const auto* level = text_member(what.body, "level")) out.level = *level;
    // Not every server keeps to the level that was asked for.
    if (const auto severity = log_severity(out.level); severity && *severity < log_severity(log_level_).value_or(0)) return;
    if (const auto* logger = text_member(what.body, "logger")) out.logger = *logger;
    if (auto data = what.body.find("data"); data != what.body.end()) out.data = std::move(*data);
    has.on_log(std::move(out));
  } else if (method == "notifications/tools/list_changed") {
    forget_lists("tools");
    tell(has.on_tools_changed);
  } else if (method == "notifications/prompts/list_changed") {
    forget_lists("prompts");
    tell(has.on_prompts_changed);
  } else if (method == "notifications/resources/list_changed") {
    forget_lists("resources");
    tell(has.on_resources_changed);
  } else if (method == "notifications/resources/updated") {
    const auto* uri = text_member(what.body, "uri");
    if (!uri) return;
    const std::string which = *uri;
    cache_.forget("resources/read", which);
    if (has.on_resource_updated) has.on_resource_updated(which);
  } else if (method == "notifications/cancelled") {
    const json* id = member(what.body, "requestId");
    const auto found = id ? questions_.find(write_json(*id)) : questions_.end();
    if (found == questions_.end()) {
      // The server ends a subscription.
      if (id && number_of(*id) == subscription_id_) on_failed(subscription_id_, error(errc::connection_failed, "the MCP server ended the subscription"));
      return;
    }
    const auto one = found->second;
    questions_.erase(found);
    one->stop.emit(asio::cancellation_type::terminal);
  }
}

// ---- the subscription of the modern era -------------------------------------------------------------------------------

json session_core::wanted_notifications() const {
  const session_callbacks& has = options_->callbacks;
  json out = json::object();
  if (has.on_tools_changed && server_.has("tools", "listChanged")) out["toolsListChanged"] = true;
  if (has.on_prompts_changed && server_.has("prompts", "listChanged")) out["promptsListChanged"] = true;
  if (has.on_resources_changed && server_.has("resources", "listChanged")) out["resourcesListChanged"] = true;
  if (!subscribed_.empty()) out["resourceSubscriptions"] = subscribed_;
  return out;
}

/// Asks for what is wanted now; what was asked for before ends.
void session_core::listen_modern() {
  const unsigned serial = ++subscription_serial_;
  if (subscription_id_ != 0) give_up(std::exchange(subscription_id_, 0), error(errc::cancelled, "another subscription takes its place"));
  if (!options_->listen || wanted_notifications().empty()) return;
  asio::co_spawn(executor_, run_subscription(shared_from_this(), serial), [](std::exception_ptr) {});
}

task<void> session_core::run_subscription(self_ptr self, unsigned serial) {
  auto wait = first_pause;
  const auto current = [self, serial] { return self->subscription_serial_ == serial && self->phase_ != phase::closed && self->server_.modern; };
  while (current()) {
    json params = json::object();
    params["notifications"] = self->wanted_notifications();
    draft ask("subscriptions/listen", std::move(params));
    ask.endless = true;
    self->subscription_id_ = self->next_id_ + 1;
    const time_point began = self->options_->clock->now();
    auto ended = co_await exchange(self, std::move(ask));
    if (!current()) co_return;
    self->subscription_id_ = 0;
    // An end that is no failure of the request means: ask again. So does a connection that broke; a lost program is asked after its restart.
    if (ended && ended->what.what == message::kind::failure) co_return;
    if (!ended && !(ended.error() == errc::connection_failed || ended.error() == errc::unavailable)) co_return;
    if (!self->is_http() && !ended && self->phase_ != phase::ready) co_return;
    const bool was_long = self->options_->clock->now() - began > longest_pause;
    if (was_long) wait = first_pause;
    co_await pause(self->options_->clock, self->executor_, wait);
    wait = std::min(wait * 2, longest_pause);
  }
}

}  // namespace utcp::mcp
