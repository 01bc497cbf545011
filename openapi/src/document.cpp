#include <utcp/openapi/document.hpp>

#include "tree_builder.hpp"
#include "uri.hpp"

#include <optional>

#ifdef UTCP_WITH_SIMDJSON
#include <simdjson.h>
#endif

namespace utcp::openapi {
namespace {

using namespace openapi_detail;

#ifdef UTCP_WITH_SIMDJSON
/// Larger texts go the slow way: the parser's own copy and index would cost too much memory.
constexpr std::size_t largest_fast = 96u << 20;

bool copy(simdjson::dom::element from, tree_builder& to);

bool copy_array(simdjson::dom::array from, tree_builder& to) {
  if (!to.open(tree::kind::array)) return false;
  for (const simdjson::dom::element each : from)
    if (!copy(each, to)) return false;
  return to.close();
}

bool copy_object(simdjson::dom::object from, tree_builder& to) {
  if (!to.open(tree::kind::object)) return false;
  for (const auto [key, value] : from)
    if (!to.key_view(key) || !copy(value, to)) return false;
  return to.close();
}

bool copy(simdjson::dom::element from, tree_builder& to) {
  using type = simdjson::dom::element_type;
  switch (from.type()) {
    case type::NULL_VALUE: return to.null();
    case type::BOOL: return to.boolean(from.get_bool().value_unsafe());
    case type::DOUBLE: return to.number_float(from.get_double().value_unsafe(), {});
    case type::UINT64: return to.number_unsigned(from.get_uint64().value_unsafe());
    case type::INT64: return to.number_integer(from.get_int64().value_unsafe());
    case type::STRING: return to.string_view(from.get_string().value_unsafe());
    case type::ARRAY: return copy_array(from.get_array().value_unsafe(), to);
    case type::OBJECT: return copy_object(from.get_object().value_unsafe(), to);
  }
  return false;
}

/// False: the text is unusual in some way; the thorough reader says in which.
bool read_fast(std::string_view text, tree& to, const document_limits& limits) {
  if (text.empty() || text.size() > largest_fast) return false;
  simdjson::dom::parser parser;  // nests at most 1024 levels
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return false;
  to.texts.reserve(text.size() / 2);
  to.entries.reserve(text.size() / 16);
  tree_builder builder(to, limits);
  return copy(root, builder);
}
#else
bool read_fast(std::string_view, tree&, const document_limits&) { return false; }
#endif

void copy(const json& from, tree_builder& to) {
  switch (from.type()) {
    case json::value_t::boolean: to.boolean(from.get<bool>()); return;
    case json::value_t::number_integer: to.number_integer(from.get<std::int64_t>()); return;
    case json::value_t::number_unsigned: to.number_unsigned(from.get<std::uint64_t>()); return;
    case json::value_t::number_float: to.number_float(from.get<double>(), {}); return;
    case json::value_t::string: to.string_view(from.get_ref<const std::string&>()); return;
    case json::value_t::array:
      to.open(tree::kind::array);
      for (const json& each : from) copy(each, to);
      to.close();
      return;
    case json::value_t::object:
      to.open(tree::kind::object);
      for (const auto& [key, value] : from.items()) {
        to.key_view(key);
        copy(value, to);
      }
      to.close();
      return;
    default: to.null();
  }
}

result<void> read_yaml(std::string_view text, tree& to, const text_format* yaml, const document_limits& limits) {
  if (!yaml) return error(errc::unsupported, "is YAML; this build has no reader for it");
  tree_builder builder(to, limits);
  auto read = yaml->read(text, builder, limits);
  if (builder.failure()) return *builder.failure();
  return read;
}

bool is_half(std::string_view escape, char first_least, char first_most) {
  if (escape.size() < 6 || escape[0] != '\\' || escape[1] != 'u' || (escape[2] | 0x20) != 'd') return false;
  const char digit = static_cast<char>(escape[3] | 0x20);
  return digit >= first_least && digit <= first_most;
}

/// The text with U+FFFD for each escaped half of a UTF-16 pair that stands alone, as `\ud83d` does; nothing: there is none.
std::optional<std::string> without_lone_halves(std::string_view text) {
  std::optional<std::string> out;
  for (std::size_t at = text.find('\\'); at != std::string_view::npos && at + 1 < text.size(); at = text.find('\\', at)) {
    const std::string_view rest = text.substr(at);
    const bool high = is_half(rest, '8', 'b');
    if (high && is_half(rest.substr(6), 'c', 'f')) {
      at += 12;
    } else if (high || is_half(rest, 'c', 'f')) {
      if (!out) out.emplace(text);
      out->replace(at + 2, 4, "fffd");
      at += 6;
    } else {
      at += 2;
    }
  }
  return out;
}

void forget(tree& what) {
  what.entries.clear();
  what.texts.clear();
  what.cut.clear();
  what.repeated_keys.clear();
}

result<void> read_json(std::string_view text, tree& to, const document_limits& limits) {
  if (read_fast(text, to, limits)) return {};
  forget(to);
  if (const auto repaired = without_lone_halves(text)) {
    to.repaired = true;
    return read_json(*repaired, to, limits);
  }
  tree_builder builder(to, limits);
  const bool done = json::sax_parse(text, &builder, json::input_format_t::json, true, false);
  if (builder.failure()) return *builder.failure();
  if (!done) return error(errc::invalid_config, "is not valid JSON");
  return {};
}

bool begins_as_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace

result<document> document::read(std::string_view text, syntax as, const std::string& url, const text_format* yaml, const document_limits& limits) {
  if (text.size() > limits.max_bytes)
    return error(errc::too_large, url + ": has " + std::to_string(text.size()) + " bytes; the limit is " + std::to_string(limits.max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto made = std::make_shared<tree>();
  made->url = as_url(url);
  // Flow style YAML begins as JSON does, so each failure of JSON gets a second opinion; the first one is told.
  const bool as_json = as == syntax::json || (as == syntax::unknown && begins_as_json(text)) || (as == syntax::yaml && begins_as_json(text));
  result<void> done = as_json ? read_json(text, *made, limits) : read_yaml(text, *made, yaml, limits);
  if (!done && as_json && yaml && done.error() == errc::invalid_config) {
    auto other = std::make_shared<tree>();
    other->url = made->url;
    if (read_yaml(text, *other, yaml, limits)) {
      made = std::move(other);
      done = {};
    }
  }
  if (!done) return error(done.error() == errc::too_large ? errc::too_large : done.error() == errc::unsupported ? errc::unsupported : errc::invalid_config, url + ": " + done.error().message);
  made->entries.shrink_to_fit();
  made->texts.shrink_to_fit();
  document out;
  out.tree_ = std::move(made);
  return out;
}

document document::of_json(const json& value, const std::string& url) {
  auto made = std::make_shared<tree>();
  made->url = as_url(url);
  tree_builder builder(*made, {});
  copy(value, builder);
  document out;
  out.tree_ = std::move(made);
  return out;
}

const std::string& document::url() const noexcept {
  static const std::string none;
  return tree_ ? tree_->url : none;
}

std::string document::version() const {
  if (!tree_) return {};
  const node root = tree_->root();
  for (const char* key : {"openapi", "swagger"}) {
    const node value = root[key];
    if (value.is_string()) return std::string(value.text());
    if (value.is_number()) {  // YAML without quotes: 2.0 and 3.1 are numbers
      const double number = value.number();
      const auto tenths = static_cast<int>(number * 10 + 0.5);
      if (number > 0 && number < 100) return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    }
  }
  return {};
}

bool may_be_openapi(std::string_view text) noexcept {
  return text.find("openapi") != std::string_view::npos || text.find("swagger") != std::string_view::npos;
}

}  // namespace utcp::openapi
