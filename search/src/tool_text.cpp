#include "tool_text.hpp"

#include <utcp/json.hpp>

#include <cstdint>
#include <utility>

namespace utcp::search_detail {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_string_bytes = 64u << 10;  // of one schema, all strings together

/// Walks a JSON Schema. What an object means follows from the key it stands under.
class schema_reader {
 public:
  explicit schema_reader(schema_texts& to) : to_(to) {}

  bool null() { return value(); }
  bool boolean(bool) { return value(); }
  bool number_integer(std::int64_t) { return value(); }
  bool number_unsigned(std::uint64_t) { return value(); }
  bool number_float(double, const std::string&) { return value(); }
  template <class Binary>
  bool binary(Binary&) {
    return value();
  }
  bool string(std::string& text) {
    const meaning now = next_;
    value();
    if (now == meaning::text) return keep(to_.texts, std::move(text));
    if (now == meaning::value) return keep(to_.values, std::move(text));
    return true;
  }
  bool key(std::string& name) {
    switch (levels_.back()) {
      case meaning::properties:
        next_ = meaning::schema;
        return keep(to_.names, std::move(name));
      case meaning::definitions: next_ = meaning::schema; break;
      case meaning::schema: next_ = meaning_of(name); break;
      default: next_ = meaning::nothing;
    }
    return true;
  }
  bool start_object(std::size_t) { return enter(false); }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) { return enter(true); }
  bool end_array() { return leave(); }
  template <class Failure>
  bool parse_error(std::size_t, const std::string&, const Failure&) {
    return false;
  }

 private:
  enum class meaning : unsigned char { nothing, schema, properties, definitions, text, value };

  static meaning meaning_of(std::string_view key) {
    if (key == "description" || key == "title") return meaning::text;
    if (key == "enum" || key == "const" || key == "default" || key == "examples" || key == "example") return meaning::value;
    if (key == "properties" || key == "patternProperties") return meaning::properties;
    if (key == "$defs" || key == "definitions" || key == "dependentSchemas") return meaning::definitions;
    for (const char* nested : {"items", "prefixItems", "additionalProperties", "allOf", "anyOf", "oneOf", "if", "then", "else", "not", "contains"})
      if (key == nested) return meaning::schema;
    return meaning::nothing;
  }

  bool value() {
    if (!levels_.empty() && !arrays_.back()) next_ = meaning::nothing;
    return true;
  }
  bool enter(bool array) {
    if (levels_.size() >= max_depth) return false;
    levels_.push_back(next_);
    arrays_.push_back(array);
    if (!array) next_ = meaning::nothing;
    return true;
  }
  bool leave() {
    levels_.pop_back();
    arrays_.pop_back();
    // Within an array each element means the same.
    next_ = !levels_.empty() && arrays_.back() ? levels_.back() : meaning::nothing;
    return true;
  }
  bool keep(std::vector<std::string>& in, std::string text) {
    bytes_ += text.size();
    if (bytes_ > max_string_bytes) return false;
    in.push_back(std::move(text));
    return true;
  }

  schema_texts& to_;
  std::vector<meaning> levels_;
  std::vector<bool> arrays_;
  meaning next_ = meaning::schema;
  std::size_t bytes_ = 0;
};

}  // namespace

schema_texts read_schema_texts(std::string_view json_text) {
  schema_texts out;
  schema_reader reader(out);
  json::sax_parse(json_text.begin(), json_text.end(), &reader);
  return out;
}

std::string_view own_name(std::string_view full_name) {
  const std::size_t dot = full_name.find('.');
  return dot == std::string_view::npos ? full_name : full_name.substr(dot + 1);
}

}  // namespace utcp::search_detail
