#include <utcp/mcp/revision.hpp>

#include <algorithm>

namespace utcp::mcp {

bool is_legacy_revision(std::string_view revision) noexcept { return std::find(legacy_revisions.begin(), legacy_revisions.end(), revision) != legacy_revisions.end(); }

bool is_modern_revision(std::string_view revision) noexcept { return revision.size() == modern_revision.size() && revision >= modern_revision; }

}  // namespace utcp::mcp
