#include <utcp/net/http_message.hpp>

#include "ascii.hpp"

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

// RFC 9110 section 5.6.2.
bool is_token(std::string_view name) {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
  });
}

// A wrong value of these changes where a message ends, so only the engine writes them.
constexpr std::array<std::string_view, 8> engine_headers = {"content-length", "transfer-encoding", "connection",        "upgrade",
                                                            "te",             "trailer",           "proxy-connection", "expect"};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

const std::string* http_header_list::find(std::string_view name) const noexcept {
  for (const http_header& item : items_)
    if (equal_ignoring_case(item.name, name)) return &item.value;
  return nullptr;
}

void http_header_list::set(std::string name, std::string value) {
  const auto same = [&](const http_header& item) { return equal_ignoring_case(item.name, name); };
  const auto first = std::find_if(items_.begin(), items_.end(), same);
  if (first == items_.end()) {
    items_.emplace_back(std::move(name), std::move(value));
    return;
  }
  items_.erase(std::remove_if(first + 1, items_.end(), same), items_.end());
  *first = http_header(std::move(name), std::move(value));
}

void http_header_list::erase(std::string_view name) {
  std::erase_if(items_, [&](const http_header& item) { return equal_ignoring_case(item.name, name); });
}

result<void> check_header(std::string_view name, std::string_view value) {
  if (!is_token(name)) {
    std::string shown(name.substr(0, 60));
    for (char& c : shown)
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    return error(errc::invalid_argument, "header name \"" + shown + "\" is not allowed: letters, digits and -_.!#$%&'*+^`|~ only");
  }
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return error(errc::invalid_argument, "header \"" + std::string(name) + "\": the value contains a line break or NUL");
  for (std::string_view own : engine_headers)
    if (equal_ignoring_case(own, name))
      return error(errc::invalid_argument, "header \"" + std::string(name) + "\" is set by the client itself; remove it");
  return {};
}

void http_field_block::add(std::string_view name, std::string_view value) {
  if (slots_.empty()) {  // most responses fit
    text_.reserve(384);
    slots_.reserve(12);
  }
  slots_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

void http_field_block::clear() noexcept {
  text_.clear();
  slots_.clear();
}

http_field_block::field http_field_block::operator[](std::size_t i) const noexcept {
  const std::string_view text = text_;
  const slot& s = slots_[i];
  return {text.substr(s.at, s.name_size), text.substr(std::size_t{s.at} + s.name_size, s.value_size)};
}

std::optional<std::string_view> http_field_block::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].name_size != name.size()) continue;
    const auto [key, value] = (*this)[i];
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::string_view usual_reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 418: return "I'm a teapot";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return {};
  }
}

}  // namespace utcp::net
