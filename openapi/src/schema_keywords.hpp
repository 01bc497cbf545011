#pragma once

#include "tree.hpp"

#include <cmath>
#include <string_view>

namespace utcp::openapi_detail {

/// What a keyword's value must be, and how it is translated.
enum class keyword : std::uint8_t {
  other, text, description, number, count, flag, schema, schema_or_boolean, list, map, name_lists, properties, items, enumeration, value, reference
};

inline keyword keyword_of(std::string_view key) {
  static const std::unordered_map<std::string_view, keyword> known{
      {"title", keyword::text}, {"format", keyword::text}, {"pattern", keyword::text}, {"contentEncoding", keyword::text}, {"contentMediaType", keyword::text},
      {"description", keyword::description}, {"minimum", keyword::number}, {"maximum", keyword::number}, {"exclusiveMinimum", keyword::number},
      {"exclusiveMaximum", keyword::number}, {"multipleOf", keyword::number}, {"minLength", keyword::count}, {"maxLength", keyword::count},
      {"minItems", keyword::count}, {"maxItems", keyword::count}, {"minProperties", keyword::count}, {"maxProperties", keyword::count},
      {"minContains", keyword::count}, {"maxContains", keyword::count}, {"uniqueItems", keyword::flag}, {"deprecated", keyword::flag},
      {"readOnly", keyword::flag}, {"writeOnly", keyword::flag}, {"not", keyword::schema}, {"if", keyword::schema}, {"then", keyword::schema},
      {"else", keyword::schema}, {"contains", keyword::schema}, {"propertyNames", keyword::schema}, {"contentSchema", keyword::schema},
      {"additionalProperties", keyword::schema_or_boolean}, {"unevaluatedProperties", keyword::schema_or_boolean},
      {"unevaluatedItems", keyword::schema_or_boolean}, {"allOf", keyword::list}, {"anyOf", keyword::list}, {"oneOf", keyword::list},
      {"prefixItems", keyword::list}, {"patternProperties", keyword::map}, {"dependentSchemas", keyword::map},
      {"dependentRequired", keyword::name_lists}, {"properties", keyword::properties}, {"items", keyword::items}, {"enum", keyword::enumeration},
      {"const", keyword::value}, {"default", keyword::value}, {"$ref", keyword::reference}, {"$dynamicRef", keyword::reference},
      {"$recursiveRef", keyword::reference}};
  const auto found = known.find(key);
  return found == known.end() ? keyword::other : found->second;
}

/// The type's name as JSON Schema writes it; empty when there is none.
inline std::string_view known_type(std::string_view name) {
  for (const std::string_view known : {"string", "number", "integer", "boolean", "array", "object", "null"}) {
    if (known.size() != name.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size(); ++i) same = same && (name[i] | 0x20) == known[i];
    if (same) return known;
  }
  return {};
}

inline bool is_count(node value) {
  return value.is_number() && value.number() >= 0 && value.number() <= 9007199254740992.0 && std::floor(value.number()) == value.number();
}

/// `nullable: true` of 3.0, which later documents write, too, and its forerunner.
inline bool is_nullable(node schema) { return schema["nullable"].is_true() || schema["x-nullable"].is_true(); }

}  // namespace utcp::openapi_detail
