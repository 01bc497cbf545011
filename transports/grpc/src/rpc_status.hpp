#pragma once

#include "rpc.hpp"
#include "type_set.hpp"

#include <string>
#include <string_view>

namespace utcp::grpc_transport {

/// Why a call failed: its status as an errc, and in `remote` {"code", "status", "message", "details"} when the server said so. Details are
/// decoded by `types` (null: none) and the types of google.rpc. Not for a status that is OK.
error error_of(const rpc_end& end, const rpc_channel& over, const type_set* types);

/// {"headers": {…}, "trailers": {…}}: texts, or arrays of them; bytes as base64.
json describe_metadata(const rpc_end& end);

/// Text of a peer, cut and without control characters.
std::string printable(std::string_view text);

}  // namespace utcp::grpc_transport
