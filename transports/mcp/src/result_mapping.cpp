#include "result_mapping.hpp"

#include <utcp/mcp/revision.hpp>

namespace utcp::mcp_transport {
namespace {

json all_of(mcp::call_result& answer) {
  json out = json::object();
  out["content"] = std::move(answer.content);
  if (answer.structured) out["structuredContent"] = std::move(*answer.structured);
  if (answer.is_error) out["isError"] = true;
  if (answer.meta.is_object()) out["_meta"] = std::move(answer.meta);
  return out;
}

bool says_wrapped(const json& meta) {
  if (!meta.is_object()) return false;
  const auto fastmcp = meta.find("fastmcp");
  return fastmcp != meta.end() && fastmcp->is_object() && fastmcp->value("wrap_result", json()) == true;
}

bool is_text(const json& block) { return block.is_object() && block.value("type", json()) == "text" && block.contains("text") && block["text"].is_string(); }

}  // namespace

bool wraps_result(const json& output_schema) { return output_schema.is_object() && output_schema.value("x-fastmcp-wrap-result", json()) == true; }

result<tool_result> map_result(mcp::call_result answer, const std::string& tool, bool unwrap, bool raw, bool want_meta) {
  if (answer.is_error) {
    // Who the server is, often with a picture, would hide what the tool says.
    if (answer.meta.is_object()) answer.meta.erase(mcp::meta_key::server);
    if (answer.meta.empty()) answer.meta = nullptr;
    return error(errc::remote_failed, tool + ": the tool says that it failed", all_of(answer));
  }
  tool_result out;
  if (want_meta) {
    mcp::call_result copy = answer;
    out.meta = all_of(copy);
  }
  if (raw) {
    out.value = all_of(answer);
  } else if (answer.structured) {
    json& value = *answer.structured;
    if ((unwrap || says_wrapped(answer.meta)) && value.is_object() && value.size() == 1 && value.contains("result")) out.value = json(std::move(value["result"]));
    else out.value = std::move(value);
  } else if (answer.content.size() == 1 && is_text(answer.content[0])) {
    out.value = std::move(answer.content[0]["text"].get_ref<std::string&>());
  } else {
    out.value = std::move(answer.content);
  }
  return out;
}

}  // namespace utcp::mcp_transport
