#pragma once

#include "message_plan.hpp"

#include <utcp/error.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::grpc_transport {

/// What is known of a server's services and messages. Not thread-safe: its plans are made as they are needed.
class type_set {
 public:
  /// Files by their names; each name once.
  using files = std::map<std::string, pb::FileDescriptorProto>;

  /// Builds what can be built. A file that cannot, and what imports it, is left out, and `why_not` says why.
  explicit type_set(const files& all);
  type_set(const type_set&) = delete;
  type_set& operator=(const type_set&) = delete;

  const pb::ServiceDescriptor* service(const std::string& name) const { return pool_.FindServiceByName(name); }
  const pb::Descriptor* message(const std::string& name) const { return pool_.FindMessageTypeByName(name); }
  const message_plans& plans() const { return plans_; }

  /// The names of all services of the files named, in their order.
  std::vector<std::string> services_of(const std::vector<std::string>& file_names) const;
  /// Why files are left out, by their names.
  const std::map<std::string, std::string>& why_not() const { return why_not_; }
  /// The file that declares a service and is left out; null if there is none.
  const std::string* left_out(const std::string& service) const;

 private:
  void build(const files& all, const std::string& first);

  pb::DescriptorPool pool_;
  message_plans plans_;
  std::map<std::string, std::string> why_not_;
  std::map<std::string, std::string> lost_services_;  // service → file
};

/// A file of protobuf's own, such as google/protobuf/timestamp.proto.
std::optional<pb::FileDescriptorProto> file_of_protobuf(const std::string& name);

/// Adds those that are imported and not there.
void add_files_of_protobuf(type_set::files& to);

/// Reads the text of a .proto file that this program holds.
pb::FileDescriptorProto parse_own_proto(const std::string& name, const char* text);

}  // namespace utcp::grpc_transport
