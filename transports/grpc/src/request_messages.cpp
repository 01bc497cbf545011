#include "request_messages.hpp"

#include "message_schema.hpp"

#include <utcp/document.hpp>

#include <algorithm>

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t chunk_bytes = 64u << 10;
constexpr std::size_t max_value_bytes = 64u << 20;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

bool value_end::find(std::string_view text, std::size_t& at, bool is_all) {
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string_) {
      if (escaped_) escaped_ = false;
      else if (c == '\\') escaped_ = true;
      else if (c == '"') in_string_ = false;
      if (!in_string_ && depth_ == 0) return ++at, true;
      continue;
    }
    if (depth_ == 0 && started_ && (is_space(c) || c == '{' || c == '[' || c == '"')) return true;
    started_ = true;
    if (c == '"') in_string_ = true;
    else if (c == '{' || c == '[') ++depth_;
    else if ((c == '}' || c == ']') && (depth_ == 0 || --depth_ == 0)) return ++at, true;
  }
  return is_all && started_;
}

result<bool> input_values::fill() {
  if (!from_->is_ready()) return false;
  pending_.erase(0, begin_);
  at_ -= begin_;
  begin_ = 0;
  const std::size_t before = pending_.size();
  if (before > max_value_bytes) return error(errc::too_large, "the input has a value of more than " + std::to_string(max_value_bytes) + " bytes");
  pending_.resize(before + chunk_bytes);
  auto got = from_->read(pending_.data() + before, chunk_bytes);
  pending_.resize(before + (got ? *got : 0));
  if (!got) return got.error();
  ended_ = *got == 0;
  return true;
}

result<std::optional<json>> input_values::next() {
  const auto is_between = [this] { return begin_ == at_; };  // two values
  for (;;) {
    if (is_between()) {
      while (at_ < pending_.size() && is_space(pending_[at_])) ++at_;
      begin_ = at_;
    }
    if (scan_.find(pending_, at_, ended_)) break;
    if (ended_ && is_between()) return std::optional<json>();
    if (ended_) break;  // in the middle of a value
    auto more = fill();
    if (!more) return more.error();
    if (!*more) return std::optional<json>();
  }
  auto value = parse_json(std::string_view(pending_).substr(begin_, at_ - begin_));
  if (!value) return error(errc::invalid_argument, "value " + std::to_string(count_) + " of the input is no JSON: " + value.error().message);
  begin_ = at_;
  scan_ = value_end();
  ++count_;
  return std::optional<json>(*std::move(value));
}

result<request_messages> request_messages::of(const pb::MethodDescriptor& method, std::shared_ptr<const message_plans> plans, const json& arguments, std::shared_ptr<input_source> input) {
  request_messages out;
  out.type_ = method.input_type();
  out.plans_ = std::move(plans);
  const message_encoder encoder(*out.plans_);
  if (!method.client_streaming()) {
    const bool wrapped = is_no_object(*out.type_);
    const auto value = wrapped ? arguments.find("value") : arguments.end();
    if (wrapped && (value == arguments.end() || arguments.size() != 1)) return error(errc::invalid_argument, "#: expected the one argument \"value\", a " + out.type_->full_name());
    auto bytes = encoder.encode(*out.type_, wrapped ? *value : arguments, wrapped ? "/value" : "");
    if (!bytes) return bytes.error();
    out.ready_.push_back(*std::move(bytes));
    return out;
  }
  const auto messages = arguments.find("messages");
  for (const auto& [name, ignored] : arguments.items())
    if (name != "messages") return error(errc::invalid_argument, "#/" + name + ": a method with a stream of requests takes \"messages\" only, an array");
  if (input) {
    if (messages != arguments.end()) return error(errc::invalid_argument, "#/messages: the messages come from the input; give one of both");
    out.values_.emplace(std::move(input));
    return out;
  }
  if (messages == arguments.end() || !messages->is_array()) return error(errc::invalid_argument, "#/messages: expected an array of the messages to send");
  out.ready_.reserve(messages->size());
  for (const json& each : *messages) {
    auto bytes = encoder.encode(*out.type_, each, "/messages/" + std::to_string(out.ready_.size()));
    if (!bytes) return bytes.error();
    out.ready_.push_back(*std::move(bytes));
  }
  return out;
}

result<std::optional<std::string>> request_messages::next() {
  using message = std::optional<std::string>;
  if (at_ < ready_.size()) return message(std::move(ready_[at_++]));
  if (!values_) return message();
  auto value = values_->next();
  if (!value) return value.error();
  if (!*value) return message();
  auto bytes = message_encoder(*plans_).encode(*type_, **value, "/" + std::to_string(at_++));
  if (!bytes) return bytes.error();
  return message(*std::move(bytes));
}

}  // namespace utcp::grpc_transport
