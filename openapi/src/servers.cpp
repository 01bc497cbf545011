#include "servers.hpp"

#include "uri.hpp"

#include <algorithm>
#include <optional>

namespace utcp::openapi_detail {
namespace {

constexpr const char* unknown_base = "http://localhost/";

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

bool is_plain(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || others.find(c) != std::string_view::npos;
  });
}

/// Whether each of a variable's values may stand for `{name}` in a call: a label of the host, or a piece of the path.
bool may_be_chosen(std::string_view url, const std::string& name, node variable) {
  const std::string what = "{" + name + "}";
  const auto slashes = url.find("://");
  const auto at = url.find(what);
  if (slashes == std::string_view::npos || at == std::string_view::npos || at < slashes || variable["enum"].size() < 2) return false;
  const bool in_host = at < url.find('/', slashes + 3);
  // Else a value could choose the end of the host's name.
  if (in_host && std::string_view("/.:").find(url[at - 1]) == std::string_view::npos && url.substr(at + what.size(), 1) != ".") return false;
  bool all = true;
  variable["enum"].each_item([&](node each) {
    const std::string_view value = each.text();
    all = all && is_plain(value, in_host ? "" : "_~.") && value != "." && value != "..";
  });
  return all;
}

std::string with_variables(const api& in, node one, std::vector<server_choice>& choices) {
  std::string url(one["url"].text());
  one["variables"].each_member([&](std::string_view name, node variable) {
    std::optional<std::string> value;
    if (auto given = in.options.server_variables.find(std::string(name)); given != in.options.server_variables.end()) value = given->second;
    else if (const node preset = variable["default"]) value = as_text(preset);
    else if (const node first = variable["enum"].item(0)) value = as_text(first);
    const std::string key(name);
    if (!value && url.starts_with("{" + key + "}")) return;  // `absolute` tells
    if (!value) return in.notices.add(variable, "this server variable has no default; it becomes an argument");
    if (in.options.server_arguments && !in.options.server_variables.contains(key) && may_be_chosen(url, key, variable)) choices.push_back({key, *value, variable});
    else replace_all(url, "{" + key + "}", *value);
  });
  for (const auto& [name, value] : in.options.server_variables) replace_all(url, "{" + name + "}", value);
  return url;
}

bool is_on_the_web(std::string_view url) { return url.starts_with("http:") || url.starts_with("https:"); }

/// A server's URL made absolute. A name in braces at its front that has no value is its scheme, or as much of it as is not known.
std::string absolute(const api& in, node place, std::string url) {
  if (const auto end = url.find('}'); url.starts_with("{") && end != std::string::npos) {
    const auto rest = url.find_first_not_of('}', end);
    const std::string name = url.substr(0, rest);
    url = rest == std::string::npos ? "/" : url.substr(rest);
    if (url.starts_with("://")) {
      in.notices.add(place, "nothing gives " + name + " a value; https stands for it");
      return "https" + url;
    }
    in.notices.add(place, "the server's URL begins with " + name + ", which has no value: a server variable or a base URL gives it one");
  }
  if (url.starts_with("file:")) url.clear();
  if (has_scheme(url)) return url;
  if (is_on_the_web(in.spec_url)) return resolve_url(in.spec_url, url);
  if (url.starts_with("//")) return "https:" + url;
  in.notices.add_at("/servers", "the server's URL is relative, and where the document came from is not known; http://localhost stands for it, a base URL replaces it");
  return resolve_url(unknown_base, url);
}

/// The first that is https, else the first.
server chosen_server(const api& in, node list) {
  server first, secure;
  json all = json::array();
  list.each_item([&](node one) {
    if (!one["url"].is_string()) return in.notices.add(one, "this server has no url");
    server made;
    made.base = absolute(in, one, with_variables(in, one, made.choices));
    json told{{"url", made.base}};
    if (const std::string_view said = one["description"].text(); !said.empty()) told["description"] = std::string(said);
    all.push_back(std::move(told));
    if (secure.base.empty() && made.base.starts_with("https:")) secure = made;
    if (first.base.empty()) first = std::move(made);
  });
  server& out = secure.base.empty() ? first : secure;
  if (all.size() > 1) out.all = std::move(all);
  return std::move(out);
}

/// Azure's pattern of a server's address; nothing where a part of it has no value.
/// Source: autorest, "x-ms-parameterized-host".
std::optional<std::string> parameterized_host(const api& in, const std::string& scheme) {
  const node pattern = in.root["x-ms-parameterized-host"];
  std::string out(pattern["hostTemplate"].text());
  if (out.empty()) return std::nullopt;
  const auto put = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) replace_all(out, "{" + name + "}", value);
  };
  for (const auto& [name, value] : in.options.server_variables) put(name, value);
  pattern["parameters"].each_item([&](node each) {
    const node parameter = in.refs.follow(each);
    put(std::string(parameter["name"].text()), as_text(parameter["default"]));
  });
  if (const auto open = placeholders_in(out); !open.empty()) {
    in.notices.add(pattern, "the server's address is not known: give " + open.front() + " as a server variable, or a base URL");
    return std::nullopt;
  }
  return pattern["useSchemePrefix"].is_boolean() && !pattern["useSchemePrefix"].is_true() ? out : scheme + "://" + out;
}

std::string swagger_base(const api& in, const operation& of) {
  const std::string_view host = in.root["host"].text();
  const node schemes = of.object["schemes"].is_array() && !of.object["schemes"].empty() ? of.object["schemes"] : in.root["schemes"];
  std::string scheme;
  schemes.each_item([&](node each) {
    if (scheme.empty() || each.text() == "https") scheme = each.text();
  });
  const bool web = is_on_the_web(in.spec_url);
  if (scheme.empty()) scheme = web ? in.spec_url.substr(0, in.spec_url.find(':')) : "https";
  std::string authority(host);
  if (authority.empty() && web) {
    const std::string_view origin = origin_of(in.spec_url);
    authority = origin.substr(origin.find("://") + 3);
  }
  std::string path(in.root["basePath"].text());
  if (!path.empty() && path.front() != '/') path.insert(path.begin(), '/');
  if (const auto base = parameterized_host(in, scheme)) return *base + path;
  if (authority.empty()) return absolute(in, {}, path);
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
      if (out.base.empty() && list.is_array() && !list.empty()) out = chosen_server(in, list);
    if (out.base.empty()) out.base = absolute(in, {}, "/");
  }
  while (!out.base.empty() && out.base.back() == '/') out.base.pop_back();
  out.arguments = placeholders_in(out.base);
  std::erase_if(out.arguments, [&](const std::string& name) {
    return std::any_of(out.choices.begin(), out.choices.end(), [&](const server_choice& each) { return each.name == name; });
  });
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
