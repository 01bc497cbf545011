#include <utcp/net/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

constexpr std::size_t max_url_bytes = 1u << 20;

constexpr bool is_alnum(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_unreserved(unsigned char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

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

// Where the authority begins and ends; {0, 0} when the text has none.
std::pair<std::size_t, std::size_t> authority_of(std::string_view text) {
  std::size_t begin = 0;
  if (text.starts_with("//")) {
    begin = 2;
  } else {
    const std::size_t slashes = text.find("://");
    if (slashes == std::string_view::npos || text.find_first_of("/?#") < slashes) return {0, 0};
    begin = slashes + 3;
  }
  return {begin, std::min(text.find_first_of("/?#\\", begin), text.size())};
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
  const auto [begin, end] = authority_of(text);
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
  const auto parsed = boost::urls::parse_uri(clean);  // a view into `clean`
  if (!parsed) return bad_url(clean, "is not an absolute URL such as https://host/path");
  const boost::urls::url_view& view = *parsed;
  const std::string_view scheme = view.scheme();
  std::string_view host = view.encoded_host();
  const bool is_ipv6 = view.host_type() == boost::urls::host_type::ipv6;
  if (!view.has_authority() || host.empty()) return bad_url(clean, "has no host");
  if (!is_ipv6 && !is_dns_name(host))
    return bad_url(clean, "the host must be a DNS name (punycode for other letters) or an IP literal");

  url out;
  for (char c : scheme) out.text_.push_back(to_lower(c));
  out.scheme_size_ = static_cast<std::uint32_t>(scheme.size());
  out.port_ = default_port(out.text_);
  const std::uint16_t usual_port = out.port_;
  if (!view.port().empty()) {
    out.port_ = view.port_number();
    if (out.port_ == 0) return bad_url(clean, "the port must be 1 to 65535");
  }
  out.text_.reserve(clean.size() + 8);
  out.text_ += "://";
  if (view.has_userinfo()) {
    out.has_userinfo_ = true;
    out.text_.append(view.encoded_userinfo().data(), view.encoded_userinfo().size());
    out.text_.push_back('@');
  }
  out.host_at_ = static_cast<std::uint32_t>(out.text_.size() + (is_ipv6 ? 1 : 0));
  out.host_size_ = static_cast<std::uint32_t>(host.size() - (is_ipv6 ? 2 : 0));
  for (char c : host) out.text_.push_back(to_lower(c));
  if (out.port_ != usual_port) out.text_ += ":" + std::to_string(out.port_);
  out.path_at_ = static_cast<std::uint32_t>(out.text_.size());
  const std::string_view path = view.encoded_path();
  out.text_ += path.empty() ? std::string_view("/") : path;
  out.path_size_ = static_cast<std::uint32_t>(out.text_.size()) - out.path_at_;
  if (view.has_query()) out.set_query(view.encoded_query());
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

result<url> url::resolve(std::string_view reference) const {
  for (unsigned char c : reference)
    if (c < 0x20 || c == 0x7f) return bad_url(reference, "contains a control character");
  const std::string clean = cleaned(reference);
  const auto base = boost::urls::parse_uri(text_);
  const auto relative = boost::urls::parse_uri_reference(clean);
  if (!base || !relative) return bad_url(reference, "is not a URL reference");
  boost::urls::url joined;
  if (!boost::urls::resolve(*base, *relative, joined)) return bad_url(reference, "cannot be joined to " + shown());
  return compose(std::string_view(joined.buffer().data(), joined.buffer().size()));
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
