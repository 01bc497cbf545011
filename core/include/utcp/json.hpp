#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace utcp {

using json = nlohmann::json;

/// An integer that is not negative: JSON in code writes it as a signed number, parsed text as an unsigned one.
inline std::optional<std::uint64_t> whole_number(const json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer() && value.get<std::int64_t>() >= 0) return static_cast<std::uint64_t>(value.get<std::int64_t>());
  return std::nullopt;
}

}  // namespace utcp
