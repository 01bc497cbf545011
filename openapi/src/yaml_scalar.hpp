#pragma once

#include <cstdint>
#include <string_view>

namespace utcp::yaml_detail {

enum class scalar_kind : std::uint8_t { null, boolean, integer, octal, hexadecimal, real, string };

/// What a plain scalar is in the YAML 1.2 core schema. A number that JSON cannot hold is a string.
scalar_kind classify(std::string_view plain);

/// The value of a text of kind integer, octal or hexadecimal. False: it takes more than 64 bits, use `real_value`.
bool integer_value(std::string_view text, scalar_kind kind, bool& negative, std::uint64_t& magnitude);

/// The value of a number of any kind.
double real_value(std::string_view text, scalar_kind kind);

}  // namespace utcp::yaml_detail
