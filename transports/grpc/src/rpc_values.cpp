#include "rpc_values.hpp"

#include <vector>

// gRPC's packages are not made for the thread sanitizer, which so does not see what orders the steps of an operation.
#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t copied_bytes = 16u << 10;

}  // namespace

void* completion::tag() {
#ifdef __SANITIZE_THREAD__
  __tsan_release(this);
#endif
  return this;
}

completion& completion::of(void* tag) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(tag);
#endif
  return *static_cast<completion*>(tag);
}

::grpc::ByteBuffer buffer_of(std::string message) {
  if (message.size() <= copied_bytes) {
    const ::grpc::Slice slice(message.data(), message.size());
    return ::grpc::ByteBuffer(&slice, 1);
  }
  auto* kept = new std::string(std::move(message));
  const ::grpc::Slice slice(kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); }, kept);
  return ::grpc::ByteBuffer(&slice, 1);
}

std::string text_of(const ::grpc::ByteBuffer& buffer) {
  ::grpc::Slice whole;
  if (buffer.TrySingleSlice(&whole).ok()) return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
  std::vector<::grpc::Slice> parts;
  if (!buffer.Dump(&parts).ok()) return "";
  std::string out;
  out.reserve(buffer.Length());
  for (const ::grpc::Slice& each : parts) out.append(reinterpret_cast<const char*>(each.begin()), each.size());
  return out;
}

metadata_list list_of(const std::multimap<::grpc::string_ref, ::grpc::string_ref>& entries) {
  metadata_list out;
  out.reserve(entries.size());
  for (const auto& [name, value] : entries) out.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  return out;
}

rpc_end end_of(const ::grpc::ClientContext& context, const ::grpc::Status& status, bool cancelled, bool want_metadata) {
  rpc_end out;
  out.status = status;
  if (want_metadata) {
    out.headers = list_of(context.GetServerInitialMetadata());
    out.trailers = list_of(context.GetServerTrailingMetadata());
  }
  out.from_server = !status.ok() && !(cancelled && status.error_code() == ::grpc::StatusCode::CANCELLED) && context.debug_error_string().find("received from peer") != std::string::npos;
  return out;
}

void prepare(::grpc::ClientContext& context, const rpc_start& start) {
  for (const auto& [name, value] : start.metadata) context.AddMetadata(name, value);
  if (start.deadline != time_point::max()) context.set_deadline(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(start.deadline - time_point::clock::now()));
  if (start.compress == compression::gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  if (start.compress == compression::deflate) context.set_compression_algorithm(GRPC_COMPRESS_DEFLATE);
}

}  // namespace utcp::grpc_transport
