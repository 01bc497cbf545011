// An MCP server on stdin and stdout that misbehaves as its first argument says; the tests of mcp run it.

#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>

namespace {

using json = nlohmann::json;

std::string mode;

bool is(const char* name) { return mode == name; }

void raw(const std::string& text) {
  std::cout << text;
  std::cout.flush();
}

void say(const json& what) { raw(what.dump() + "\n"); }

void answer(const json& id, json result) { say({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}); }
void fail(const json& id, int code, const char* text, json data = nullptr) {
  json error{{"code", code}, {"message", text}};
  if (!data.is_null()) error["data"] = std::move(data);
  say({{"jsonrpc", "2.0"}, {"id", id}, {"error", error}});
}
void note(const char* method, json params) { say({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}); }

json text_result(const std::string& text) { return {{"content", json::array({{{"type", "text"}, {"text", text}}})}}; }

json tool(const std::string& name) { return {{"name", name}, {"description", "d"}, {"inputSchema", {{"type", "object"}}}}; }

void on_list(const json& message) {
  const json params = message.value("params", json::object());
  if (is("same_cursor")) return answer(message["id"], {{"tools", json::array({tool("a")})}, {"nextCursor", "again"}});
  if (is("endless_pages")) {
    static int page = 0;
    return answer(message["id"], {{"tools", json::array({tool("t" + std::to_string(page))})}, {"nextCursor", std::to_string(page++)}});
  }
  if (is("empty_cursor")) {
    if (params.contains("cursor")) return answer(message["id"], {{"tools", json::array({tool("second")})}});
    return answer(message["id"], {{"tools", json::array({tool("first")})}, {"nextCursor", ""}});
  }
  if (is("no_list")) return answer(message["id"], {{"tools", "none"}});
  if (is("peer")) {
    json tools = json::array();
    for (const char* name : {"ok", "echo", "fails", "sleeps", "huge", "dies", "half", "wrong_id", "no_object"}) tools.push_back(tool(name));
    return answer(message["id"], {{"tools", tools}});
  }
  answer(message["id"], {{"tools", json::array({tool("echo")})}});
}

/// The peer of the conformance suite.
void on_peer_call(const json& message) {
  const json id = message["id"];
  const std::string name = message["params"]["name"];
  const json arguments = message["params"].value("arguments", json::object());
  if (name == "ok") return answer(id, text_result("fine"));
  if (name == "echo") return answer(id, {{"content", json::array()}, {"structuredContent", arguments}});
  if (name == "fails") {
    json result = text_result("it broke");
    result["isError"] = true;
    return answer(id, result);
  }
  if (name == "huge") return answer(id, text_result(std::string(16 << 20, 'x')));
  if (name == "dies") std::exit(3);
  if (name == "half") {
    raw(R"({"jsonrpc":"2.0","id":)");
    std::exit(0);
  }
  if (name == "wrong_id") return answer(424242, text_result("not yours"));
  if (name == "no_object") return answer(id, 7);
}

void on_call(const json& message) {
  const json id = message["id"];
  const std::string text = message["params"].value("arguments", json::object()).value("text", "");
  if (text == "pid") return answer(id, text_result(std::to_string(::getpid())));
  if (is("half")) {
    raw(R"({"jsonrpc":"2.0","id":)");
    std::exit(0);
  }
  if (is("huge") && text == "huge") {
    raw(R"({"jsonrpc":"2.0","id":)" + id.dump() + R"(,"result":{"content":[{"type":"text","text":")");
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 100; ++i) raw(block);
    raw("\"}]}}\n");
    return;
  }
  if (is("huge_id_last") && text == "huge") {
    raw(R"({"result":{"content":[{"type":"text","text":")" + std::string(3 << 20, 'x') + "\"}]},\"jsonrpc\":\"2.0\",\"id\":" + id.dump() + "}\n");
    return;
  }
  if (is("wrong_id")) return answer(424242, text_result("not yours"));
  if (is("twice")) {
    answer(id, text_result("first"));
    answer(id, text_result("second"));
    return;
  }
  if (is("silent")) return;
  if (is("flood")) {
    for (int i = 0; i < 5'000; ++i) {
      note("notifications/message", {{"level", "info"}, {"data", i}});
      note("notifications/progress", {{"progressToken", 99'999'999}, {"progress", i}});
      note("notifications/made_up", json::object());
    }
    std::cerr << std::string(1 << 20, 'e') << std::flush;
    return answer(id, text_result("after the flood"));
  }
  if (is("dies")) std::exit(3);
  if (is("changes")) note("notifications/tools/list_changed", json::object());
  if (is("asks")) {
    // Wants to hear a refusal before it answers.
    say({{"jsonrpc", "2.0"}, {"id", "q1"}, {"method", "sampling/createMessage"}, {"params", {{"messages", json::array()}}}});
    std::string line;
    std::getline(std::cin, line);
    const json said = json::parse(line);
    return answer(id, text_result(said.contains("error") ? "refused " + said["error"]["code"].dump() : "answered"));
  }
  if (is("asks_often")) {
    for (int i = 0; i < 200; ++i) say({{"jsonrpc", "2.0"}, {"id", i}, {"method", "elicitation/create"}, {"params", {{"message", "m"}, {"requestedSchema", json::object()}}}});
    return answer(id, text_result("asked"));
  }
  if (is("pings")) {
    static int answered = 0;
    if (text == "answered") return answer(id, text_result(std::to_string(answered)));
    for (int i = 0; i < 20'000; ++i) say({{"jsonrpc", "2.0"}, {"id", i}, {"method", "ping"}});
    answer(id, text_result("pinged"));
    for (std::string line; std::getline(std::cin, line); ++answered)
      if (const json said = json::parse(line); said.contains("method")) return on_call(said);
  }
  if (is("progress")) {
    const json token = message["params"]["_meta"]["progressToken"];
    for (int i = 1; i <= 3; ++i) note("notifications/progress", {{"progressToken", token}, {"progress", i}, {"total", 3}, {"message", "step"}});
  }
  if (is("tool_fails")) {
    json result = text_result("it broke");
    result["isError"] = true;
    return answer(id, result);
  }
  if (is("deep")) {
    raw(R"({"jsonrpc":"2.0","id":)" + id.dump() + R"(,"result":)" + std::string(5000, '[') + std::string(5000, ']') + "}\n");
    return;
  }
  if (is("forks")) {
    if (::fork() == 0) {
      ::setsid();
      ::pause();
    }
  }
  answer(id, text_result(text));
}

void on_resources(const json& message) {
  const json id = message["id"];
  if (message["method"] == "resources/list")
    return answer(id, {{"resources", json::array({{{"name", "big"}, {"uri", "x://big"}, {"description", nullptr}, {"mimeType", nullptr}}, {{"name", nullptr}, {"uri", "x://r"}}, {{"name", "silent"}, {"uri", "x://silent"}}})}});
  if (message["params"]["uri"] == "x://silent") return;
  answer(id, {{"contents", json::array({{{"uri", "x://big"}, {"text", std::string(10'000, 'y')}}})}});
}

void on_modern_call(const json& message) {
  const json& params = message["params"];
  if (is("modern_asks") || is("modern_asks_forever")) {
    const int round = params.contains("requestState") ? std::stoi(params["requestState"].get<std::string>()) : 0;
    const bool again = is("modern_asks_forever") || round < 2;
    if (again)
      return answer(message["id"], {{"resultType", "input_required"}, {"requestState", std::to_string(round + 1)},
                                    {"inputRequests", {{"where", {{"method", "roots/list"}, {"params", json::object()}}}}}});
    json out = text_result(params["inputResponses"].dump());
    out["resultType"] = "complete";
    return answer(message["id"], out);
  }
  if (is("modern_unknown_type")) return answer(message["id"], {{"resultType", "surprise"}});
  if (is("modern_task")) return answer(message["id"], {{"resultType", "task"}, {"taskId", "t1"}, {"status", "working"}, {"pollIntervalMs", 50}});
  answer(message["id"], text_result(params["_meta"].dump()));
}

void on_task(const json& message) {
  static int polls = 0;
  static bool told = false;
  if (message["method"] == "tasks/update") {
    told = message["params"].value("inputResponses", json::object()).contains("where");
    return answer(message["id"], {{"resultType", "complete"}});
  }
  if (message["method"] != "tasks/get") return answer(message["id"], {{"resultType", "complete"}});
  if (++polls == 1) return answer(message["id"], {{"resultType", "complete"}, {"taskId", "t1"}, {"status", "working"}, {"pollIntervalMs", 50}});
  if (!told)
    return answer(message["id"], {{"resultType", "complete"}, {"taskId", "t1"}, {"status", "input_required"}, {"pollIntervalMs", 50},
                                  {"inputRequests", {{"where", {{"method", "roots/list"}, {"params", json::object()}}}}}});
  answer(message["id"], {{"resultType", "complete"}, {"taskId", "t1"}, {"status", "completed"}, {"result", text_result("done")}});
}

void on_message(const json& message) {
  static bool modern = false;
  static bool initialized = false;
  const std::string method = message.value("method", "");
  if (!message.contains("id") || method.empty()) return;
  static bool deaf = false;
  if (deaf) std::exit(1);
  if (method == "server/discover") {
    if (is("deaf_when_probed")) {
      deaf = true;
      return;
    }
    if (is("pings_when_probed")) return;
    if (is("refuses_under_another_id")) return fail(-32603, -32603, "unknown");
    if (is("refuses_without_an_id")) return fail(nullptr, -32600, "unknown");
    if (is("quits_when_probed")) std::exit(1);
    if (is("no_answer_to_probe")) return;
    if (is("late") && !modern) {
      modern = true;  // the era is settled, the answer comes too late
      return;
    }
    if (is("future")) return fail(message["id"], -32022, "unsupported", {{"supported", json::array({"2099-01-01"})}, {"requested", "2026-07-28"}});
    if (mode.starts_with("modern") || is("late")) {
      modern = true;
      return answer(message["id"], {{"supportedVersions", json::array({"2026-07-28"})}, {"capabilities", {{"tools", json::object()}}}});
    }
    return fail(message["id"], -32601, "Method not found");
  }
  if (method == "initialize") {
    if (is("late")) return fail(message["id"], -32022, "unsupported", {{"supported", json::array({"2026-07-28"})}});
    if (is("never_ready")) return;
    initialized = true;
    json capabilities{{"tools", json::object()}, {"logging", json::object()}};
    if (is("resources")) capabilities["resources"] = json::object();
    return answer(message["id"], {{"protocolVersion", is("unknown_revision") ? "1999-01-01" : "2025-11-25"}, {"capabilities", capabilities},
                                  {"serverInfo", {{"name", "odd"}, {"version", "1"}}}});
  }
  if (method == "ping" && is("pings_when_probed")) return answer(message["id"], json::object());
  if (!initialized && !modern) return fail(message["id"], -32000, "not initialized");
  if (method == "logging/setLevel" || method == "ping") return answer(message["id"], json::object());
  if (method == "tools/list") return on_list(message);
  if (method == "tools/call" && is("peer")) return on_peer_call(message);
  if (method == "tools/call") return modern ? on_modern_call(message) : on_call(message);
  if (method.starts_with("tasks/")) return on_task(message);
  if (is("resources") && method.starts_with("resources/")) return on_resources(message);
  fail(message["id"], -32601, "Method not found");
}

}  // namespace

int main(int count, char** words) {
  mode = count > 1 ? words[1] : "";
  if (is("noise")) raw("starting up…\n\n  loading {config\n[1,2\n{\"jsonrpc\":\"2.0\"}\n\xff\xfe\n");
  if (is("cannot_start")) {
    std::cerr << "odd.js:1\n    throw new Error('SECRET')\n\nError: ODD_KEY is not set\n    at Object.<anonymous> (odd.js:1:7)\n\nNode.js v24\n";
    return 7;
  }
  if (is("says_why")) {
    std::cerr << "\nODD_KEY is not set\r\n";
    return 7;
  }
  if (is("never_stops")) std::signal(SIGTERM, SIG_IGN);
  std::string line;
  while (std::getline(std::cin, line)) on_message(json::parse(line));
  if (is("never_stops"))
    for (;;) ::pause();
  return 0;
}
