#include "argument_text.hpp"

#include <utcp/document.hpp>
#include <utcp/net/url.hpp>

#include <cmath>

namespace utcp::net {
namespace {

// A server that wants an integer refuses `1.0`, which models and some JSON writers make of it.
std::string number_text(double number) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (number == std::trunc(number) && std::abs(number) < exact) return std::to_string(static_cast<std::int64_t>(number));
  return write_json(number);
}

}  // namespace

std::optional<std::string> text_of(const json& value) {
  switch (value.type()) {
    case json::value_t::null: return std::nullopt;
    case json::value_t::string: return value.get_ref<const std::string&>();
    case json::value_t::boolean: return value.get<bool>() ? "true" : "false";
    case json::value_t::number_float: return number_text(value.get<double>());
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
