#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/error.hpp>

#include <memory>
#include <string_view>

namespace utcp {

/// Port: where registered tools are kept. Thread-safe; readers get immutable snapshots and never wait for writers.
class repository {
 public:
  virtual ~repository() = default;
  virtual catalogue_ptr snapshot() const = 0;
  /// Adds a manual or replaces the one of that name.
  virtual result<void> save(manual_ptr manual) = 0;
  /// Whether there was one.
  virtual result<bool> remove(std::string_view manual_name) = 0;
};

/// The default: in memory, gone with the process.
std::shared_ptr<repository> make_in_memory_repository();

}  // namespace utcp
