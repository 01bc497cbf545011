#pragma once

#include <google/protobuf/descriptor.h>

#include <utcp/schema.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace utcp::grpc_transport {

namespace pb = google::protobuf;

/// The JSON Schemas of the methods of one provider. What messages refer to is a definition that all share.
class message_schemas {
 public:
  message_schemas() : definitions_(std::make_shared<schema_definitions>()) {}

  /// What a method takes: its request's schema, or for a stream of requests {"messages": […]}; and the arguments that go as metadata.
  schema inputs_of(const pb::MethodDescriptor& method, const std::vector<std::string>& metadata_fields = {});
  /// What a call gives: its response's schema, or for a stream of responses an array of it.
  schema outputs_of(const pb::MethodDescriptor& method);

 private:
  using uses = std::vector<std::uint32_t>;

  std::uint32_t index_of(const pb::Descriptor& type);
  json body_of(const pb::Descriptor& type, uses& used);
  json reference_to(const pb::Descriptor& type, uses& used);
  json schema_of_field(const pb::FieldDescriptor& field, uses& used);
  json schema_of_value(const pb::FieldDescriptor& field, uses& used);
  json root_of(const pb::Descriptor& type, uses& used);
  schema finish(const json& body, uses used);

  std::shared_ptr<schema_definitions> definitions_;
  std::unordered_map<const pb::Descriptor*, std::uint32_t> known_;
  std::vector<const pb::Descriptor*> unwritten_;
};

/// Whether the JSON form of a message is no object, so that a call's arguments hold it as "value".
bool is_no_object(const pb::Descriptor& type);

/// The comment before a method, message or field, as one text; empty when the descriptor has none.
template <class Descriptor>
std::string comment_of(const Descriptor& of) {
  pb::SourceLocation at;
  if (!of.GetSourceLocation(&at)) return "";
  std::string out = at.leading_comments.empty() ? at.trailing_comments : at.leading_comments;
  // A line begins with the space after //.
  for (std::size_t i = 0; i < out.size();) {
    if (out[i] == ' ') out.erase(i, 1);
    const std::size_t end = out.find('\n', i);
    if (end == std::string::npos) break;
    i = end + 1;
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

}  // namespace utcp::grpc_transport
