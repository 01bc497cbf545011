#include "uri.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace utcp::openapi_detail {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct parts {
  std::string_view scheme, authority, path, query;
  bool has_authority = false, has_query = false;
};

parts split(std::string_view url) {
  parts out;
  url = url.substr(0, url.find('#'));
  if (has_scheme(url)) {
    const auto colon = url.find(':');
    out.scheme = url.substr(0, colon);
    url.remove_prefix(colon + 1);
  }
  if (url.starts_with("//")) {
    out.has_authority = true;
    const auto end = std::min(url.find_first_of("/?", 2), url.size());
    out.authority = url.substr(2, end - 2);
    url.remove_prefix(end);
  }
  const auto query = url.find('?');
  out.path = url.substr(0, query);
  if (query != std::string_view::npos) {
    out.has_query = true;
    out.query = url.substr(query + 1);
  }
  return out;
}

std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    if (segment == "/." || segment == ".") {
      if (last) out += '/';
    } else if (segment == "/.." || segment == "..") {
      const auto slash = out.rfind('/');
      out.erase(slash == std::string::npos ? 0 : slash);
      if (last) out += '/';
    } else {
      out += segment;
    }
    path.remove_prefix(end);
  }
  return out;
}

}  // namespace

bool has_scheme(std::string_view url) noexcept {
  if (url.empty() || !is_letter(url[0])) return false;
  for (const char c : url) {
    if (c == ':') return true;
    if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return false;
}

std::string as_url(const std::string& url_or_path) {
  if (url_or_path.empty() || has_scheme(url_or_path)) return url_or_path;
  std::error_code ignored;
  const auto path = std::filesystem::absolute(url_or_path, ignored).lexically_normal().string();
  std::string out = "file://";
  for (const char c : path) {
    if (c == '%') out += "%25";
    else if (c == '#') out += "%23";
    else if (c == '?') out += "%3F";
    else out += c;
  }
  return out;
}

std::string path_of_file_url(std::string_view url) {
  if (!url.starts_with("file:")) return {};
  url.remove_prefix(5);
  if (url.starts_with("//")) {
    url.remove_prefix(2);
    if (!url.starts_with("/")) return {};  // of another machine
  }
  return percent_decoded(url.substr(0, url.find('#')));
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (has_scheme(reference) || base.empty()) return std::string(reference);
  const parts from = split(base);
  const parts to = split(reference);
  std::string out(from.scheme);
  out += ':';
  if (to.has_authority || from.has_authority) {
    out += "//";
    out += to.has_authority ? to.authority : from.authority;
  }
  std::string query(to.query);
  bool has_query = to.has_query;
  if (to.has_authority) {
    out += without_dots(to.path);
  } else if (to.path.empty()) {
    out += from.path;
    if (!has_query && from.has_query) query = from.query, has_query = true;
  } else if (to.path.front() == '/') {
    out += without_dots(to.path);
  } else {
    std::string merged = from.path.empty() ? "/" : std::string(from.path.substr(0, from.path.rfind('/') + 1));
    merged += to.path;
    out += without_dots(merged);
  }
  if (has_query) out += '?' + query;
  return out;
}

std::string_view origin_of(std::string_view url) noexcept {
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos) return {};
  return url.substr(0, std::min(url.find_first_of("/?#", slashes + 3), url.size()));
}

bool is_local_url(std::string_view url) {
  std::string_view host = origin_of(url);
  host.remove_prefix(std::min(host.find("://") == std::string_view::npos ? 0 : host.find("://") + 3, host.size()));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.starts_with("[")) {
    const std::string_view inside = host.substr(1, host.find(']') - 1);
    return inside == "::1" || inside == "::" || inside.starts_with("fe80:") || inside.starts_with("FE80:") || inside.starts_with("::ffff:127.");
  }
  host = host.substr(0, host.find(':'));
  std::string lower;
  for (const char c : host) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower == "localhost" || lower.ends_with(".localhost") || lower.starts_with("127.") || lower == "0.0.0.0" || lower.starts_with("169.254.");
}

std::string percent_decoded(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace utcp::openapi_detail
