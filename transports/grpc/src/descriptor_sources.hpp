#pragma once

#include "grpc_settings.hpp"
#include "rpc.hpp"
#include "type_set.hpp"

#include <utcp/task.hpp>

#include <memory>
#include <string>
#include <vector>

namespace utcp::grpc_transport {

/// What a server offers, as its descriptors say.
struct described_server {
  std::shared_ptr<const type_set> types;
  std::vector<std::string> services;  ///< full names
  std::vector<notice> notices;        ///< services that cannot be described
};

/// Reads descriptor sets and .proto files. Fails with errc::invalid_config that names the file, and for a .proto line and column; errc::too_large.
result<described_server> describe_from_files(const descriptor_files& files);

/// Asks the server by reflection, v1 and then v1alpha: all its services, or the ones named and no other. `how` gives metadata and deadline.
/// Source: grpc/reflection/v1/reflection.proto.
/// Fails with errc::unsupported when the server has no reflection, errc::too_large past `max_bytes` of descriptors, errc::protocol_error, and as a call.
task<result<described_server>> describe_by_reflection(std::shared_ptr<rpc_channel> over, boost::asio::any_io_executor executor, rpc_start how, std::vector<std::string> wanted, std::size_t max_bytes);

/// Services that are no tools: reflection, health, channelz.
bool is_housekeeping(const std::string& service);

}  // namespace utcp::grpc_transport
