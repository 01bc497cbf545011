#include "security.hpp"

#include "ascii.hpp"
#include "uri.hpp"

#include <optional>
#include <vector>

namespace utcp::openapi_detail {
namespace {

/// One scheme of a requirement, turned into an auth object.
struct scheme_auth {
  std::string name;
  json auth;           // null: nothing to send (mutual TLS)
  bool fine = false;   // can be expressed
  node place;
};

std::string variable(std::string_view kind, std::string_view scheme) { return "${" + std::string(kind) + "_" + variable_suffix(scheme) + "}"; }

json bearer(std::string_view word, std::string_view scheme) {
  json out = json::object();
  out["auth_type"] = "api_key";
  out["api_key"] = (word.empty() ? std::string() : std::string(word) + " ") + variable("API_KEY", scheme);
  out["var_name"] = "Authorization";
  out["location"] = "header";
  return out;
}

json basic(std::string_view scheme) {
  json out = json::object();
  out["auth_type"] = "basic";
  out["username"] = variable("USERNAME", scheme);
  out["password"] = variable("PASSWORD", scheme);
  return out;
}

/// The flow that a client can go through alone; nothing: a user must, and gives the token.
node client_flow(const api& in, node scheme) {
  if (in.is_swagger()) return lower(scheme["flow"].text()) == "application" ? scheme : node();
  return scheme["flows"]["clientCredentials"];
}

json oauth2(const api& in, node scheme, std::string_view name, node scopes) {
  const node flow = client_flow(in, scheme);
  const std::string_view token_url = flow["tokenUrl"].text();
  const std::string url = token_url.empty() ? std::string() : resolve_url(in.spec_url, token_url);
  if (!has_scheme(url)) return bearer("Bearer", name);
  json out = json::object();
  out["auth_type"] = "oauth2";
  out["token_url"] = url;
  out["client_id"] = variable("CLIENT_ID", name);
  out["client_secret"] = variable("CLIENT_SECRET", name);
  std::string wanted;
  scopes.each_item([&](node each) {
    if (each.text().empty()) return;
    if (!wanted.empty()) wanted += ' ';
    wanted += each.text();
  });
  if (!wanted.empty()) out["scope"] = wanted;
  return out;
}

scheme_auth auth_of(const api& in, std::string_view name, node scopes) {
  scheme_auth out;
  out.name = name;
  const node declared = in.is_swagger() ? in.root["securityDefinitions"][name] : in.root["components"]["securitySchemes"][name];
  const node scheme = in.refs.follow(declared);
  out.place = declared ? declared : scopes;
  if (!scheme.is_object()) {
    in.notices.add(out.place, "the security scheme \"" + std::string(name) + "\" is not defined; its operations have no auth");
    return out;
  }
  const std::string type = lower(scheme["type"].text());
  out.fine = true;
  if (type == "apikey") {
    const std::string place = lower(scheme["in"].text());
    out.fine = (place == "header" || place == "query" || place == "cookie") && !scheme["name"].text().empty();
    if (!out.fine) in.notices.add(scheme, "this API key has no name, or a place that is none of header, query and cookie");
    out.auth = {{"auth_type", "api_key"}, {"api_key", variable("API_KEY", name)}, {"var_name", std::string(scheme["name"].text())}, {"location", place}};
  } else if (type == "basic") {
    out.auth = basic(name);
  } else if (type == "http") {
    const std::string word = lower(scheme["scheme"].text());
    if (word == "basic") out.auth = basic(name);
    else if (word == "bearer") out.auth = bearer("Bearer", name);
    else {
      out.auth = bearer(scheme["scheme"].text(), name);
      in.notices.add(scheme, "HTTP authentication \"" + std::string(scheme["scheme"].text()) + "\" is not computed; its variable must hold what follows the word");
    }
  } else if (type == "oauth2") {
    out.auth = oauth2(in, scheme, name, scopes);
    if (out.auth["auth_type"] != "oauth2") in.notices.add(scheme, "a user must sign in for this scheme; its variable holds the access token");
  } else if (type == "openidconnect") {
    out.auth = bearer("Bearer", name);
    in.notices.add(scheme, "a user must sign in for this scheme; its variable holds the access token");
  } else if (type == "mutualtls") {
    out.fine = false;
    in.notices.add(scheme, "mutual TLS cannot be said in a tool; give the certificate to the client or the provider");
  } else {
    out.fine = false;
    in.notices.add(scheme, "unknown security type \"" + type + "\"");
  }
  return out;
}

bool is_header_key(const json& auth) { return auth.value("auth_type", "") == "api_key" && auth.value("location", "") == "header"; }

/// One goes into `auth`; others that are headers can stand beside it.
void combine(const api& in, const std::vector<scheme_auth>& all, operation_security& out) {
  const scheme_auth* first = nullptr;
  for (const auto& each : all)
    if (each.fine && (!first || (is_header_key(first->auth) && !is_header_key(each.auth)))) first = &each;
  if (!first) return;
  out.auth = first->auth;
  for (const auto& each : all) {
    if (each.fine && each.auth.value("auth_type", "") == "api_key") out.covered.emplace(each.auth["location"], each.auth["var_name"]);
    if (&each == first || !each.fine) continue;
    if (is_header_key(each.auth)) out.headers[each.auth["var_name"].get<std::string>()] = each.auth["api_key"];
    else in.notices.add(each.place, "is needed together with \"" + first->name + "\"; a tool can have one of the two");
  }
}

}  // namespace

std::string variable_suffix(std::string_view scheme) {
  std::string out;
  for (const char c : scheme) out += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '_';
  return out;
}

operation_security security_of(const api& in, const operation& of) {
  operation_security out;
  // An empty list of the operation's own means: none.
  const node own = of.object["security"];
  const node list = own.is_array() ? own : in.root["security"];
  if (!list.is_array() || list.empty()) return out;
  if (list.item(0).is_object() && list.item(0).empty()) return out;  // it may be left out, and that is preferred
  std::vector<scheme_auth> best;
  std::size_t best_missing = 0;
  list.each_item([&](node alternative) {
    if (!alternative.is_object()) return in.notices.add(alternative, "this security requirement is no object");
    if (alternative.empty() || (!best.empty() && best_missing == 0)) return;
    std::vector<scheme_auth> made;
    std::size_t missing = 0;
    alternative.each_member([&](std::string_view name, node scopes) {
      made.push_back(auth_of(in, name, scopes));
      if (!made.back().fine) ++missing;
    });
    if (best.empty() || missing < best_missing) {
      best = std::move(made);
      best_missing = missing;
    }
  });
  combine(in, best, out);
  if (!in.options.auth_tools.is_null() && !out.auth.is_null()) out.auth = in.options.auth_tools;
  return out;
}

}  // namespace utcp::openapi_detail
