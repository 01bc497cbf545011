#pragma once

#include "message_encoder.hpp"

#include <utcp/input_source.hpp>

#include <memory>
#include <optional>
#include <string>

namespace utcp::grpc_transport {

/// The JSON values of an input, one after the other, with or without white space between them.
class input_values {
 public:
  explicit input_values(std::shared_ptr<input_source> from) : from_(std::move(from)) {}

  /// Nothing at the end. Fails with errc::invalid_argument (no JSON), errc::too_large (a value of more than 64 MiB), and as the input.
  result<std::optional<json>> next();

 private:
  result<bool> fill();

  std::shared_ptr<input_source> from_;
  std::string pending_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  bool ended_ = false;
};

/// What a call of a method sends.
class request_messages {
 public:
  /// The arguments of a method with one request: the message itself, or its "value" where its JSON form is no object. Of a method with a stream
  /// of requests: "messages", encoded here, or `input`, encoded as it is read. `input` has to be at its beginning.
  /// Fails with errc::invalid_argument, as message_encoder.
  static result<request_messages> of(const pb::MethodDescriptor& method, std::shared_ptr<const message_plans> plans, const json& arguments, std::shared_ptr<input_source> input);

  /// The next message in protobuf's wire format; nothing at the end.
  result<std::optional<std::string>> next();

 private:
  const pb::Descriptor* type_ = nullptr;
  std::shared_ptr<const message_plans> plans_;
  std::vector<std::string> ready_;
  std::size_t at_ = 0;
  std::optional<input_values> values_;
};

}  // namespace utcp::grpc_transport
