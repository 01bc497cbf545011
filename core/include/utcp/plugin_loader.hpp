#pragma once

#include <utcp/error.hpp>
#include <utcp/transport.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace utcp {

class registry;
class plugin_library;

/// Transports in a shared library that speaks the C ABI of utcp/plugin.h. Copies share the library; it stays loaded while
/// a copy, a factory or a transport of it is there. Thread-safe.
class plugin {
 public:
  const std::string& name() const noexcept;
  const std::filesystem::path& file() const noexcept;
  /// What it serves; at least one.
  const std::vector<std::string>& protocols() const noexcept;

  /// A factory for its transports, whichever the protocol. A client that uses several protocols of the plug-in has one
  /// instance of it.
  transport_factory factory() const;

 private:
  friend result<plugin> load_plugin(const std::filesystem::path& file);
  explicit plugin(std::shared_ptr<plugin_library> library) : library_(std::move(library)) {}

  std::shared_ptr<plugin_library> library_;
};

/// Loads a plug-in. The library's code runs in this process with all its rights: give only paths that the application or
/// its user's configuration names, never one that was fetched.
///
/// Fails with errc::not_allowed when the path is not absolute, or the file, its folder, or (without the sticky bit) a folder
/// above it may be written by everybody; errc::invalid_config when the file is absent, is no shared library, needs others
/// that are missing, or has no `utcp_plugin_entry`; errc::unsupported when it is of another ABI or will not run with this
/// one; errc::protocol_error when what it says of itself is incomplete.
result<plugin> load_plugin(const std::filesystem::path& file);

/// Loads a plug-in and adds its protocols. Fails as `load_plugin`, and with errc::invalid_config, nothing added, when the
/// registry has a transport for one of the protocols already.
result<plugin> add_plugin(registry& into, const std::filesystem::path& file);

}  // namespace utcp
