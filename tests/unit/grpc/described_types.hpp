#pragma once

#include "descriptor_sources.hpp"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <random>
#include <string>

namespace utcp::grpc_transport {

/// The types of a .proto file beside the tests.
std::shared_ptr<const type_set> describe_for_tests(const std::string& file);

/// Bytes of a message as protobuf writes them after it has read and merged them.
std::string pb_merge(const pb::Descriptor& type, const std::string& bytes);

/// The JSON form of a message with values at random.
json random_message(const pb::Descriptor& type, std::mt19937_64& random, int depth);

}  // namespace utcp::grpc_transport
