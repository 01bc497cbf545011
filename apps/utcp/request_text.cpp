#include "request_text.hpp"

#include <utcp/document.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace utcp::app {
namespace {

bool is_http(const json& preview) {
  return preview.is_object() && preview.contains("method") && preview["method"].is_string() && preview.contains("url") &&
         preview["url"].is_string();
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : write_json(value); }

std::vector<std::pair<std::string, std::string>> headers_of(const json& preview) {
  std::vector<std::pair<std::string, std::string>> out;
  auto headers = preview.find("headers");
  if (headers == preview.end() || !headers->is_object()) return out;
  for (const auto& [name, value] : headers->items()) {
    if (!value.is_array()) out.emplace_back(name, text_of(value));
    else
      for (const auto& one : value) out.emplace_back(name, text_of(one));
  }
  return out;
}

const json* body_of(const json& preview) {
  auto body = preview.find("body");
  return body == preview.end() || body->is_null() ? nullptr : &*body;
}

bool plain(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-./:=@%+,").find(c) != std::string_view::npos; }

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += "'\\''";
    else out += c;
  }
  return out + "'";
}

std::string request_text(const json& preview) {
  if (!is_http(preview)) return write_json(preview, 2) + "\n";
  std::string out = preview["method"].get<std::string>() + " " + preview["url"].get<std::string>() + "\n";
  for (const auto& [name, value] : headers_of(preview)) out += name + ": " + value + "\n";
  if (const json* body = body_of(preview)) {
    const std::string text = body->is_binary() ? std::string(body->get_binary().begin(), body->get_binary().end()) : text_of(*body);
    const bool is_text = is_utf8(text) && text.find('\0') == std::string::npos;
    out += "\n" + (is_text ? text : "(" + std::to_string(text.size()) + " bytes that are no text)") + "\n";
  }
  if (auto upload = preview.find("upload"); upload != preview.end()) out += "\n(" + (*upload == "-" ? "standard input" : "the bytes of " + text_of(*upload)) + ")\n";
  return out;
}

}  // namespace utcp::app
