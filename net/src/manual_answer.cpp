#include <utcp/net/manual_answer.hpp>

#include <utcp/net/home_hosts.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>
#include <utcp/origin.hpp>
#include <utcp/utf8.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace utcp::net {
namespace {

constexpr std::string_view remedy = "the provider's \"url\" must lead to a UTCP manual or an OpenAPI document";

error not_a_manual(const std::string& where, const std::string& what) { return {errc::invalid_config, where + " " + what + "; " + std::string(remedy)}; }

std::string_view trimmed_front(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

// What came, when it plainly is no manual.
std::optional<error> plain_mistake(const std::string& where, const std::string& media_type, std::string_view body) {
  const std::string type = media_type.empty() ? std::string("no Content-Type") : media_type;
  const std::string_view text = trimmed_front(body);
  if (text.empty()) return not_a_manual(where, "answered with an empty body");
  if (looks_like_markup(text)) return not_a_manual(where, "answered with " + std::string(media_type.find("xml") != std::string::npos ? "XML" : "an HTML page") + " (" + type + ")");
  if (text.front() == '[') return not_a_manual(where, "answered with a JSON array, where a manual is an object with \"tools\"");
  if (body.substr(0, 4096).find('\0') != std::string_view::npos || !is_utf8(utf8_prefix(body, 4096)))
    return not_a_manual(where, "answered with binary data (" + type + ")");
  return std::nullopt;
}

bool value_points_at_loopback(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.find("://") != std::string::npos && text.find("://") < 16 && points_at_loopback(text);
  }
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), value_points_at_loopback);
}

// A URL anywhere in the options but in headers and bodies, a `host`, or a token URL.
bool leads_to_loopback(const call_template& how) {
  for (const auto& [key, value] : how.options.items()) {
    if (key == "headers" || key == "content" || key == "message" || key == "request_data_template") continue;
    if (value_points_at_loopback(value)) return true;
    if ((key == "host" || key == "url" || key == "target" || key == "signaling_server") && value.is_string() &&
        points_at_loopback(value.get_ref<const std::string&>()))
      return true;
  }
  return value_points_at_loopback(how.auth) || value_points_at_loopback(how.auth_tools);
}

// The client's secret would go there unencrypted.
bool asks_for_tokens_in_the_open(const call_template& how) {
  const auto target = how.auth.is_object() ? how.auth.find("token_url") : how.auth.end();
  return how.auth.is_object() && target != how.auth.end() && target->is_string() && target->get_ref<const std::string&>().starts_with("http://");
}

// Why a tool of another machine's manual is left out; null: it is not.
const char* why_left_out(const call_template& how, const call_template& provider) {
  if (leads_to_loopback(how)) return "left out: the manual came from another machine and the tool would call this one";
  const auto allowed = provider.options.find("allow_insecure_http");
  if (asks_for_tokens_in_the_open(how) && (allowed == provider.options.end() || *allowed != true)) return "left out: its token_url is plain http; \"allow_insecure_http\" of the provider allows it";
  return nullptr;
}

void drop_misled_tools(manual& found, const call_template& provider, std::vector<notice>& notices) {
  std::unordered_map<const call_template*, const char*> seen;  // tools share templates
  std::erase_if(found.tools, [&](const tool_ptr& each) {
    const call_template* how = each->tool_call_template.get();
    if (!how || how == &provider) return false;
    auto [at, is_new] = seen.try_emplace(how, nullptr);
    if (is_new) at->second = why_left_out(*how, provider);
    if (!at->second) return false;
    notices.emplace_back(each->name, at->second);
    return true;
  });
}

// Where a tool goes when that is not one of `homes`; nothing when it is, or when the tool goes nowhere over the network.
std::optional<std::string> foreign_target(const call_template& how, const home_hosts& homes) {
  if (!how.options.contains("url") && !how.options.contains("host")) return std::nullopt;
  const auto origin = origin_of(how);
  if (!origin) return "an address that is not fixed";
  return homes.have(*origin) ? std::nullopt : origin;
}

void apply_host_rule(manual& found, const call_template& provider, bool refuse, std::vector<notice>& notices) {
  const home_hosts homes(provider);
  std::unordered_map<const call_template*, std::optional<std::string>> seen;  // tools share templates
  std::map<std::string, std::size_t> counts;
  std::erase_if(found.tools, [&](const tool_ptr& each) {
    const call_template* how = each->tool_call_template.get();
    if (!how || how == &provider) return false;
    auto [at, is_new] = seen.try_emplace(how);
    if (is_new) at->second = foreign_target(*how, homes);
    if (!at->second) return false;
    ++counts[*at->second];
    return refuse;
  });
  constexpr std::size_t most = 8;
  std::size_t told = 0;
  for (const auto& [target, count] : counts) {
    if (told++ == most) {
      notices.emplace_back("/tools", "and tools for " + std::to_string(counts.size() - most) + " more hosts");
      break;
    }
    const std::string tools = std::to_string(count) + (count == 1 ? " tool calls " : " tools call ") + target + ", which is not the manual's host";
    notices.emplace_back("/tools", refuse ? tools + ": left out; to allow it add it to the provider's \"allowed_origins\""
                                          : tools + "; if that is right add it to the provider's \"allowed_origins\", else set \"other_origins\": \"refuse\"");
  }
}

}  // namespace

syntax syntax_of_answer(const http_response& answer) {
  const std::string media_type = media_type_of(answer.fields.find("content-type").value_or(""));
  if (media_type.find("yaml") != std::string::npos) return syntax::yaml;
  const syntax by_path = syntax_of_path(answer.request.target.path());
  if (by_path == syntax::yaml) return by_path;
  return is_json_type(media_type) ? syntax::json : by_path;
}

result<discovery> read_manual_answer(http_response answer, std::shared_ptr<const call_template> provider, const document_ports& documents,
                                     const document_limits& limits, std::shared_ptr<const fetched_documents> others) {
  const url& from = answer.request.target;
  const std::string where = from.shown();
  if (answer.status < 200 || answer.status >= 300) {
    auto failure = status_error(std::move(answer));
    if (failure == errc::remote_failed) failure.message += "; " + std::string(remedy);
    return failure;
  }
  const std::string media_type = media_type_of(answer.fields.find("content-type").value_or(""));
  if (auto mistake = plain_mistake(where, media_type, answer.body)) return *std::move(mistake);

  manual_source source;
  source.where = where;
  source.as = syntax_of_answer(answer);
  source.origin = trust::remote;
  source.local = is_loopback_like(from.host());
  source.provider = provider;
  source.others = std::move(others);
  auto loaded = load_manual(std::move(answer.body), source, documents, limits);
  if (!loaded) return std::move(loaded).error();
  discovery out;
  out.found = std::move(loaded->found);
  out.notices = std::move(loaded->notices);
  if (!source.local) drop_misled_tools(out.found, *provider, out.notices);
  apply_host_rule(out.found, *provider, refuses_other_hosts(*provider), out.notices);
  return out;
}

}  // namespace utcp::net
