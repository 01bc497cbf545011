#include "elicitation.hpp"

#include "json_members.hpp"

namespace utcp::mcp {

void complete_form(const json& requested_schema, json& answer) {
  if (!answer.is_object()) return;
  const auto* action = text_member(answer, "action");
  if (!action || *action != "accept") {
    answer.erase("content");
    return;
  }
  json& content = answer["content"];
  if (!content.is_object()) content = json::object();
  const json* properties = object_member(requested_schema, "properties");
  if (!properties) return;
  for (const auto& [name, schema] : properties->items()) {
    const json* usual = member(schema, "default");
    if (usual && !usual->is_null() && !content.contains(name)) content[name] = *usual;
  }
}

}  // namespace utcp::mcp
