// One request from beginning to end: connections that were lost, sessions that ran out, questions of the server, tasks.

#include "session_core.hpp"

#include "json_members.hpp"

#include <utcp/mcp/revision.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

constexpr std::chrono::milliseconds shortest_poll{50};
constexpr std::chrono::milliseconds usual_poll{1'000};
constexpr std::chrono::milliseconds longest_poll{60'000};
constexpr int max_recoveries = 3;

std::int64_t code_of(const message& failure) {
  const json* code = member(failure.body, "code");
  return code ? number_of(*code).value_or(0) : 0;
}

/// Servers that say 400 for a session they no longer know use a code of their own.
bool is_servers_own_code(std::int64_t code) { return code == 0 || code == rpc::invalid_request || (code <= -32000 && code >= -32019); }

std::chrono::milliseconds poll_wait(const json& task) {
  for (const char* key : {"pollIntervalMs", "pollInterval"})
    if (const json* given = member(task, key))
      if (const auto ms = whole_number(*given)) return std::clamp(std::chrono::milliseconds(std::min<std::uint64_t>(*ms, 3'600'000)), shortest_poll, longest_poll);
  return usual_poll;
}

std::string text_or(const json& of, const char* key, const char* otherwise) {
  const auto* found = text_member(of, key);
  return found ? *found : otherwise;
}

}  // namespace

/// Sends a request until it is answered, and makes the connection where there is none. Gives the result object.
task<result<json>> session_core::attempt(self_ptr self, std::shared_ptr<draft> asked) {
  for (int tries = 0;; ++tries) {
    if (self->phase_ != phase::ready) {
      auto fine = co_await ready(self);
      if (!fine) co_return fine.error();
    }
    const unsigned generation = self->generation_;
    auto got = co_await exchange(self, std::shared_ptr<const draft>(asked));
    if (got && got->what.what == message::kind::result) co_return std::move(got->what.body);
    error why = got ? error_of_failure(got->what.body, asked->method) : std::move(got).error();
    answer failed;
    if (got) failed = *std::move(got);
    else failed.status = status_of(why);
    if (tries == max_recoveries) co_return why;
    auto again = co_await recover(self, asked, std::move(failed), generation, tries);
    if (!again) co_return again.error();
    if (!*again) co_return why;
  }
}

/// Whether the request is worth another try, after what can be mended was mended.
task<result<bool>> session_core::recover(self_ptr self, std::shared_ptr<draft> what, answer got, unsigned generation, int tries) {
  const std::int64_t code = code_of(got.what);
  const bool modern = self->server_.modern;
  if (!modern && self->wire_ && self->wire_->has_session() && tries == 0 && (got.status == 404 || (got.status == 400 && is_servers_own_code(code)))) {
    self->expire(generation);  // the server no longer knows the session
    co_return true;
  }
  if (modern && code == rpc::unsupported_revision && tries == 0) {
    self->known_modern_.reset();
    self->expire(generation);
    co_return true;
  }
  if (modern && code == rpc::header_mismatch && what->method == "tools/call" && tries == 0) {
    self->cache_.forget("tools/list");
    auto listed = co_await list_tools(self);
    if (!listed) co_return listed.error();
    const auto found = self->rules_.find(text_or(what->params, "name", ""));
    what->parameters.clear();
    if (const json* arguments = member(what->params, "arguments"); arguments && found != self->rules_.end()) what->parameters = parameter_headers(found->second, *arguments);
    co_return true;
  }
  if (code == rpc::url_elicitation_required && self->options_->callbacks.open_url) co_return co_await consent(self, std::move(got.what.body));
  co_return false;
}

/// Shows the URLs that a server wants visited before it goes on. Source: MCP 2025-11-25, URL mode elicitation.
task<bool> session_core::consent(self_ptr self, json failure) {
  const json* data = member(failure, "data");
  const json* wanted = data ? member(*data, "elicitations") : nullptr;
  if (!wanted || !wanted->is_array() || wanted->empty() || wanted->size() > self->options_->max_questions) co_return false;
  for (const json& each : *wanted) {
    if (text_or(each, "mode", "") != "url") co_return false;
    json params = each;
    auto answered = co_await ask_application(self, "elicitation/create", std::move(params));
    if (!answered || text_or(*answered, "action", "") != "accept") co_return false;
  }
  co_return true;
}

/// Answers what the server wants to know before it goes on. Source: MCP 2026-07-28, multi round-trip requests.
task<result<json>> session_core::gather(self_ptr self, json questions) {
  json out = json::object();
  if (questions.is_null()) co_return out;
  if (!questions.is_object()) co_return error(errc::protocol_error, "the MCP server's inputRequests are no object");
  if (questions.size() > self->options_->max_questions) co_return error(errc::too_large, "the MCP server asks " + std::to_string(questions.size()) + " questions at once");
  for (auto& [key, question] : questions.items()) {
    const json* params = member(question, "params");
    json given = params ? *params : json::object();
    auto answered = co_await ask_application(self, text_or(question, "method", ""), std::move(given));
    if (!answered) co_return answered.error();
    out[key] = *std::move(answered);
  }
  co_return out;
}

/// A request and all rounds of it.
task<result<json>> session_core::perform(self_ptr self, std::shared_ptr<draft> asked) {
  draft& what = *asked;
  for (unsigned round = 0;; ++round) {
    auto got = co_await attempt(self, asked);
    if (!got) co_return got;
    if (!self->server_.modern) {
      if (what.method == "tools/call" && member(what.params, "task") && object_member(*got, "task")) co_return co_await legacy_task(self, asked, *std::move(got));
      co_return got;
    }
    const std::string type = text_or(*got, "resultType", "complete");
    if (type == "complete") co_return got;
    if (type == "task" && self->options_->tasks && what.method == "tools/call") co_return co_await follow_task(self, asked, *std::move(got));
    if (type != "input_required" || !what.can_ask) co_return error(errc::protocol_error, what.method + ": the MCP server answered with an unknown resultType", *std::move(got));
    if (round >= self->options_->max_rounds) co_return error(errc::too_large, what.method + ": the MCP server asked for input " + std::to_string(round + 1) + " times");
    const json* wanted = member(*got, "inputRequests");
    const auto* state = text_member(*got, "requestState");
    if (!wanted && !state) co_return error(errc::protocol_error, what.method + ": the MCP server wants input but does not say which", *std::move(got));
    json questions;
    if (wanted) questions = *wanted;
    auto answers = co_await gather(self, std::move(questions));
    if (!answers) co_return answers.error();
    // What belongs to an earlier round is not sent again.
    what.params.erase("requestState");
    what.params.erase("inputResponses");
    if (!answers->empty()) what.params["inputResponses"] = *std::move(answers);
    if (state) what.params["requestState"] = *state;
  }
}

// ---- tasks ------------------------------------------------------------------------------------------------------------

void session_core::cancel_task(const std::string& id) {
  json params = json::object();
  params["taskId"] = id;
  draft cancel("tasks/cancel", std::move(params));
  cancel.name = header_value(id);
  start(std::move(cancel), completion_handler<answer>([](result<answer>) {}));
}

/// Waits for the end of a task that the server made of a call. Source: MCP extension "tasks".
task<result<json>> session_core::follow_task(self_ptr self, std::shared_ptr<const draft> what, json created) {
  const std::string id = text_or(created, "taskId", "");
  if (id.empty()) co_return error(errc::protocol_error, what->method + ": the MCP server made a task without an id");
  const time_point now = self->options_->clock->now();
  const time_point deadline = std::min(what->how.deadline, now + self->options_->longest_request);
  std::optional<result<json>> out;
  try {
    out = co_await poll_task(self, id, std::move(created), deadline);
  } catch (const std::exception&) {  // cancelled
    self->cancel_task(id);
    throw;
  }
  if (!*out && (out->error() == errc::timed_out || out->error() == errc::cancelled)) self->cancel_task(id);
  co_return *std::move(out);
}

task<result<json>> session_core::poll_task(self_ptr self, std::string id, json created, time_point deadline) {
  json state = std::move(created);
  unsigned rounds = 0;
  std::set<std::string> answered;
  for (;;) {
    const std::string status = text_or(state, "status", "");
    if (status == "completed") {
      const json* done = object_member(state, "result");
      if (done) co_return *done;
    } else if (status == "failed") {
      const json* failure = object_member(state, "error");
      if (failure) co_return error_of_failure(*failure, "tools/call");
      co_return error(errc::remote_failed, "the task of the MCP server failed: " + text_or(state, "statusMessage", "no reason given"), state);
    } else if (status == "cancelled") {
      co_return error(errc::remote_failed, "the task of the MCP server was cancelled", state);
    } else if (status == "input_required") {
      json fresh = json::object();
      if (const json* asked = object_member(state, "inputRequests"))
        for (const auto& [key, question] : asked->items())
          if (answered.insert(key).second) fresh[key] = question;
      if (!fresh.empty()) {
        if (++rounds > self->options_->max_rounds) co_return error(errc::too_large, "the task of the MCP server asks again and again");
        auto answers = co_await gather(self, std::move(fresh));
        if (!answers) co_return answers.error();
        json params = json::object();
        params["taskId"] = id;
        params["inputResponses"] = *std::move(answers);
        draft update("tasks/update", std::move(params));
        update.name = header_value(id);
        auto taken = co_await attempt(self, std::move(update));
        if (!taken) co_return taken;
      }
    } else if (status != "working") {
      co_return error(errc::protocol_error, "the task of the MCP server has no known status", state);
    }
    if (self->options_->clock->now() >= deadline) co_return error(errc::timed_out, "the task of the MCP server did not end in time");
    if (status != "completed") co_await pause(self->options_->clock, self->executor_, poll_wait(state));
    json params = json::object();
    params["taskId"] = id;
    draft poll("tasks/get", std::move(params));
    poll.name = header_value(id);
    auto next = co_await attempt(self, std::move(poll));
    if (!next) co_return next;
    if (text_or(*next, "status", "") == "completed" && !object_member(*next, "result")) co_return error(errc::protocol_error, "the task of the MCP server ended without a result", *std::move(next));
    state = *std::move(next);
  }
}

/// The same of revision 2025-11-25: the result is fetched, which waits for it.
task<result<json>> session_core::legacy_task(self_ptr self, std::shared_ptr<const draft> what, json created) {
  const std::string id = text_or(created["task"], "taskId", "");
  if (id.empty()) co_return error(errc::protocol_error, what->method + ": the MCP server made a task without an id");
  const time_point deadline = std::min(what->how.deadline, self->options_->clock->now() + self->options_->longest_request);
  json state = std::move(created["task"]);
  for (;;) {
    const std::string status = text_or(state, "status", "");
    if (status == "completed" || status == "failed" || status == "input_required") break;
    if (status == "cancelled") co_return error(errc::remote_failed, "the task of the MCP server was cancelled", state);
    if (status != "working" && status != "submitted") co_return error(errc::protocol_error, "the task of the MCP server has no known status", state);
    if (self->options_->clock->now() >= deadline) {
      self->cancel_task(id);
      co_return error(errc::timed_out, "the task of the MCP server did not end in time");
    }
    co_await pause(self->options_->clock, self->executor_, poll_wait(state));
    json params = json::object();
    params["taskId"] = id;
    draft poll("tasks/get", std::move(params));
    auto next = co_await attempt(self, std::move(poll));
    if (!next) co_return next;
    state = *std::move(next);
  }
  json params = json::object();
  params["taskId"] = id;
  draft fetch("tasks/result", std::move(params));
  fetch.how = what->how;
  fetch.how.timeout = self->options_->longest_request;
  co_return co_await attempt(self, std::move(fetch));
}

}  // namespace utcp::mcp
