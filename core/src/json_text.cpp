#include "document_builder.hpp"
#include "fast_json.hpp"

#include <utcp/base64.hpp>
#include <utcp/schema.hpp>
#include <utcp/tool_result.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace utcp {
namespace {

/// What nlohmann says of a syntax error, without its own prefix and without the text it read last (it may be a secret).
std::string readable(const std::string& what) {
  std::string text = what;
  if (auto at = text.find("at line "); at != std::string::npos) {
    text.erase(0, at);
  } else if (auto close = text.find("] "); text.starts_with("[json.exception") && close != std::string::npos) {
    text.erase(0, close + 2);
    if (auto quoted = text.find(" parsing '"); quoted != std::string::npos) text.erase(quoted);
    text.insert(0, "(");
    text += ')';
  }
  if (auto last = text.find("; last read: "); last != std::string::npos) {
    // Only what the parser itself can have written counts: the text read last may hold the same words.
    static constexpr std::array<std::string_view, 11> ends{"true literal", "false literal", "null literal", "string literal", "number literal", "'['",
                                                           "'{'", "']'", "'}'", "':'", "end of input"};
    const std::string_view words = "; expected ";
    const auto expected = text.rfind(words);
    std::string tail = expected != std::string::npos && expected > last ? text.substr(expected) : std::string();
    text.erase(last);
    if (!tail.empty() && std::find(ends.begin(), ends.end(), std::string_view(tail).substr(words.size())) != ends.end()) text += tail;
  }
  const std::string phrase = "syntax error while parsing ";
  if (auto at = text.find(phrase); at != std::string::npos) {
    auto dash = text.find(" - ", at);
    if (dash != std::string::npos) text.erase(at, dash + 3 - at);
  }
  return text;
}

syntax sniff(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return syntax::unknown;
  return text[first] == '{' || text[first] == '[' ? syntax::json : syntax::yaml;
}

bool holds_binary(const json& value) {
  if (value.is_structured()) return std::any_of(value.begin(), value.end(), holds_binary);
  return value.is_binary();
}

json with_base64(const json& value) {
  if (value.is_binary()) {
    const auto& raw = value.get_binary();
    return base64(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()));
  }
  if (!value.is_structured()) return value;
  json out = value.is_array() ? json::array() : json::object();
  if (value.is_array())
    for (const json& item : value) out.push_back(with_base64(item));
  else
    for (const auto& [key, item] : value.items()) out[key] = with_base64(item);
  return out;
}

/// Source: RFC 8259, section 7.
void append_text(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    return;
  }
  out += '"';
  std::size_t written = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(written, at - written);
    written = at + 1;
    constexpr std::string_view short_form = "\bb\tt\nn\ff\rr\"\"\\\\";
    std::size_t found = 0;
    while (found < short_form.size() && short_form[found] != text[at]) found += 2;
    out += '\\';
    if (found < short_form.size()) {
      out += short_form[found + 1];
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
  out += text.substr(written);
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// nlohmann's own writer takes a block of memory for its indentation with every text.
void append_json(std::string& out, const json& value) {
  switch (value.type()) {
    case json::value_t::string: return append_text(out, value.get_ref<const std::string&>());
    case json::value_t::number_integer: return append_number(out, value.get_ref<const json::number_integer_t&>());
    case json::value_t::number_unsigned: return append_number(out, value.get_ref<const json::number_unsigned_t&>());
    case json::value_t::binary: return append_text(out, with_base64(value).get_ref<const std::string&>());
    case json::value_t::object: {
      out += '{';
      for (const auto& [name, each] : value.get_ref<const json::object_t&>()) {
        append_text(out, name);
        out += ':';
        append_json(out, each);
        out += ',';
      }
      if (out.back() == ',') out.back() = '}';
      else out += '}';
      return;
    }
    case json::value_t::array:
      out += '[';
      for (const json& each : value) {
        append_json(out, each);
        out += ',';
      }
      if (out.back() == ',') out.back() = ']';
      else out += ']';
      return;
    case json::value_t::null: out += "null"; return;
    case json::value_t::boolean: out += value.get_ref<const json::boolean_t&>() ? "true" : "false"; return;
    case json::value_t::number_float:
    case json::value_t::discarded: out += value.dump(); return;
  }
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    char c = a[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c != b[i]) return false;
  }
  return true;
}

bool document_builder::fail(errc code, std::string message) {
  if (!failure_) failure_ = error(code, std::move(message));
  return false;
}

bool document_builder::counts() {
  if (++values_ <= limits_.max_values) return true;
  return fail(errc::too_large, "has more than " + std::to_string(limits_.max_values) + " values");
}

json* document_builder::place(json value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  json& parent = *open_.back();
  if (parent.is_array()) {
    parent.push_back(std::move(value));
    return &parent.back();
  }
  *slot_ = std::move(value);
  return slot_;
}

bool document_builder::put(json value) {
  if (!counts()) return false;
  if (in_tools_ && open_.size() == 2) {
    if (++tools_ > limits_.max_tools) return fail(errc::too_large, "has more than " + std::to_string(limits_.max_tools) + " tools");
    return on_tool(std::move(value), tools_ - 1);
  }
  tools_next_ = false;
  place(std::move(value));
  return true;
}

bool document_builder::open(json container) {
  if (!counts()) return false;
  if (open_.size() >= limits_.max_depth) return fail(errc::too_large, "is nested deeper than " + std::to_string(limits_.max_depth) + " levels");
  if (tools_next_ && container.is_array()) in_tools_ = saw_tools_ = true;
  tools_next_ = false;
  if (in_tools_ && open_.size() == 2) {
    if (++tools_ > limits_.max_tools) return fail(errc::too_large, "has more than " + std::to_string(limits_.max_tools) + " tools");
    item_ = std::move(container);
    open_.push_back(&item_);
    return true;
  }
  open_.push_back(place(std::move(container)));
  return true;
}

bool document_builder::key(string_t& name) {
  slot_ = &(*open_.back())[name];
  tools_next_ = on_tool && open_.size() == 1 && equals_ignoring_case(name, "tools");
  return true;
}

bool document_builder::close() {
  open_.pop_back();
  if (!in_tools_) return true;
  if (open_.size() == 2) return on_tool(std::move(item_), tools_ - 1);
  if (open_.size() == 1) in_tools_ = false;
  return true;
}

bool document_builder::parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) {
  return fail(errc::invalid_config, "is not valid JSON " + readable(e.what()));
}

result<void> feed(std::string_view text, syntax as, const std::string& where, const document_ports& ports, document_builder& into,
                  const document_limits& limits) {
  if (text.size() > limits.max_bytes)
    return error(errc::too_large, where + ": has " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const syntax seen = sniff(text);
  if (seen == syntax::unknown) return error(errc::invalid_config, where + ": is empty");
  if (looks_like_markup(text))
    return error(errc::invalid_config, where + ": is HTML or XML, not JSON or YAML; check the address");
  if (const void* nul = std::memchr(text.data(), 0, text.size()))
    return error(errc::invalid_config, where + ": has a NUL byte at offset " + std::to_string(static_cast<const char*>(nul) - text.data()) +
                                           "; it is not a text");
  if (as == syntax::unknown || seen == syntax::json) as = seen;  // every JSON text is YAML, and far quicker to read as JSON
  if (as == syntax::yaml) {
    if (!ports.yaml) return error(errc::unsupported, where + ": is not JSON, and this build cannot read YAML");
    auto read = ports.yaml->read(text, into, limits);
    if (into.failure()) return error(static_cast<errc>(into.failure()->code.value()), where + ": " + into.failure()->message);
    if (!read) return error(static_cast<errc>(read.error().code.value()), where + ": " + read.error().message);
    return {};
  }
  const bool whole = json::sax_parse(text, &into);
  if (into.failure()) return error(static_cast<errc>(into.failure()->code.value()), where + ": " + into.failure()->message);
  if (!whole) return error(errc::invalid_config, where + ": is not valid JSON");
  return {};
}

result<json> read_document(std::string_view text, syntax as, const std::string& where, const document_ports& ports,
                           const document_limits& limits) {
  document_builder builder(limits);
  auto fed = feed(text, as, where, ports, builder, limits);
  if (!fed) return fed.error();
  return builder.take();
}

result<json> parse_json(std::string_view text, const document_limits& limits) {
  if (text.size() > limits.max_bytes)
    return error(errc::too_large, "has " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.max_bytes));
  if (text.find('\0') != std::string_view::npos) return error(errc::invalid_config, "is not valid JSON: it has a NUL byte");
#ifdef UTCP_WITH_SIMDJSON
  if (auto read = read_json_fast(text, limits)) return *std::move(read);
#endif
  document_builder builder(limits);
  const bool whole = json::sax_parse(text, &builder);
  if (builder.failure()) return *builder.failure();
  if (!whole) return error(errc::invalid_config, "is not valid JSON");
  return builder.take();
}

std::string write_json(const json& value, int indent) {
  if (indent < 0) {
    std::string out;
    append_json(out, value);
    return out;
  }
  // nlohmann would write a list of numbers for bytes.
  if (holds_binary(value)) return with_base64(value).dump(indent, ' ', false, json::error_handler_t::replace);
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

bool looks_like_markup(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '<' || first + 1 == text.size()) return false;
  const char next = text[first + 1];
  return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '!' || next == '?' || next == '/';
}

syntax syntax_of_path(std::string_view path) noexcept {
  auto ends = [&](std::string_view suffix) {
    return path.size() >= suffix.size() && equals_ignoring_case(path.substr(path.size() - suffix.size()), suffix);
  };
  if (ends(".yaml") || ends(".yml")) return syntax::yaml;
  if (ends(".json")) return syntax::json;
  return syntax::unknown;
}

json tool_result::to_json() const {
  if (auto* j = std::get_if<json>(&value)) return *j;
  if (auto* s = std::get_if<std::string>(&value)) return *s;
  const auto& raw = std::get<bytes>(value);
  return base64(std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()));
}

}  // namespace utcp
