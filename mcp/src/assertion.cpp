#include <utcp/auth/oauth2_request.hpp>
#include <utcp/document.hpp>
#include <utcp/mcp/oauth_authorizer.hpp>
#include <utcp/net/redirect.hpp>
#include <utcp/net/url_policy.hpp>

#include <chrono>
#include <fstream>

namespace utcp::mcp {
namespace {

constexpr std::size_t max_assertion_bytes = 64u << 10;
constexpr std::chrono::seconds exchange_patience{30};
constexpr std::string_view exchange_purpose = "identity provider's token exchange";
constexpr const char* id_jag = "urn:ietf:params:oauth:token-type:id-jag";

error bad_file(const std::string& path, const char* why) { return {errc::unauthorized, "assertion file " + path + ": " + why}; }

task<result<secret>> read_file(std::string path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) co_return bad_file(path, "cannot be read");
  std::string text(max_assertion_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max_assertion_bytes) co_return bad_file(path, "is larger than 64 KiB");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (text.empty()) co_return bad_file(path, "is empty");
  co_return secret(std::move(text));
}

task<result<secret>> exchange(std::shared_ptr<net::http_client> http, identity_provider at, std::string issuer, std::string resource) {
  auto target = net::url::parse(at.token_endpoint);
  if (!target) co_return target.error();
  if (auto fine = net::check_url(*target, false, exchange_purpose); !fine) co_return fine.error();
  client_proof who;
  who.id = secret(at.client_id);
  who.key = at.client_secret;
  who.by = at.client_secret.empty() ? client_proof::way::id_only : client_proof::way::header;
  std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
  net::append_query_pair(form, "requested_token_type", id_jag);
  net::append_query_pair(form, "audience", issuer);
  net::append_query_pair(form, "resource", resource);
  net::append_query_pair(form, "subject_token", at.id_token.reveal());
  net::append_query_pair(form, "subject_token_type", "urn:ietf:params:oauth:token-type:id_token");
  std::vector<std::string> secrets = secrets_of(who);
  add_secret(secrets, at.id_token.reveal());
  auto answer = co_await http->send(token_request(*target, std::move(form), who, token_route(), time_point::clock::now() + exchange_patience));
  if (!answer) co_return answer.error();
  if (net::is_redirect(answer->status)) co_return error(errc::not_allowed, std::string(exchange_purpose) + ": the answer is a redirect, which is not followed with credentials");
  if (answer->status < 200 || answer->status >= 300) co_return token_refusal(*std::move(answer), secrets, std::string(), "");
  const auto said = parse_json(answer->body);
  const auto fits = [&said](const char* key, const char* value) { return said->contains(key) && (*said)[key].is_string() && (!value || (*said)[key] == value); };
  if (!said || !said->is_object() || !fits("issued_token_type", id_jag) || !fits("access_token", nullptr) || answer->body.size() > max_assertion_bytes)
    co_return error(errc::protocol_error, std::string(exchange_purpose) + ": the answer holds no ID-JAG");
  co_return secret((*said)["access_token"].get<std::string>());
}

}  // namespace

assertion_source make_file_assertion(std::string path) {
  return [path = std::move(path)](std::string, std::string) { return read_file(path); };
}

assertion_source make_enterprise_assertion(std::shared_ptr<net::http_client> http, identity_provider at) {
  return [http = std::move(http), at = std::move(at)](std::string issuer, std::string resource) { return exchange(http, at, std::move(issuer), std::move(resource)); };
}

}  // namespace utcp::mcp
