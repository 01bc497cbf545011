#pragma once

#include "rpc.hpp"

#include <map>
#include <string>

namespace utcp::grpc_transport {

/// What is told when an operation is done.
class completion {
 public:
  virtual ~completion() = default;
  virtual void complete(bool ok) = 0;

  /// For gRPC, when the operation begins; what has been written until then is seen by who takes it back.
  void* tag();
  static completion& of(void* tag);
};

::grpc::ByteBuffer buffer_of(std::string message);
std::string text_of(const ::grpc::ByteBuffer& buffer);
metadata_list list_of(const std::multimap<::grpc::string_ref, ::grpc::string_ref>& entries);

/// How a call ended. `cancelled`: by us.
rpc_end end_of(const ::grpc::ClientContext& context, const ::grpc::Status& status, bool cancelled, bool want_metadata);

void prepare(::grpc::ClientContext& context, const rpc_start& start);

}  // namespace utcp::grpc_transport
