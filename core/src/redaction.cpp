#include "redaction.hpp"

#include <algorithm>

namespace utcp {
namespace {

constexpr std::size_t shortest_secret = 4;
constexpr std::size_t max_depth = 256;

std::string percent_encoded(const std::string& text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '-' || u == '.' || u == '_' || u == '~') {
      out += c;
    } else {
      out += '%';
      out += hex[u >> 4];
      out += hex[u & 15];
    }
  }
  return out;
}

}  // namespace

redactor::redactor(std::vector<std::string> secrets) {
  for (std::string& each : secrets) {
    if (each.size() < shortest_secret) continue;
    if (auto encoded = percent_encoded(each); encoded != each) secrets_.push_back(std::move(encoded));
    secrets_.push_back(std::move(each));
  }
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string redactor::operator()(std::string text) const {
  for (const std::string& each : secrets_) {
    // What begins with a slash is what stands behind a host: the slash stays, so that the host ends where it ended.
    const std::size_t kept = each.front() == '/' || each.front() == '?' ? 1 : 0;
    for (auto at = text.find(each); at != std::string::npos; at = text.find(each, at + kept + mask.size())) text.replace(at + kept, each.size() - kept, mask);
  }
  return text;
}

void redactor::redact(json& value, std::size_t depth) const {
  if (depth > max_depth) {
    value = mask;
  } else if (value.is_string()) {
    value = (*this)(std::move(value.get_ref<std::string&>()));
  } else if (value.is_array()) {
    for (json& child : value) redact(child, depth + 1);
  } else if (value.is_object()) {
    std::vector<std::string> telling;
    for (auto& [key, child] : value.items()) {
      redact(child, depth + 1);
      if ((*this)(key) != key) telling.push_back(key);
    }
    for (const std::string& key : telling) {
      json child = std::move(value[key]);
      value.erase(key);
      value[(*this)(key)] = std::move(child);
    }
  }
}

json redactor::operator()(json value) const {
  if (!empty()) redact(value, 0);
  return value;
}

error redactor::operator()(error e) const {
  if (empty()) return e;
  e.message = (*this)(std::move(e.message));
  redact(e.remote, 0);
  return e;
}

std::vector<std::string> auth_secrets(const json& auth) {
  std::vector<std::string> out;
  if (!auth.is_object()) return out;
  for (const auto& [key, value] : auth.items())
    if (value.is_string() && !is_open_auth_key(key)) out.push_back(value.get<std::string>());
  return out;
}

}  // namespace utcp
