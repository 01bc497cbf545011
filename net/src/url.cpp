#include <utcp/net/url.hpp>

#include "ascii.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace utcp::net {
namespace {

constexpr std::size_t max_url_bytes = 1u << 20;

constexpr bool is_alnum(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_unreserved(unsigned char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<bool, 256> make_table(std::string_view more) {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_unreserved(static_cast<unsigned char>(c));
  for (char c : more) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr auto component_safe = make_table("");
constexpr auto form_safe = make_table("*");                       // as the WHATWG form encoding
constexpr auto path_and_query_safe = make_table("/?:@!$&'()*+,;=");  // RFC 3986 pchar, `/` and `?`

void append_encoded(std::string& to, std::string_view value, const std::array<bool, 256>& safe) {
  static constexpr char digits[] = "0123456789ABCDEF";
  for (unsigned char c : value) {
    if (safe[c]) {
      to.push_back(static_cast<char>(c));
    } else {
      to.push_back('%');
      to.push_back(digits[c >> 4]);
      to.push_back(digits[c & 15]);
    }
  }
}

void append_form(std::string& to, std::string_view text) {
  for (std::size_t space; (space = text.find(' ')) != std::string_view::npos; text.remove_prefix(space + 1)) {
    append_encoded(to, text.substr(0, space), form_safe);
    to.push_back('+');
  }
  append_encoded(to, text, form_safe);
}

bool is_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alnum(static_cast<unsigned char>(text[0])) && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.'; });
}

std::size_t end_of_authority(std::string_view text, std::size_t begin) { return std::min(text.find_first_of("/?#\\", begin), text.size()); }

// Where the authority begins and ends; {0, 0} when the text has none.
std::pair<std::size_t, std::size_t> authority_of(std::string_view text) {
  std::size_t begin = 0;
  if (text.starts_with("//")) {
    begin = 2;
  } else {
    const std::size_t slashes = text.find("://");
    if (slashes == std::string_view::npos || !is_scheme(text.substr(0, slashes))) return {0, 0};
    begin = slashes + 3;
  }
  return {begin, end_of_authority(text, begin)};
}

// The text without its fragment and with every character encoded that may not stand where it does. The authority is
// taken as it is: the parser refuses what is wrong there.
std::string cleaned(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const auto [begin, end] = authority_of(text);
  std::string out;
  out.reserve(text.size() + 16);
  out.append(text.substr(0, end));
  for (std::size_t i = end; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (path_and_query_safe[c] || (c == '%' && is_escape(text, i))) out.push_back(static_cast<char>(c));
    else append_encoded(out, text.substr(i, 1), component_safe);
  }
  return out;
}

std::string without_secrets(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  // Not authority_of: what is no URL for its scheme may hold a password all the same.
  const std::size_t slashes = text.find("//");
  const std::size_t begin = slashes == std::string_view::npos ? 0 : slashes + 2;
  const std::size_t end = slashes == std::string_view::npos ? 0 : end_of_authority(text, begin);
  std::string out(text.substr(0, begin));
  const std::size_t at = text.substr(0, end).rfind('@');
  out.append(text.substr(at == std::string_view::npos || at < begin ? begin : at + 1));
  if (out.size() > 200) out.resize(200);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

error bad_url(std::string_view text, std::string_view why) {
  return {errc::invalid_config, "URL \"" + without_secrets(text) + "\": " + std::string(why)};
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https" || scheme == "wss") return 443;
  if (scheme == "http" || scheme == "ws") return 80;
  return 0;
}

bool is_dns_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
  });
}

bool is_userinfo(std::string_view text) {
  static constexpr auto allowed = make_table("!$&'()*+,;=:%");
  return std::all_of(text.begin(), text.end(), [](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

// `[::1]` without a zone: a zone is for one link of one machine.
bool is_ipv6_literal(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']' || text.find('%') != std::string_view::npos) return false;
  boost::system::error_code ec;
  boost::asio::ip::make_address_v6(std::string(text.substr(1, text.size() - 2)), ec);
  return !ec;
}

// What stands between `//` and the path.
struct authority_parts {
  std::string_view userinfo, host, port;
  bool has_userinfo = false;
};

std::optional<authority_parts> split_authority(std::string_view text) {
  authority_parts out;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    out.has_userinfo = true;
    out.userinfo = text.substr(0, at);
    text.remove_prefix(at + 1);
    if (!is_userinfo(out.userinfo)) return std::nullopt;
  }
  const std::size_t colon = text.find(':', text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0);
  out.host = text.substr(0, colon);
  if (colon != std::string_view::npos) out.port = text.substr(colon + 1);
  return out;
}

// RFC 3986 section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_open = false;  // the last segment was a dot segment: the path ends with a slash
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  for (bool more = true; more;) {
    const std::size_t end = path.find('/');
    more = end != std::string_view::npos;
    const std::string_view segment = path.substr(0, end);
    if (more) path.remove_prefix(end + 1);
    const bool dot = segment == ".", dots = segment == "..";
    ends_open = dot || dots;
    if (dots && !kept.empty()) kept.pop_back();
    if (!dot && !dots) kept.push_back(segment);
  }
  std::string out;
  for (std::string_view segment : kept) out.append("/").append(segment);
  if (ends_open || out.empty()) out += '/';
  return out;
}

// Decodes one form-encoded name or value for comparison.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] == '%' && is_escape(text, i)) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

void append_lower(std::string& to, std::string_view text) {
  const std::size_t at = to.size();
  to += text;
  std::transform(to.begin() + static_cast<std::ptrdiff_t>(at), to.end(), to.begin() + static_cast<std::ptrdiff_t>(at), to_lower);
}

template <class Visit>
void each_pair(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end != 0) visit(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

std::string name_of(std::string_view pair) { return decoded(pair.substr(0, pair.find('='))); }

}  // namespace

result<url> url::parse(std::string_view text) {
  if (text.size() > max_url_bytes) return bad_url(text, "longer than 1 MiB");
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7f) return bad_url(text, "contains a control character");
  return compose(cleaned(text));
}

result<url> url::compose(std::string_view clean) {
  // Not Boost.URL: 1.81 reads `127.0.0.1.evil.example` as the address 127.0.0.1 with a path, and `h:x` as the host h.
  const std::size_t colon = clean.find("://");
  const auto [begin, end] = authority_of(clean);
  if (colon == std::string_view::npos || begin != colon + 3 || !is_scheme(clean.substr(0, colon)))
    return bad_url(clean, "is not an absolute URL such as https://host/path");
  const auto authority = split_authority(clean.substr(begin, end - begin));
  if (!authority || (authority->host.empty() && authority->port.empty())) return bad_url(clean, authority ? "has no host" : "has a malformed user name or password");
  const std::string_view host = authority->host;
  const bool is_ipv6 = is_ipv6_literal(host);
  if (!is_ipv6 && !is_dns_name(host))
    return bad_url(clean, "the host must be a DNS name (punycode for other letters) or an IP literal");

  url out;
  out.text_.reserve(clean.size() + 8);
  append_lower(out.text_, clean.substr(0, colon));
  out.scheme_size_ = static_cast<std::uint32_t>(colon);
  const std::uint16_t usual_port = default_port(out.text_);
  out.port_ = usual_port;
  if (const std::string_view port = authority->port; !port.empty()) {
    const auto [last, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port_);
    if (ec != std::errc() || last != port.data() + port.size() || out.port_ == 0) return bad_url(clean, "the port must be 1 to 65535");
  }
  out.text_ += "://";
  out.has_userinfo_ = authority->has_userinfo;
  if (out.has_userinfo_) out.text_.append(authority->userinfo).append("@");
  out.host_at_ = static_cast<std::uint32_t>(out.text_.size() + (is_ipv6 ? 1 : 0));
  out.host_size_ = static_cast<std::uint32_t>(host.size() - (is_ipv6 ? 2 : 0));
  append_lower(out.text_, host);
  if (out.port_ != usual_port) out.text_ += ":" + std::to_string(out.port_);
  out.path_at_ = static_cast<std::uint32_t>(out.text_.size());
  const std::size_t question = std::min(clean.find('?', end), clean.size());
  const std::string_view path = clean.substr(end, question - end);
  if (!path.starts_with('/')) out.text_.push_back('/');
  out.text_ += path;
  out.path_size_ = static_cast<std::uint32_t>(out.text_.size()) - out.path_at_;
  if (question < clean.size()) out.set_query(clean.substr(question + 1));
  return out;
}

std::string_view url::query() const noexcept {
  const std::size_t after_path = std::size_t{path_at_} + path_size_;
  return after_path < text_.size() ? std::string_view(text_).substr(after_path + 1) : std::string_view();
}

bool url::same_origin(const url& other) const noexcept {
  return scheme() == other.scheme() && host() == other.host() && port() == other.port();
}

std::string url::shown() const {
  std::string out(scheme());
  out += "://";
  const bool is_ipv6 = host_at_ > 0 && text_[host_at_ - 1] == '[';
  const std::size_t begin = host_at_ - (is_ipv6 ? 1 : 0);
  out += part(begin, path_at_ + path_size_ - begin);
  return out;
}

void url::set_query(std::string_view query) {
  std::string fresh(query);  // `query` may be a part of text_
  text_.resize(std::size_t{path_at_} + path_size_);
  if (fresh.empty()) return;
  text_.push_back('?');
  text_ += fresh;
}

// RFC 3986 section 5.2.2.
result<url> url::resolve(std::string_view reference) const {
  for (unsigned char c : reference)
    if (c < 0x20 || c == 0x7f) return bad_url(reference, "contains a control character");
  const std::string clean = cleaned(reference);
  const std::string_view text = clean;
  const std::size_t colon = text.substr(0, text.find_first_of("/?")).find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) return compose(text);
  if (text.starts_with("//")) return compose(std::string(scheme()).append(":").append(text));
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::string_view their_path = text.substr(0, question);
  std::string joined = text_.substr(0, path_at_);
  if (their_path.empty()) joined += path();
  else if (their_path.starts_with('/')) joined += without_dot_segments(their_path);
  else joined += without_dot_segments(std::string(path().substr(0, path().rfind('/') + 1)).append(their_path));
  if (question < text.size()) joined += text.substr(question);
  else if (their_path.empty() && !query().empty()) joined.append("?").append(query());
  return compose(joined);
}

void append_component(std::string& to, std::string_view value) { append_encoded(to, value, component_safe); }

std::string encode_component(std::string_view value) {
  std::string out;
  out.reserve(value.size() + 8);
  append_component(out, value);
  return out;
}

void append_query_pair(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query.push_back('&');
  append_form(query, name);
  query.push_back('=');
  append_form(query, value);
}

void set_query_pair(std::string& query, std::string_view name, std::string_view value) {
  std::string out;
  bool done = false;
  each_pair(query, [&](std::string_view pair) {
    if (name_of(pair) == name) {
      if (!done) append_query_pair(out, name, value);
      done = true;
      return;
    }
    if (!out.empty()) out.push_back('&');
    out += pair;
  });
  if (!done) append_query_pair(out, name, value);
  query = std::move(out);
}

bool has_query_pair(std::string_view query, std::string_view name) {
  bool found = false;
  each_pair(query, [&](std::string_view pair) { found = found || name_of(pair) == name; });
  return found;
}

void merge_query(std::string& query, std::string_view more) {
  const std::string before = query;
  each_pair(more, [&](std::string_view pair) {
    if (has_query_pair(before, name_of(pair))) return;
    if (!query.empty()) query.push_back('&');
    query += pair;
  });
}

}  // namespace utcp::net
