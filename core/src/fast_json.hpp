#pragma once

#include <utcp/json.hpp>
#include <utcp/limits.hpp>

#include <optional>
#include <string_view>

namespace utcp {

/// A JSON text read with simdjson. Nothing when there is anything unusual about it (not valid, a limit passed, a number
/// beyond 64 bits): the thorough reader then says what. Thread-safe.
std::optional<json> read_json_fast(std::string_view text, const document_limits& limits);

}  // namespace utcp
