#pragma once

#include <utcp/json.hpp>

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace utcp {

using bytes = std::vector<std::byte>;

/// What a tool answered: JSON, text, or bytes. `meta` (status, headers, timings) is empty unless asked for.
struct tool_result {
  tool_result() = default;
  explicit tool_result(json v) : value(std::move(v)) {}
  explicit tool_result(std::string v) : value(std::move(v)) {}
  explicit tool_result(bytes v) : value(std::move(v)) {}

  std::variant<json, std::string, bytes> value;
  json meta;

  /// The value as JSON: text becomes a string, bytes become base64 text (RFC 4648).
  json to_json() const;
};

}  // namespace utcp
