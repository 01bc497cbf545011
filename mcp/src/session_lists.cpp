// Lists, tools, resources: what an application asks for.

#include "session_core.hpp"

#include "json_members.hpp"

#include <utcp/document.hpp>
#include <utcp/mcp/revision.hpp>

namespace utcp::mcp {

/// All pages of a list.
task<result<std::vector<json>>> session_core::list(self_ptr self, std::string method, std::string key) {
  auto fine = co_await ready(self);
  if (!fine) co_return fine.error();
  const session_options& limits = *self->options_;
  std::vector<json> out;
  std::set<std::string> seen;
  std::optional<std::string> cursor;
  for (std::size_t page = 0;; ++page) {
    if (page == limits.max_pages) co_return error(errc::too_large, method + ": the MCP server has more than " + std::to_string(page) + " pages");
    const std::string where = cursor ? "=" + *cursor : std::string();
    json got;
    if (const json* kept = self->cache_.find(method, where, limits.clock->now())) {
      got = *kept;
    } else {
      json params = json::object();
      if (cursor) params["cursor"] = *cursor;
      draft ask(method, std::move(params));
      const unsigned generation = self->generation_;
      auto answered = co_await perform(self, std::move(ask));
      if (!answered) {
        if (cursor) self->cache_.forget(method);  // the pages no longer belong together
        co_return answered.error();
      }
      if (generation != self->generation_ && cursor) co_return error(errc::connection_failed, method + ": the MCP server was started anew while it was read");
      got = *std::move(answered);
      self->cache_.put(method, where, got, limits.clock->now());
    }
    auto items = got.find(key);
    if (!got.is_object() || items == got.end() || !items->is_array()) co_return error(errc::protocol_error, method + ": the MCP server's answer has no \"" + key + "\"");
    if (out.size() + items->size() > limits.max_items) co_return error(errc::too_large, method + ": the MCP server lists more than " + std::to_string(limits.max_items));
    for (json& each : *items) out.push_back(std::move(each));
    // An empty text is a cursor, too.
    const auto* next = text_member(got, "nextCursor");
    if (!next) co_return out;
    if (!seen.insert(*next).second) co_return error(errc::protocol_error, method + ": the MCP server gives the same cursor again");
    cursor = *next;
  }
}

/// Keeps what calls need of the list, and drops tools whose annotations are not valid.
void session_core::read_tool_rules(std::vector<json>& tools) {
  rules_.clear();
  task_tools_.clear();
  listed_tools_ = true;
  std::erase_if(tools, [&](const json& each) {
    const auto* name = text_member(each, "name");
    if (!name || name->empty()) {
      on_notice("left out a tool of the MCP server that has no name");
      return true;
    }
    if (server_.modern && is_http()) {
      const json* schema = object_member(each, "inputSchema");
      auto rules = schema ? read_header_rules(*schema) : result<std::vector<header_rule>>(std::vector<header_rule>());
      if (!rules) {
        on_notice("left out the tool \"" + *name + "\" of the MCP server: " + rules.error().message);
        return true;
      }
      if (!rules->empty()) rules_[*name] = *std::move(rules);
    }
    if (const json* execution = object_member(each, "execution"))
      if (const auto* support = text_member(*execution, "taskSupport"); support && (*support == "required" || *support == "optional")) task_tools_[*name] = *support == "required";
    return false;
  });
}

task<result<std::vector<tool>>> session_core::list_tools(self_ptr self) {
  auto listed = co_await list(self, "tools/list", "tools");
  if (!listed) co_return listed.error();
  std::vector<json> all = *std::move(listed);
  self->read_tool_rules(all);
  std::vector<tool> out;
  out.reserve(all.size());
  for (json& each : all) out.emplace_back(std::move(each));
  co_return out;
}

task<result<json>> session_core::call_tool(self_ptr self, std::string name, json arguments, request_options how) {
  if (self->phase_ != phase::ready) {
    auto fine = co_await ready(self);
    if (!fine) co_return fine.error();
  }
  const auto ask = std::make_shared<draft>("tools/call", json::object());
  ask->can_ask = true;
  ask->how = std::move(how);
  if (self->server_.modern && self->is_http()) {
    // The headers of a call come from the tool's schema.
    if (!self->listed_tools_) {
      auto listed = co_await list_tools(self);
      if (!listed && (listed.error() == errc::cancelled || listed.error() == errc::timed_out || listed.error() == errc::connection_failed)) co_return listed.error();
      self->listed_tools_ = true;
    }
    ask->name = header_value(name);
    if (const auto rules = self->rules_.find(name); rules != self->rules_.end()) ask->parameters = parameter_headers(rules->second, arguments);
  }
  if (!self->server_.modern && self->options_->tasks && self->server_.has("tasks")) {
    const auto found = self->task_tools_.find(name);
    if (found != self->task_tools_.end() && found->second) ask->params["task"] = json::object();
  }
  ask->params["name"] = std::move(name);
  ask->params["arguments"] = std::move(arguments);
  auto got = co_await perform(self, ask);
  // Before 2026-07-28 structured content is an object; some servers write null when they have none.
  if (const json* structured = got ? member(*got, "structuredContent") : nullptr; structured && structured->is_null() && !self->server_.modern) got->erase("structuredContent");
  co_return got;
}

task<result<json>> session_core::read_resource(self_ptr self, std::string uri, request_options how) {
  auto fine = co_await ready(self);
  if (!fine) co_return fine.error();
  if (const json* kept = self->cache_.find("resources/read", uri, self->options_->clock->now())) {
    if (how.max_response_bytes != 0 && write_json(*kept).size() > how.max_response_bytes)
      co_return error(errc::too_large, "resources/read: the answer has more than " + std::to_string(how.max_response_bytes) + " bytes");
    co_return *kept;
  }
  json params = json::object();
  params["uri"] = uri;
  draft ask("resources/read", std::move(params));
  ask.how = std::move(how);
  ask.can_ask = true;
  ask.name = header_value(uri);
  auto got = co_await perform(self, std::move(ask));
  if (!got) co_return got;
  if (!got->is_object() || !got->contains("contents")) co_return error(errc::protocol_error, "resources/read: the MCP server's answer has no \"contents\"");
  self->cache_.put("resources/read", uri, *got, self->options_->clock->now());
  co_return got;
}

task<result<void>> session_core::subscribe(self_ptr self, std::string uri, bool on) {
  auto fine = co_await ready(self);
  if (!fine) co_return fine;
  if (!self->server_.has("resources", "subscribe")) co_return error(errc::unsupported, "the MCP server offers no subscriptions to resources");
  if (self->server_.modern) {
    if (on) self->subscribed_.insert(uri);
    else self->subscribed_.erase(uri);
    self->listen_modern();
    co_return result<void>();
  }
  json params = json::object();
  params["uri"] = uri;
  draft ask("resources/unsubscribe", std::move(params));
  if (on) ask.method = "resources/subscribe";
  auto done = co_await perform(self, std::move(ask));
  if (!done) co_return done.error();
  if (on) self->subscribed_.insert(uri);
  else self->subscribed_.erase(uri);
  co_return result<void>();
}

}  // namespace utcp::mcp
