// The grpc transport against a gRPC server in this process.
#include "bench.hpp"

#include <loopback_grpc_server.hpp>
#include <loopback_http_server.hpp>

#include <utcp/transports/grpc.hpp>

namespace utcp::conformance {
namespace {

using testing::grpc_received;
using testing::grpc_script;

constexpr const char* peer_proto = R"(
  syntax = "proto3";
  package stage;
  import "google/protobuf/struct.proto";
  message Nothing {}
  message Answer { string text = 1; google.protobuf.Value value = 2; }
  service Peer {
    rpc Ok(Nothing) returns (Answer);
    rpc Echo(Answer) returns (Answer);
    rpc Fails(Nothing) returns (Answer);
    rpc Hang(Nothing) returns (Answer);
    rpc Huge(Nothing) returns (Answer);
    rpc Count(Nothing) returns (stream Answer);
    rpc Endless(Nothing) returns (stream Answer);
    rpc Garbage(Nothing) returns (Answer);
    rpc NoAnswer(Nothing) returns (Answer);
    rpc Busy(Nothing) returns (Answer);
  }
)";

struct grpc_rig final : rig {
  grpc_rig() : server({{"peer.proto", peer_proto}}, [this](const grpc_received& call) { return answer(call); }), no_grpc([](const testing::recorded_request&) { return testing::scripted_reply(404, "nothing here"); }) {}

  json provider_at(int port, const std::string& name = "other") const { return {{"name", name}, {"provider_type", "grpc"}, {"host", "127.0.0.1"}, {"port", port}}; }
  std::string message(const json& value) const { return server.encode("stage.Answer", value.dump()); }

  grpc_script answer(const grpc_received& call) const {
    const std::string method = call.path.substr(call.path.rfind('/') + 1);
    grpc_script out;
    if (call.path.find("/stage.Peer/") != 0) out.status = ::grpc::Status(::grpc::StatusCode::UNIMPLEMENTED, "");
    else if (method == "Ok") out.answers = {message({{"text", "fine"}})};
    else if (method == "Echo") out.echo = true;
    else if (method == "Fails") out.status = ::grpc::Status(::grpc::StatusCode::FAILED_PRECONDITION, "it broke");
    else if (method == "Hang") out.hang = true;
    else if (method == "Huge") out.answers = {message({{"text", std::string(16 << 20, 'x')}})};
    else if (method == "Count") out.answers = {message({{"text", "1"}}), message({{"text", "2"}}), message({{"text", "3"}})};
    else if (method == "Endless") out.answers = {message({{"text", "1"}})}, out.hang = true;
    else if (method == "Garbage") out.answers = {"\xff\xff\xff\xff no message"};
    else if (method == "Busy") out.status = ::grpc::Status(::grpc::StatusCode::UNAVAILABLE, "later");
    return out;
  }

  testing::loopback_grpc_server server;
  testing::loopback_http_server no_grpc;
};

}  // namespace

std::unique_ptr<rig> make_grpc() {
  auto out = std::make_unique<grpc_rig>();
  grpc_rig* const self = out.get();
  for (const char* name : {"Ok", "Echo", "Fails", "Hang", "Huge", "Count", "Endless", "Garbage", "NoAnswer", "Busy"}) out->tools.push_back(std::string("stage.Peer.") + name);
  out->add = [](registry& into) { into.add("grpc", make_grpc_transport()); };
  out->provider = out->provider_at(out->server.port(), "peer");
  json partial = out->provider;
  partial["services"] = {"stage.Peer", "stage.NotThere"};
  out->partial_provider = partial;
  out->ok = tool_use("stage.Peer.Ok");
  out->ok_answer = {{"text", "fine"}};
  out->echo = [](json value) { return tool_use("stage.Peer.Echo", {{"value", std::move(value)}}); };
  out->echo_answer = [](json value) { return json{{"value", std::move(value)}}; };
  out->failing = tool_use("stage.Peer.Fails");
  out->failing_remote = {{"code", 9}, {"status", "FAILED_PRECONDITION"}, {"message", "it broke"}};
  out->slow = tool_use("stage.Peer.Hang");
  out->huge = tool_use("stage.Peer.Huge");
  out->cannot["early refusal"] = "gRPC takes a message as a whole, up to the channel's limit";
  out->stream = tool_use("stage.Peer.Count");
  out->stream_items = {{{"text", "1"}}, {{"text", "2"}}, {{"text", "3"}}};
  out->endless = tool_use("stage.Peer.Endless");
  out->streams_open = [self](bench&) { return static_cast<std::size_t>(self->server.open_calls()); };
  out->peer_keeps_per_call = 8192;
  out->hostile = {{"bytes that are no message", tool_use("stage.Peer.Garbage"), {errc::protocol_error}},
                  {"no message where one is due", tool_use("stage.Peer.NoAnswer"), {errc::protocol_error, errc::remote_failed}},
                  {"a server that says: later", tool_use("stage.Peer.Busy"), {errc::unavailable}}};
  out->hostile_manuals = {{"HTTP/1.1", out->provider_at(out->no_grpc.port()), {errc::connection_failed, errc::protocol_error}}};
  return out;
}

}  // namespace utcp::conformance
