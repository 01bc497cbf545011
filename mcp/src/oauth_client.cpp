#include "oauth_client.hpp"

#include "crypto.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <chrono>

namespace utcp::mcp {
namespace {

using way = client_proof::way;

constexpr std::chrono::seconds assertion_life{300};
constexpr std::size_t max_id_bytes = 16u << 10;

bool lists(const server_metadata& server, const char* method) {
  return std::find(server.proof_methods.begin(), server.proof_methods.end(), method) != server.proof_methods.end();
}

std::string text_of(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// What a client without a secret of its own asks to be registered as. RFC 8414: a server that lists nothing takes Basic.
const char* method_to_register(const server_metadata& server) {
  for (const char* method : {"none", "client_secret_basic", "client_secret_post"})
    if (lists(server, method)) return method;
  return "none";
}

}  // namespace

result<way> choose_proof(const known_client& who, bool has_private_key, const server_metadata& server) {
  if (has_private_key && (who.from != known_client::source::registered)) return way::assertion;
  if (who.key.empty()) return way::id_only;
  if (who.method == "client_secret_basic") return way::header;
  if (who.method == "client_secret_post") return way::body;
  if (who.method == "none") return way::id_only;
  if (lists(server, "client_secret_basic")) return way::header;
  if (lists(server, "client_secret_post")) return way::body;
  if (lists(server, "none")) return way::id_only;
  return error(errc::unsupported, "the authorization server takes neither client_secret_basic nor client_secret_post; set \"private_key\" if it knows the client's key");
}

result<client_proof> prove(const known_client& who, way by, const secret& private_key, const std::string& audience) {
  client_proof out;
  out.by = by;
  out.id = secret(who.id);
  out.key = who.key;
  if (by != way::assertion) return out;
  auto id = random_text(16);
  if (!id) return id.error();
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const json claims{{"iss", who.id}, {"sub", who.id}, {"aud", audience}, {"iat", now.count()}, {"exp", (now + assertion_life).count()}, {"jti", *id}};
  auto assertion = sign_jwt(write_json(claims), private_key);
  if (!assertion) return assertion.error();
  out.assertion = *std::move(assertion);
  return out;
}

std::string registration_body(const oauth_options& options, const std::string& redirect_uri, const scope_list& scopes, const server_metadata& server) {
  json body{{"client_name", options.client_name},
            {"redirect_uris", json::array({redirect_uri})},
            {"grant_types", json::array({"authorization_code", "refresh_token"})},
            {"response_types", json::array({"code"})},
            {"token_endpoint_auth_method", method_to_register(server)},
            {"application_type", redirect_uri.starts_with("https:") ? "web" : "native"}};
  if (!scopes.empty()) body["scope"] = join_scope(scopes);
  return write_json(body);
}

result<known_client> read_registration(const std::string& body, const std::string& redirect_uri, const scope_list& scopes) {
  const auto said = parse_json(body);
  if (!said || !said->is_object()) return error(errc::protocol_error, "client registration: the answer is no JSON object");
  known_client out;
  out.from = known_client::source::registered;
  out.id = text_of(*said, "client_id");
  out.key = secret(text_of(*said, "client_secret"));
  if (out.id.empty() || out.id.size() > max_id_bytes || out.key.reveal().size() > max_id_bytes) return error(errc::protocol_error, "client registration: the answer has no usable \"client_id\"");
  out.method = text_of(*said, "token_endpoint_auth_method");
  out.redirect_uri = redirect_uri;
  out.scope = join_scope(scopes);
  if (const auto expires = said->find("client_secret_expires_at"); expires != said->end() && expires->is_number_integer()) out.key_expires = expires->get<std::int64_t>();
  return out;
}

secret write_client(const known_client& who) {
  return secret(write_json(json{{"client_id", who.id},
                                {"client_secret", who.key.reveal()},
                                {"token_endpoint_auth_method", who.method},
                                {"redirect_uri", who.redirect_uri},
                                {"scope", who.scope},
                                {"client_secret_expires_at", who.key_expires}}));
}

std::optional<known_client> read_client(const secret& text) {
  const auto kept = parse_json(text.reveal());
  if (!kept || !kept->is_object()) return std::nullopt;
  auto out = read_registration(text.reveal(), text_of(*kept, "redirect_uri"), split_scope(text_of(*kept, "scope")));
  if (!out) return std::nullopt;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (out->key_expires != 0 && out->key_expires <= now) return std::nullopt;
  return *std::move(out);
}

}  // namespace utcp::mcp
