#include <utcp/mcp/session.hpp>

#include "http_channel.hpp"
#include "json_members.hpp"
#include "session_core.hpp"

#include <utcp/document.hpp>
#include <utcp/mcp/revision.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace utcp::mcp {
namespace {

/// What Asio throws after a cancellation becomes a value.
template <class T>
task<result<T>> guarded(task<result<T>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const std::exception& thrown) {
    co_return error_of_thrown(thrown);
  }
}

/// The same, and what comes is read.
template <class T>
task<result<T>> guarded(task<result<json>> work, result<T> (*read)(json)) {
  try {
    auto got = co_await std::move(work);
    if (!got) co_return std::move(got).error();
    co_return read(*std::move(got));
  } catch (const std::exception& thrown) {
    co_return error_of_thrown(thrown);
  }
}

task<result<void>> discard(task<result<json>> work) {
  auto done = co_await std::move(work);
  if (!done) co_return done.error();
  co_return result<void>();
}

result<call_result> as_call_result(json got) {
  if (!got.is_object()) return error(errc::protocol_error, "tools/call: the MCP server's result is no object");
  return read_call_result(std::move(got));
}

result<completion> as_completion(json got) {
  const json* found = object_member(got, "completion");
  const json* values = found ? member(*found, "values") : nullptr;
  if (!values || !values->is_array()) return error(errc::protocol_error, "completion/complete: the MCP server's answer has no values");
  completion out;
  for (const json& each : *values)
    if (each.is_string()) out.values.push_back(each.get<std::string>());
  if (const json* total = member(*found, "total"); total && total->is_number_integer()) out.total = total->get<std::int64_t>();
  if (const json* more = member(*found, "hasMore"); more && more->is_boolean()) out.has_more = more->get<bool>();
  return out;
}

}  // namespace

// ---- the state's part --------------------------------------------------------------------------------------------------

void session_core::shut() noexcept {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  ++subscription_serial_;
  fail_all(error(errc::cancelled, "the MCP session was closed"));
  const auto questions = std::move(questions_);
  questions_.clear();
  for (const auto& each : questions) each.second->stop.emit(boost::asio::cancellation_type::terminal);
  if (const auto one = attempt_.lock()) one->stop.emit(boost::asio::cancellation_type::terminal);
}

task<void> session_core::close(self_ptr self) {
  self->shut();
  const auto over = std::exchange(self->wire_, nullptr);
  if (!over) co_return;
  try {
    co_await over->close();
  } catch (const std::exception&) {  // cancelled: it goes on ending by itself
  }
}

void session_core::end() noexcept {
  shut();
  const auto over = std::exchange(wire_, nullptr);
  if (over) boost::asio::co_spawn(executor_, over->close(), boost::asio::detached);
}

task<result<void>> session_core::ping(self_ptr self) {
  auto fine = co_await ready(self);
  if (!fine) co_return fine;
  draft ask("ping", json());
  if (self->server_.modern) ask.method = "server/discover";
  co_return co_await discard(perform(self, std::move(ask)));
}

task<result<void>> session_core::roots_changed(self_ptr self) {
  auto fine = co_await ready(self);
  if (!fine || self->server_.modern || !self->options_->callbacks.roots) co_return fine;  // the modern era asks anew each time
  co_return co_await tell(self, "notifications/roots/list_changed", json());
}

task<result<void>> session_core::tell(self_ptr self, std::string method, json params) {
  auto fine = co_await ready(self);
  if (!fine) co_return fine;
  std::string text;
  if (!params.is_null()) text = write_json(params);
  const auto over = self->wire_;
  co_return co_await over->tell(write_notification(method, text));
}

task<result<void>> session_core::set_log_level(self_ptr self, std::string level) {
  if (!log_severity(level)) co_return error(errc::invalid_argument, "\"" + level + "\" is no level of a log");
  auto fine = co_await ready(self);
  if (!fine) co_return fine;
  if (!self->server_.modern) {
    if (!self->server_.has("logging")) co_return error(errc::unsupported, "the MCP server keeps no log for clients");
    json params = json::object();
    params["level"] = level;
    draft ask("logging/setLevel", std::move(params));
    auto done = co_await perform(self, std::move(ask));
    if (!done) co_return done.error();
  }
  self->log_level_ = std::move(level);
  self->write_meta();
  co_return result<void>();
}

// ---- the handle -------------------------------------------------------------------------------------------------------

session::session(boost::asio::any_io_executor executor, server_address server, session_options options)
    : core_(std::make_shared<session_core>(std::move(executor), std::move(server), std::move(options))) {}

session::~session() {
  if (core_) core_->end();
}

task<result<void>> session::connect() { return guarded(session_core::ready(core_)); }
task<void> session::close() { return session_core::close(core_); }
const server_description& session::server() const noexcept { return core_->server(); }
task<result<std::vector<tool>>> session::list_tools() { return guarded(session_core::list_tools(core_)); }
task<result<std::vector<json>>> session::list_resources() { return guarded(session_core::list(core_, "resources/list", "resources")); }
task<result<std::vector<json>>> session::list_resource_templates() { return guarded(session_core::list(core_, "resources/templates/list", "resourceTemplates")); }
task<result<std::vector<json>>> session::list_prompts() { return guarded(session_core::list(core_, "prompts/list", "prompts")); }

task<result<call_result>> session::call_tool(std::string name, json arguments, request_options how) {
  return guarded(session_core::call_tool(core_, std::move(name), std::move(arguments), std::move(how)), as_call_result);
}

task<result<json>> session::read_resource(std::string uri, request_options how) { return guarded(session_core::read_resource(core_, std::move(uri), std::move(how))); }
task<result<void>> session::subscribe(std::string uri) { return guarded(session_core::subscribe(core_, std::move(uri), true)); }
task<result<void>> session::unsubscribe(std::string uri) { return guarded(session_core::subscribe(core_, std::move(uri), false)); }

task<result<json>> session::get_prompt(std::string name, json arguments) {
  json params = json::object();
  params["name"] = name;
  if (!arguments.is_null() && !arguments.empty()) params["arguments"] = std::move(arguments);
  draft ask("prompts/get", std::move(params));
  ask.can_ask = true;
  ask.name = header_value(name);
  return guarded(session_core::perform(core_, std::move(ask)));
}

task<result<completion>> session::complete(json reference, std::string argument, std::string value, json context) {
  json params = json::object();
  params["ref"] = std::move(reference);
  params["argument"]["name"] = std::move(argument);
  params["argument"]["value"] = std::move(value);
  if (!context.is_null()) params["context"]["arguments"] = std::move(context);
  return guarded(session_core::perform(core_, draft("completion/complete", std::move(params))), as_completion);
}

task<result<void>> session::ping() { return guarded(session_core::ping(core_)); }
task<result<void>> session::set_log_level(std::string level) { return guarded(session_core::set_log_level(core_, std::move(level))); }
task<result<void>> session::roots_changed() { return guarded(session_core::roots_changed(core_)); }

task<result<json>> session::request(std::string method, json params, request_options how) {
  draft ask(std::move(method), std::move(params));
  ask.how = std::move(how);
  ask.can_ask = ask.method == "tools/call" || ask.method == "prompts/get" || ask.method == "resources/read";
  const char* key = ask.method == "resources/read" ? "uri" : "name";
  if (ask.can_ask)
    if (const auto* name = text_member(ask.params, key)) ask.name = header_value(*name);
  return guarded(session_core::perform(core_, std::move(ask)));
}

}  // namespace utcp::mcp
