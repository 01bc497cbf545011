#pragma once

#include <utcp/manual.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// A manual with its tools, as registered. Immutable; shared by snapshots.
class registered_manual {
 public:
  /// Takes tools that already have full names. Of tools with one name the last wins. `turn` is the manual's place among others.
  registered_manual(std::shared_ptr<const call_template> provider, manual published, std::uint64_t turn = 0);

  const std::string& name() const noexcept { return provider_->name; }
  const std::shared_ptr<const call_template>& provider() const noexcept { return provider_; }  ///< variables not replaced
  const manual& published() const noexcept { return published_; }
  const std::vector<tool_ptr>& tools() const noexcept { return published_.tools; }
  std::uint64_t turn() const noexcept { return turn_; }
  /// By full name; null when there is none. Constant time.
  tool_ptr find(std::string_view full_name) const noexcept;

 private:
  std::shared_ptr<const call_template> provider_;
  manual published_;
  std::uint64_t turn_;
  std::vector<std::uint32_t> slots_;  // open addressing: index + 1, 0 is free
};

using manual_ptr = std::shared_ptr<const registered_manual>;

/// All manuals at one moment. Immutable.
///
/// They stand in the order in which their registration was asked for (the configuration's, then the application's), whichever
/// was finished first, so that listings and searches give the same each time. A manual that is read again keeps its place.
class catalogue {
 public:
  catalogue() = default;
  /// Puts the manuals in the order of their turns; those of one turn stay as they are given.
  explicit catalogue(std::vector<manual_ptr> manuals);

  const std::vector<manual_ptr>& manuals() const noexcept { return manuals_; }
  manual_ptr find_manual(std::string_view name) const noexcept;
  /// The tool `manual.tool`; the text before the first dot is the manual. Null when there is none.
  tool_ptr find_tool(std::string_view full_name) const noexcept;
  std::size_t tool_count() const noexcept { return tool_count_; }

 private:
  std::vector<manual_ptr> manuals_;
  std::size_t tool_count_ = 0;
};

using catalogue_ptr = std::shared_ptr<const catalogue>;

}  // namespace utcp
