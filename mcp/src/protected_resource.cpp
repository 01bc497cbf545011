#include "protected_resource.hpp"

#include "oauth_request.hpp"

#include <utcp/document.hpp>

namespace utcp::mcp {
namespace {

constexpr std::string_view well_known = "/.well-known/oauth-protected-resource";
constexpr std::size_t max_issuers = 32;

error wrong(std::string what, json said = nullptr) { return {errc::protocol_error, "MCP server's resource metadata: " + std::move(what), std::move(said)}; }

std::string_view without_end_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

void read_texts(const json& document, const char* key, std::size_t most, std::vector<std::string>& into) {
  const auto list = document.find(key);
  if (list == document.end() || !list->is_array()) return;
  for (const json& each : *list)
    if (each.is_string() && !each.get_ref<const std::string&>().empty() && into.size() < most) into.push_back(each.get<std::string>());
}

}  // namespace

std::string origin_of(const net::url& address) {
  const std::string& text = address.text();
  return text.substr(0, text.find('/', text.find("://") + 3));
}

std::string resource_of(const net::url& server) { return origin_of(server) + std::string(without_end_slash(server.path())); }

std::vector<net::url> resource_metadata_places(const net::url& server) {
  std::vector<net::url> out;
  const auto path = without_end_slash(server.path());
  if (!path.empty())
    if (auto place = net::url::parse(origin_of(server) + std::string(well_known) + std::string(path))) out.push_back(*std::move(place));
  if (auto place = net::url::parse(origin_of(server) + std::string(well_known))) out.push_back(*std::move(place));
  return out;
}

bool covers(const std::string& resource, const net::url& server) {
  const auto named = net::url::parse(resource);
  if (!named || named->has_userinfo() || resource.find('#') != std::string::npos || !named->same_origin(server)) return false;
  if (!named->query().empty() && named->query() != server.query()) return false;
  const auto upper = without_end_slash(named->path());
  const auto path = server.path();
  return path.starts_with(upper) && (path.size() == upper.size() || path[upper.size()] == '/');
}

result<protected_resource> read_protected_resource(const std::string& body, const net::url& server) {
  const auto document = parse_json(body);
  if (!document || !document->is_object()) return wrong("the answer is no JSON object");
  protected_resource out;
  const auto resource = document->find("resource");
  if (resource == document->end() || !resource->is_string()) return wrong("no \"resource\"");
  out.resource = resource->get<std::string>();
  if (!covers(out.resource, server)) return wrong("they are of another resource than " + server.shown(), json{{"resource", out.resource}});
  read_texts(*document, "authorization_servers", max_issuers, out.issuers);
  if (out.issuers.empty()) return wrong("no \"authorization_servers\"");
  read_texts(*document, "scopes_supported", max_scopes, out.scopes);
  return out;
}

}  // namespace utcp::mcp
