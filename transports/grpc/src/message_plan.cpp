#include "message_plan.hpp"

#include <algorithm>

namespace utcp::grpc_transport {
namespace {

constexpr int most_dense = 1024;

well_known form_of(const pb::Descriptor& type) {
  using wkt = pb::Descriptor::WellKnownType;
  switch (type.well_known_type()) {
    case wkt::WELLKNOWNTYPE_ANY: return well_known::any;
    case wkt::WELLKNOWNTYPE_TIMESTAMP: return well_known::timestamp;
    case wkt::WELLKNOWNTYPE_DURATION: return well_known::duration;
    case wkt::WELLKNOWNTYPE_FIELDMASK: return well_known::field_mask;
    case wkt::WELLKNOWNTYPE_STRUCT: return well_known::structure;
    case wkt::WELLKNOWNTYPE_VALUE: return well_known::value;
    case wkt::WELLKNOWNTYPE_LISTVALUE: return well_known::list_value;
    case wkt::WELLKNOWNTYPE_UNSPECIFIED: return well_known::none;
    default: return well_known::wrapper;
  }
}

wire_type wire_type_of(pb::FieldDescriptor::Type type) {
  switch (type) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64: return wire_type::fixed64;
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32: return wire_type::fixed32;
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES:
    case pb::FieldDescriptor::TYPE_MESSAGE: return wire_type::length_delimited;
    case pb::FieldDescriptor::TYPE_GROUP: return wire_type::start_group;
    default: return wire_type::varint;
  }
}

/// Whether a message calls itself well-known but has other fields: a server may send any descriptor.
bool has_the_fields(const pb::Descriptor& type, well_known form) {
  using field = pb::FieldDescriptor;
  const auto is = [&](int number, field::Type kind, bool repeated = false) {
    const field* found = type.FindFieldByNumber(number);
    return found && found->type() == kind && found->is_repeated() == repeated;
  };
  switch (form) {
    case well_known::any: return is(1, field::TYPE_STRING) && is(2, field::TYPE_BYTES);
    case well_known::timestamp:
    case well_known::duration: return is(1, field::TYPE_INT64) && is(2, field::TYPE_INT32);
    case well_known::field_mask: return is(1, field::TYPE_STRING, true);
    case well_known::structure: return is(1, field::TYPE_MESSAGE, true) && type.FindFieldByNumber(1)->is_map() &&
        type.FindFieldByNumber(1)->message_type()->FindFieldByNumber(1)->type() == field::TYPE_STRING && type.FindFieldByNumber(1)->message_type()->FindFieldByNumber(2)->type() == field::TYPE_MESSAGE;
    case well_known::value: return is(1, field::TYPE_ENUM) && is(2, field::TYPE_DOUBLE) && is(3, field::TYPE_STRING) && is(4, field::TYPE_BOOL) && is(5, field::TYPE_MESSAGE) && is(6, field::TYPE_MESSAGE);
    case well_known::list_value: return is(1, field::TYPE_MESSAGE, true);
    case well_known::wrapper: {
      const field* found = type.FindFieldByNumber(1);
      return found && !found->is_repeated() && found->type() != field::TYPE_MESSAGE && found->type() != field::TYPE_GROUP;
    }
    case well_known::none: return true;
  }
  return false;
}

field_plan plan_of_field(const pb::FieldDescriptor& field) {
  field_plan out;
  out.field = &field;
  out.key = field.is_extension() ? "[" + field.full_name() + "]" : field.json_name();
  out.type = field.type();
  out.wire = wire_type_of(field.type());
  out.repeated = field.is_repeated();
  out.map = field.is_map();
  out.packed = field.is_packed();
  out.presence = field.has_presence();
  out.null_value = field.type() == pb::FieldDescriptor::TYPE_ENUM && field.enum_type()->full_name() == "google.protobuf.NullValue";
  if (const pb::OneofDescriptor* choice = field.real_containing_oneof())
    for (int i = 0; i < choice->field_count(); ++i)
      if (choice->field(i) != &field) out.others_of_oneof.push_back(choice->field(i)->json_name());
  return out;
}

}  // namespace

const message_plan& message_plans::of(const pb::Descriptor& type) const {
  auto& slot = made_[&type];
  if (slot) return *slot;
  slot = std::make_unique<message_plan>();
  message_plan& out = *slot;
  out.type = &type;
  out.form = form_of(type);
  if (!has_the_fields(type, out.form)) out.form = well_known::none;
  const auto count = static_cast<std::size_t>(type.field_count());
  out.fields.reserve(count);
  int last = 0;
  for (int i = 0; i < type.field_count(); ++i) {
    out.fields.push_back(plan_of_field(*type.field(i)));
    if (type.field(i)->number() <= most_dense) last = std::max(last, type.field(i)->number());
  }
  out.dense.assign(static_cast<std::size_t>(last) + 1, 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    const field_plan& each = out.fields[i];
    const int number = each.field->number();
    if (number <= most_dense && i < 0xfffe) out.dense[static_cast<std::size_t>(number)] = static_cast<std::uint16_t>(i + 1);
    else out.sparse.emplace(number, i);
    if (each.field->is_required()) out.required.push_back(&each);
  }
  // The name in JSON goes before another field's name in the source.
  for (std::uint32_t i = 0; i < count; ++i) out.names.emplace(out.fields[i].key, i);
  for (std::uint32_t i = 0; i < count; ++i) out.names.emplace(out.fields[i].field->name(), i);
  return out;
}

const field_plan* message_plans::plan_of(const pb::FieldDescriptor* extension) const {
  if (!extension) return nullptr;
  auto& slot = extensions_[extension];
  if (!slot) slot = std::make_unique<field_plan>(plan_of_field(*extension));
  return slot.get();
}

const field_plan* message_plans::extension(const pb::Descriptor& of, int number) const {
  if (of.extension_range_count() == 0 || !of.IsExtensionNumber(number)) return nullptr;
  return plan_of(of.file()->pool()->FindExtensionByNumber(&of, number));
}

const field_plan* message_plans::extension(const pb::Descriptor& of, const std::string& name) const {
  if (of.extension_range_count() == 0) return nullptr;
  const pb::FieldDescriptor* found = of.file()->pool()->FindExtensionByName(name);
  return found && found->containing_type() == &of ? plan_of(found) : nullptr;
}

}  // namespace utcp::grpc_transport
