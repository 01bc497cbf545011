#include <utcp/net/media_type.hpp>

#include <utcp/net/http_message.hpp>

#include <algorithm>
#include <array>
#include <utility>

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

// What people upload; anything else is application/octet-stream, which every server takes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 44> types_of_endings = {{
    {"aac", "audio/aac"},           {"avif", "image/avif"},          {"bmp", "image/bmp"},           {"bz2", "application/x-bzip2"},
    {"css", "text/css"},            {"csv", "text/csv"},             {"epub", "application/epub+zip"}, {"flac", "audio/flac"},
    {"gif", "image/gif"},           {"gz", "application/gzip"},      {"htm", "text/html"},           {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"}, {"ics", "text/calendar"},   {"jpeg", "image/jpeg"},         {"jpg", "image/jpeg"},
    {"js", "text/javascript"},      {"json", "application/json"},    {"m4a", "audio/mp4"},           {"md", "text/markdown"},
    {"mp3", "audio/mpeg"},          {"mp4", "video/mp4"},            {"ndjson", "application/x-ndjson"}, {"ogg", "audio/ogg"},
    {"pdf", "application/pdf"},     {"png", "image/png"},            {"rtf", "application/rtf"},     {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},   {"tif", "image/tiff"},           {"tiff", "image/tiff"},         {"toml", "application/toml"},
    {"tsv", "text/tab-separated-values"}, {"txt", "text/plain"},     {"wasm", "application/wasm"},   {"wav", "audio/wav"},
    {"webm", "video/webm"},         {"webp", "image/webp"},          {"xml", "application/xml"},     {"yaml", "application/yaml"},
    {"yml", "application/yaml"},    {"zip", "application/zip"},      {"zst", "application/zstd"},    {"7z", "application/x-7z-compressed"},
}};

constexpr std::array<std::string_view, 14> text_types = {
    "application/xml",        "application/yaml",   "application/x-yaml",       "application/javascript", "application/ecmascript",
    "application/x-ndjson",   "application/jsonl",  "application/json-seq",     "application/graphql",    "application/sql",
    "application/toml",       "application/csv",    "application/x-javascript", "application/x-www-form-urlencoded"};

}  // namespace

std::string media_type_of(std::string_view content_type) { return lower_trimmed(content_type.substr(0, content_type.find(';'))); }

// RFC 9110 section 5.6.6, with the blanks around `=` that some write.
std::optional<std::string> parameter_of(std::string_view content_type, std::string_view name) {
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos && at < content_type.size()) {
    ++at;
    const std::size_t name_end = content_type.find_first_of("=;", at);
    if (name_end == std::string_view::npos) break;
    const bool wanted = content_type[name_end] == '=' && lower_trimmed(content_type.substr(at, name_end - at)) == name;
    at = name_end;
    if (content_type[at] == ';') continue;
    at = content_type.find_first_not_of(" \t", at + 1);
    if (at == std::string_view::npos) at = content_type.size();
    std::string value;
    if (at < content_type.size() && content_type[at] == '"') {
      for (++at; at < content_type.size() && content_type[at] != '"'; ++at) {
        if (content_type[at] == '\\' && at + 1 < content_type.size()) ++at;
        value += content_type[at];
      }
      at = content_type.find(';', at);
    } else {
      const std::size_t end = content_type.find(';', at);
      value = content_type.substr(at, end == std::string_view::npos ? end : end - at);
      value.erase(value.find_last_not_of(" \t") + 1);
      at = end;
    }
    if (wanted) return value;
  }
  return std::nullopt;
}

std::string charset_of(std::string_view content_type) { return lower_trimmed(parameter_of(content_type, "charset").value_or(std::string())); }

bool is_json_type(std::string_view type) noexcept { return type == "application/json" || type == "text/json" || (type.ends_with("+json") && !is_json_lines_type(type)); }

bool is_json_lines_type(std::string_view type) noexcept {
  return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl" || type == "application/x-jsonlines" ||
         type == "application/json-lines" || type == "application/stream+json" || type == "application/x-json-stream";
}

bool is_text_type(std::string_view type) noexcept {
  return type.starts_with("text/") || type.ends_with("+xml") || type.ends_with("+yaml") ||
         std::find(text_types.begin(), text_types.end(), type) != text_types.end();
}

std::string_view type_of_file_name(std::string_view name) noexcept {
  const std::size_t dot = name.find_last_of("./\\");
  if (dot == std::string_view::npos || name[dot] != '.') return {};
  name.remove_prefix(dot + 1);
  for (const auto& [ending, type] : types_of_endings)
    if (equal_ignoring_case(name, ending)) return type;
  return {};
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace utcp::net
