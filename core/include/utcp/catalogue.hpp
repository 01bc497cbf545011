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
  /// Takes tools that already have full names. Of tools with one name the last wins.
  registered_manual(std::shared_ptr<const call_template> provider, manual published);

  const std::string& name() const noexcept { return provider_->name; }
  const std::shared_ptr<const call_template>& provider() const noexcept { return provider_; }  ///< variables not replaced
  const manual& published() const noexcept { return published_; }
  const std::vector<tool_ptr>& tools() const noexcept { return published_.tools; }
  /// By full name; null when there is none. Constant time.
  tool_ptr find(std::string_view full_name) const noexcept;

 private:
  std::shared_ptr<const call_template> provider_;
  manual published_;
  std::vector<std::uint32_t> slots_;  // open addressing: index + 1, 0 is free
};

using manual_ptr = std::shared_ptr<const registered_manual>;

/// All manuals at one moment, in order of registration. Immutable.
class catalogue {
 public:
  catalogue() = default;
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
