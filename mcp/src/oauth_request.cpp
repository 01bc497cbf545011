#include "oauth_request.hpp"

#include "crypto.hpp"

#include <algorithm>
#include <array>

namespace utcp::mcp {
namespace {

constexpr std::size_t max_pairs = 64;
constexpr std::size_t state_bytes = 24;
constexpr std::size_t verifier_bytes = 48;  // 64 characters; RFC 7636 section 4.1 wants 43 to 128
constexpr std::string_view offline_access = "offline_access";

// RFC 6749 section 4.1.2.1. Other words are the server's own and stay in `remote`.
constexpr std::array<std::string_view, 7> known_errors{"access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "server_error",
                                                       "temporarily_unavailable"};

error wrong(const char* what) { return {errc::protocol_error, std::string("authorization: ") + what}; }

int hex_value(char c) noexcept { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

error refusal_of(const std::string& code, const std::string* description) {
  const auto known = std::find(known_errors.begin(), known_errors.end(), code);
  json said{{"error", code}};
  if (description) said["error_description"] = *description;
  return {errc::unauthorized, "the authorization server sent the person back with " + (known == known_errors.end() ? std::string("an error of its own") : std::string(*known)), std::move(said)};
}

}  // namespace

scope_list split_scope(std::string_view text) {
  scope_list out;
  while (out.size() < max_scopes) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty()) break;
    const auto word = text.substr(0, text.find_first_of(" \t"));
    if (std::find(out.begin(), out.end(), word) == out.end()) out.emplace_back(word);
    text.remove_prefix(word.size());
  }
  return out;
}

std::string join_scope(const scope_list& scopes) {
  std::string out;
  for (const auto& each : scopes) out += (out.empty() ? "" : " ") + each;
  return out;
}

void add_scopes(scope_list& to, const scope_list& more) {
  for (const auto& each : more)
    if (to.size() < max_scopes && std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
}

bool has_scopes(const scope_list& all, const scope_list& some) {
  return std::all_of(some.begin(), some.end(), [&](const auto& each) { return std::find(all.begin(), all.end(), each) != all.end(); });
}

scope_list choose_scopes(const std::optional<std::string>& challenge, const std::optional<std::string>& operators, const scope_list& resource_scopes,
                         const scope_list& before, const scope_list& server_scopes, bool wants_refresh) {
  scope_list out = before;
  if (operators) add_scopes(out, split_scope(*operators));
  if (challenge) add_scopes(out, split_scope(*challenge));
  else if (!operators) add_scopes(out, resource_scopes);
  // Alone it would ask for no access at all.
  const bool listed = std::find(server_scopes.begin(), server_scopes.end(), offline_access) != server_scopes.end();
  if (!listed) std::erase(out, offline_access);
  else if (wants_refresh && !out.empty()) add_scopes(out, scope_list(1, std::string(offline_access)));
  return out;
}

result<std::vector<std::pair<std::string, std::string>>> read_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return wrong("a broken percent sign in the redirect's query");
    if (out.size() == max_pairs) return wrong("more than 64 parameters in the redirect's query");
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

result<pending_authorization> ask_for_code(const authorization_question& what) {
  auto state = random_text(state_bytes);
  auto verifier = random_text(verifier_bytes);
  if (!state || !verifier) return state ? verifier.error() : state.error();
  auto hash = sha256(*verifier);
  if (!hash) return hash.error();
  pending_authorization out;
  out.state = *std::move(state);
  out.verifier = *std::move(verifier);
  net::url target = what.endpoint;
  std::string query(target.query());
  const std::string scope = join_scope(what.scopes);
  const std::pair<const char*, std::string> pairs[] = {{"response_type", "code"},         {"client_id", what.client_id}, {"redirect_uri", what.redirect_uri},
                                                       {"state", out.state},              {"code_challenge", base64url(*hash)}, {"code_challenge_method", "S256"},
                                                       {"resource", what.resource},       {"scope", scope}};
  for (const auto& [name, value] : pairs)
    if (!value.empty()) net::set_query_pair(query, name, value);
  target.set_query(query);
  out.url = target.text();
  return out;
}

result<secret> read_code(std::string_view query, const pending_authorization& asked, const server_metadata& server) {
  auto pairs = read_query(query);
  if (!pairs) return pairs.error();
  const auto find = [&](std::string_view name) -> const std::string* {
    const auto it = std::find_if(pairs->begin(), pairs->end(), [&](const auto& each) { return each.first == name; });
    return it == pairs->end() ? nullptr : &it->second;
  };
  for (std::string_view name : {"state", "iss", "code", "error"})
    if (std::count_if(pairs->begin(), pairs->end(), [&](const auto& each) { return each.first == name; }) > 1) return wrong("a parameter stands twice in the redirect");
  const std::string* state = find("state");
  if (!state || *state != asked.state) return wrong("the redirect has another state than was sent, so it is no answer to our request");
  const std::string* issuer = find("iss");
  if (!issuer && server.names_itself_in_answers) return wrong("the redirect does not name its issuer, though the server says that it always does");
  if (issuer && *issuer != server.issuer) return wrong("the redirect names another issuer than the one that was asked");
  if (const std::string* failure = find("error")) return refusal_of(*failure, find("error_description"));
  const std::string* code = find("code");
  if (!code || code->empty()) return wrong("the redirect has no code");
  return secret(*code);
}

}  // namespace utcp::mcp
