#include "message_encoder.hpp"

#include "message_text.hpp"
#include "wire_reader.hpp"

#include <utcp/utf8.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace utcp::grpc_transport {
namespace {

using field_type = pb::FieldDescriptor;

constexpr std::size_t most_names_shown = 12;

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, int number, wire_type type) { put_varint(out, static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(type)); }

template <class T>
void put_fixed(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

/// A part of the output whose length stands before it: one byte is left for that, more are made room for when it has an end.
class measured {
 public:
  explicit measured(std::string& out) : out_(out), at_(out.size()) { out.push_back(0); }
  void close() {
    const std::size_t size = out_.size() - at_ - 1;
    if (size < 0x80) {
      out_[at_] = static_cast<char>(size);
      return;
    }
    std::string length;
    put_varint(length, size);
    out_.replace(at_, 1, length);
  }

 private:
  std::string& out_;
  std::size_t at_;
};

std::uint64_t zigzag(std::int64_t value) { return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63); }

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  out.append(text.substr(0, 64));
  return out + (text.size() > 64 ? "…\"" : "\"");
}

/// An integer of JSON or of text; also 1.0 and 1e3. Nothing when it is none or does not fit T.
template <class T>
std::optional<T> integer_of(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number <= static_cast<std::uint64_t>(std::numeric_limits<T>::max()) ? std::optional<T>(static_cast<T>(number)) : std::nullopt;
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if constexpr (std::is_unsigned_v<T>) return number >= 0 ? std::optional<T>(static_cast<T>(number)) : std::nullopt;
    else return number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max() ? std::optional<T>(static_cast<T>(number)) : std::nullopt;
  }
  double number = 0;
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    const char* end = text.data() + text.size();
    T whole{};
    const auto digits = std::from_chars(text.data(), end, whole);
    if (digits.ptr == end && !text.empty()) return digits.ec == std::errc() ? std::optional<T>(whole) : std::nullopt;  // a double would round what does not fit
    if (const auto read = std::from_chars(text.data(), end, number); text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  } else if (value.is_number_float()) {
    number = value.get<double>();
  } else {
    return std::nullopt;
  }
  // The bounds as doubles: the upper one is one more than the largest, a power of two.
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (!(number >= static_cast<double>(std::numeric_limits<T>::min()) && number < above) || number != std::floor(number)) return std::nullopt;
  return static_cast<T>(number);
}

std::optional<double> number_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

std::string list_of(const pb::EnumDescriptor& type) {
  std::string out;
  for (int i = 0; i < type.value_count() && i < static_cast<int>(most_names_shown); ++i) out += (i ? ", " : "") + type.value(i)->name();
  return type.value_count() > static_cast<int>(most_names_shown) ? out + " …" : out;
}

std::string list_of(const message_plan& plan) {
  if (plan.fields.empty()) return "it has no fields";
  std::string out = "it has ";
  for (std::size_t i = 0; i < plan.fields.size() && i < most_names_shown; ++i) out += (i ? ", " : "") + plan.fields[i].key;
  return plan.fields.size() > most_names_shown ? out + " …" : out;
}

/// One encoding. The place is kept as text that grows and shrinks.
class encoding {
 public:
  encoding(const message_plans& plans, int max_depth, std::string place) : plans_(plans), max_depth_(max_depth), place_(std::move(place)) {}

  error& failure() { return failure_; }

  bool message(const message_plan& plan, const json& value, int depth, std::string& out) {
    if (depth > max_depth_) return fail("is nested deeper than " + std::to_string(max_depth_), errc::too_large);
    if (plan.form != well_known::none) return special(plan, value, depth, out);
    if (!value.is_object()) return fail("expected an object, a " + plan.type->full_name());
    return members(plan, value, depth, out, nullptr);
  }

 private:
  /// A step into the value, as long as it lives.
  class step {
   public:
    step(encoding& in, std::string_view name) : in_(in), before_(in.place_.size()) {
      in.place_ += '/';
      for (const char c : name.substr(0, 200)) {
        if (c == '~') in.place_ += "~0";
        else if (c == '/') in.place_ += "~1";
        else in.place_ += c;
      }
    }
    step(encoding& in, std::size_t index) : step(in, std::to_string(index)) {}
    step(const step&) = delete;
    step& operator=(const step&) = delete;
    ~step() { in_.place_.resize(before_); }

   private:
    encoding& in_;
    std::size_t before_;
  };

  bool fail(const std::string& what, errc code = errc::invalid_argument) {
    if (failure_.message.empty()) failure_ = error(code, "#" + place_ + ": " + what);
    return false;
  }

  /// The members of an object but for `but`.
  bool members(const message_plan& plan, const json& value, int depth, std::string& out, const char* but) {
    std::size_t required = 0;
    std::vector<const pb::OneofDescriptor*> chosen;
    for (auto each = value.begin(); each != value.end(); ++each) {
      const std::string& name = each.key();
      if (but && name == but) continue;
      const field_plan* field = plan.of_name(name);
      if (!field && name.size() > 2 && name.front() == '[' && name.back() == ']') field = plans_.extension(*plan.type, name.substr(1, name.size() - 2));
      const step into(*this, name);
      if (!field) return fail(plan.type->full_name() + " has no such field; " + list_of(plan));
      const bool null_is_a_value = !field->repeated && (field->null_value || (field->type == field_type::TYPE_MESSAGE && plans_.nested(*field).form == well_known::value));
      if (each->is_null() && !null_is_a_value) continue;
      if (name != field->key && value.contains(field->key)) return fail("is the same field as " + in_quotes(field->key));
      if (const pb::OneofDescriptor* of = field->field->real_containing_oneof()) {
        for (const auto* other : chosen)
          if (other == of) return fail("only one of the fields of " + in_quotes(of->name()) + " may be there");
        chosen.push_back(of);
      }
      if (field->field->is_required()) ++required;
      if (!member(*field, *each, depth, out)) return false;
    }
    if (required == plan.required.size()) return true;
    for (const field_plan* each : plan.required)
      if (!value.contains(each->key) && !value.contains(each->field->name())) return fail("the field " + in_quotes(each->key) + " is required");
    return fail("a required field is null");
  }

  bool member(const field_plan& field, const json& value, int depth, std::string& out) {
    if (field.map) return map(field, value, depth, out);
    if (!field.repeated) return tagged(field, value, depth, out);
    if (!value.is_array()) return fail("expected an array");
    std::size_t index = 0;
    if (!field.packed) {
      for (const json& each : value) {
        const step into(*this, index++);
        if (each.is_null() && !takes_null(field)) return fail("null stands for nothing in an array");
        if (!tagged(field, each, depth, out)) return false;
      }
      return true;
    }
    if (value.empty()) return true;
    put_tag(out, field.field->number(), wire_type::length_delimited);
    measured part(out);
    for (const json& each : value) {
      const step into(*this, index++);
      if (!scalar(field, each, out)) return false;
    }
    part.close();
    return true;
  }

  bool takes_null(const field_plan& field) { return field.null_value || (field.type == field_type::TYPE_MESSAGE && plans_.nested(field).form == well_known::value); }

  bool map(const field_plan& field, const json& value, int depth, std::string& out) {
    if (!value.is_object()) return fail("expected an object, a map");
    const message_plan& pair = plans_.nested(field);
    const field_plan& key_field = *pair.of_number(1);
    const field_plan& value_field = *pair.of_number(2);
    for (auto each = value.begin(); each != value.end(); ++each) {
      const step into(*this, each.key());
      if (each->is_null() && !takes_null(value_field)) return fail("null stands for nothing in a map");
      json key = each.key();
      if (key_field.type == field_type::TYPE_BOOL) {
        if (key != "true" && key != "false") return fail("expected a key true or false");
        key = key == "true";
      }
      put_tag(out, field.field->number(), wire_type::length_delimited);
      measured part(out);
      if (!tagged(key_field, key, depth, out) || !tagged(value_field, *each, depth, out)) return false;
      part.close();
    }
    return true;
  }

  /// A tag and one value.
  bool tagged(const field_plan& field, const json& value, int depth, std::string& out) {
    const int number = field.field->number();
    if (field.type == field_type::TYPE_MESSAGE) {
      put_tag(out, number, wire_type::length_delimited);
      measured part(out);
      if (!message(plans_.nested(field), value, depth + 1, out)) return false;
      part.close();
      return true;
    }
    if (field.type == field_type::TYPE_GROUP) {
      put_tag(out, number, wire_type::start_group);
      if (!message(plans_.nested(field), value, depth + 1, out)) return false;
      put_tag(out, number, wire_type::end_group);
      return true;
    }
    put_tag(out, number, field.wire);
    return scalar(field, value, out);
  }

  template <class T, class Put>
  bool integer(const json& value, Put put) {
    const auto number = integer_of<T>(value);
    if (!number) {
      if (value.is_number() || value.is_string())
        return fail("expected an integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " + std::to_string(std::numeric_limits<T>::max()));
      return fail("expected an integer");
    }
    put(*number);
    return true;
  }

  bool scalar(const field_plan& field, const json& value, std::string& out) {
    switch (field.type) {
      case field_type::TYPE_INT32: return integer<std::int32_t>(value, [&](std::int32_t n) { put_varint(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(n))); });
      case field_type::TYPE_INT64: return integer<std::int64_t>(value, [&](std::int64_t n) { put_varint(out, static_cast<std::uint64_t>(n)); });
      case field_type::TYPE_UINT32: return integer<std::uint32_t>(value, [&](std::uint32_t n) { put_varint(out, n); });
      case field_type::TYPE_UINT64: return integer<std::uint64_t>(value, [&](std::uint64_t n) { put_varint(out, n); });
      case field_type::TYPE_SINT32: return integer<std::int32_t>(value, [&](std::int32_t n) { put_varint(out, static_cast<std::uint32_t>(zigzag(n))); });
      case field_type::TYPE_SINT64: return integer<std::int64_t>(value, [&](std::int64_t n) { put_varint(out, zigzag(n)); });
      case field_type::TYPE_FIXED32: return integer<std::uint32_t>(value, [&](std::uint32_t n) { put_fixed(out, n); });
      case field_type::TYPE_FIXED64: return integer<std::uint64_t>(value, [&](std::uint64_t n) { put_fixed(out, n); });
      case field_type::TYPE_SFIXED32: return integer<std::int32_t>(value, [&](std::int32_t n) { put_fixed(out, n); });
      case field_type::TYPE_SFIXED64: return integer<std::int64_t>(value, [&](std::int64_t n) { put_fixed(out, n); });
      case field_type::TYPE_BOOL:
        if (!value.is_boolean()) return fail("expected true or false");
        put_varint(out, value.get<bool>() ? 1 : 0);
        return true;
      case field_type::TYPE_DOUBLE:
      case field_type::TYPE_FLOAT: return real(field, value, out);
      case field_type::TYPE_STRING:
        if (!value.is_string()) return fail("expected text");
        if (!is_utf8(value.get_ref<const std::string&>())) return fail("the text is not UTF-8");
        put_text(value.get_ref<const std::string&>(), out);
        return true;
      case field_type::TYPE_BYTES: {
        const auto bytes = value.is_string() ? decode_any_base64(value.get_ref<const std::string&>()) : std::nullopt;
        if (!bytes) return fail("expected bytes, as base64 text");
        put_text(*bytes, out);
        return true;
      }
      default: return enumeration(field, value, out);
    }
  }

  static void put_text(std::string_view text, std::string& out) {
    put_varint(out, text.size());
    out.append(text);
  }

  bool real(const field_plan& field, const json& value, std::string& out) {
    const auto number = number_of(value);
    if (!number) return fail("expected a number, or \"NaN\", \"Infinity\", \"-Infinity\"");
    if (field.type == field_type::TYPE_DOUBLE) {
      put_fixed(out, *number);
      return true;
    }
    // Half a step beyond the largest float still rounds to it.
    if (std::isfinite(*number) && std::abs(*number) >= 3.4028235677973366e38) return fail("the number is out of the range of a float");
    put_fixed(out, static_cast<float>(*number));
    return true;
  }

  bool enumeration(const field_plan& field, const json& value, std::string& out) {
    const pb::EnumDescriptor& type = *field.field->enum_type();
    std::int32_t number = 0;
    if (value.is_null() && field.null_value) {
      number = 0;
    } else if (value.is_string()) {
      const pb::EnumValueDescriptor* named = type.FindValueByName(value.get_ref<const std::string&>());
      if (!named) return fail(type.full_name() + " has no value " + in_quotes(value.get_ref<const std::string&>()) + "; it has " + list_of(type));
      number = named->number();
    } else if (const auto given = value.is_number() ? integer_of<std::int32_t>(value) : std::nullopt) {
      number = *given;
    } else {
      return fail("expected a name of " + type.full_name() + ": " + list_of(type));
    }
    put_varint(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
    return true;
  }

  bool special(const message_plan& plan, const json& value, int depth, std::string& out) {
    switch (plan.form) {
      case well_known::any: return any(plan, value, depth, out);
      case well_known::timestamp:
      case well_known::duration: return time(plan, value, out);
      case well_known::field_mask: return field_mask(value, out);
      case well_known::value: return one_value(plan, value, depth, out);
      case well_known::wrapper: return value.is_null() ? fail("expected a value") : tagged(*plan.of_number(1), value, depth, out);
      case well_known::structure: return value.is_object() ? member(*plan.of_number(1), value, depth, out) : fail("expected an object");
      default: return value.is_array() ? member(*plan.of_number(1), value, depth, out) : fail("expected an array");
    }
  }

  bool time(const message_plan& plan, const json& value, std::string& out) {
    const bool is_timestamp = plan.form == well_known::timestamp;
    std::optional<time_parts> parts;
    if (value.is_string()) parts = is_timestamp ? parse_timestamp(value.get_ref<const std::string&>()) : parse_duration(value.get_ref<const std::string&>());
    if (!parts) return fail(is_timestamp ? "expected a time such as \"2024-05-01T12:00:00Z\"" : "expected a duration such as \"1.5s\"");
    if (parts->seconds != 0) {
      put_tag(out, 1, wire_type::varint);
      put_varint(out, static_cast<std::uint64_t>(parts->seconds));
    }
    if (parts->nanos != 0) {
      put_tag(out, 2, wire_type::varint);
      put_varint(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(parts->nanos)));
    }
    return true;
  }

  bool field_mask(const json& value, std::string& out) {
    if (!value.is_string()) return fail("expected a field mask such as \"name,address.city\"");
    std::string_view rest = value.get_ref<const std::string&>();
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      auto path = snake_case(rest.substr(0, comma));
      if (!path || !is_utf8(*path)) return fail("a path of a field mask has no underscores: write fooBar for foo_bar");
      put_tag(out, 1, wire_type::length_delimited);
      put_text(*path, out);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return true;
  }

  bool one_value(const message_plan& plan, const json& value, int depth, std::string& out) {
    int member_number = 1;
    if (value.is_number()) member_number = 2;
    else if (value.is_string()) member_number = 3;
    else if (value.is_boolean()) member_number = 4;
    else if (value.is_object()) member_number = 5;
    else if (value.is_array()) member_number = 6;
    const field_plan& field = *plan.of_number(member_number);
    if (member_number != 3 || is_utf8(value.get_ref<const std::string&>())) return tagged(field, value, depth, out);
    return fail("the text is not UTF-8");
  }

  bool any(const message_plan& plan, const json& value, int depth, std::string& out) {
    if (!value.is_object()) return fail("expected an object with \"@type\"");
    if (value.empty()) return true;
    const auto url = value.find("@type");
    if (url == value.end() || !url->is_string() || !is_utf8(url->get_ref<const std::string&>())) return fail("expected \"@type\", such as \"type.googleapis.com/package.Message\"");
    const std::string& type_url = url->get_ref<const std::string&>();
    const pb::Descriptor* type = plan.type->file()->pool()->FindMessageTypeByName(type_url.substr(type_url.rfind('/') + 1));
    std::string packed;
    if (!type) {
      const auto raw = value.find("@value");
      if (raw == value.end()) {
        const step into(*this, "@type");
        return fail("the server has not described the type " + in_quotes(type_url));
      }
      const step into(*this, "@value");
      const auto bytes = raw->is_string() ? decode_any_base64(raw->get_ref<const std::string&>()) : std::nullopt;
      if (!bytes) return fail("expected bytes, as base64 text");
      packed = *bytes;
    } else if (type->full_name() == "google.protobuf.Empty" && value.size() == 2 && value.contains("value") && value.at("value") == json::object()) {
      // Go's protobuf writes an Empty so; the others do not.
    } else if (const message_plan& of = plans_.of(*type); of.form == well_known::none) {
      if (depth >= max_depth_) return fail("is nested deeper than " + std::to_string(max_depth_), errc::too_large);
      if (!members(of, value, depth + 1, packed, "@type")) return false;
    } else {
      const auto inner = value.find("value");
      if (inner == value.end() && of.form != well_known::value) return fail("expected \"value\", the " + type->full_name());
      const step into(*this, "value");
      if (!message(of, inner == value.end() ? json() : *inner, depth + 1, packed)) return false;
    }
    put_tag(out, 1, wire_type::length_delimited);
    put_text(type_url, out);
    if (!packed.empty()) {
      put_tag(out, 2, wire_type::length_delimited);
      put_text(packed, out);
    }
    return true;
  }

  const message_plans& plans_;
  int max_depth_;
  std::string place_;
  error failure_;
};

}  // namespace

result<std::string> message_encoder::encode(const pb::Descriptor& type, const json& value, const std::string& place) const {
  encoding work(plans_, max_depth_, place);
  std::string out;
  if (!work.message(plans_.of(type), value, 0, out)) return std::move(work.failure());
  return out;
}

}  // namespace utcp::grpc_transport
