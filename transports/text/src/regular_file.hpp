#pragma once

#include <utcp/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace utcp::text_detail {

/// Reads a whole regular file, and nothing else: a pipe or a device could block for ever. `named` is the path for messages.
/// Fails with errc::invalid_config, or errc::too_large for a file of more than `max_bytes`, of which no more is read.
result<std::string> read_regular_file(const std::filesystem::path& file, const std::string& named, std::size_t max_bytes);

}  // namespace utcp::text_detail
