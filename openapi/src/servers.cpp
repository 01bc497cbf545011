#include "servers.hpp"

#include "uri.hpp"

#include <algorithm>

namespace utcp::openapi_detail {
namespace {

constexpr const char* unknown_base = "http://localhost";

void replace_all(std::string& text, const std::string& what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
}

std::string as_text(node value) {
  if (value.is_string()) return std::string(value.text());
  if (value.is_number() || value.is_boolean()) {
    std::string out;
    put_value(out, value);
    return out;
  }
  return {};
}

std::string with_variables(const api& in, node one) {
  std::string url(one["url"].text());
  one["variables"].each_member([&](std::string_view name, node variable) {
    std::string value;
    if (auto given = in.options.server_variables.find(std::string(name)); given != in.options.server_variables.end()) value = given->second;
    else if (const node preset = variable["default"]) value = as_text(preset);
    else if (const node first = variable["enum"].item(0)) value = as_text(first);
    else return in.notices.add(variable, "this server variable has no default; it becomes an argument");
    replace_all(url, "{" + std::string(name) + "}", value);
  });
  for (const auto& [name, value] : in.options.server_variables) replace_all(url, "{" + name + "}", value);
  return url;
}

/// The first that is https, else the first.
std::string chosen_server(const api& in, node list) {
  std::string first;
  bool any = false;
  std::string secure;
  list.each_item([&](node one) {
    if (!one["url"].is_string()) return in.notices.add(one, "this server has no url");
    std::string url = resolve_url(in.spec_url, with_variables(in, one));
    if (secure.empty() && url.starts_with("https:")) secure = url;
    if (!any) first = url, any = true;
  });
  return secure.empty() ? first : secure;
}

std::string swagger_base(const api& in, const operation& of) {
  const std::string_view host = in.root["host"].text();
  const node schemes = of.object["schemes"].is_array() && !of.object["schemes"].empty() ? of.object["schemes"] : in.root["schemes"];
  std::string scheme;
  schemes.each_item([&](node each) {
    if (scheme.empty() || each.text() == "https") scheme = each.text();
  });
  const bool web = in.spec_url.starts_with("http:") || in.spec_url.starts_with("https:");
  if (scheme.empty()) scheme = web ? in.spec_url.substr(0, in.spec_url.find(':')) : "https";
  std::string authority(host);
  if (authority.empty() && web) {
    const std::string_view origin = origin_of(in.spec_url);
    authority = origin.substr(origin.find("://") + 3);
  }
  if (authority.empty()) return {};
  std::string path(in.root["basePath"].text());
  if (!path.empty() && path.front() != '/') path.insert(path.begin(), '/');
  return scheme + "://" + authority + path;
}

}  // namespace

std::vector<std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const auto end = text.find_first_of("{}/", at + 1);
    if (end == std::string_view::npos || text[end] != '}') continue;
    if (end > at + 1) out.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

server server_of(const api& in, const operation& of) {
  server out;
  if (!in.options.base_url.empty()) {
    out.base = in.options.base_url;
  } else if (in.is_swagger()) {
    out.base = swagger_base(in, of);
  } else {
    const std::pair<const char*, node> places[] = {{"operation", of.object["servers"]}, {"path", of.of_item("servers")}, {"document", in.root["servers"]}};
    for (const auto& [where, list] : places)
      if (out.base.empty() && list.is_array() && !list.empty()) out.base = chosen_server(in, list);
    if (out.base.empty()) out.base = resolve_url(in.spec_url, "/");
  }
  if (!has_scheme(out.base) || out.base.starts_with("file:")) {
    const std::string path = out.base.starts_with("file:") ? std::string() : out.base;
    // A name in braces at the front may be the scheme or the host.
    if (!path.starts_with("{")) {
      in.notices.add_at("/servers", "the server's URL is relative, and where the document came from is not known; http://localhost stands for it, a base URL replaces it");
      out.base = unknown_base + std::string(path.empty() || path.front() == '/' ? "" : "/") + path;
    }
  }
  while (!out.base.empty() && out.base.back() == '/') out.base.pop_back();
  out.arguments = placeholders_in(out.base);
  const bool from_afar = !in.spec_url.empty() && !in.spec_url.starts_with("file:") && !is_local_url(in.spec_url);
  if (!in.options.allow_local_servers && from_afar && in.options.base_url.empty() && is_local_url(out.base))
    out.refused = "its server, " + out.base + ", is on this machine, and the document came from elsewhere; give a base URL to use it";
  return out;
}

std::string join_url(const std::string& base, std::string_view path) {
  path = path.substr(0, path.find('#'));
  std::string query;
  std::string out = base;
  if (const auto at = out.find_first_of("?#"); at != std::string::npos) {
    if (out[at] == '?') query = out.substr(at + 1, out.find('#', at) - at - 1);
    out.erase(at);
    while (!out.empty() && out.back() == '/') out.pop_back();
  }
  if (!path.empty() && path.front() != '/' && path.front() != '?') out += '/';
  out += path;
  if (!query.empty()) out += (path.find('?') == std::string_view::npos ? "?" : "&") + query;
  return out;
}

}  // namespace utcp::openapi_detail
