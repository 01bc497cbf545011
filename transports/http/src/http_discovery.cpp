#include "http_discovery.hpp"

#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <unordered_map>

namespace utcp::http {
namespace {

constexpr std::string_view remedy = "the provider's \"url\" must lead to a UTCP manual or an OpenAPI document";

error not_a_manual(const std::string& where, const std::string& what) { return {errc::invalid_config, where + " " + what + "; " + std::string(remedy)}; }

std::string_view trimmed_front(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

syntax syntax_of(std::string_view media_type, std::string_view path) {
  if (media_type.find("yaml") != std::string_view::npos) return syntax::yaml;
  const syntax by_path = syntax_of_path(path);
  if (by_path == syntax::yaml) return by_path;
  return net::is_json_type(media_type) ? syntax::json : by_path;
}

// What came, when it plainly is no manual.
std::optional<error> plain_mistake(const std::string& where, const std::string& media_type, std::string_view body) {
  const std::string type = media_type.empty() ? std::string("no Content-Type") : media_type;
  const std::string_view text = trimmed_front(body);
  if (text.empty()) return not_a_manual(where, "answered with an empty body");
  if (looks_like_markup(text)) return not_a_manual(where, "answered with " + std::string(media_type.find("xml") != std::string::npos ? "XML" : "an HTML page") + " (" + type + ")");
  if (text.front() == '[') return not_a_manual(where, "answered with a JSON array, where a manual is an object with \"tools\"");
  if (body.substr(0, 4096).find('\0') != std::string_view::npos || !is_utf8(net::utf8_prefix(body, 4096)))
    return not_a_manual(where, "answered with binary data (" + type + ")");
  return std::nullopt;
}

bool value_points_at_loopback(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.find("://") != std::string::npos && text.find("://") < 16 && net::points_at_loopback(text);
  }
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), value_points_at_loopback);
}

// A URL anywhere in the options but in headers and bodies, a `host`, or a token URL.
bool points_at_loopback(const call_template& how) {
  for (const auto& [key, value] : how.options.items()) {
    if (key == "headers" || key == "content" || key == "message" || key == "request_data_template") continue;
    if (value_points_at_loopback(value)) return true;
    if ((key == "host" || key == "url" || key == "target" || key == "signaling_server") && value.is_string() &&
        net::points_at_loopback(value.get_ref<const std::string&>()))
      return true;
  }
  return value_points_at_loopback(how.auth) || value_points_at_loopback(how.auth_tools);
}

void drop_loopback_tools(manual& found, const call_template& provider, std::vector<notice>& notices) {
  std::unordered_map<const call_template*, bool> seen;  // tools share templates
  std::erase_if(found.tools, [&](const tool_ptr& each) {
    const call_template* how = each->tool_call_template.get();
    if (!how || how == &provider) return false;
    auto [at, is_new] = seen.try_emplace(how, false);
    if (is_new) at->second = points_at_loopback(*how);
    if (!at->second) return false;
    notices.emplace_back(each->name, "left out: the manual came from another machine and the tool would call this one");
    return true;
  });
}

}  // namespace

result<discovery> read_manual_answer(net::http_response answer, std::shared_ptr<const call_template> provider, const document_ports& documents,
                                     const document_limits& limits) {
  const net::url& from = answer.request.target;
  const std::string where = from.shown();
  if (answer.status < 200 || answer.status >= 300) {
    auto failure = net::status_error(std::move(answer));
    if (failure == errc::remote_failed) failure.message += "; " + std::string(remedy);
    return failure;
  }
  const std::string media_type = net::media_type_of(answer.fields.find("content-type").value_or(""));
  if (auto mistake = plain_mistake(where, media_type, answer.body)) return *std::move(mistake);

  manual_source source;
  source.where = where;
  source.as = syntax_of(media_type, from.path());
  source.origin = trust::remote;
  source.local = net::is_loopback_like(from.host());
  source.provider = provider;
  auto loaded = load_manual(std::move(answer.body), source, documents, limits);
  if (!loaded) return std::move(loaded).error();
  discovery out;
  out.found = std::move(loaded->found);
  out.notices = std::move(loaded->notices);
  if (!source.local) drop_loopback_tools(out.found, *provider, out.notices);
  return out;
}

}  // namespace utcp::http
