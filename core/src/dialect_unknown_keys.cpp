#include "dialect_unknown_keys.hpp"

#include "dialect_fields.hpp"

#include <utcp/edit_distance.hpp>

#include <algorithm>
#include <iterator>

namespace utcp {
namespace {

constexpr std::string_view keys_of_all[] = {"allowed_communication_protocols", "auth", "auth_tools", "name"};

// For people; and samples have a type of each dialect, or a stray one, beside the type that counts.
constexpr std::string_view meaningless[] = {"call_template_type", "comment", "description", "provider_type", "type"};

bool is_harmless(std::string_view protocol, std::string_view key) {
  return is_remark(key) || std::find(std::begin(meaningless), std::end(meaningless), key) != std::end(meaningless) || is_option_of_peers(protocol, key);
}

/// Without what people mix up: `maxResponse-Bytes` and `max_response_bytes` are the same.
std::string plain(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '_' || c == '-' || c == ' ') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

}  // namespace

bool is_remark(std::string_view key) {
  constexpr std::string_view beginnings[] = {"_", "$", "#", "//", "x-", "X-"};
  return std::any_of(std::begin(beginnings), std::end(beginnings), [&](std::string_view each) { return key.starts_with(each); });
}

std::string nearest_key(std::string_view mistyped, const std::vector<std::string_view>& known, const json& written) {
  const std::string wanted = plain(mistyped);
  std::size_t nearest = std::clamp<std::size_t>(wanted.size() / 3, 1, 3) + 1;
  std::string out;
  for (const std::string_view each : known) {
    if (written.contains(each)) continue;
    const std::size_t far = edit_distance(wanted, plain(each), nearest);
    if (far >= nearest) continue;
    nearest = far;
    out = each;
  }
  return out;
}

std::vector<unknown_key> unknown_keys(const json& written, const call_template& read) {
  std::vector<unknown_key> out;
  std::vector<std::string_view> known = known_options(read.protocol);
  if (known.empty()) return out;
  known.insert(known.end(), std::begin(keys_of_all), std::end(keys_of_all));
  for (const auto& [key, ignored] : read.options.items()) {
    const bool is_known = std::find(known.begin(), known.end(), key) != known.end();
    // What another spelling was mapped to does not stand in the text.
    if (is_known || !written.contains(key) || is_harmless(read.protocol, key)) continue;
    out.push_back({key, nearest_key(key, known, written)});
  }
  return out;
}

std::string text_of(const unknown_key& key) { return "unknown key, ignored" + (key.meant.empty() ? std::string() : "; did you mean \"" + key.meant + "\"?"); }

}  // namespace utcp
