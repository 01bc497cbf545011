#include "plugin_instance.hpp"

#include <utcp/document.hpp>

#include <cstring>

namespace utcp {
namespace {

error broken(const std::string& who, const std::string& what) { return error(errc::protocol_error, who + " " + what); }

std::optional<errc> errc_named(std::string_view name) {
  for (int value = static_cast<int>(errc::invalid_config); value <= static_cast<int>(errc::internal); ++value)
    if (to_string(static_cast<errc>(value)) == name) return static_cast<errc>(value);
  return std::nullopt;
}

error read_failure(const utcp_outcome& outcome, const std::string& who) {
  const std::string name(text_of(outcome.error).substr(0, 64));
  std::string message(text_of(outcome.message));
  json remote;
  if (auto said = text_of(outcome.remote); !said.empty()) {
    auto read = parse_json(said);
    remote = read ? std::move(*read) : json(std::string(said));
  }
  const auto code = errc_named(name);
  if (!code) return error(errc::protocol_error, who + " failed with \"" + name + "\", which is no errc of utcp" + (message.empty() ? "" : ": " + message), std::move(remote));
  if (message.empty()) message = who + " failed with " + name;
  return error(*code, std::move(message), std::move(remote));
}

result<tool_result> read_payload(const utcp_outcome& outcome, const plugin_operation& of, const std::string& who) {
  const std::string_view payload = text_of(outcome.payload);
  switch (outcome.payload_kind) {
    case UTCP_NOTHING:
    case UTCP_END:
      return tool_result(json(nullptr));
    case UTCP_JSON: {
      if (of.what == plugin_operation::kind::discover) return tool_result(std::string(payload));
      document_limits limits;
      limits.max_bytes = of.max_bytes;
      auto value = parse_json(payload, limits);
      if (value) return tool_result(std::move(*value));
      if (value.error() == errc::too_large) return value.error();
      return broken(who, "answered with what is not JSON: " + value.error().message);
    }
    case UTCP_TEXT:
      return tool_result(std::string(payload));
    case UTCP_BYTES: {
      bytes out(payload.size());
      if (!payload.empty()) std::memcpy(out.data(), payload.data(), payload.size());
      return tool_result(std::move(out));
    }
    default:
      return broken(who, "answered with payload kind " + std::to_string(outcome.payload_kind) + ", which utcp/plugin.h does not know");
  }
}

/// Whether the payload's kind can answer what was asked.
bool fits(std::uint32_t kind, plugin_operation::kind what) {
  switch (what) {
    case plugin_operation::kind::discover: return kind == UTCP_JSON;
    case plugin_operation::kind::open_stream: return kind == UTCP_NOTHING;
    case plugin_operation::kind::call: return kind != UTCP_END;
    case plugin_operation::kind::next: return true;
  }
  return false;
}

void read_notices(std::string_view text, plugin_answer& into, const std::string& who) {
  if (text.empty()) return;
  auto list = parse_json(text);
  if (!list || !list->is_array()) {
    into.notices.emplace_back(who, "gave notices that are not a JSON array; they are lost");
    return;
  }
  for (const json& each : *list) {
    if (!each.is_object()) continue;
    auto field = [&](const char* key) {
      auto it = each.find(key);
      return it != each.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    into.notices.emplace_back(field("place"), field("message"));
  }
}

result<plugin_answer> read_success(const utcp_outcome& outcome, const plugin_operation& of, const std::string& who) {
  if (!fits(outcome.payload_kind, of.what))
    return broken(who, "completed an operation with payload kind " + std::to_string(outcome.payload_kind) + ", which cannot answer it (see utcp/plugin.h)");
  if (outcome.payload.size > of.max_bytes)
    return error(errc::too_large, who + " answered with " + std::to_string(outcome.payload.size) + " bytes, more than the limit of " + std::to_string(of.max_bytes) +
                                      "; raise max_response_bytes, or ask for less");
  auto value = read_payload(outcome, of, who);
  if (!value) return value.error();
  plugin_answer out;
  out.value = std::move(*value);
  out.end = outcome.payload_kind == UTCP_END;
  if (auto text = text_of(outcome.meta); !text.empty()) {
    auto meta = parse_json(text);
    if (!meta || !meta->is_object()) return broken(who, "gave meta that is not a JSON object");
    out.value.meta = std::move(*meta);
  }
  read_notices(text_of(outcome.notices), out, who);
  return out;
}

}  // namespace

result<plugin_answer> read_outcome(const utcp_outcome* outcome, const plugin_operation& of, const std::string& who) {
  if (!outcome) return broken(who, "completed an operation without an outcome");
  if (outcome->size < sizeof(utcp_outcome))
    return broken(who, "completed an operation with a utcp_outcome of " + std::to_string(outcome->size) + " bytes; set its size to sizeof(utcp_outcome)");
  try {
    if (outcome->error.size != 0) return read_failure(*outcome, who);
    return read_success(*outcome, of, who);
  } catch (const std::exception& e) {
    return error(errc::internal, who + ": its answer could not be taken: " + e.what());
  }
}

}  // namespace utcp
