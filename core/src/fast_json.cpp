#include "fast_json.hpp"

#include <simdjson.h>

#include <algorithm>

namespace utcp {
namespace {

/// A parser keeps the memory of its largest text, one parser a thread; larger texts are rare and get one of their own.
constexpr std::size_t largest_kept = 1u << 20;
/// The parser's own copy and index of the text would cost too much memory.
constexpr std::size_t largest = 32u << 20;

/// Builds the JSON value of a parsed text, within limits.
class converter {
 public:
  explicit converter(const document_limits& limits) : values_left_(limits.max_values), max_depth_(limits.max_depth) {}

  bool convert(simdjson::dom::element from, json& to, std::size_t depth) {
    if (values_left_ == 0) return false;
    --values_left_;
    using type = simdjson::dom::element_type;
    switch (from.type()) {
      case type::NULL_VALUE: return true;
      case type::BOOL: to = from.get_bool().value_unsafe(); return true;
      case type::DOUBLE: to = from.get_double().value_unsafe(); return true;
      case type::UINT64: to = from.get_uint64().value_unsafe(); return true;
      case type::INT64: {
        // The thorough reader gives numbers without a sign the unsigned type.
        const std::int64_t number = from.get_int64().value_unsafe();
        if (number >= 0) to = static_cast<std::uint64_t>(number);
        else to = number;
        return true;
      }
      case type::STRING: to = from.get_string().value_unsafe(); return true;
      case type::ARRAY: return depth < max_depth_ && convert_array(from.get_array().value_unsafe(), to, depth + 1);
      case type::OBJECT: return depth < max_depth_ && convert_object(from.get_object().value_unsafe(), to, depth + 1);
    }
    return false;
  }

 private:
  bool convert_array(simdjson::dom::array from, json& to, std::size_t depth) {
    to = json(json::value_t::array);
    auto& items = to.get_ref<json::array_t&>();
    items.reserve(std::min(from.size(), values_left_));
    for (const simdjson::dom::element each : from)
      if (!convert(each, items.emplace_back(), depth)) return false;
    return true;
  }

  bool convert_object(simdjson::dom::object from, json& to, std::size_t depth) {
    to = json(json::value_t::object);
    auto& members = to.get_ref<json::object_t&>();
    for (const auto [key, value] : from) {
      auto [at, is_new] = members.try_emplace(std::string(key));
      if (!is_new) at->second = nullptr;  // the last of equal keys counts
      if (!convert(value, at->second, depth)) return false;
    }
    return true;
  }

  std::size_t values_left_;
  std::size_t max_depth_;
};

std::optional<json> read_with(simdjson::dom::parser& parser, std::string_view text, const document_limits& limits) {
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  json out;
  if (!converter(limits).convert(root, out, 0)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<json> read_json_fast(std::string_view text, const document_limits& limits) {
  if (text.empty() || text.size() > largest) return std::nullopt;
  if (text.size() > largest_kept) {
    simdjson::dom::parser parser;
    return read_with(parser, text, limits);
  }
  thread_local simdjson::dom::parser parser;
  return read_with(parser, text, limits);
}

}  // namespace utcp
