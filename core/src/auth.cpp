#include <utcp/auth.hpp>

namespace utcp {
namespace {

result<std::string> text_field(const json& from, const char* key) {
  auto it = from.find(key);
  if (it == from.end() || it->is_null()) return error(errc::invalid_config, std::string("auth: \"") + key + "\" is missing");
  if (!it->is_string()) return error(errc::invalid_config, std::string("auth: \"") + key + "\" must be a string, not " + it->type_name());
  return it->get<std::string>();
}

result<auth> parse_api_key(const json& from) {
  auto key = text_field(from, "api_key");
  if (!key) return key.error();
  if (key->empty()) return error(errc::invalid_config, "auth: \"api_key\" is empty; set the variable it comes from");
  api_key_auth out;
  out.key = secret(*key);
  if (from.contains("var_name") && !from["var_name"].is_null()) {
    auto name = text_field(from, "var_name");
    if (!name) return name.error();
    out.name = *name;
  }
  if (from.contains("location") && !from["location"].is_null()) {
    auto place = text_field(from, "location");
    if (!place) return place.error();
    if (*place == "query") out.location = api_key_auth::place::query;
    else if (*place == "cookie") out.location = api_key_auth::place::cookie;
    else if (*place != "header")
      return error(errc::invalid_config, "auth: \"location\" is \"" + *place + "\"; it must be header, query or cookie");
  }
  return auth(std::move(out));
}

result<auth> parse_basic(const json& from) {
  auto user = text_field(from, "username");
  if (!user) return user.error();
  auto password = text_field(from, "password");
  if (!password) return password.error();
  basic_auth out;
  out.username = secret(*user);
  out.password = secret(*password);
  return auth(std::move(out));
}

error wrong(std::string what) { return error(errc::invalid_config, "auth: " + std::move(what)); }

bool has(const json& from, const char* key) {
  const auto it = from.find(key);
  return it != from.end() && !it->is_null();
}

// One place that names the token endpoint: `token_url`, or `issuer`.
result<void> read_token_place(const json& from, oauth2_auth& out) {
  if (has(from, "token_url") && has(from, "issuer")) return wrong("\"token_url\" and \"issuer\" exclude each other; keep the one that is right");
  const bool by_issuer = has(from, "issuer");
  auto place = text_field(from, by_issuer ? "issuer" : "token_url");
  if (!place) return place.error();
  (by_issuer ? out.issuer : out.token_url) = *std::move(place);
  if (!has(from, "token_origins")) return {};
  if (!by_issuer) return wrong("\"token_origins\" bounds what an \"issuer\" may name; a \"token_url\" needs none");
  const json& origins = from["token_origins"];
  out.token_origins.emplace();
  if (!origins.is_array()) return wrong("\"token_origins\" must be an array of origins, e.g. [\"https://login.example\"]");
  for (const json& each : origins) {
    if (!each.is_string()) return wrong("\"token_origins\" must be an array of origins, e.g. [\"https://login.example\"]");
    out.token_origins->push_back(each.get<std::string>());
  }
  return {};
}

result<void> read_client_proof(const json& from, oauth2_auth& out) {
  if (has(from, "client_auth")) {
    auto way = text_field(from, "client_auth");
    if (!way) return way.error();
    if (*way == "body") out.client_auth = oauth2_auth::proof::body;
    else if (*way == "header") out.client_auth = oauth2_auth::proof::header;
    else if (*way == "tls") out.client_auth = oauth2_auth::proof::tls;
    else return wrong("\"client_auth\" is \"" + *way + "\"; it must be body, header or tls");
  }
  if (out.client_auth == oauth2_auth::proof::tls) {
    if (has(from, "client_secret")) return wrong("with \"client_auth\": \"tls\" the certificate proves who asks and \"client_secret\" is not sent; leave it out");
    return {};
  }
  if (!has(from, "client_secret"))
    return wrong("\"client_secret\" is missing; a client that proves itself by its TLS certificate says \"client_auth\": \"tls\"");
  auto password = text_field(from, "client_secret");
  if (!password) return password.error();
  if (password->empty()) return wrong("\"client_secret\" is empty; set the variable it comes from");
  out.client_secret = secret(*std::move(password));
  return {};
}

result<auth> parse_oauth2(const json& from) {
  oauth2_auth out;
  if (auto read = read_token_place(from, out); !read) return read.error();
  auto id = text_field(from, "client_id");
  if (!id) return id.error();
  out.client_id = secret(*std::move(id));
  if (auto read = read_client_proof(from, out); !read) return read.error();
  if (auto scope = from.find("scope"); scope != from.end() && scope->is_string() && !scope->get_ref<const std::string&>().empty())
    out.scope = scope->get<std::string>();
  return auth(std::move(out));
}

}  // namespace

result<auth> parse_auth(const json& description) {
  if (!description.is_object()) return error(errc::invalid_config, "auth: expected an object with \"auth_type\"");
  auto type = text_field(description, "auth_type");
  if (!type) return type.error();
  if (*type == "api_key") return parse_api_key(description);
  if (*type == "basic") return parse_basic(description);
  if (*type == "oauth2") return parse_oauth2(description);
  return error(errc::unsupported, "auth: \"auth_type\" is \"" + *type + "\"; this build knows api_key, basic and oauth2");
}

}  // namespace utcp
