#pragma once

#include <utcp/catalogue.hpp>
#include <utcp/search/indexed_search.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// A manual that a catalogue file holds.
struct stored_manual {
  std::string name;
  std::size_t tools = 0;
  json notes;  ///< the application's own, as it gave them
};

/// Manuals and their full-text index in one file, which is mapped and not read: opening takes no longer for many tools, and a search
/// reads what it needs. Tools stand there as they were discovered but for their call templates, of which only the protocol is kept:
/// credentials may stand in them. Immutable; thread-safe.
///
/// A file is never trusted: a damaged or forged one is refused when it is opened, or else by the operation that comes upon it.
class catalogue_file {
 public:
  ~catalogue_file();
  catalogue_file(const catalogue_file&) = delete;
  catalogue_file& operator=(const catalogue_file&) = delete;

  /// Fails with errc::not_allowed for a symbolic link and for a file that another user owns or may write, else with errc::invalid_config.
  /// The file must not be shortened while it is open; replace it by renaming.
  static result<std::shared_ptr<const catalogue_file>> open(const std::filesystem::path& file);
  /// The same from what `write_catalogue` gave.
  static result<std::shared_ptr<const catalogue_file>> open_bytes(std::string bytes);

  const std::vector<stored_manual>& manuals() const noexcept;  ///< in the order in which they were given
  const json& notes() const noexcept;
  const indexed_search_options& how() const noexcept;

  /// As `indexed_search::search` of a catalogue of these manuals. The tools' call templates hold the protocol and the manual's name only.
  /// Fails also with errc::invalid_config where the file turns out to be damaged.
  result<std::vector<tool_match>> search(std::string_view query, const search_options& options) const;
  /// Calls `visit` with the name of the manual and each of its tools, in order, as long as it gives true.
  /// Fails with errc::invalid_config where the file turns out to be damaged.
  result<void> for_each_tool(const std::function<bool(const std::string&, const tool_ptr&)>& visit) const;
  /// Whether nothing of the file is damaged. Reads all of it.
  bool intact() const;
  /// Whether the manual of that name has just these tools.
  bool holds(const registered_manual& one) const;

 private:
  friend class catalogue_writer;
  struct content;
  explicit catalogue_file(std::unique_ptr<const content> held);
  static result<std::shared_ptr<const catalogue_file>> open(std::shared_ptr<const void> owner, std::string_view bytes);

  std::unique_ptr<const content> content_;
};

using catalogue_file_ptr = std::shared_ptr<const catalogue_file>;

/// A manual for a catalogue file: one that is registered, one that another file holds under that name, or (neither) one without tools.
struct catalogue_entry {
  std::string name;
  manual_ptr registered;
  catalogue_file_ptr stored;
  json notes;
};

/// The bytes of a catalogue file. Only registered manuals are indexed; stored ones must have been with the same weights.
/// Fails with errc::invalid_config for a stored manual that is damaged or not there, errc::too_large beyond 4 GiB of texts or lists.
result<std::string> write_catalogue(const std::vector<catalogue_entry>& entries, const indexed_search_options& how, const json& notes);

}  // namespace utcp
