#pragma once

#include <utcp/tool.hpp>

#include <string>
#include <vector>

namespace utcp {

/// A list of tools as a provider publishes it.
struct manual {
  dialect written_as = dialect::v1;
  std::string utcp_version;    ///< v1 `utcp_version`, v0 `version`; empty when absent
  std::string manual_version;  ///< v1 only; empty when absent
  std::vector<tool_ptr> tools;
  json extra = json::object();  ///< unknown top-level keys
};

}  // namespace utcp
