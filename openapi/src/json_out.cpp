#include "json_out.hpp"

#include <utcp/utf8.hpp>

#include <charconv>
#include <cmath>

namespace utcp::openapi_detail {
namespace {

void put_escaped(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += "\\u00", out += digits[c >> 4], out += digits[c & 15];
    }
  }
  out.append(text, plain);
}

void put_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

void put_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t good = utf8_prefix_size(text);
    put_escaped(out, text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  out += '"';
}

// As deep as the document, which has a limit.
void put_value(std::string& out, node value) {
  if (!value) {
    out += "null";
    return;
  }
  const auto& one = value.entry();
  switch (one.kind) {
    case tree::kind::null: out += "null"; return;
    case tree::kind::boolean: out += one.boolean ? "true" : "false"; return;
    case tree::kind::negative: out += std::to_string(one.negative); return;
    case tree::kind::whole: out += std::to_string(one.whole); return;
    case tree::kind::real: put_number(out, one.real); return;
    case tree::kind::string: put_string(out, value.text()); return;
    case tree::kind::array: {
      char before = '[';
      value.each_item([&](node each) {
        out += before;
        before = ',';
        put_value(out, each);
      });
      out += before == '[' ? "[]" : "]";
      return;
    }
    case tree::kind::object: {
      object_out members(out);
      value.each_member([&](std::string_view key, node each) { members.value(key, each); });
      members.close();
      return;
    }
  }
}

json json_of(node value) {
  std::string text;
  put_value(text, value);
  json out = json::parse(text, nullptr, false);
  return out.is_discarded() ? json() : out;
}

}  // namespace utcp::openapi_detail
