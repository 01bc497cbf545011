#include "described_types.hpp"

#include <utcp/base64.hpp>

#include <google/protobuf/dynamic_message.h>

namespace utcp::grpc_transport {
namespace {

json random_value(const pb::FieldDescriptor& field, std::mt19937_64& random, int depth) {
  using kind = pb::FieldDescriptor;
  const auto number = [&] { return random() >> (random() % 64); };
  const auto text = [&] {
    std::string out;
    for (std::size_t i = random() % 8; i > 0; --i) out += random() % 8 == 0 ? "é" : std::string(1, static_cast<char>('!' + random() % 90));
    return out;
  };
  switch (field.cpp_type()) {
    case kind::CPPTYPE_INT32: return static_cast<std::int32_t>(static_cast<std::uint32_t>(number()));
    case kind::CPPTYPE_UINT32: return static_cast<std::uint32_t>(number());
    case kind::CPPTYPE_INT64: return std::to_string(static_cast<std::int64_t>(number()));
    case kind::CPPTYPE_UINT64: return std::to_string(number());
    case kind::CPPTYPE_BOOL: return random() % 2 == 0;
    case kind::CPPTYPE_DOUBLE: return static_cast<double>(static_cast<std::int64_t>(number())) / 1024;
    case kind::CPPTYPE_FLOAT: return static_cast<double>(static_cast<std::int16_t>(number())) / 16;
    case kind::CPPTYPE_ENUM: {
      if (field.enum_type()->full_name() == "google.protobuf.NullValue") return nullptr;
      const auto count = static_cast<std::size_t>(field.enum_type()->value_count());
      return field.enum_type()->value(static_cast<int>(random() % count))->name();
    }
    case kind::CPPTYPE_STRING: return field.type() == kind::TYPE_BYTES ? base64(text()) : text();
    case kind::CPPTYPE_MESSAGE: break;
  }
  const std::string& name = field.message_type()->full_name();
  if (name == "google.protobuf.Timestamp") return "2024-02-29T12:30:0" + std::to_string(random() % 10) + ".250Z";
  if (name == "google.protobuf.Duration") return std::to_string(static_cast<std::int32_t>(number())) + "s";
  if (name == "google.protobuf.FieldMask") return "a,bC.d";
  if (name == "google.protobuf.Value") return json{{"a", json::array({1, nullptr, "x"})}};
  if (name == "google.protobuf.ListValue") return json::array({true, 0.5});
  if (name == "google.protobuf.Struct") return json{{"k", text()}};
  if (name == "google.protobuf.Any") return json{{"@type", "type.googleapis.com/every.Every"}, {"aString", "x" + text()}};
  if (name == "google.protobuf.Empty") return json::object();
  if (name.ends_with("Value")) return random_value(*field.message_type()->field(0), random, depth);
  return random_message(*field.message_type(), random, depth + 1);
}

}  // namespace

std::shared_ptr<const type_set> describe_for_tests(const std::string& file) {
  descriptor_files from;
  from.import_paths.emplace_back(UTCP_SOURCE_DIR "/tests/unit/grpc");
  from.protos.push_back(file);
  return describe_from_files(from).value().types;
}

std::string pb_merge(const pb::Descriptor& type, const std::string& bytes) {
  pb::DynamicMessageFactory factory;
  const std::unique_ptr<pb::Message> message(factory.GetPrototype(&type)->New());
  return message->ParseFromString(bytes) ? message->SerializeAsString() : "";
}

json random_message(const pb::Descriptor& type, std::mt19937_64& random, int depth) {
  json out = json::object();
  const int many = depth > 2 ? 12 : 4;
  std::string chosen;
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    if (random() % static_cast<unsigned>(many) != 0 || (depth > 3 && field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE)) continue;
    if (field.real_containing_oneof() && !std::exchange(chosen, field.name()).empty()) continue;
    json value;
    if (field.is_map()) {
      const json key = random_value(*field.message_type()->field(0), random, depth);
      value[key.is_string() ? key.get<std::string>() : key.dump()] = random_value(*field.message_type()->field(1), random, depth);
    } else if (field.is_repeated()) {
      value = json::array();
      for (std::size_t n = random() % 4; n > 0; --n) value.push_back(random_value(field, random, depth));
    } else {
      value = random_value(field, random, depth);
    }
    out[field.json_name()] = std::move(value);
  }
  return out;
}

}  // namespace utcp::grpc_transport
