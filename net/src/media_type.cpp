#include <utcp/net/media_type.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

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

// How many bytes the character takes that begins with `lead`; 0 when none begins so.
int utf8_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

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

bool is_json_type(std::string_view type) noexcept { return type == "application/json" || type == "text/json" || type.ends_with("+json"); }

bool is_text_type(std::string_view type) noexcept {
  return type.starts_with("text/") || type.ends_with("+xml") || type.ends_with("+yaml") ||
         std::find(text_types.begin(), text_types.end(), type) != text_types.end();
}

bool is_valid_utf8(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    if (end - at >= 8) {  // most text is ASCII
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if (!(word & 0x8080808080808080u)) {
        at += 8;
        continue;
      }
    }
    const int size = utf8_size(*at);
    if (size == 0 || end - at < size) return false;
    for (int i = 1; i < size; ++i)
      if ((at[i] & 0xc0) != 0x80) return false;
    // Overlong forms, surrogates, and what is beyond U+10FFFF.
    if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) || (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f)) return false;
    at += size;
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace utcp::net
