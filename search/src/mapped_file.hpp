#pragma once

#include <utcp/error.hpp>

#include <filesystem>
#include <memory>
#include <string_view>

namespace utcp::search_detail {

struct mapped_file {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// Fails with errc::not_allowed for a symbolic link and for a file that another user owns or may write, else with errc::invalid_config.
result<mapped_file> map_own_file(const std::filesystem::path& file);

}  // namespace utcp::search_detail
