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

result<auth> parse_oauth2(const json& from) {
  oauth2_auth out;
  auto url = text_field(from, "token_url");
  if (!url) return url.error();
  auto id = text_field(from, "client_id");
  if (!id) return id.error();
  auto password = text_field(from, "client_secret");
  if (!password) return password.error();
  out.token_url = *url;
  out.client_id = secret(*id);
  out.client_secret = secret(*password);
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
