// What an MCP session can do besides calling tools, without the rest of UTCP: `mcp_tour URL` or `mcp_tour PROGRAM ARGUMENT…`.
// Prints one JSON object that says what the server has and answered.

#include <utcp/document.hpp>
#include <utcp/mcp/session.hpp>
#include <utcp/net/program_policy.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <string>

namespace {

using namespace utcp;

mcp::server_address address_of(const std::vector<std::string>& words) {
  if (words[0].starts_with("http")) {
    mcp::http_server out;
    out.url = words[0];
    return out;
  }
  mcp::stdio_server out;
  out.process.environment = net::make_environment(std::nullopt, {});
  out.process.program = net::find_program(words[0], net::path_of_this_process(), ".").value();
  out.process.arguments = words;
  out.process.supervisor = net::find_supervisor();
  return out;
}

/// What this client offers: servers show more tools to one that can answer their questions.
mcp::session_options offers(json& seen) {
  mcp::session_options out;
  out.client = mcp::implementation("mcp_tour", "1");
  out.callbacks.roots = [] { return std::vector<json>(1, json{{"uri", "file:///tmp"}, {"name", "scratch"}}); };
  out.callbacks.sample = [](json) -> task<result<json>> {
    co_return json{{"role", "assistant"}, {"model", "none"}, {"content", {{"type", "text"}, {"text", "a sampled answer"}}}};
  };
  out.callbacks.fill_form = [](json) -> task<result<json>> { co_return json{{"action", "accept"}, {"content", {{"name", "Ann"}}}}; };
  out.callbacks.on_log = [&seen](mcp::log_line) { seen["log_lines"] = seen.value("log_lines", 0) + 1; };
  out.callbacks.on_resource_updated = [&seen](std::string) { seen["updates"] = seen.value("updates", 0) + 1; };
  return out;
}

task<void> look_at_resources(mcp::session& server, json& seen) {
  auto resources = co_await server.list_resources();
  auto templates = co_await server.list_resource_templates();
  if (!resources || !templates) co_return;
  seen["resources"] = resources->size();
  seen["templates"] = templates->size();
  if (resources->empty()) co_return;
  const std::string uri = resources->front().value("uri", "");
  auto read = co_await server.read_resource(uri);
  seen["read"] = read && !(*read)["contents"].empty();
  auto subscribed = co_await server.subscribe(uri);
  seen["subscribed"] = subscribed.has_value();
  if (subscribed) co_await server.unsubscribe(uri);
}

task<void> look_at_prompts(mcp::session& server, json& seen) {
  auto prompts = co_await server.list_prompts();
  if (!prompts) co_return;
  seen["prompts"] = prompts->size();
  for (const json& each : *prompts) {
    const json arguments = each.value("arguments", json::array());
    const std::string name = each.value("name", "");
    if (arguments.empty()) {
      auto got = co_await server.get_prompt(name, json());
      seen["prompt"] = got && !(*got)["messages"].empty();
      continue;
    }
    json reference{{"type", "ref/prompt"}, {"name", name}};
    auto completed = co_await server.complete(std::move(reference), arguments[0].value("name", ""), "", json());
    if (completed && !completed->values.empty()) seen["completions"][name] = completed->values;
  }
}

task<void> tour(mcp::session& server, json& seen) {
  auto tools = co_await server.list_tools();
  if (!tools) {
    seen["error"] = tools.error().message;
    co_return;
  }
  seen["revision"] = server.server().revision;
  seen["tools"] = tools->size();
  for (const mcp::tool& each : *tools) {
    const std::string& name = each.name();
    json arguments = json::object();
    if (name == "trigger-sampling-request") arguments["prompt"] = "hello";
    else if (name != "trigger-elicitation-request" && name != "get-roots-list") continue;
    auto done = co_await server.call_tool(name, std::move(arguments));
    seen["called"][name] = done ? done->text() : done.error().message;
  }
  if (server.server().has("resources")) co_await look_at_resources(server, seen);
  if (server.server().has("prompts")) co_await look_at_prompts(server, seen);
  auto level = co_await server.set_log_level("debug");
  seen["log_level"] = level.has_value();
  auto alive = co_await server.ping();
  seen["ping"] = alive.has_value();
  co_await server.close();
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::cerr << "usage: mcp_tour URL | PROGRAM ARGUMENT...\n";
    return 2;
  }
  boost::asio::io_context io(1);
  json seen = json::object();
  mcp::session server(io.get_executor(), address_of(std::vector<std::string>(words + 1, words + count)), offers(seen));
  boost::asio::co_spawn(io, tour(server, seen), [&](std::exception_ptr) { io.stop(); });
  io.run();
  std::cout << write_json(seen) << "\n";
  return seen.contains("error") ? 1 : 0;
}
