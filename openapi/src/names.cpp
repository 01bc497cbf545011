#include "names.hpp"

#include <utcp/utf8.hpp>

#include <cstdint>
#include <map>

namespace utcp::openapi_detail {
namespace {

bool is_plain(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// FNV-1a.
std::string hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(8, '0');
  for (int i = 7; i >= 0; --i, hash >>= 4) out[static_cast<std::size_t>(i)] = digits[hash & 15];
  return out;
}

std::string sanitised(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (!is_continuation(c)) out += is_plain(c) ? c : '_';
  return out;
}

bool says_nothing(std::string_view name) { return name.find_first_not_of("_-") == std::string_view::npos; }

}  // namespace

std::string tool_name(std::string_view prefix, std::string_view operation_id, std::string_view method, std::string_view path) {
  std::string out = sanitised(operation_id);
  if (says_nothing(out)) {
    out.clear();
    for (const char c : method) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : is_plain(c) ? c : '_';
    bool word = false;
    for (const char c : path) {
      if (!is_plain(c)) {
        word = false;
        continue;
      }
      if (!word) out += '_';
      word = true;
      out += c;
    }
  }
  return sanitised(prefix) + out;
}

void make_unique(std::vector<std::string>& names, const std::vector<std::string>& places) {
  std::map<std::string, int, std::less<>> count;
  for (const std::string& name : names) ++count[name];
  std::set<std::string, std::less<>> taken;
  for (const std::string& name : names)
    if (name.size() <= max_name && count[name] == 1) taken.insert(name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string& name = names[i];
    if (name.size() <= max_name && count[name] == 1) continue;
    const std::string base = name.substr(0, max_name - 9);
    std::string made = base + "_" + hash_of(places[i]);
    for (int n = 2; !taken.insert(made).second; ++n) made = base + "_" + hash_of(places[i] + "#" + std::to_string(n));
    name = std::move(made);
  }
}

std::string safe_argument(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (!is_continuation(c)) out += is_plain(c) || c == '.' ? c : '_';
  if (out == name && out.size() <= max_name && !out.empty()) return out;
  while (!out.empty() && out.back() == '_' && name.back() != '_') out.pop_back();
  std::size_t begin = 0;
  while (begin < out.size() && out[begin] == '_' && name.front() != '_') ++begin;
  out.erase(0, begin);
  if (out.size() > max_name) out = out.substr(0, max_name - 9) + "_" + hash_of(name);
  return out.empty() ? "argument" : out;
}

std::string unused(std::set<std::string, std::less<>>& taken, const std::string& name, std::string_view suffix) {
  if (taken.insert(name).second) return name;
  std::string made = name.substr(0, max_name - suffix.size());
  made += suffix;
  const std::string base = made;
  for (int n = 2; !taken.insert(made).second; ++n) made = base + "_" + std::to_string(n);
  return made;
}

std::string shortened(std::string_view text, std::size_t max) {
  if (text.size() <= max) return std::string(text);
  constexpr std::string_view dots = "\xE2\x80\xA6";
  if (max <= dots.size()) return {};
  std::size_t end = max - dots.size();
  while (end > 0 && is_continuation(text[end])) --end;
  std::string_view kept = text.substr(0, end);
  for (std::size_t i = kept.size(); i-- > kept.size() / 2;)
    if ((kept[i] == '.' || kept[i] == '!' || kept[i] == '?') && (i + 1 == kept.size() || kept[i + 1] == ' ' || kept[i + 1] == '\n')) return std::string(kept.substr(0, i + 1));
  if (const auto space = kept.find_last_of(" \n"); space != std::string_view::npos && space > kept.size() / 2) kept = kept.substr(0, space);
  return std::string(kept) + std::string(dots);
}

bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace utcp::openapi_detail
