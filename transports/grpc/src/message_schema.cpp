#include "message_schema.hpp"

#include "message_plan.hpp"

#include <utcp/utf8.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace utcp::grpc_transport {
namespace {

using field_type = pb::FieldDescriptor;

json described(json out, std::string comment) {
  if (!comment.empty() && is_utf8(comment)) out["description"] = std::move(comment);
  return out;
}

json long_integer(const char* format) { return {{"type", json::array({"string", "integer"})}, {"format", format}, {"pattern", "^-?[0-9]+$"}}; }

template <class T>
json integer() {
  return {{"type", "integer"}, {"minimum", std::numeric_limits<T>::min()}, {"maximum", std::numeric_limits<T>::max()}};
}

json number(const char* format) { return {{"anyOf", json::array({{{"type", "number"}, {"format", format}}, {{"enum", json::array({"NaN", "Infinity", "-Infinity"})}}})}}; }

json names_of(const pb::EnumDescriptor& type) {
  json names = json::array();
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return described(json{{"type", "string"}, {"enum", std::move(names)}}, comment_of(type));
}

/// The JSON form of a well-known type that needs no definition.
std::optional<json> well_known_schema(const pb::Descriptor& type) {
  const std::string& name = type.full_name();
  if (name == "google.protobuf.Timestamp") return json{{"type", "string"}, {"format", "date-time"}};
  if (name == "google.protobuf.Duration") return json{{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}, {"description", "A duration in seconds, such as 1.5s"}};
  if (name == "google.protobuf.FieldMask") return json{{"type", "string"}, {"description", "Names of fields in lowerCamelCase, with commas between them"}};
  if (name == "google.protobuf.Struct") return json{{"type", "object"}};
  if (name == "google.protobuf.Value") return json::object();
  if (name == "google.protobuf.ListValue") return json{{"type", "array"}};
  if (name == "google.protobuf.Any") return json{{"type", "object"}, {"properties", {{"@type", {{"type", "string"}, {"description", "The message's type, such as type.googleapis.com/package.Message"}}}}}, {"required", json::array({"@type"})}};
  if (name == "google.protobuf.Empty") return json{{"type", "object"}};
  return std::nullopt;
}

bool is_wrapper(const pb::Descriptor& type) {
  return type.well_known_type() >= pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE && type.well_known_type() <= pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE && type.FindFieldByNumber(1);
}

/// Of the members of a oneof there is one or none.
json at_most_one(const pb::OneofDescriptor& choice) {
  json options = json::array();
  for (int i = 0; i < choice.field_count(); ++i) options.push_back({{"required", json::array({choice.field(i)->json_name()})}});
  json none = {{"not", {{"anyOf", options}}}};
  options.push_back(std::move(none));
  return {{"oneOf", std::move(options)}};
}

}  // namespace

bool is_no_object(const pb::Descriptor& type) {
  using wkt = pb::Descriptor::WellKnownType;
  const wkt kind = type.well_known_type();
  return kind != wkt::WELLKNOWNTYPE_UNSPECIFIED && kind != wkt::WELLKNOWNTYPE_ANY && kind != wkt::WELLKNOWNTYPE_STRUCT;
}

json message_schemas::schema_of_value(const pb::FieldDescriptor& field, uses& used) {
  switch (field.type()) {
    case field_type::TYPE_DOUBLE: return number("double");
    case field_type::TYPE_FLOAT: return number("float");
    case field_type::TYPE_INT64:
    case field_type::TYPE_SINT64:
    case field_type::TYPE_SFIXED64: return long_integer("int64");
    case field_type::TYPE_UINT64:
    case field_type::TYPE_FIXED64: return long_integer("uint64");
    case field_type::TYPE_INT32:
    case field_type::TYPE_SINT32:
    case field_type::TYPE_SFIXED32: return integer<std::int32_t>();
    case field_type::TYPE_UINT32:
    case field_type::TYPE_FIXED32: return integer<std::uint32_t>();
    case field_type::TYPE_BOOL: return {{"type", "boolean"}};
    case field_type::TYPE_STRING: return {{"type", "string"}};
    case field_type::TYPE_BYTES: return {{"type", "string"}, {"contentEncoding", "base64"}};
    case field_type::TYPE_ENUM: return field.enum_type()->full_name() == "google.protobuf.NullValue" ? json{{"type", "null"}} : names_of(*field.enum_type());
    default: return reference_to(*field.message_type(), used);
  }
}

json message_schemas::schema_of_field(const pb::FieldDescriptor& field, uses& used) {
  json out;
  if (field.is_map()) {
    const pb::FieldDescriptor& key = *field.message_type()->FindFieldByNumber(1);
    out = {{"type", "object"}, {"additionalProperties", schema_of_value(*field.message_type()->FindFieldByNumber(2), used)}};
    if (key.type() == field_type::TYPE_BOOL) out["propertyNames"] = {{"enum", json::array({"true", "false"})}};
    else if (key.type() != field_type::TYPE_STRING) out["propertyNames"] = {{"pattern", "^-?[0-9]+$"}};
  } else if (field.is_repeated()) {
    out = {{"type", "array"}, {"items", schema_of_value(field, used)}};
  } else {
    out = schema_of_value(field, used);
  }
  if (field.options().deprecated()) out["deprecated"] = true;
  if (field.has_default_value() && field.cpp_type() == field_type::CPPTYPE_STRING && field.type() == field_type::TYPE_STRING) out["default"] = field.default_value_string();
  return described(std::move(out), comment_of(field));
}

json message_schemas::body_of(const pb::Descriptor& type, uses& used) {
  json properties = json::object();
  json required = json::array();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    properties[field.json_name()] = schema_of_field(field, used);
    if (field.is_required()) required.push_back(field.json_name());
  }
  json out = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) out["required"] = std::move(required);
  json choices = json::array();
  for (int i = 0; i < type.real_oneof_decl_count(); ++i)
    if (type.oneof_decl(i)->field_count() > 1) choices.push_back(at_most_one(*type.oneof_decl(i)));
  if (choices.size() == 1) out.update(choices.front());
  else if (!choices.empty()) out["allOf"] = std::move(choices);
  return described(std::move(out), comment_of(type));
}

json message_schemas::reference_to(const pb::Descriptor& type, uses& used) {
  if (auto known = well_known_schema(type)) return *std::move(known);
  if (is_wrapper(type)) {
    json inner = schema_of_value(*type.FindFieldByNumber(1), used);
    if (inner.contains("anyOf")) {
      inner["anyOf"].push_back({{"type", "null"}});
      return inner;
    }
    json& kinds = inner["type"];
    if (kinds.is_array()) kinds.push_back("null");
    else kinds = json::array({std::move(kinds), "null"});
    return inner;
  }
  const std::uint32_t index = index_of(type);
  if (std::find(used.begin(), used.end(), index) == used.end()) used.push_back(index);
  return {{"$ref", "#/$defs/" + type.full_name()}};
}

std::uint32_t message_schemas::index_of(const pb::Descriptor& type) {
  const auto [found, is_new] = known_.emplace(&type, static_cast<std::uint32_t>(definitions_->all.size()));
  if (is_new) {
    definitions_->all.emplace_back();
    definitions_->all.back().name = type.full_name();
    unwritten_.push_back(&type);
  }
  return found->second;
}

schema message_schemas::finish(const json& body, uses used) {
  // One after the other: a server may describe a chain of any length.
  while (!unwritten_.empty()) {
    const pb::Descriptor& type = *unwritten_.back();
    unwritten_.pop_back();
    uses inner;
    std::string text = body_of(type, inner).dump(-1, ' ', false, json::error_handler_t::replace);
    schema_definitions::definition& to = definitions_->all[known_.at(&type)];
    to.text = std::move(text);
    to.uses = std::move(inner);
  }
  std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);
  if (used.empty()) return schema::of_checked_text(std::move(text));
  return schema::of_shared_definitions(std::move(text), definitions_, std::move(used));
}

json message_schemas::root_of(const pb::Descriptor& type, uses& used) {
  if (auto known = well_known_schema(type)) return *std::move(known);
  return is_wrapper(type) ? reference_to(type, used) : body_of(type, used);
}

schema message_schemas::inputs_of(const pb::MethodDescriptor& method, const std::vector<std::string>& metadata_fields) {
  uses used;
  const pb::Descriptor& type = *method.input_type();
  json body;
  if (method.client_streaming()) {
    json messages = {{"type", "array"}, {"items", reference_to(type, used)}, {"description", "The messages to send, in this order"}};
    body = {{"type", "object"}, {"properties", {{"messages", std::move(messages)}}}, {"required", json::array({"messages"})}};
  } else {
    body = root_of(type, used);
    // Arguments are an object.
    if (is_no_object(type)) body = {{"type", "object"}, {"properties", {{"value", std::move(body)}}}, {"required", json::array({"value"})}};
  }
  for (const std::string& name : metadata_fields) body["properties"][name] = {{"type", json::array({"string", "number", "boolean"})}, {"description", "Sent as metadata"}};
  return finish(body, std::move(used));
}

schema message_schemas::outputs_of(const pb::MethodDescriptor& method) {
  uses used;
  const pb::Descriptor& type = *method.output_type();
  json body;
  if (method.server_streaming()) body = {{"type", "array"}, {"items", reference_to(type, used)}};
  else body = root_of(type, used);
  return finish(body, std::move(used));
}

}  // namespace utcp::grpc_transport
