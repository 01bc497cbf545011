#pragma once

#include "message_plan.hpp"

#include <utcp/error.hpp>

#include <string>

namespace utcp::grpc_transport {

/// Turns JSON into a message in protobuf's wire format, in the way of the ProtoJSON format: names in lowerCamelCase or as in the
/// source, integers also as text, bytes as base64 of both alphabets, enumerations by name or number, null for what is not there.
class message_encoder {
 public:
  explicit message_encoder(const message_plans& plans, int max_depth = 100) : plans_(plans), max_depth_(max_depth) {}

  /// `place` is the JSON pointer of `value`. Fails with errc::invalid_argument that names the place: a field that the message does
  /// not have or that is required, a value of another kind or out of range, bad base64, two members of one oneof; errc::too_large
  /// for what is nested too deep.
  result<std::string> encode(const pb::Descriptor& type, const json& value, const std::string& place = "") const;

 private:
  const message_plans& plans_;
  int max_depth_;
};

}  // namespace utcp::grpc_transport
