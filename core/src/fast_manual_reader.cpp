#include "fast_manual_reader.hpp"

#include "document_builder.hpp"
#include "json_slices.hpp"

#include <utcp/dialect.hpp>

#include <simdjson.h>

#include <array>
#include <functional>

namespace utcp {
namespace {

/// A tool nests two levels below the document: the root and the array.
constexpr std::size_t levels_above_a_tool = 2;

/// No text has more values than this: each stands at the start, or after one of these. What strings hold counts too.
std::size_t most_values(std::string_view text) {
  std::size_t out = 1;
  for (char c : text) out += c == ',' || c == ':' || c == '[';
  return out;
}

class fast_reader {
 public:
  fast_reader(const manual_source& source, const document_limits& limits, const std::function<void(tool)>& on_tool,
              const std::function<void(const json&)>& on_other)
      : source_(source), limits_(limits), on_tool_(on_tool), on_other_(on_other) {}

  std::optional<manual_head> read(std::string& text) {
    if (text.size() > limits_.max_bytes || limits_.max_depth <= levels_above_a_tool) return std::nullopt;
    if (parser_.allocate(1u << 12, limits_.max_depth - levels_above_a_tool) != simdjson::SUCCESS) return std::nullopt;
    if (text.size() / 2 >= limits_.max_values && most_values(text) > limits_.max_values) return std::nullopt;
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);  // the parser reads whole blocks
    json_slicer document(text);
    if (!document.take('{')) return std::nullopt;
    manual_head head = json::object();
    bool saw_tools = false;
    do {
      auto key = parse(document.value());
      if (!key || !key->is_string() || !document.take(':')) return std::nullopt;
      const auto& name = key->get_ref<const std::string&>();
      if (equals_ignoring_case(name, "tools")) {
        if (std::exchange(saw_tools, true) || !read_tools(document)) return std::nullopt;
        continue;
      }
      auto value = parse(document.value());
      if (!value) return std::nullopt;
      head[name] = std::move(*value);
    } while (document.take(','));
    if (!document.take('}') || !document.at_end() || !saw_tools) return std::nullopt;
    return head;
  }

 private:
  bool read_tools(json_slicer& document) {
    if (!document.take('[')) return false;
    if (document.take(']')) return true;
    std::size_t count = 0;
    do {
      const std::string_view text = document.value();
      if (text.empty() || ++count > limits_.max_tools) return false;
      simdjson::dom::element element;
      if (parser_.parse(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false).get(element)) return false;
      tool made;
      if (read_tool_text(text, element, made)) {
        on_tool_(std::move(made));
        continue;
      }
      auto parsed = parse(text);
      if (!parsed) return false;
      on_other_(*parsed);
    } while (document.take(','));
    return document.take(']');
  }

  /// False for anything unusual; the tool is then read the thorough way. `text` is valid JSON, and `parsed` is what it says.
  bool read_tool_text(std::string_view text, simdjson::dom::element parsed, tool& out) {
    simdjson::dom::object object;
    if (parsed.get_object().get(object)) return false;
    json_slicer slices(text);
    slices.take('{');
    for (const auto [key, value] : object) {
      slices.value();
      slices.take(':');
      const std::string_view raw = slices.value();
      slices.take(',');
      bool fine = false;
      if (key == "name") fine = text_of(value, out.name);
      else if (key == "description") fine = text_of(value, out.description);
      else if (key == "inputs") fine = schema_of(value, raw, out.inputs);
      else if (key == "outputs") fine = schema_of(value, raw, out.outputs);
      else if (key == "tags") fine = tags_of(value, out.tags);
      else if (key == "tool_provider" || key == "tool_call_template") fine = !out.tool_call_template && template_of(raw, out);
      if (!fine) return false;
    }
    return !out.name.empty() && out.tool_call_template;
  }

  static bool text_of(simdjson::dom::element value, std::string& out) {
    std::string_view text;
    if (!out.empty() || value.get_string().get(text)) return false;
    out = text;
    return true;
  }

  static bool tags_of(simdjson::dom::element value, std::vector<std::string>& out) {
    simdjson::dom::array array;
    if (!out.empty() || value.get_array().get(array)) return false;
    out.reserve(array.size());
    for (simdjson::dom::element each : array) {
      std::string_view text;
      if (each.get_string().get(text)) return false;
      out.emplace_back(text);
    }
    return true;
  }

  bool schema_of(simdjson::dom::element value, std::string_view raw, schema& out) {
    if (!out.empty() || !value.is_object()) return false;
    if (compact_.size() < raw.size() + simdjson::SIMDJSON_PADDING) compact_.resize(raw.size() + simdjson::SIMDJSON_PADDING);
    std::size_t size = 0;
    if (simdjson::minify(raw.data(), raw.size(), compact_.data(), size) != simdjson::SUCCESS) return false;
    out = shared(std::string_view(compact_.data(), size));
    return true;
  }

  /// Tools of one manual have many schemas in common, above all outputs. Only so many are remembered: a manual without any
  /// must not pay for a search.
  schema shared(std::string_view text) {
    schema& seen = seen_[std::hash<std::string_view>()(text) % seen_.size()];
    if (seen.empty() || *seen.shared_text() != text) seen = schema::of_checked_text(std::string(text));
    return seen;
  }

  bool template_of(std::string_view raw, tool& out) {
    // Tools of one manual mostly share their template, to the letter.
    if (!last_template_ || raw != last_text_) {
      auto parsed = parse(raw);
      if (!parsed) return false;
      auto read = read_call_template(*parsed, source_.origin, "");
      if (!read) return false;
      last_template_ = std::make_shared<const call_template>(std::move(*read));
      last_text_ = raw;
    }
    out.tool_call_template = last_template_;
    return true;
  }

  std::optional<json> parse(std::string_view text) const {
    auto parsed = parse_json(text, limits_);
    return parsed ? std::optional<json>(std::move(*parsed)) : std::nullopt;
  }

  const manual_source& source_;
  const document_limits& limits_;
  const std::function<void(tool)>& on_tool_;
  const std::function<void(const json&)>& on_other_;
  simdjson::dom::parser parser_;
  std::string compact_;
  std::array<schema, 256> seen_;
  std::string_view last_text_;
  std::shared_ptr<const call_template> last_template_;
};

}  // namespace

std::optional<manual_head> read_manual_fast(std::string& text, const manual_source& source, const document_limits& limits,
                                            const std::function<void(tool)>& on_tool, const std::function<void(const json&)>& on_other) {
  return fast_reader(source, limits, on_tool, on_other).read(text);
}

}  // namespace utcp
