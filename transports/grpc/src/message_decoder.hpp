#pragma once

#include "message_plan.hpp"

#include <utcp/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace utcp::grpc_transport {

struct decode_limits {
  int max_depth = 100;
  std::size_t max_values = 8'000'000;  ///< numbers, texts, objects … in all
};

/// Turns messages in protobuf's wire format into JSON, in the way of the ProtoJSON format: lowerCamelCase names, 64-bit integers and bytes
/// (base64) as text, enumerations by name, what has its default value and no presence left out. Unknown fields are left out.
/// Keeps no state between calls; not thread-safe, as the plans are not.
class message_decoder {
 public:
  explicit message_decoder(const message_plans& plans, decode_limits limits = decode_limits()) : plans_(plans), limits_(limits) {}

  /// Fails with errc::protocol_error: the bytes are no message of this type, or hold text that is not UTF-8; errc::too_large.
  result<json> decode(const pb::Descriptor& type, std::string_view bytes) const;

 private:
  const message_plans& plans_;
  decode_limits limits_;
};

}  // namespace utcp::grpc_transport
