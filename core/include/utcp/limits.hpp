#pragma once

#include <cstddef>

namespace utcp {

/// Bounds of a document that somebody else wrote. Passing one fails with errc::too_large.
struct document_limits {
  std::size_t max_bytes = 128u << 20;
  std::size_t max_depth = 256;          ///< nested arrays and objects
  std::size_t max_values = 20'000'000;  ///< values in all
  std::size_t max_tools = 1'000'000;
};

}  // namespace utcp
