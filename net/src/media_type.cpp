#include <utcp/net/media_type.hpp>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

std::string lower_trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\"");
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(" \t\"") - begin + 1);
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

constexpr std::array<std::string_view, 14> text_types = {
    "application/xml",        "application/yaml",   "application/x-yaml",       "application/javascript", "application/ecmascript",
    "application/x-ndjson",   "application/jsonl",  "application/json-seq",     "application/graphql",    "application/sql",
    "application/toml",       "application/csv",    "application/x-javascript", "application/x-www-form-urlencoded"};

}  // namespace

std::string media_type_of(std::string_view content_type) { return lower_trimmed(content_type.substr(0, content_type.find(';'))); }

std::string charset_of(std::string_view content_type) {
  for (std::size_t at = content_type.find(';'); at != std::string_view::npos; at = content_type.find(';', at + 1)) {
    std::string_view parameter = content_type.substr(at + 1);
    parameter = parameter.substr(0, parameter.find(';'));
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos && lower_trimmed(parameter.substr(0, equals)) == "charset") return lower_trimmed(parameter.substr(equals + 1));
  }
  return {};
}

bool is_json_type(std::string_view type) noexcept { return type == "application/json" || type == "text/json" || (type.ends_with("+json") && !is_json_lines_type(type)); }

bool is_json_lines_type(std::string_view type) noexcept {
  return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl" || type == "application/x-jsonlines" ||
         type == "application/json-lines" || type == "application/stream+json" || type == "application/x-json-stream";
}

bool is_text_type(std::string_view type) noexcept {
  return type.starts_with("text/") || type.ends_with("+xml") || type.ends_with("+yaml") ||
         std::find(text_types.begin(), text_types.end(), type) != text_types.end();
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace utcp::net
