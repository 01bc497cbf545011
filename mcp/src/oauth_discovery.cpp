#include "oauth_core.hpp"

#include <utcp/document.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

constexpr std::string_view resource_purpose = "MCP server's resource metadata";
constexpr std::string_view redirect_remedy = "the server should name its final address";
constexpr std::string_view issuer_remedy_here = "the MCP server should name it exactly as it writes itself";

struct found_resource {
  protected_resource document;
  bool is_public = false;
};

task<result<std::optional<found_resource>>> find_resource(core_ptr self, wanted_access wanted, time_point until) {
  std::vector<net::url> places = resource_metadata_places(self->server);
  if (wanted.metadata) {
    auto named = secure_endpoint(*wanted.metadata, self->server, "resource metadata");
    if (!named) co_return named.error();
    std::erase_if(places, [&](const net::url& each) { return each.text() == named->text(); });
    places.insert(places.begin(), *std::move(named));
  }
  for (const net::url& place : places) {
    const token_route route = self->route_to(place);
    auto request = oauth2_request(place, route, until);
    request.want_peer = true;
    // How far the server itself reaches is known from its own documents only.
    const bool elsewhere = !place.same_origin(self->server);
    request.public_addresses_only = elsewhere && !self->options.allow_private_addresses && !net::is_loopback_host(self->server.host());
    auto answer = co_await oauth2_exchange(self->parts.http, std::move(request), resource_purpose, redirect_remedy, route);
    if (!answer) co_return answer.error();
    if (is_absent(*answer)) continue;
    if (answer->status < 200 || answer->status >= 300) {
      error failure = net::status_error(*std::move(answer));
      failure.message = std::string(resource_purpose) + ": " + failure.message;
      co_return failure;
    }
    auto read = read_protected_resource(answer->body, self->server);
    if (!read) co_return read.error();
    found_resource out;
    out.document = *std::move(read);
    out.is_public = answer->peer ? *answer->peer == net::address_scope::public_use : !net::is_loopback_like(place.host());
    co_return std::optional<found_resource>(std::move(out));
  }
  co_return std::optional<found_resource>();
}

// 2025-03-26: the server's origin is the authorization server, with metadata or with endpoints at fixed places.
task<result<authority>> fallback_authority(core_ptr self, time_point until) {
  authority out;
  out.is_fallback = true;
  out.resource = resource_of(self->server);
  const std::string origin = origin_of(self->server);
  out.route = self->route_to(self->server);
  auto metadata = co_await fetch_metadata(self->parts.http, origin, out.route, until, issuer_remedy_here);
  // Python's SDK of that time writes its origin with a slash.
  if (!metadata && metadata.error() == errc::protocol_error && metadata.error().remote.is_object() && metadata.error().remote.value("issuer", json()) == json(origin + "/"))
    metadata = co_await fetch_metadata(self->parts.http, origin + "/", out.route, until, issuer_remedy_here);
  if (metadata) {
    out.server = *std::move(metadata);
    co_return out;
  }
  if (metadata.error() != errc::remote_failed && metadata.error() != errc::unauthorized) co_return metadata.error();
  out.server.issuer = origin;
  out.server.authorization_endpoint = origin + "/authorize";
  out.server.token_endpoint = origin + "/token";
  out.server.registration_endpoint = origin + "/register";
  out.server.proof_methods.push_back("client_secret_basic");
  out.server.challenge_methods.push_back("S256");
  co_return out;
}

result<std::string> choose_issuer(const oauth_options& options, const protected_resource& document) {
  if (options.issuer.empty()) return document.issuers.front();
  if (std::find(document.issuers.begin(), document.issuers.end(), options.issuer) != document.issuers.end()) return options.issuer;
  return error(errc::not_allowed, std::string(purpose) + ": the server names other authorization servers than the \"issuer\" of the configuration", json{{"authorization_servers", document.issuers}});
}

}  // namespace

token_route oauth_authorizer::core::route_to(const net::url& target) const {
  token_route out;
  out.connection = target.same_origin(server) ? options.connection : options.elsewhere;
  out.allow_private_addresses = options.allow_private_addresses;
  return out;
}

result<void> check_secure(const net::url& target, std::string_view what) {
  if (target.scheme() == "http" && !net::is_loopback_host(target.host()))
    return error(errc::not_allowed, std::string(purpose) + ": the " + std::string(what) + " " + target.shown() + " is plain http to another machine; tokens go by https only");
  return net::check_url(target, false, "MCP authorization");
}

result<net::url> secure_endpoint(const std::string& address, const net::url& by, std::string_view what) {
  auto target = named_endpoint(address, by, true, what);
  if (!target) return target;
  if (auto fine = check_secure(*target, what); !fine) return fine.error();
  return target;
}

task<result<authority>> find_authority(core_ptr self, wanted_access wanted, time_point until) {
  auto resource = co_await find_resource(self, wanted, until);
  if (!resource) co_return resource.error();
  if (!*resource) {
    if (!self->options.issuer.empty() && self->options.issuer != origin_of(self->server))
      co_return error(errc::not_allowed, std::string(purpose) + ": the server names no authorization server, so it is its own; the configuration's \"issuer\" is another");
    co_return co_await fallback_authority(self, until);
  }
  const protected_resource& document = (*resource)->document;
  auto issuer = choose_issuer(self->options, document);
  if (!issuer) co_return issuer.error();
  const auto place = secure_endpoint(*issuer, self->server, "authorization server");
  if (!place) co_return place.error();
  authority out;
  out.resource = document.resource;
  out.scopes = document.scopes;
  out.route = self->route_to(*place);
  out.route.public_addresses_only = (*resource)->is_public && !self->options.allow_private_addresses;
  auto metadata = co_await fetch_metadata(self->parts.http, *issuer, out.route, until, issuer_remedy_here);
  if (!metadata) co_return metadata.error();
  out.server = *std::move(metadata);
  out.route.public_addresses_only = out.route.public_addresses_only || (out.server.is_public && !self->options.allow_private_addresses);
  co_return out;
}

}  // namespace utcp::mcp
