#pragma once

#include <utcp/error.hpp>
#include <utcp/plugin.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace utcp {

/// A shared library that is loaded; unloaded by the destructor.
class plugin_library {
 public:
  using entry_function = const utcp_plugin* (*)(const utcp_host*);

  /// Fails as `load_plugin`.
  static result<std::shared_ptr<plugin_library>> open(const std::filesystem::path& file);
  ~plugin_library();
  plugin_library(const plugin_library&) = delete;
  plugin_library& operator=(const plugin_library&) = delete;

  const std::filesystem::path& file() const noexcept { return file_; }
  entry_function entry() const noexcept { return entry_; }

  // What the plug-in says of itself; set once, by load_plugin.
  std::string name;
  std::vector<std::string> protocols;

 private:
  plugin_library() = default;

  std::filesystem::path file_;
  void* handle_ = nullptr;
  entry_function entry_ = nullptr;
};

}  // namespace utcp
