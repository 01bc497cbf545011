#include <utcp/mcp/types.hpp>

#include "json_members.hpp"

#include <algorithm>
#include <array>

namespace utcp::mcp {

const std::string& tool::name() const {
  static const std::string none;
  const std::string* found = text_member(definition, "name");
  return found ? *found : none;
}

std::string tool::display_name() const {
  if (const auto* title = text_member(definition, "title")) return *title;
  if (const json* annotations = member(definition, "annotations"))
    if (const auto* title = text_member(*annotations, "title")) return *title;
  return name();
}

std::string tool::description() const {
  const auto* found = text_member(definition, "description");
  return found ? *found : std::string();
}

json tool::input_schema() const {
  const json* found = object_member(definition, "inputSchema");
  if (found) return *found;
  return json::object();
}

json tool::output_schema() const {
  const json* found = object_member(definition, "outputSchema");
  if (found) return *found;
  return nullptr;
}

std::string call_result::text() const {
  std::string out;
  for (const json& block : content) {
    const auto* type = text_member(block, "type");
    const auto* text = text_member(block, "text");
    if (!type || *type != "text" || !text) continue;
    if (!out.empty()) out += '\n';
    out += *text;
  }
  return out;
}

call_result read_call_result(json value) {
  call_result out;
  if (!value.is_object()) return out;
  if (auto content = value.find("content"); content != value.end() && content->is_array()) out.content = std::move(*content);
  if (auto structured = value.find("structuredContent"); structured != value.end()) out.structured = std::move(*structured);
  if (auto failed = value.find("isError"); failed != value.end() && failed->is_boolean()) out.is_error = failed->get<bool>();
  if (auto meta = value.find("_meta"); meta != value.end() && meta->is_object()) out.meta = std::move(*meta);
  return out;
}

json implementation::to_json() const {
  json out = json::object();
  out["name"] = name;
  out["version"] = version;
  if (!title.empty()) out["title"] = title;
  return out;
}

bool server_description::has(const char* capability, const char* detail) const {
  const json* found = member(capabilities, capability);
  if (!found || found->is_null() || *found == false) return false;
  if (!detail) return true;
  const json* inner = member(*found, detail);
  return inner && *inner != false && !inner->is_null();
}

std::optional<unsigned> log_severity(std::string_view level) noexcept {
  constexpr std::array<std::string_view, 8> levels{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"};
  const auto found = std::find(levels.begin(), levels.end(), level);
  if (found == levels.end()) return std::nullopt;
  return static_cast<unsigned>(found - levels.begin());
}

}  // namespace utcp::mcp
