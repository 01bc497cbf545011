#pragma once

#include "message_encoder.hpp"

#include <utcp/input_source.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::grpc_transport {

/// Finds where the JSON value at the front of a text ends. It need not be valid: that is seen when it is parsed.
class value_end {
 public:
  /// Goes on at `text[at]`; true when the value's end is known, and then `at` is behind it.
  bool find(std::string_view text, std::size_t& at, bool is_all);

 private:
  std::size_t depth_ = 0;
  bool in_string_ = false, escaped_ = false, started_ = false;
};

/// The JSON values of an input, one after the other, with or without white space between them.
class input_values {
 public:
  explicit input_values(std::shared_ptr<input_source> from) : from_(std::move(from)) {}

  /// Nothing at the end, or for now: see `waits`. Fails with errc::invalid_argument (no JSON), errc::too_large (a value of more than 64 MiB), and
  /// as the input.
  result<std::optional<json>> next();
  /// The input has to be waited for before the next value.
  bool waits() const { return !ended_ && !from_->is_ready(); }
  task<void> wait() { return from_->wait_ready(); }

 private:
  /// More of the input, or its end; false: it has to be waited for.
  result<bool> fill();

  std::shared_ptr<input_source> from_;
  std::string pending_;
  std::size_t begin_ = 0;  // of the value that is being read
  std::size_t at_ = 0;
  value_end scan_;
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

  /// The next message in protobuf's wire format; nothing at the end, or for now: see `waits`.
  result<std::optional<std::string>> next();
  bool waits() const { return values_ && values_->waits(); }
  task<void> wait() { return values_->wait(); }

 private:
  const pb::Descriptor* type_ = nullptr;
  std::shared_ptr<const message_plans> plans_;
  std::vector<std::string> ready_;
  std::size_t at_ = 0;
  std::optional<input_values> values_;
};

}  // namespace utcp::grpc_transport
