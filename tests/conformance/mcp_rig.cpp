// The mcp transport: its peer is a program that speaks MCP over its pipes.
#include "rig.hpp"

#include <utcp/transports/mcp.hpp>

namespace utcp::conformance {
namespace {

json server(const std::string& mode) { return {{"command", UTCP_ODD_MCP_SERVER}, {"args", json::array({mode})}}; }

json provider_of(json servers, const std::string& name = "other") {
  return {{"name", name}, {"provider_type", "mcp"}, {"config", {{"mcpServers", std::move(servers)}}}};
}

}  // namespace

std::unique_ptr<rig> make_mcp() {
  auto out = std::make_unique<rig>();
  out->add = [](registry& into) {
    // On the heap: g++ 12 takes the optional path of one on the stack for uninitialised once it is moved.
    const auto options = std::make_unique<mcp_options>();
    options->supervisor = UTCP_MCP_SUPERVISOR;
    into.add("mcp", make_mcp_transport(*options));
  };
  for (const char* name : {"ok", "echo", "fails", "sleeps", "huge", "dies", "half", "wrong_id", "no_object"}) out->tools.push_back(std::string("s.") + name);
  out->provider = provider_of({{"s", server("peer")}}, "peer");
  out->partial_provider = provider_of({{"s", server("peer")}, {"t", server("cannot_start")}, {"u", {{"command", "/no/such/program"}}}}, "peer");
  out->ok = tool_use("s.ok");
  out->ok_answer = "fine";
  out->echo = [](json value) { return tool_use("s.echo", {{"value", std::move(value)}}); };
  out->echo_answer = [](json value) { return json{{"value", std::move(value)}}; };
  out->failing = tool_use("s.fails");
  out->failing_remote = {{"content", json::array({{{"type", "text"}, {"text", "it broke"}}})}, {"isError", true}};
  out->slow = tool_use("s.sleeps");
  out->huge = tool_use("s.huge");
  out->cannot["early refusal"] = "a message is read up to the session's limit before it is known which call it answers";
  out->stream = tool_use("s.ok");
  out->stream_items = {"fine"};
  out->cannot["endless"] = "a call has one result";
  out->hostile = {{"dies", tool_use("s.dies"), {errc::connection_failed, errc::unavailable, errc::timed_out}},
                  {"dies in the middle of a message", tool_use("s.half"), {errc::connection_failed, errc::unavailable, errc::timed_out}},
                  {"answers with another id", tool_use("s.wrong_id"), {errc::timed_out}},
                  {"answers with a number", tool_use("s.no_object"), {errc::protocol_error}}};
  json silent = provider_of({{"s", server("never_ready")}});
  silent["timeout_ms"] = 200;
  out->hostile_manuals = {{"no list", provider_of({{"s", server("no_list")}}), {errc::protocol_error}},
                          {"a list without an end", provider_of({{"s", server("same_cursor")}}), {errc::protocol_error}},
                          {"an exit status", provider_of({{"s", server("cannot_start")}}), {errc::connection_failed}},
                          {"an unknown revision", provider_of({{"s", server("unknown_revision")}}), {errc::unsupported}},
                          {"no answer", silent, {errc::timed_out}}};
  return out;
}

}  // namespace utcp::conformance
