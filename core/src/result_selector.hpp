#pragma once

#include <utcp/error.hpp>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace utcp {

using name_set = std::set<std::string, std::less<>>;

/// Which results a post-processor works on: by the tool's full name and the manual's name. Names may be given as they are
/// written in the configuration or normalised.
class result_selector {
 public:
  /// Reads `exclude_tools`, `only_include_tools`, `exclude_manuals`, `only_include_manuals`. Of the other keys only those
  /// of `own_keys` may be there. Fails with errc::invalid_config; `type` names the post-processor in the message.
  static result<result_selector> read(const json& options, std::string_view type, std::initializer_list<std::string_view> own_keys);

  bool selects(const std::string& tool, const std::string& manual) const;

 private:
  name_set exclude_tools_;
  name_set only_include_tools_;
  name_set exclude_manuals_;
  name_set only_include_manuals_;
};

/// The list of strings `key` of a post-processor's options; empty when it is absent or null.
result<name_set> read_names(const json& options, std::string_view key, std::string_view type);

}  // namespace utcp
