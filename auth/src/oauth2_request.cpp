#include <utcp/auth/oauth2_request.hpp>

#include <utcp/auth/authorize.hpp>
#include <utcp/base64.hpp>
#include <utcp/document.hpp>
#include <utcp/masking.hpp>
#include <utcp/net/redirect.hpp>
#include <utcp/net/tool_answer.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace utcp {
namespace {

constexpr std::chrono::seconds usual_life{3600};
constexpr std::chrono::hours longest_life{24 * 365};
constexpr std::size_t max_answer_bytes = 1u << 20;
constexpr std::size_t max_token_bytes = 64u << 10;
constexpr std::size_t shortest_secret = 4;

// RFC 6749 section 5.2. Other words are the server's own and stay in `remote`.
constexpr std::array<std::string_view, 6> known_errors{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"};

std::string_view known_error(const json& answer) {
  const auto it = answer.is_object() ? answer.find("error") : answer.end();
  if (it == answer.end() || !it->is_string()) return {};
  const auto known = std::find(known_errors.begin(), known_errors.end(), it->get_ref<const std::string&>());
  return known == known_errors.end() ? std::string_view() : *known;
}

json body_of(const net::http_response& answer) {
  auto parsed = parse_json(answer.body);
  return parsed ? *std::move(parsed) : json();
}

bool fits_a_header(const std::string& token) {
  // RFC 6749 appendix A.12: VSCHAR.
  return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// A number, or a number as text, as some servers send it.
std::chrono::seconds life_of(const json& answer) {
  const auto it = answer.find("expires_in");
  double seconds = static_cast<double>(usual_life.count());
  if (it != answer.end() && it->is_number()) {
    seconds = it->get<double>();
  } else if (it != answer.end() && it->is_string()) {
    const auto& text = it->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  }
  const double longest = static_cast<double>(std::chrono::seconds(longest_life).count());
  return std::chrono::seconds(seconds > 0 ? static_cast<std::int64_t>(seconds < longest ? seconds : longest) : 0);
}

error wrong(errc code, const net::http_response& answer, std::string_view what, json said = nullptr) {
  return {code, std::string(token_purpose) + " to " + answer.request.target.shown() + ": " + std::string(what), std::move(said)};
}

error within(std::string_view purpose, error e) {
  e.message = std::string(purpose) + ": " + e.message;
  return e;
}

}  // namespace

net::http_request oauth2_request(const net::url& target, const token_route& route, time_point until) {
  net::http_request request;
  request.target = target;
  request.headers.set("Accept", "application/json");
  request.deadline = until;
  request.connection = route.connection;
  request.public_addresses_only = route.public_addresses_only;
  request.max_response_bytes = max_answer_bytes;
  return request;
}

net::http_request token_request(const net::url& target, std::string form, const client_proof& who, const token_route& route, time_point until) {
  net::http_request request = oauth2_request(target, route, until);
  switch (who.by) {
    case client_proof::way::header:
      // RFC 6749 section 2.3.1: both are form-encoded before they become user name and password.
      (void)set_basic(request, net::encode_component(who.id.reveal()), net::encode_component(who.key.reveal()));
      break;
    case client_proof::way::body:
      net::append_query_pair(form, "client_id", who.id.reveal());
      net::append_query_pair(form, "client_secret", who.key.reveal());
      break;
    case client_proof::way::id_only:
      if (!who.id.empty()) net::append_query_pair(form, "client_id", who.id.reveal());
      break;
    case client_proof::way::assertion:
      net::append_query_pair(form, "client_id", who.id.reveal());
      net::append_query_pair(form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      net::append_query_pair(form, "client_assertion", who.assertion.reveal());
      break;
  }
  request.method = "POST";
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = std::make_shared<const std::string>(std::move(form));
  return request;
}

void add_secret(std::vector<std::string>& to, const std::string& secret) {
  if (secret.size() < shortest_secret) return;
  std::string form;
  net::append_query_pair(form, "", secret);
  to.push_back(form.substr(1));
  to.push_back(net::encode_component(secret));
  to.push_back(secret);
}

std::vector<std::string> secrets_of(const client_proof& who) {
  std::vector<std::string> out;
  const std::string& plain = who.key.reveal();
  if (plain.size() >= shortest_secret) out.push_back(base64(net::encode_component(who.id.reveal()) + ":" + net::encode_component(plain)));
  add_secret(out, plain);
  add_secret(out, who.assertion.reveal());
  return out;
}

result<token_grant> read_grant(const net::http_response& answer, const std::vector<std::string>& secrets) {
  const json said = body_of(answer);
  if (!said.is_object())
    return wrong(errc::protocol_error, answer, looks_like_markup(answer.body) ? "the answer is a web page and no JSON object; check the address" : "the answer is no JSON object");
  if (const auto failure = said.find("error"); failure != said.end() && failure->is_string() && !failure->get_ref<const std::string&>().empty()) {
    json remote = {{"status", answer.status}, {"body", said}};
    hide_tokens(remote, secrets);
    const std::string_view known = known_error(said);
    return wrong(errc::unauthorized, answer, "a success by its status, but it holds an error" + (known.empty() ? std::string() : " (" + std::string(known) + ")"), std::move(remote));
  }
  const auto type = said.find("token_type");
  if (type != said.end() && !type->is_null() && (!type->is_string() || !net::equal_ignoring_case(type->get_ref<const std::string&>(), "Bearer")))
    return wrong(errc::protocol_error, answer, "the token is of another type than Bearer, which is the only one that this client can use", json{{"token_type", *type}});
  const auto token = said.find("access_token");
  if (token == said.end() || !token->is_string() || token->get_ref<const std::string&>().empty()) return wrong(errc::protocol_error, answer, "the answer has no \"access_token\"");
  token_grant grant;
  grant.token = token->get<std::string>();
  if (!fits_a_header(grant.token)) return wrong(errc::protocol_error, answer, "the \"access_token\" holds a character that may not stand in a header");
  if (grant.token.size() > max_token_bytes) return wrong(errc::protocol_error, answer, "the \"access_token\" is longer than 64 KiB");
  grant.life = life_of(said);
  if (const auto more = said.find("refresh_token"); more != said.end() && more->is_string() && more->get_ref<const std::string&>().size() <= max_token_bytes)
    grant.refresh_token = secret(more->get<std::string>());
  if (const auto scope = said.find("scope"); scope != said.end() && scope->is_string()) grant.scope = scope->get<std::string>();
  return grant;
}

bool may_want_other_proof(const net::http_response& answer) {
  switch (answer.status) {
    case 404:
    case 408:
    case 429:
    case 502:
    case 503:
    case 504: return false;
    default: break;
  }
  const std::string_view code = known_error(body_of(answer));
  return answer.status >= 400 && code != "invalid_scope" && code != "invalid_grant" && code != "unsupported_grant_type";
}

std::string_view token_error(const net::http_response& answer) { return known_error(body_of(answer)); }

error token_refusal(net::http_response answer, const std::vector<std::string>& secrets, const std::string& tried, std::string_view remedy) {
  const int status = answer.status;
  const std::string_view code = known_error(body_of(answer));
  std::string message = std::string(token_purpose) + ": " + answer.request.method + " " + answer.request.target.shown() + ": HTTP " + std::to_string(status);
  if (const auto reason = net::usual_reason(status); !reason.empty()) message.append(" ").append(reason);
  if (!code.empty()) message.append(", ").append(code);
  if (!tried.empty()) message.append(" (").append(tried).append(")");
  message += remedy;
  error out = net::status_error(std::move(answer));
  if (status == 400) out.code = make_error_code(errc::unauthorized);
  out.message = std::move(message);
  hide_tokens(out.remote, secrets);
  return out;
}

void hide_tokens(json& value, const std::vector<std::string>& secrets) {
  static constexpr std::array<std::string_view, 4> token_keys{"access_token", "refresh_token", "id_token", "client_secret"};
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    for (const std::string& each : secrets)
      for (auto at = text.find(each); at != std::string::npos; at = text.find(each, at + mask.size())) text.replace(at, each.size(), mask);
  } else if (value.is_array()) {
    for (json& inner : value) hide_tokens(inner, secrets);
  } else if (value.is_object()) {
    for (auto& [key, inner] : value.items())
      if (std::find(token_keys.begin(), token_keys.end(), key) != token_keys.end()) inner = mask;
      else hide_tokens(inner, secrets);
  }
}

task<result<net::http_response>> oauth2_exchange(std::shared_ptr<net::http_client> http, net::http_request request, std::string_view purpose, std::string_view remedy,
                                                 token_route route) {
  net::redirect_rules rules;
  rules.purpose = purpose;
  rules.allow_insecure_http = route.allow_insecure_http;
  rules.allow_private_addresses = route.allow_private_addresses;
  const std::string method = request.method;
  for (int hops = 0;; ++hops) {
    auto answer = co_await http->send(std::move(request));
    if (!answer) co_return within(purpose, std::move(answer).error());
    if (!net::is_redirect(answer->status)) co_return answer;
    auto hop = net::follow_redirect(std::move(answer->request), *answer, rules, hops);
    if (!hop) co_return hop.error();
    if (!hop->same_origin || hop->request.method != method)
      co_return error(errc::not_allowed, std::string(purpose) + ": the server redirects to " + hop->request.target.shown() +
                                             (hop->same_origin ? " as " + hop->request.method + ", which loses the request" : ", another origin, which is not followed") + "; " +
                                             std::string(remedy));
    request = std::move(hop->request);
  }
}

}  // namespace utcp
