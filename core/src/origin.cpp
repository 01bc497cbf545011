#include <utcp/origin.hpp>

#include <algorithm>

namespace utcp {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

bool is_plain(std::string_view authority) {
  return !authority.empty() && std::all_of(authority.begin(), authority.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

std::optional<std::string> origin_of_url(std::string_view url) {
  const auto mark = url.find("://");
  if (mark == std::string_view::npos) return std::nullopt;
  std::string scheme = lower(url.substr(0, mark));
  if (scheme == "ws") scheme = "http";
  if (scheme == "wss") scheme = "https";
  const std::string_view rest = url.substr(mark + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (!is_plain(authority) || !is_plain(scheme)) return std::nullopt;
  const auto host_end = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const auto colon = authority.find(':', host_end == std::string_view::npos ? 0 : host_end);
  std::string host = lower(authority.substr(0, colon));
  std::string port = colon == std::string_view::npos ? std::string() : std::string(authority.substr(colon + 1));
  if (host.empty() || port.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  if (port.empty()) port = scheme == "https" ? "443" : scheme == "http" ? "80" : "";
  if (host.ends_with('.')) host.pop_back();
  return scheme + "://" + host + ":" + port;
}

std::optional<std::string> origin_of(const call_template& how) {
  if (auto url = how.options.find("url"); url != how.options.end() && url->is_string()) return origin_of_url(url->get_ref<const std::string&>());
  auto host = how.options.find("host");
  auto port = how.options.find("port");
  if (host == how.options.end() || port == how.options.end() || !host->is_string() || !is_plain(host->get_ref<const std::string&>())) return std::nullopt;
  return how.protocol + "://" + lower(host->get_ref<const std::string&>()) + ":" + (port->is_string() ? port->get<std::string>() : port->dump());
}

}  // namespace utcp
