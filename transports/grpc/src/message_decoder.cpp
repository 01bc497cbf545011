#include "message_decoder.hpp"

#include "message_text.hpp"
#include "wire_reader.hpp"

#include <utcp/base64.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace utcp::grpc_transport {
namespace {

using field_type = pb::FieldDescriptor;

struct scalar {
  std::uint64_t bits = 0;
  std::string_view text;
};

json number_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

/// One decoding.
class decoding {
 public:
  decoding(const message_plans& plans, decode_limits limits) : plans_(plans), limits_(limits) {}

  error& failure() { return failure_; }

  bool message(const message_plan& plan, std::string_view bytes, int depth, json& out) {
    if (!count_one() || !is_shallow(depth)) return false;
    if (plan.form != well_known::none) return special(plan, bytes, depth, out);
    if (!out.is_object()) out = json::object();
    wire_reader in(bytes);
    return fields(plan, in, depth, 0, out, bytes);
  }

 private:
  bool fail(errc code, std::string what) {
    if (failure_.message.empty()) failure_ = error(code, std::move(what));
    return false;
  }
  bool broken(const message_plan& plan) { return fail(errc::protocol_error, "the bytes are no message of the type " + plan.type->full_name()); }
  bool is_shallow(int depth) { return depth <= limits_.max_depth || fail(errc::too_large, "a message is nested deeper than " + std::to_string(limits_.max_depth)); }
  bool count_one() { return ++values_ <= limits_.max_values || fail(errc::too_large, "a message holds more than " + std::to_string(limits_.max_values) + " values"); }

  /// The fields of a message, or of a group up to its end.
  bool fields(const message_plan& plan, wire_reader& in, int depth, int group, json& out, std::string_view whole) {
    std::vector<const field_plan*> merged;
    while (!in.at_end()) {
      int number = 0;
      wire_type type{};
      if (!in.read_tag(number, type)) return broken(plan);
      if (type == wire_type::end_group) return number == group || broken(plan);
      const field_plan* field = plan.of_number(number);
      if (!field) field = plans_.extension(*plan.type, number);
      const bool fits = field && (type == field->wire || (field->repeated && type == wire_type::length_delimited && field->field->is_packable()));
      if (!fits) {
        if (!in.skip(number, type)) return broken(plan);
        continue;
      }
      const bool is_message = field->type == field_type::TYPE_MESSAGE;
      if (is_message && !field->repeated && !whole.empty() && out.contains(field->key)) {
        // Twice the same: both together are one message.
        if (!in.skip(number, type)) return broken(plan);
        if (std::find(merged.begin(), merged.end(), field) != merged.end()) continue;
        merged.push_back(field);
        const std::string both = all_of(number, whole);
        if (!message(plans_.nested(*field), both, depth + 1, out[field->key] = json())) return false;
        continue;
      }
      for (const std::string& other : field->others_of_oneof) out.erase(other);
      if (!value(plan, *field, in, type, depth, out)) return false;
    }
    return group == 0 || broken(plan);
  }

  /// All that a message holds in one field.
  static std::string all_of(int wanted, std::string_view whole) {
    std::string out;
    wire_reader in(whole);
    int number = 0;
    wire_type type{};
    std::string_view bytes;
    while (!in.at_end() && in.read_tag(number, type)) {
      if (number == wanted && type == wire_type::length_delimited && in.read_bytes(bytes)) out.append(bytes);
      else if (!in.skip(number, type)) break;
    }
    return out;
  }

  bool value(const message_plan& plan, const field_plan& field, wire_reader& in, wire_type type, int depth, json& out) {
    if (field.map) return map_entry(plan, field, in, depth, out);
    if (!field.repeated) {
      json one;
      if (!single(plan, field, in, depth, one)) return false;
      if (!field.presence && is_default(field, one)) out.erase(field.key);
      else out[field.key] = std::move(one);
      return true;
    }
    json& list = out[field.key];
    if (!list.is_array()) list = json::array();
    if (type != wire_type::length_delimited || !field.field->is_packable()) {
      list.push_back(json());
      return single(plan, field, in, depth, list.back());
    }
    std::string_view packed;
    if (!in.read_bytes(packed)) return broken(plan);
    wire_reader inner(packed);
    while (!inner.at_end()) {
      list.push_back(json());
      if (!single(plan, field, inner, depth, list.back())) return false;
    }
    if (list.empty()) out.erase(field.key);
    return true;
  }

  static bool is_default(const field_plan& field, const json& value) {
    switch (field.type) {
      case field_type::TYPE_STRING:
      case field_type::TYPE_BYTES: return value.get_ref<const std::string&>().empty();
      case field_type::TYPE_BOOL: return value == false;
      case field_type::TYPE_INT64:
      case field_type::TYPE_UINT64:
      case field_type::TYPE_FIXED64:
      case field_type::TYPE_SFIXED64:
      case field_type::TYPE_SINT64: return value.get_ref<const std::string&>() == "0";
      case field_type::TYPE_ENUM: {
        const pb::EnumValueDescriptor* zero = field.field->enum_type()->FindValueByNumber(0);
        return value.is_null() || (zero && value == zero->name());
      }
      case field_type::TYPE_DOUBLE:
      case field_type::TYPE_FLOAT: return value.is_number() && value.get<double>() == 0 && !std::signbit(value.get<double>());
      default: return value.is_number() && value == 0;
    }
  }

  bool map_entry(const message_plan& plan, const field_plan& field, wire_reader& in, int depth, json& out) {
    std::string_view entry;
    if (!in.read_bytes(entry)) return broken(plan);
    const message_plan& pair = plans_.nested(field);
    const field_plan* key_field = pair.of_number(1);
    const field_plan* value_field = pair.of_number(2);
    json key;
    json value;
    bool has_value = false;
    if (!is_shallow(depth + 1)) return false;
    for (wire_reader each(entry); !each.at_end();) {
      int number = 0;
      wire_type type{};
      if (!each.read_tag(number, type)) return broken(plan);
      if (number == 1 && type == key_field->wire) {
        if (!single(pair, *key_field, each, depth + 1, key)) return false;
      } else if (number == 2 && type == value_field->wire) {
        has_value = true;
        if (!single(pair, *value_field, each, depth + 1, value)) return false;
      } else if (!each.skip(number, type)) {
        return broken(plan);
      }
    }
    if (key.is_null() && !zero(pair, *key_field, depth + 1, key)) return false;
    if (!has_value && !zero(pair, *value_field, depth + 1, value)) return false;
    json& map = out[field.key];
    if (!map.is_object()) map = json::object();
    map[key.is_string() ? key.get<std::string>() : key.dump()] = std::move(value);
    return true;
  }

  /// The value of a field that is not there, of a map's entry.
  bool zero(const message_plan& plan, const field_plan& field, int depth, json& out) {
    static constexpr char nothing[16] = {};
    std::size_t size = 1;
    if (field.wire == wire_type::fixed64) size = 8;
    if (field.wire == wire_type::fixed32) size = 4;
    wire_reader in(std::string_view(nothing, size));
    return single(plan, field, in, depth, out);
  }

  bool single(const message_plan& plan, const field_plan& field, wire_reader& in, int depth, json& out) {
    if (field.type == field_type::TYPE_MESSAGE) {
      std::string_view bytes;
      if (!in.read_bytes(bytes)) return broken(plan);
      out = json();
      return message(plans_.nested(field), bytes, depth + 1, out);
    }
    if (field.type == field_type::TYPE_GROUP) {
      if (!count_one() || !is_shallow(depth + 1)) return false;
      out = json::object();
      return fields(plans_.nested(field), in, depth + 1, field.field->number(), out, std::string_view());
    }
    if (!count_one()) return false;
    scalar raw;
    if (!read_scalar(field.wire, in, raw)) return broken(plan);
    return scalar_value(field, raw, out);
  }

  static bool read_scalar(wire_type type, wire_reader& in, scalar& out) {
    std::uint32_t narrow = 0;
    switch (type) {
      case wire_type::varint: return in.read_varint(out.bits);
      case wire_type::fixed64: return in.read_fixed(out.bits);
      case wire_type::length_delimited: return in.read_bytes(out.text);
      case wire_type::fixed32:
        if (!in.read_fixed(narrow)) return false;
        out.bits = narrow;
        return true;
      default: return false;
    }
  }

  static std::int64_t unzigzag(std::uint64_t bits) { return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1); }

  bool scalar_value(const field_plan& field, const scalar& raw, json& out) {
    switch (field.type) {
      case field_type::TYPE_DOUBLE: out = number_of(std::bit_cast<double>(raw.bits)); return true;
      case field_type::TYPE_FLOAT: {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(raw.bits));
        out = std::isfinite(value) ? json(as_written(value)) : number_of(value);
        return true;
      }
      case field_type::TYPE_INT64:
      case field_type::TYPE_SFIXED64: out = std::to_string(static_cast<std::int64_t>(raw.bits)); return true;
      case field_type::TYPE_UINT64:
      case field_type::TYPE_FIXED64: out = std::to_string(raw.bits); return true;
      case field_type::TYPE_SINT64: out = std::to_string(unzigzag(raw.bits)); return true;
      case field_type::TYPE_INT32:
      case field_type::TYPE_SFIXED32: out = static_cast<std::int32_t>(static_cast<std::uint32_t>(raw.bits)); return true;
      case field_type::TYPE_SINT32: out = static_cast<std::int32_t>(unzigzag(static_cast<std::uint32_t>(raw.bits))); return true;
      case field_type::TYPE_UINT32:
      case field_type::TYPE_FIXED32: out = static_cast<std::uint32_t>(raw.bits); return true;
      case field_type::TYPE_BOOL: out = raw.bits != 0; return true;
      case field_type::TYPE_BYTES: out = base64(raw.text); return true;
      case field_type::TYPE_STRING:
        if (!is_utf8(raw.text)) return fail(errc::protocol_error, "the text in " + field.field->full_name() + " is not UTF-8");
        out = std::string(raw.text);
        return true;
      default: break;
    }
    const auto number = static_cast<std::int32_t>(static_cast<std::uint32_t>(raw.bits));
    const pb::EnumValueDescriptor* named = field.field->enum_type()->FindValueByNumber(number);
    if (field.null_value) out = nullptr;
    else if (named) out = named->name();
    else out = number;
    return true;
  }

  bool special(const message_plan& plan, std::string_view bytes, int depth, json& out) {
    switch (plan.form) {
      case well_known::any: return any(plan, bytes, depth, out);
      case well_known::timestamp:
      case well_known::duration: return time(plan, bytes, out);
      case well_known::field_mask: return field_mask(plan, bytes, out);
      case well_known::value: return one_value(plan, bytes, depth, out);
      default: break;
    }
    // What the one field holds: of a wrapper, a Struct, a ListValue.
    const field_plan* only = plan.of_number(1);
    json inner = json::object();
    wire_reader in(bytes);
    if (!fields(plan, in, depth, 0, inner, bytes)) return false;
    if (const auto found = inner.find(only->key); found != inner.end()) {
      out = std::move(*found);
      return true;
    }
    if (plan.form == well_known::structure) out = json::object();
    else if (plan.form == well_known::list_value) out = json::array();
    else return zero(plan, *only, depth, out);
    return true;
  }

  bool time(const message_plan& plan, std::string_view bytes, json& out) {
    time_parts parts;
    for (wire_reader in(bytes); !in.at_end();) {
      int number = 0;
      wire_type type{};
      std::uint64_t bits = 0;
      if (!in.read_tag(number, type)) return broken(plan);
      if (number > 2 || type != wire_type::varint) {
        if (!in.skip(number, type)) return broken(plan);
        continue;
      }
      if (!in.read_varint(bits)) return broken(plan);
      if (number == 1) parts.seconds = static_cast<std::int64_t>(bits);
      else parts.nanos = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    }
    auto text = plan.form == well_known::timestamp ? write_timestamp(parts) : write_duration(parts);
    if (!text) return fail(errc::protocol_error, "a " + plan.type->full_name() + " is out of its range");
    out = std::move(*text);
    return true;
  }

  bool field_mask(const message_plan& plan, std::string_view bytes, json& out) {
    std::string text;
    for (wire_reader in(bytes); !in.at_end();) {
      int number = 0;
      wire_type type{};
      std::string_view path;
      if (!in.read_tag(number, type)) return broken(plan);
      if (number != 1 || type != wire_type::length_delimited) {
        if (!in.skip(number, type)) return broken(plan);
        continue;
      }
      if (!in.read_bytes(path)) return broken(plan);
      auto camel = camel_case(path);
      if (!camel || !is_utf8(*camel)) return fail(errc::protocol_error, "a path of a field mask cannot be written as JSON");
      if (!text.empty()) text += ',';
      text += *camel;
    }
    out = std::move(text);
    return true;
  }

  /// google.protobuf.Value: the last member counts.
  bool one_value(const message_plan& plan, std::string_view bytes, int depth, json& out) {
    json inner = json::object();
    wire_reader in(bytes);
    if (!fields(plan, in, depth, 0, inner, bytes)) return false;
    if (inner.empty()) out = nullptr;
    else out = std::move(inner.begin().value());
    return true;
  }

  bool any(const message_plan& plan, std::string_view bytes, int depth, json& out) {
    std::string_view url;
    std::string_view packed;
    for (wire_reader in(bytes); !in.at_end();) {
      int number = 0;
      wire_type type{};
      if (!in.read_tag(number, type)) return broken(plan);
      const bool wanted = number <= 2 && type == wire_type::length_delimited;
      if (wanted ? !in.read_bytes(number == 1 ? url : packed) : !in.skip(number, type)) return broken(plan);
    }
    if (!is_utf8(url)) return fail(errc::protocol_error, "the text in " + plan.type->full_name() + ".type_url is not UTF-8");
    out = json::object();
    if (url.empty()) return true;
    const std::string name(url.substr(url.rfind('/') + 1));
    const pb::Descriptor* type = plan.type->file()->pool()->FindMessageTypeByName(name);
    json inner;
    if (!type) {
      out["@type"] = std::string(url);
      out["@value"] = base64(packed);  // of a type that the server did not describe
      return true;
    }
    const message_plan& of = plans_.of(*type);
    if (!message(of, packed, depth + 1, inner)) return false;
    if (of.form == well_known::none) out = std::move(inner);
    else out["value"] = std::move(inner);
    out["@type"] = std::string(url);
    return true;
  }

  const message_plans& plans_;
  decode_limits limits_;
  std::size_t values_ = 0;
  error failure_;
};

}  // namespace

result<json> message_decoder::decode(const pb::Descriptor& type, std::string_view bytes) const {
  decoding work(plans_, limits_);
  json out;
  if (!work.message(plans_.of(type), bytes, 0, out)) return std::move(work.failure());
  return out;
}

}  // namespace utcp::grpc_transport
