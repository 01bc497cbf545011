#include "oauth2_metadata.hpp"

#include <utcp/document.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>

namespace utcp {
namespace {

using proof = oauth2_auth::proof;

error wrong(std::string what, json said = nullptr) { return {errc::protocol_error, "OAuth2 issuer's metadata: " + std::move(what), std::move(said)}; }

// RFC 8414 section 2: without the list the server takes Basic; the body is tried after it, as some servers forget the list.
result<std::vector<proof>> proofs_of(const json& document) {
  const auto list = document.find("token_endpoint_auth_methods_supported");
  if (list == document.end() || list->is_null()) return std::vector<proof>{proof::header, proof::body};
  if (!list->is_array()) return wrong("\"token_endpoint_auth_methods_supported\" is no array");
  const auto takes = [&](const char* method) { return std::find(list->begin(), list->end(), json(method)) != list->end(); };
  std::vector<proof> out;
  if (takes("client_secret_post")) out.push_back(proof::body);
  if (takes("client_secret_basic")) out.push_back(proof::header);
  return out;
}

}  // namespace

result<metadata_places> metadata_places_of(const std::string& issuer, bool allow_insecure_http) {
  auto base = net::url::parse(issuer);
  if (!base) return error(errc::invalid_config, "auth: \"issuer\": " + base.error().message);
  if (issuer.find_first_of("?#") != std::string::npos) return error(errc::invalid_config, "auth: \"issuer\" is an address without query and fragment");
  if (auto fine = net::check_url(*base, allow_insecure_http, "OAuth2 issuer"); !fine) return fine.error();
  std::string path(base->path());
  const std::string origin = base->text().substr(0, base->text().size() - path.size());
  while (path.ends_with('/')) path.pop_back();
  auto oauth = net::url::parse(origin + "/.well-known/oauth-authorization-server" + path);
  auto openid = net::url::parse(origin + path + "/.well-known/openid-configuration");
  if (!oauth || !openid) return error(errc::invalid_config, "auth: \"issuer\" is no usable address");
  return metadata_places(*std::move(oauth), *std::move(openid));
}

result<server_metadata> read_metadata(const std::string& body, const std::string& issuer) {
  const auto document = parse_json(body);
  if (!document || !document->is_object()) return wrong("the answer is no JSON object");
  const auto text_of = [](const json& object, const char* key) {
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  // RFC 8414 section 3.3: else one server could speak for another.
  if (text_of(*document, "issuer") != issuer)
    return wrong("they are of another issuer; write \"issuer\" exactly as the server writes its own name, or set \"token_url\" in its place", json{{"issuer", document->value("issuer", json())}});
  server_metadata out;
  out.token_endpoint = text_of(*document, "token_endpoint");
  if (out.token_endpoint.empty()) return wrong("no \"token_endpoint\"");
  if (const auto aliases = document->find("mtls_endpoint_aliases"); aliases != document->end() && aliases->is_object()) out.tls_token_endpoint = text_of(*aliases, "token_endpoint");
  auto proofs = proofs_of(*document);
  if (!proofs) return proofs.error();
  out.proofs = *std::move(proofs);
  return out;
}

result<net::url> endpoint_of(const server_metadata& server, const oauth2_auth& how, bool allow_insecure_http) {
  const bool by_tls = how.client_auth == proof::tls && !server.tls_token_endpoint.empty();
  auto target = net::url::parse(by_tls ? server.tls_token_endpoint : server.token_endpoint);
  if (!target) return wrong("the \"token_endpoint\" is no address: " + target.error().message);
  const auto issuer = net::url::parse(how.issuer);
  if (!issuer) return error(errc::invalid_config, "auth: \"issuer\": " + issuer.error().message);
  if (auto fine = net::check_url(*target, allow_insecure_http, "OAuth2 token endpoint named by " + issuer->shown()); !fine) return fine.error();
  const auto refused = [&](std::string_view why) { return error(errc::not_allowed, "OAuth2 issuer " + issuer->shown() + " names the token endpoint " + target->shown() + ", " + std::string(why)); };
  if (net::is_loopback_like(target->host()) && !net::is_loopback_like(issuer->host())) return refused("which is this machine; another machine may not do that");
  if (!how.token_origins || target->same_origin(*issuer)) return target;
  const bool listed = std::any_of(how.token_origins->begin(), how.token_origins->end(), [&](const std::string& origin) {
    const auto each = net::url::parse(origin);
    return each && each->same_origin(*target);
  });
  if (!listed) return refused("which is an origin that the credentials may not go to; set \"token_url\", or add it to \"token_origins\" (a fetched template: the provider's \"allowed_origins\")");
  return target;
}

}  // namespace utcp
