#include <utcp/auth/authorize.hpp>

#include <utcp/base64.hpp>
#include <utcp/masking.hpp>
#include <utcp/net/url.hpp>

#include <algorithm>

namespace utcp {
namespace {

bool is_cookie_octet(unsigned char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'; }

// RFC 6265 where the value allows it; other values quoted with octal escapes, as Python's http.cookies writes and reads them.
std::string cookie_value(std::string_view value) {
  if (std::all_of(value.begin(), value.end(), [](char c) { return is_cookie_octet(static_cast<unsigned char>(c)); })) return std::string(value);
  std::string out = "\"";
  for (unsigned char c : value) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == ' ' || is_cookie_octet(c)) {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('\\');
      for (int shift : {6, 3, 0}) out.push_back(static_cast<char>('0' + (c >> shift & 7)));
    }
  }
  return out + '"';
}

// The Cookie header with `name` set to `value` and every other pair kept.
std::string with_cookie(std::string_view cookies, const std::string& name, const std::string& value) {
  std::string out;
  const auto append = [&out](std::string_view pair) {
    if (!out.empty()) out += "; ";
    out += pair;
  };
  while (!cookies.empty()) {
    std::string_view pair = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(pair.size() + 1, cookies.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (!pair.empty() && pair.substr(0, pair.find('=')) != name) append(pair);
  }
  append(name + "=" + value);
  return out;
}

result<void> set_api_key(net::http_request& request, const api_key_auth& how, credentials_as as) {
  const std::string value = as == credentials_as::masked ? std::string(mask) : how.key.reveal();
  // A name or value that would break a header is refused wherever it is to stand.
  if (auto fine = net::check_header(how.location == api_key_auth::place::query ? "X" : how.name, value); !fine)
    return error(errc::invalid_argument, "auth: " + fine.error().message);
  if (how.name.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
    return error(errc::invalid_argument, "auth: \"var_name\" contains a line break or NUL");
  switch (how.location) {
    case api_key_auth::place::header: request.headers.set(how.name, value); break;
    case api_key_auth::place::query: {
      std::string query(request.target.query());
      net::set_query_pair(query, how.name, value);
      request.target.set_query(query);
      break;
    }
    case api_key_auth::place::cookie: {
      const std::string* before = request.headers.find("Cookie");
      request.headers.set("Cookie", with_cookie(before ? *before : std::string(), how.name, as == credentials_as::masked ? value : cookie_value(value)));
      break;
    }
  }
  return {};
}

}  // namespace

result<void> set_basic(net::http_request& request, const std::string& user, const std::string& password) {
  if (user.find(':') != std::string::npos) return error(errc::invalid_argument, "auth: a user name for basic authentication cannot contain a colon");
  request.headers.set("Authorization", "Basic " + base64(user + ":" + password));
  return {};
}

result<void> set_bearer(net::http_request& request, const std::string& token) {
  if (token.empty() || !net::check_header("Authorization", token)) return error(errc::protocol_error, "auth: the token server's token fits no header");
  request.headers.set("Authorization", "Bearer " + token);
  return {};
}

result<void> authorize(net::http_request& request, const auth& how, credentials_as as) {
  if (const auto* key = std::get_if<api_key_auth>(&how)) return set_api_key(request, *key, as);
  if (const auto* basic = std::get_if<basic_auth>(&how)) {
    if (as == credentials_as::real) return set_basic(request, basic->username.reveal(), basic->password.reveal());
    request.headers.set("Authorization", "Basic " + std::string(mask));
    return {};
  }
  if (as == credentials_as::real) return error(errc::internal, "auth: OAuth2 needs a token; use oauth2_tokens");
  request.headers.set("Authorization", "Bearer " + std::string(mask));
  return {};
}

std::vector<std::string> credential_headers(const auth& how) {
  if (const auto* key = std::get_if<api_key_auth>(&how)) {
    if (key->location == api_key_auth::place::header) return {key->name};
    if (key->location == api_key_auth::place::cookie) return {"Cookie"};
    return {};
  }
  return {"Authorization"};
}

}  // namespace utcp
