#include <utcp/auth/oauth2_metadata.hpp>

#include <utcp/auth/oauth2_request.hpp>

#include <utcp/document.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>

namespace utcp {
namespace {

using proof = oauth2_auth::proof;

error wrong(std::string what, json said = nullptr) { return {errc::protocol_error, "OAuth2 issuer's metadata: " + std::move(what), std::move(said)}; }

constexpr std::size_t max_listed = 1024;

std::string text_of(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool is_set(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

// The texts of a list; all else in it is another client's business.
std::vector<std::string> texts_of(const json& object, const char* key) {
  std::vector<std::string> out;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return out;
  for (const json& each : *it)
    if (each.is_string() && out.size() < max_listed) out.push_back(each.get<std::string>());
  return out;
}

// RFC 8414 section 2: without the list the server takes Basic; the body is tried after it, as some servers forget the list.
result<void> read_proofs(const json& document, server_metadata& into) {
  static constexpr const char* key = "token_endpoint_auth_methods_supported";
  const auto list = document.find(key);
  if (list == document.end() || list->is_null()) {
    into.proofs = {proof::header, proof::body};
    into.proof_methods = {"client_secret_basic"};
    return {};
  }
  if (!list->is_array()) return wrong("\"token_endpoint_auth_methods_supported\" is no array");
  into.proof_methods = texts_of(document, key);
  const auto takes = [&](const char* method) { return std::find(into.proof_methods.begin(), into.proof_methods.end(), method) != into.proof_methods.end(); };
  if (takes("client_secret_post")) into.proofs.push_back(proof::body);
  if (takes("client_secret_basic")) into.proofs.push_back(proof::header);
  return {};
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
  metadata_places out(*std::move(oauth), *std::move(openid));
  if (!path.empty()) {
    auto inserted = net::url::parse(origin + "/.well-known/openid-configuration" + path);
    if (inserted) out.openid_inserted = *std::move(inserted);
  }
  return out;
}

result<server_metadata> read_metadata(const std::string& body, const std::string& issuer, std::string_view remedy) {
  const auto document = parse_json(body);
  if (!document || !document->is_object()) return wrong("the answer is no JSON object");
  // RFC 8414 section 3.3: else one server could speak for another.
  if (text_of(*document, "issuer") != issuer)
    return wrong("they are of another issuer; " + std::string(remedy), json{{"issuer", document->value("issuer", json())}});
  server_metadata out;
  out.issuer = issuer;
  out.token_endpoint = text_of(*document, "token_endpoint");
  if (out.token_endpoint.empty()) return wrong("no \"token_endpoint\"");
  if (const auto aliases = document->find("mtls_endpoint_aliases"); aliases != document->end() && aliases->is_object()) out.tls_token_endpoint = text_of(*aliases, "token_endpoint");
  if (auto read = read_proofs(*document, out); !read) return read.error();
  out.authorization_endpoint = text_of(*document, "authorization_endpoint");
  out.registration_endpoint = text_of(*document, "registration_endpoint");
  out.names_itself_in_answers = is_set(*document, "authorization_response_iss_parameter_supported");
  out.takes_metadata_documents = is_set(*document, "client_id_metadata_document_supported");
  out.challenge_methods = texts_of(*document, "code_challenge_methods_supported");
  out.scopes = texts_of(*document, "scopes_supported");
  return out;
}

result<net::url> named_endpoint(const std::string& address, const net::url& by, bool allow_insecure_http, std::string_view what) {
  auto target = net::url::parse(address);
  if (!target) return wrong("the " + std::string(what) + " is no address: " + target.error().message);
  if (auto fine = net::check_url(*target, allow_insecure_http, "OAuth2 " + std::string(what) + " named by " + by.shown()); !fine) return fine.error();
  if (net::is_loopback_like(target->host()) && !net::is_loopback_like(by.host()))
    return error(errc::not_allowed, by.shown() + " names the " + std::string(what) + " " + target->shown() + ", which is this machine; another machine may not do that");
  return target;
}

result<net::url> endpoint_of(const server_metadata& server, const oauth2_auth& how, bool allow_insecure_http) {
  const bool by_tls = how.client_auth == proof::tls && !server.tls_token_endpoint.empty();
  const auto issuer = net::url::parse(how.issuer);
  if (!issuer) return error(errc::invalid_config, "auth: \"issuer\": " + issuer.error().message);
  auto target = named_endpoint(by_tls ? server.tls_token_endpoint : server.token_endpoint, *issuer, allow_insecure_http, "token endpoint");
  if (!target) return target;
  if (!how.token_origins || target->same_origin(*issuer)) return target;
  const bool listed = std::any_of(how.token_origins->begin(), how.token_origins->end(), [&](const std::string& origin) {
    const auto each = net::url::parse(origin);
    return each && each->same_origin(*target);
  });
  if (!listed)
    return error(errc::not_allowed, "OAuth2 issuer " + issuer->shown() + " names the token endpoint " + target->shown() +
                                        ", which is an origin that the credentials may not go to; set \"token_url\", or add it to \"token_origins\" (a fetched template: the provider's \"allowed_origins\")");
  return target;
}

bool is_absent(const net::http_response& answer) {
  if (answer.status == 429 || answer.status == 408) return false;
  return (answer.status >= 400 && answer.status < 500) || (answer.status >= 200 && answer.status < 300 && looks_like_markup(answer.body));
}

task<result<server_metadata>> fetch_metadata(std::shared_ptr<net::http_client> http, std::string issuer, token_route route, time_point until, std::string_view remedy) {
  auto places = metadata_places_of(issuer, route.allow_insecure_http);
  if (!places) co_return places.error();
  std::vector<net::url> all(1, places->oauth);
  if (places->openid_inserted) all.push_back(*places->openid_inserted);
  all.push_back(places->openid);
  std::string asked;
  for (const net::url& place : all) {
    auto request = oauth2_request(place, route, until);
    request.want_peer = true;
    auto answer = co_await oauth2_exchange(http, std::move(request), metadata_purpose, "set \"issuer\" to the address that it redirects to, or \"token_url\" in its place", route);
    if (!answer) co_return std::move(answer).error();
    if (is_absent(*answer)) {
      asked += (asked.empty() ? "" : ", ") + place.shown() + " (HTTP " + std::to_string(answer->status) + ")";
      continue;
    }
    if (answer->status < 200 || answer->status >= 300) {
      error failure = net::status_error(*std::move(answer));
      failure.message = std::string(metadata_purpose) + ": " + failure.message;
      co_return failure;
    }
    auto read = read_metadata(answer->body, issuer, remedy);
    if (!read) co_return read.error();
    // As of the redirects of any request: behind a proxy a name counts as a public server's.
    read->is_public = answer->peer ? *answer->peer == net::address_scope::public_use : !net::is_loopback_like(place.host());
    co_return read;
  }
  co_return error(errc::remote_failed, std::string(metadata_purpose) + ": none of " + asked + " is there; check \"issuer\", or set \"token_url\" in its place");
}

}  // namespace utcp
