#pragma once

#include "method_call.hpp"

namespace utcp::grpc_transport {

/// Whether a service's name is that of the service which go-utcp and rs-utcp have: grpcpb.UTCPService.
bool is_peer_service(const std::string& service);

/// The tools that the service lists. Source: grpcpb/utcp.proto of go-utcp.
task<result<discovery>> discover_peer(std::shared_ptr<grpc_session> session, std::shared_ptr<const call_plan> plan, std::shared_ptr<const call_template> provider, call_context context);

/// A call of one of them. Fails with errc::unsupported for an input.
result<method_call> prepare_peer_call(grpc_session& session, std::shared_ptr<const call_plan> plan, const tool_call& what, call_context context, bool as_stream);

/// What the answer's `result_json` holds: JSON, or text that is none.
tool_result peer_result(tool_result answer);
std::unique_ptr<tool_stream> peer_results(std::unique_ptr<tool_stream> answers);

}  // namespace utcp::grpc_transport
