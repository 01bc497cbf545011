#pragma once

#include <string>
#include <utility>

namespace utcp {

/// By what a server tells whether a manual has changed. Both empty where it says nothing. Source: RFC 9110, section 8.8.
struct manual_version {
  manual_version() = default;
  manual_version(std::string tag, std::string date) : entity_tag(std::move(tag)), last_modified(std::move(date)) {}

  std::string entity_tag;
  std::string last_modified;

  bool empty() const noexcept { return entity_tag.empty() && last_modified.empty(); }
  friend bool operator==(const manual_version&, const manual_version&) = default;
};

}  // namespace utcp
