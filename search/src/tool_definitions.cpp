#include <utcp/search/tool_definitions.hpp>

#include <utcp/document.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace utcp {
namespace {

constexpr std::size_t max_name = 64;
constexpr std::size_t hash_digits = 8;
constexpr std::array<std::pair<const char*, tool_format>, 4> formats{
    {{"openai", tool_format::openai}, {"anthropic", tool_format::anthropic}, {"mistral", tool_format::mistral}, {"utcp", tool_format::utcp}}};

bool is_safe(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/// FNV-1a, as eight hexadecimal digits: the same on every machine.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  char digits[hash_digits + 1];
  std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(hash >> 32 ^ (hash & 0xFFFF'FFFFu)));
  return digits;
}

/// Whether `manual__tool` leads back to one name only.
bool is_plain(std::string_view full_name) {
  const std::size_t dot = full_name.find('.');
  if (dot == std::string_view::npos || dot == 0 || full_name.size() + 1 > max_name) return false;
  const std::string_view manual = full_name.substr(0, dot);
  const std::string_view own = full_name.substr(dot + 1);
  // `a_.b` and `a._b` would both be `a___b`.
  return !own.empty() && own.front() != '_' && manual.back() != '_' && manual.find("__") == std::string_view::npos &&
         std::ranges::all_of(manual, is_safe) && std::ranges::all_of(own, is_safe);
}

json inputs_of(const tool& from) {
  json out = from.inputs.to_json();
  if (!out.is_object()) out = json::object();
  if (!out.contains("type") || out["type"] != "object") out["type"] = "object";
  if (!out.contains("properties") || !out["properties"].is_object()) out["properties"] = json::object();
  return out;
}

json define(const tool& from, tool_format format) {
  json out = json::object();
  const std::string name = tool_name_for(format, from.name);
  switch (format) {
    case tool_format::openai:
    case tool_format::mistral: {
      json function = json::object();
      function["name"] = name;
      function["description"] = from.description;
      function["parameters"] = inputs_of(from);
      out["type"] = "function";
      out["function"] = std::move(function);
      break;
    }
    case tool_format::anthropic:
      out["name"] = name;
      out["description"] = from.description;
      out["input_schema"] = inputs_of(from);
      break;
    case tool_format::utcp:
      out["name"] = name;
      out["description"] = from.description;
      out["inputs"] = from.inputs.to_json();
      out["outputs"] = from.outputs.to_json();
      out["tags"] = from.tags;
      break;
  }
  return out;
}

}  // namespace

std::optional<tool_format> tool_format_named(std::string_view name) {
  for (const auto& [known, format] : formats)
    if (name == known) return format;
  return std::nullopt;
}

std::string tool_name_for(tool_format format, std::string_view full_name) {
  if (format == tool_format::utcp) return std::string(full_name);
  std::string out;
  const std::size_t dot = full_name.find('.');
  for (std::size_t i = 0; i < full_name.size(); ++i) {
    if (i == dot) out += "__";
    else out += is_safe(full_name[i]) ? full_name[i] : '_';
  }
  if (is_plain(full_name)) return out;
  if (out.size() > max_name - hash_digits - 1) out.resize(max_name - hash_digits - 1);
  return out + "_" + hash_of(full_name);
}

tool_ptr find_tool_named(const catalogue& in, tool_format format, std::string_view name) {
  if (auto found = in.find_tool(name)) return found;
  if (format == tool_format::utcp) return nullptr;
  if (const std::size_t at = name.find("__"); at != std::string_view::npos && at != 0) {
    const std::string full = std::string(name.substr(0, at)) + "." + std::string(name.substr(at + 2));
    if (auto found = in.find_tool(full); found && tool_name_for(format, found->name) == name) return found;
  }
  if (name.size() <= hash_digits || name[name.size() - hash_digits - 1] != '_') return nullptr;
  for (const manual_ptr& each : in.manuals())
    for (const tool_ptr& one : each->tools())
      if (!is_plain(one->name) && tool_name_for(format, one->name) == name) return one;
  return nullptr;
}

std::size_t estimated_tokens(const json& definition) { return (write_json(definition).size() + 2) / 3; }

tool_definitions define_tools(const std::vector<tool_ptr>& tools, tool_format format, std::optional<std::size_t> budget) {
  tool_definitions out;
  for (const tool_ptr& each : tools) {
    json one = define(*each, format);
    const std::size_t tokens = estimated_tokens(one);
    if (budget && (tokens > *budget || out.tokens > *budget - tokens)) {
      ++out.left_out;
      continue;
    }
    out.tokens += tokens;
    out.definitions.push_back(std::move(one));
  }
  return out;
}

}  // namespace utcp
