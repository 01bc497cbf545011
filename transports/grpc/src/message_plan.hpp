#pragma once

#include "wire_reader.hpp"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace utcp::grpc_transport {

namespace pb = google::protobuf;

/// Messages whose JSON form is not an object of their fields. Source: the ProtoJSON format.
enum class well_known : std::uint8_t {
  none,
  any,
  timestamp,
  duration,
  field_mask,
  structure,   ///< google.protobuf.Struct
  value,
  list_value,
  wrapper,     ///< google.protobuf.Int32Value and the like
};

struct message_plan;

/// What is looked up of a field for each value, looked up once.
struct field_plan {
  const pb::FieldDescriptor* field = nullptr;
  std::string key;                        ///< its name in JSON
  pb::FieldDescriptor::Type type{};
  wire_type wire{};                       ///< of one value that is not packed
  bool repeated = false;                  ///< maps, too
  bool map = false;
  bool packed = false;
  bool presence = false;                  ///< a default value is written, too
  bool null_value = false;                ///< the enumeration google.protobuf.NullValue
  std::vector<std::string> others_of_oneof;  ///< keys that go when this one comes
  mutable const message_plan* nested = nullptr;  ///< looked up when first needed
};

/// What coding needs to know of a message type.
struct message_plan {
  const field_plan* of_number(int number) const {
    if (number > 0 && static_cast<std::size_t>(number) < dense.size()) return dense[static_cast<std::size_t>(number)] ? &fields[dense[static_cast<std::size_t>(number)] - 1] : nullptr;
    const auto found = sparse.find(number);
    return found == sparse.end() ? nullptr : &fields[found->second];
  }
  const field_plan* of_name(std::string_view name) const {
    const auto found = names.find(name);
    return found == names.end() ? nullptr : &fields[found->second];
  }

  const pb::Descriptor* type = nullptr;
  well_known form = well_known::none;
  std::vector<field_plan> fields;
  std::vector<std::uint16_t> dense;                             ///< by number: index of the field + 1
  std::unordered_map<int, std::uint32_t> sparse;                ///< numbers beyond that
  std::unordered_map<std::string_view, std::uint32_t> names;    ///< in JSON and in the source
  std::vector<const field_plan*> required;                      ///< of proto2
};

/// The plans of a pool's messages, made when first asked for. Not thread-safe. Lives at most as long as the pool.
class message_plans {
 public:
  const message_plan& of(const pb::Descriptor& type) const;
  const message_plan& nested(const field_plan& field) const {
    if (!field.nested) field.nested = &of(*field.field->message_type());
    return *field.nested;
  }
  /// The extension of a message by its number or its name, as a field; null if the pool has none.
  const field_plan* extension(const pb::Descriptor& of, int number) const;
  const field_plan* extension(const pb::Descriptor& of, const std::string& name) const;

 private:
  const field_plan* plan_of(const pb::FieldDescriptor* extension) const;

  mutable std::unordered_map<const pb::Descriptor*, std::unique_ptr<message_plan>> made_;
  mutable std::unordered_map<const pb::FieldDescriptor*, std::unique_ptr<field_plan>> extensions_;
};

}  // namespace utcp::grpc_transport
