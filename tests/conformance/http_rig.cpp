// The http transport against a scripted server on loopback.
#include "bench.hpp"

#include <loopback_http_server.hpp>

#include <utcp/transports/http.hpp>

namespace utcp::conformance {
namespace {

using testing::json_reply;
using testing::loopback_http_server;
using testing::recorded_request;
using testing::redirect_to;
using testing::scripted_reply;

scripted_reply raw_reply(std::string bytes) {
  scripted_reply out;
  out.raw = std::move(bytes);
  return out;
}

scripted_reply ending_with(scripted_reply::ending how) {
  scripted_reply out = json_reply(R"({"half": "of an answer, and then nothing more"})");
  out.end = how;
  return out;
}

std::string many_header_lines() {
  std::string out;
  while (out.size() < (8u << 20)) out += "X-More: of them\r\n";
  return out;
}

struct http_rig final : rig {
  http_rig() : server([this](const recorded_request& request) { return answer(request); }) {}

  json tool(const std::string& name, const std::string& method = "GET") const {
    json how{{"call_template_type", "http"}, {"url", server.url("/" + name)}, {"http_method", method}};
    return {{"name", name}, {"tool_call_template", how}};
  }

  json manual() const {
    json all = json::array();
    for (const std::string& name : tools) all.push_back(tool(name, name == "echo" ? "POST" : "GET"));
    return {{"utcp_version", "1.0.1"}, {"tools", all}};
  }

  json provider_at(const std::string& path, const std::string& name = "other") const {
    return {{"name", name}, {"call_template_type", "http"}, {"url", server.url(path)}};
  }

  scripted_reply answer(const recorded_request& request) const {
    const std::string path = request.target.substr(1, request.target.find('?') - 1);
    if (path == "utcp") return json_reply(manual().dump());
    if (path == "partial") {
      json broken = manual();
      broken["tools"].push_back({{"name", 7}});
      return json_reply(broken.dump());
    }
    if (path == "ok") return json_reply(R"("fine")");
    if (path == "echo") return json_reply(request.body);
    if (path == "fails") {
      scripted_reply out = json_reply(R"({"why": "broken"})");
      out.status = 500;
      return out;
    }
    if (path == "hang") return ending_with(scripted_reply::ending::hang);
    if (path == "huge") {
      scripted_reply out = json_reply(std::string(16 << 20, 'x'));
      out.chunked = true;
      return out;
    }
    if (path == "closes") return ending_with(scripted_reply::ending::close_at_once);
    if (path == "closes_half_way") return ending_with(scripted_reply::ending::close_mid_body);
    if (path == "stops_half_way") return ending_with(scripted_reply::ending::hang_mid_body);
    if (path == "garbage") return raw_reply(std::string("\0\x01\x02 no HTTP at all\r\n\r\n", 22));
    if (path == "bad_chunk") return raw_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    if (path == "endless_header") return raw_reply("HTTP/1.1 200 OK\r\n" + many_header_lines());
    if (path == "loop") return redirect_to(302, "/loop");
    if (path == "html") return scripted_reply("<html>no manual</html>").type("text/html");
    if (path == "half_json") return json_reply(R"({"tools": [{"name": )");
    if (path == "nothing") return json_reply("");
    return scripted_reply(404, "nothing here");
  }

  loopback_http_server server;
};

}  // namespace

std::unique_ptr<rig> make_http() {
  auto out = std::make_unique<http_rig>();
  out->tools = {"ok", "echo", "fails", "hang", "huge", "closes", "closes_half_way", "stops_half_way", "garbage", "bad_chunk", "endless_header", "loop"};
  out->add = [](registry& into) { into.add("http", make_http_transport()); };
  out->provider = out->provider_at("/utcp", "peer");
  out->partial_provider = out->provider_at("/partial", "peer");
  out->ok = tool_use("ok");
  out->ok_answer = "fine";
  out->echo = [](json value) {
    json body{{"value", std::move(value)}};
    return tool_use("echo", {{"body", std::move(body)}});
  };
  out->echo_answer = [](json value) { return json{{"value", std::move(value)}}; };
  out->failing = tool_use("fails");
  out->failing_remote = {{"status", 500}, {"body", {{"why", "broken"}}}};
  out->slow = tool_use("hang");
  out->huge = tool_use("huge");
  out->huge_is_refused_early = true;
  out->stream = tool_use("ok");
  out->stream_items = {"fine"};
  out->peer_keeps_per_call = 4096;  // the server records each request
  out->peer_keeps_hung_connections = true;
  const std::vector<errc> broken{errc::connection_failed, errc::protocol_error};
  out->hostile = {{"closes the connection at once", tool_use("closes"), broken},
                  {"closes half way", tool_use("closes_half_way"), broken},
                  {"stops half way", tool_use("stops_half_way"), {errc::timed_out}},
                  {"no HTTP", tool_use("garbage"), broken},
                  {"a broken chunk", tool_use("bad_chunk"), broken},
                  {"a header without an end", tool_use("endless_header"), {errc::too_large, errc::protocol_error, errc::connection_failed}},
                  {"redirects in a circle", tool_use("loop"), {errc::protocol_error, errc::remote_failed, errc::not_allowed}}};
  out->hostile_manuals = {{"HTML", out->provider_at("/html"), {errc::invalid_config}},
                          {"404", out->provider_at("/none"), {errc::remote_failed}},
                          {"truncated JSON", out->provider_at("/half_json"), {errc::invalid_config}},
                          {"an empty body", out->provider_at("/nothing"), {errc::invalid_config}},
                          {"a closed connection", out->provider_at("/closes"), broken},
                          {"no HTTP", out->provider_at("/garbage"), broken},
                          {"a circle", out->provider_at("/loop"), {errc::protocol_error, errc::remote_failed, errc::not_allowed}}};
  out->cannot["endless"] = "an answer is one item; streams have transports of their own";
  return out;
}

}  // namespace utcp::conformance
