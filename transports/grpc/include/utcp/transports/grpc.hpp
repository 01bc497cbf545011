#pragma once

#include <utcp/transport.hpp>

namespace utcp {

/// Makes the transport of the protocol `grpc`: each method of a server's services is a tool, called `manual.package.Service.Method`. What a
/// server has is learnt by reflection (v1, v1alpha), from .proto files or from descriptor sets; no code is generated. A server with the service
/// grpcpb.UTCPService of the UTCP peers gives its own manual. Docs: docs/transports/grpc.md.
///
/// Arguments and results are messages in protobuf's JSON mapping. A method with a stream of requests takes {"messages": […]} or an input
/// (tool_call::input) of JSON values; one with a stream of answers gives an array, or a stream's items. Connections are shared by all
/// tools of a server. gRPC's threads do the input and output; results come on the client's executor.
///
/// Fails with errc::invalid_argument (with the JSON pointer of what does not fit the message), invalid_config, unsupported (no
/// reflection), not_allowed (plaintext to another machine), connection_failed, timed_out, cancelled, too_large, protocol_error; and where
/// the server gives a status: unauthorized (PERMISSION_DENIED, UNAUTHENTICATED), rate_limited (RESOURCE_EXHAUSTED), unavailable
/// (UNAVAILABLE), timed_out (DEADLINE_EXCEEDED), else remote_failed, with {"code", "status", "message", "details"?} in `remote`.
///
/// gRPC's own log is silent unless GRPC_VERBOSITY is set in the environment.
transport_factory make_grpc_transport();

}  // namespace utcp
