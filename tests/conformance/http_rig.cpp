// The transports over HTTP against a scripted server on loopback.
#include "bench.hpp"

#include <loopback_http_server.hpp>

#include <utcp/transports/http.hpp>
#include <utcp/transports/http_stream.hpp>
#include <utcp/transports/sse.hpp>

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

std::string many_header_lines() {
  std::string out;
  while (out.size() < (8u << 20)) out += "X-More: of them\r\n";
  return out;
}

enum class flavour { http, http_stream, sse };

const char* protocol_of(flavour f) { return f == flavour::http ? "http" : f == flavour::sse ? "sse" : "http_stream"; }

struct http_rig final : rig {
  explicit http_rig(flavour f) : as(f), server([this](const recorded_request& request) { return answer(request); }) {}

  json tool(const std::string& name, const std::string& method = "GET") const {
    json how{{"call_template_type", protocol_of(as)}, {"url", server.url("/" + name)}, {"http_method", method}, {"body_field", "body"}};
    if (as == flavour::sse) how["retry_timeout"] = 0;  // what fails for good should do so soon
    return {{"name", name}, {"tool_call_template", how}};
  }

  json manual() const {
    json all = json::array();
    for (const std::string& name : tools) all.push_back(tool(name, name == "echo" ? "POST" : "GET"));
    return {{"utcp_version", "1.0.1"}, {"tools", all}};
  }

  json provider_at(const std::string& path, const std::string& name = "other") const {
    return {{"name", name}, {"call_template_type", protocol_of(as)}, {"url", server.url(path)}};
  }

  /// An answer of these JSON texts, as the protocol writes it.
  scripted_reply items(const std::vector<std::string>& texts) const {
    if (as == flavour::http) return json_reply(texts.front());
    std::string body;
    for (const std::string& text : texts) body += as == flavour::sse ? "data: " + text + "\n\n" : text + "\n";
    return scripted_reply(std::move(body)).type(as == flavour::sse ? "text/event-stream" : "application/x-ndjson");
  }

  scripted_reply half_an_answer(scripted_reply::ending how) const {
    scripted_reply out = items({R"({"half": "of an answer, and then nothing more"})"});
    out.end = how;
    return out;
  }

  scripted_reply answer(const recorded_request& request) const {
    const std::string path = request.target.substr(1, request.target.find('?') - 1);
    if (path == "utcp") return json_reply(manual().dump());
    if (path == "partial") {
      json broken = manual();
      broken["tools"].push_back({{"name", 7}});
      return json_reply(broken.dump());
    }
    if (path == "ok") return items({R"("fine")"});
    if (path == "echo") return items({request.body});
    if (path == "count") return items({"1", "2", "3"});
    if (path == "endless") {
      scripted_reply out = items({"1"});
      out.end = scripted_reply::ending::hang_after_body;
      return out;
    }
    if (path == "fails") {
      scripted_reply out = json_reply(R"({"why": "broken"})");
      out.status = 500;
      return out;
    }
    if (path == "hang") return half_an_answer(scripted_reply::ending::hang);
    if (path == "huge") {
      scripted_reply out = items({std::string(16 << 20, 'x')});
      out.chunked = true;
      return out;
    }
    if (path == "closes") return half_an_answer(scripted_reply::ending::close_at_once);
    if (path == "closes_half_way") return half_an_answer(scripted_reply::ending::close_mid_body);
    if (path == "stops_half_way") return half_an_answer(scripted_reply::ending::hang_mid_body);
    if (path == "garbage") return raw_reply(std::string("\0\x01\x02 no HTTP at all\r\n\r\n", 22));
    if (path == "bad_chunk") return raw_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    if (path == "endless_header") return raw_reply("HTTP/1.1 200 OK\r\n" + many_header_lines());
    if (path == "loop") return redirect_to(302, "/loop");
    if (path == "html") return scripted_reply("<html>no manual</html>").type("text/html");
    if (path == "half_json") return json_reply(R"({"tools": [{"name": )");
    if (path == "nothing") return json_reply("");
    return scripted_reply(404, "nothing here");
  }

  flavour as;
  loopback_http_server server;
};

std::unique_ptr<http_rig> make_rig(flavour as) {
  auto out = std::make_unique<http_rig>(as);
  out->tools = {"ok", "echo", "fails", "hang", "huge", "closes", "closes_half_way", "stops_half_way", "garbage", "bad_chunk", "endless_header", "loop"};
  out->add = [](registry& into) {
    into.add("http", make_http_transport());
    into.add("http_stream", make_http_stream_transport());
    into.add("sse", make_sse_transport());
  };
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
  if (as == flavour::http) {
    out->cannot["endless"] = "an answer is one item; streams have transports of their own";
    return out;
  }
  for (const char* more : {"count", "endless"}) out->tools.push_back(more);
  out->ok_answer = json::array({"fine"});
  out->echo_answer = [](json value) { return json::array({json{{"value", std::move(value)}}}); };
  out->stream = tool_use("count");
  out->stream_items = {1, 2, 3};
  out->endless = tool_use("endless");
  out->streams_open = [raw = out.get()](bench&) { return raw->server.hanging(); };
  return out;
}

}  // namespace

std::unique_ptr<rig> make_http() { return make_rig(flavour::http); }
std::unique_ptr<rig> make_http_stream() { return make_rig(flavour::http_stream); }
std::unique_ptr<rig> make_sse() { return make_rig(flavour::sse); }

}  // namespace utcp::conformance
