#include "argument_text.hpp"

#include <utcp/document.hpp>
#include <utcp/net/url.hpp>

namespace utcp::net {

std::optional<std::string> text_of(const json& value) {
  switch (value.type()) {
    case json::value_t::null: return std::nullopt;
    case json::value_t::string: return value.get_ref<const std::string&>();
    case json::value_t::boolean: return value.get<bool>() ? "true" : "false";
    case json::value_t::binary: {
      const std::string quoted = write_json(value);
      return quoted.substr(1, quoted.size() - 2);
    }
    default: return write_json(value);
  }
}

std::optional<std::string> joined_text_of(const json& value) {
  if (!value.is_array()) return text_of(value);
  std::string out;
  for (const json& item : value) {
    const auto text = text_of(item);
    if (!text) continue;
    if (!out.empty()) out += ',';
    out += *text;
  }
  return out;
}

void append_pairs(std::string& to, const std::string& name, const json& value) {
  if (value.is_array()) {
    for (const json& item : value)
      if (const auto text = text_of(item)) append_query_pair(to, name, *text);
  } else if (value.is_string()) {
    append_query_pair(to, name, value.get_ref<const std::string&>());
  } else if (const auto text = text_of(value)) {
    append_query_pair(to, name, *text);
  }
}

}  // namespace utcp::net
