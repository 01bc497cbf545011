#pragma once

#include <utcp/tool.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::search_detail {

enum class field : unsigned char { name, description, tags, parameter_names, parameter_texts, parameter_values, provider };
inline constexpr std::size_t field_count = 7;

/// The searchable texts of an input schema. At most the first 64 KiB of strings, 64 levels deep.
struct schema_texts {
  std::vector<std::string> names;   ///< of properties, at any depth
  std::vector<std::string> texts;   ///< `description` and `title`
  std::vector<std::string> values;  ///< strings of `enum`, `const`, `default`, `examples`
};

/// Reads what a schema says. A text that is no JSON gives what stands before the mistake.
schema_texts read_schema_texts(std::string_view json_text);

/// The part of a full name that is the tool's own: without its manual.
std::string_view own_name(std::string_view full_name);

}  // namespace utcp::search_detail
