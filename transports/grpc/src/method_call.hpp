#pragma once

#include "grpc_session.hpp"
#include "request_messages.hpp"

namespace utcp::grpc_transport {

/// One call of a method: its request, encoded, and what it is called with.
struct method_call {
  method_call() = default;

  std::shared_ptr<const call_plan> plan;
  known_method of;
  request_messages messages;
  bool repeatable = true;     ///< the messages can be sent again
  call_context context;
};

/// Encodes the request. Fails as request_messages::of.
result<method_call> prepare_call(std::shared_ptr<const call_plan> plan, known_method of, const json& arguments, std::shared_ptr<input_source> input, call_context context);

/// Calls and gives the one answer, or all answers of a stream as an array. Fails with what the status means (error_of), errc::too_large, errc::protocol_error.
task<result<tool_result>> call_method(std::shared_ptr<grpc_session> session, method_call what);

/// The answers as they come; the first has the headers as meta where that is wanted. The context's deadline does not bound a stream.
task<result<std::unique_ptr<tool_stream>>> open_method(std::shared_ptr<grpc_session> session, method_call what);

}  // namespace utcp::grpc_transport
