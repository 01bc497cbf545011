#pragma once

#include "grpc_session.hpp"

namespace utcp::grpc_transport {

/// Whether a service's name is that of the service which go-utcp and rs-utcp have: grpcpb.UTCPService.
bool is_peer_service(const std::string& service);

/// The tools that the service lists. Source: grpcpb/utcp.proto of go-utcp.
task<result<discovery>> discover_peer(std::shared_ptr<grpc_session> session, std::shared_ptr<const call_plan> plan, std::shared_ptr<const call_template> provider, call_context context);

task<result<tool_result>> call_peer(std::shared_ptr<grpc_session> session, std::shared_ptr<const call_plan> plan, tool_call what, call_context context);
task<result<std::unique_ptr<tool_stream>>> stream_peer(std::shared_ptr<grpc_session> session, std::shared_ptr<const call_plan> plan, tool_call what, call_context context);

}  // namespace utcp::grpc_transport
