#include <utcp/masking.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace utcp {
namespace {

constexpr std::array<std::string_view, 26> secret_words{
    "auth",   "authn",      "authz", "authorization", "apikey", "bearer", "cookie",  "credential", "credentials", "csrf",      "jwt", "key",   "keys",
    "passwd", "passphrase", "pass",  "password",      "pwd",    "secret", "secrets", "session",    "sid",         "signature", "sig", "token", "xsrf"};

/// Names of credentials that are also written as one word.
constexpr std::array<std::string_view, 10> secret_names{"xapikey",   "xauthtoken",         "xaccesstoken",    "xcsrftoken", "xxsrftoken", "xamzsecuritytoken",
                                                        "xgoogapikey", "proxyauthorization", "wwwauthenticate", "cookie2"};

/// Keys of an auth object that hold no credential.
constexpr std::array<std::string_view, 11> open_auth_keys{"auth_type", "var_name", "location",   "token_url",   "issuer",       "scope",
                                                          "type",      "prefix",   "grant_type", "client_auth", "token_origins"};

bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string masked(const std::string& text) { return text.empty() || only_references(text) ? text : std::string(mask); }

/// Every text below `value`, whatever its key.
void mask_all(json& value) {
  if (value.is_string()) value = masked(value.get_ref<const std::string&>());
  else if (value.is_number()) value = mask;
  else if (value.is_structured())
    for (auto& inner : value) mask_all(inner);
}

void mask_within(json& value);

void mask_auth(json& auth) {
  if (!auth.is_object()) return mask_all(auth);
  for (auto& [key, value] : auth.items())
    if (!is_open_auth_key(key)) mask_all(value);
    else mask_within(value);
}

void mask_within(json& value) {
  if (value.is_string()) value = mask_url(value.get_ref<const std::string&>());
  if (value.is_array())
    for (auto& item : value) mask_within(item);
  if (!value.is_object()) return;
  for (auto& [key, inner] : value.items()) {
    const bool names_something = key.ends_with("_url") || key.ends_with("_field") || key.ends_with("_fields") || key.ends_with("_type");
    if (key == "auth" || key == "auth_tools") mask_auth(inner);
    else if (key == "env" || key == "env_vars") mask_all(inner);
    else if (sounds_secret(key) && !names_something && (inner.is_string() || inner.is_number())) mask_all(inner);
    else mask_within(inner);
  }
}

/// The length of a reference to a variable, or of what stands for one, at the start of the text; 0 when there is none.
std::size_t reference_length(std::string_view text) {
  if (text.starts_with(mask)) return mask.size();
  if (text.size() < 2 || text[0] != '$') return 0;
  const bool braces = text[1] == '{';
  std::size_t end = braces ? 2 : 1;
  const std::size_t begin = end;
  while (end < text.size() && word_character(text[end])) ++end;
  if (end == begin) return 0;
  if (!braces) return end;
  return end < text.size() && text[end] == '}' ? end + 1 : 0;
}

}  // namespace

bool is_open_auth_key(std::string_view key) noexcept { return std::find(open_auth_keys.begin(), open_auth_keys.end(), key) != open_auth_keys.end(); }

bool sounds_secret(std::string_view name) {
  std::string word;
  std::string all;
  auto is_secret = [&] { return std::find(secret_words.begin(), secret_words.end(), word) != secret_words.end(); };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool hump = i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    if (std::isalnum(c) == 0 || hump) {
      if (is_secret()) return true;
      word.clear();
    }
    if (std::isalnum(c) == 0) continue;
    word += static_cast<char>(std::tolower(c));
    all += word.back();
  }
  return is_secret() || std::find(secret_names.begin(), secret_names.end(), all) != secret_names.end();
}

bool only_references(std::string_view text) {
  for (std::string_view scheme : {"Bearer ", "Basic ", "Token ", "bearer ", "token "})
    if (text.starts_with(scheme)) {
      text.remove_prefix(scheme.size());
      break;
    }
  if (text.empty()) return false;
  while (!text.empty()) {
    const auto length = reference_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string mask_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  std::string out(url.substr(0, scheme + 3));
  std::string_view rest = url.substr(scheme + 3);
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto at = rest.substr(0, authority_end).rfind('@');
  if (at != std::string_view::npos) {
    const auto user = rest.substr(0, at);
    const auto colon = user.find(':');
    if (colon != std::string_view::npos && !only_references(user.substr(colon + 1))) out.append(user.substr(0, colon + 1)).append(mask);
    else out += user;
    rest.remove_prefix(at);
  }
  const auto question = rest.find('?');
  if (question == std::string_view::npos) return out.append(rest);
  out += rest.substr(0, question + 1);
  rest.remove_prefix(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of("&#"), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    const auto brace = value.find('{');  // of an argument, which is the caller's
    const bool placeholder = brace != std::string_view::npos && value.find('}', brace) != std::string_view::npos;
    if (!value.empty() && !placeholder && !only_references(value) && sounds_secret(pair.substr(0, equals)))
      out.append(pair.substr(0, equals + 1)).append(mask);
    else out += pair;
    if (end < rest.size()) out += rest[end];
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string mask_field(std::string_view name, const std::string& value) { return sounds_secret(name) ? masked(value) : mask_url(value); }

json masked_auth(json auth) {
  mask_auth(auth);
  return auth;
}

json mask_template(const json& call_template) {
  json out = call_template;
  mask_within(out);
  return out;
}

}  // namespace utcp
