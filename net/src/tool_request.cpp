#include <utcp/net/tool_request.hpp>

#include "argument_text.hpp"
#include "parameter_map.hpp"
#include "request_body.hpp"

#include <algorithm>
#include <charconv>

namespace utcp::net {
namespace {

constexpr std::size_t max_method_size = 32;

// OpenAPI 3.2 has methods of any name. CONNECT asks for a tunnel; TRACE must not carry credentials (RFC 9110 section 9.3.8).
bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= max_method_size && text != "CONNECT" && text != "TRACE" &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

error bad_option(const call_template& in, const char* key, const std::string& what) { return {errc::invalid_config, place_of(in) + "/" + key + ": " + what}; }

bool is_dns_label(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

using used_names = std::vector<std::string_view>;

bool contains(const used_names& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

error bad_path_value(std::string_view name, std::string_view why) {
  return {errc::invalid_argument, "path parameter \"" + std::string(name) + "\" " + std::string(why)};
}

// A value there would choose the end of the host's name: `https://api.example.co{x}`.
bool extends_domain(std::string_view authority, std::size_t open, std::size_t close) {
  const std::string_view before = authority.substr(0, open);
  const bool ends_host = close + 1 == authority.size() || authority[close + 1] == ':';
  return ends_host && !before.ends_with('.') && before.find('.') != std::string_view::npos && before.find(':') == std::string_view::npos;
}

// The arguments of a template that says how they are written.
class mapped_arguments {
 public:
  mapped_arguments(const parameter_map& map, const schema* inputs) : map_(map), order_(inputs) {}

  const parameter_map& map() const noexcept { return map_; }

  styled_value value_of(const parameter_rule& rule, const json& value) {
    const bool has_members = value.is_structured() && !value.empty();
    return styled_value(rule.name, value, rule.how, order_, has_members ? order_.of_argument(rule.argument) : nullptr);
  }

  /// Writes an argument where its rule says; one of the path has been written with the URL.
  result<void> write(const parameter_rule& rule, const json& value, tool_request& out) {
    if (value.is_null()) return {};
    const styled_value what = value_of(rule, value);
    switch (rule.place) {
      case parameter_place::path: return {};
      case parameter_place::query: return append_styled_query(out.query, what, value_escape::component);
      case parameter_place::cookie: return append_cookies(cookies_, what);
      case parameter_place::body: body_[rule.name] = value; return {};
      case parameter_place::query_string: {
        const std::string query = whole_query(what);
        out.query.append(out.query.empty() || query.empty() ? "" : "&").append(query);
        return {};
      }
      case parameter_place::header: break;
    }
    std::string text = header_text(what);
    if (value.is_structured() && text.empty() && !rule.how.allow_empty) return {};
    if (auto fine = check_header(rule.name, text); !fine) return fine;
    out.request.headers.set(rule.name, std::move(text));
    return {};
  }

  /// Adds what was gathered in pieces. `body` is the argument that is the whole body, or null.
  result<const json*> finish(const json* body, http_request& request) {
    if (!cookies_.empty()) {
      const std::string* given = request.headers.find("Cookie");
      request.headers.set("Cookie", given && !given->empty() ? *given + "; " + cookies_ : cookies_);
    }
    if (body_.empty()) return body;
    if (!body) return &body_;
    if (!body->is_object()) return error(errc::invalid_argument, "the body argument must be an object: other arguments are members of it");
    json whole = *body;
    whole.update(body_);
    body_ = std::move(whole);
    return &body_;
  }

 private:
  const parameter_map& map_;
  member_order order_;
  std::string cookies_;
  json body_ = json::object();
};

// A value for `{name}`, percent-encoded; nothing when there is none.
result<std::optional<std::string>> path_value(std::string_view name, const json& arguments, mapped_arguments* mapped, used_names& used) {
  const parameter_rule* rule = mapped ? mapped->map().of_placeholder(name) : nullptr;
  if (mapped && !rule && mapped->map().of_argument(name)) return std::optional<std::string>();  // it goes elsewhere
  const auto argument = arguments.find(rule ? rule->argument : std::string(name));
  if (argument == arguments.end() || argument->is_null()) {
    if (rule && !rule->preset.empty()) return std::optional<std::string>(encode_component(rule->preset));
    return std::optional<std::string>();
  }
  used.push_back(rule ? std::string_view(rule->argument) : name);
  if (rule) {
    auto text = path_text(mapped->value_of(*rule, *argument));
    if (!text) return text.error();
    return std::optional<std::string>(*std::move(text));
  }
  const auto text = joined_text_of(*argument);
  if (!text) return text;
  std::string out;
  append_component(out, *text);
  return std::optional<std::string>(std::move(out));
}

bool may_be_empty(std::string_view name, const mapped_arguments* mapped) {
  const parameter_rule* rule = mapped ? mapped->map().of_placeholder(name) : nullptr;
  return rule && rule->how.allow_empty;
}

result<std::string> fill_placeholders(const std::string& text, const json& arguments, mapped_arguments* mapped, used_names& used) {
  const std::size_t slashes = text.find("://");
  const std::size_t path = slashes == std::string::npos ? 0 : std::min(text.find_first_of("/?#", slashes + 3), text.size());
  std::string out;
  out.reserve(text.size() + 32);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos || close == open + 1) {
      const std::size_t end = close == std::string::npos ? text.size() : close + 1;
      out.append(text, at, end - at);
      at = end;
      continue;
    }
    out.append(text, at, open - at);
    at = close + 1;
    const std::string_view name = std::string_view(text).substr(open + 1, close - open - 1);
    if (open < path && slashes < open && extends_domain(std::string_view(text).substr(slashes + 3, path - slashes - 3), open - slashes - 3, close - slashes - 3))
      return error(errc::invalid_config, "\"url\": {" + std::string(name) + "} stands directly behind the host; write a / before it");
    const auto found = path_value(name, arguments, mapped, used);
    if (!found) return found.error();
    const std::optional<std::string>& value = *found;
    if (!value) return error(errc::invalid_argument, "Missing required path parameter: " + std::string(name));
    if (value->empty() && !(open > path && may_be_empty(name, mapped))) return bad_path_value(name, "is empty");
    if (open < path && !is_dns_label(*value)) return bad_path_value(name, "stands in the host, where only letters, digits and - may be put");
    out += *value;
  }
  return out;
}

// Takes a `.` or its escape off the front.
bool take_dot(std::string_view& text) {
  const bool escaped = text.starts_with("%2e") || text.starts_with("%2E");
  if (!escaped && !text.starts_with('.')) return false;
  text.remove_prefix(escaped ? 3 : 1);
  return true;
}

// Takes a separator off the front: also the escapes of `/` and `\`, which nginx and others decode before they climb.
bool take_separator(std::string_view& text) {
  if (text.starts_with('/')) {
    text.remove_prefix(1);
    return true;
  }
  for (std::string_view escape : {"%2F", "%2f", "%5C", "%5c"})
    if (text.starts_with(escape)) {
      text.remove_prefix(escape.size());
      return true;
    }
  return false;
}

bool has_dot_segment(std::string_view path) {
  bool more = true;
  while (more) {
    int dots = 0;
    while (take_dot(path)) ++dots;
    if ((dots == 1 || dots == 2) && (path.empty() || take_separator(path))) return true;
    for (more = false; !path.empty() && !more;) {
      more = take_separator(path);
      if (!more) path.remove_prefix(1);
    }
  }
  return false;
}

result<url> make_target(const tool_request_options& options, const json& arguments, mapped_arguments* mapped, used_names& used) {
  if (options.target) return *options.target;
  const std::string& text = options.url;
  if (text.find('{') == std::string::npos) return url::parse(text);
  auto filled = fill_placeholders(text, arguments, mapped, used);
  if (!filled) return filled.error();
  auto target = url::parse(*filled);
  // The path that comes out decides, so that `.{x}` is caught too: servers and proxies would climb out of the path.
  if (target && !used.empty() && has_dot_segment(target->path()))
    return error(errc::invalid_argument, "a path parameter makes a \".\" or \"..\" segment in the path of " + target->shown());
  return target;
}

result<void> set_body(tool_request& out, const tool_request_options& options, const json& value) {
  const std::string* given = out.request.headers.find("Content-Type");
  const bool as_it_is = options.text_as_it_is && !options.content_type && value.is_string();
  const body_encoding* encoding = options.parameters ? &options.parameters->encoding() : nullptr;
  auto body = encode_body(value, given ? *given : as_it_is ? "text/plain; charset=utf-8" : options.content_type, encoding, options.parameters ? options.parameters->xml() : nullptr);
  if (!body) return body.error();
  out.request.body = std::make_shared<const std::string>(std::move(body->text));
  if (given ? *given != body->content_type : !body->content_type.empty()) out.request.headers.set("Content-Type", std::move(body->content_type));
  return {};
}

// The argument that is the body may have an entry that says just that.
bool is_mapped_elsewhere(const tool_request_options& options, const std::string& name) {
  const parameter_rule* rule = options.parameters ? options.parameters->of_argument(name) : nullptr;
  return rule && rule->place != parameter_place::body;
}

bool takes_json_arguments(const tool_request_options& options) {
  return options.post_args_as_json && (options.method == "POST" || options.method == "PUT" || options.method == "PATCH");
}

result<void> read_text(const call_template& from, const char* key, std::string& to) {
  const auto it = from.options.find(key);
  if (it == from.options.end() || it->is_null()) return {};
  if (!it->is_string()) return bad_option(from, key, "must be a string");
  to = it->get_ref<const std::string&>();
  return {};
}

result<void> read_headers(const call_template& from, http_header_list& to) {
  const auto it = from.options.find("headers");
  if (it == from.options.end() || it->is_null()) return {};
  if (!it->is_object()) return bad_option(from, "headers", "must be an object of strings");
  for (const auto& [name, value] : it->items()) {
    if (value.is_structured()) return bad_option(from, "headers", "must be an object of strings");
    const auto text = text_of(value);
    if (!text) continue;
    if (auto fine = check_header(name, *text); !fine) return bad_option(from, "headers", fine.error().message);
    to.set(name, *text);
  }
  return {};
}

result<void> read_header_fields(const call_template& from, std::vector<std::string>& to) {
  const auto it = from.options.find("header_fields");
  if (it == from.options.end() || it->is_null()) return {};
  if (!it->is_array()) return bad_option(from, "header_fields", "must be a list of strings");
  for (const json& name : *it) {
    if (!name.is_string()) return bad_option(from, "header_fields", "must be a list of strings");
    to.push_back(name.get<std::string>());
  }
  return {};
}

}  // namespace

result<std::optional<std::uint64_t>> read_number_option(const json& options, const char* key) {
  using number = std::optional<std::uint64_t>;
  const auto it = options.find(key);
  if (it == options.end() || it->is_null()) return number();
  if (const auto whole = whole_number(*it)) return number(*whole);
  if (it->is_number_float() && it->get<double>() >= 0 && it->get<double>() < 1e15) return number(static_cast<std::uint64_t>(it->get<double>()));
  if (it->is_string()) {
    const auto& text = it->get_ref<const std::string&>();
    std::uint64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && ec == std::errc() && end == text.data() + text.size()) return number(value);
  }
  return error(errc::invalid_config, "\"" + std::string(key) + "\" must be an integer that is not negative");
}

result<tool_request_options> read_tool_request_options(const call_template& from) { return read_tool_request_options(from, tool_request_options()); }

result<tool_request_options> read_tool_request_options(const call_template& from, const tool_request_options& usual) {
  tool_request_options out = usual;
  const json& options = from.options;
  if (auto ok = read_text(from, "url", out.url); !ok) return ok.error();
  if (out.url.empty()) return bad_option(from, "url", "is missing");
  if (out.url.find('{') == std::string::npos)
    if (auto fixed = url::parse(out.url)) out.target = *std::move(fixed);
  if (auto ok = read_text(from, "http_method", out.method); !ok) return ok.error();
  for (char& c : out.method)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  if (out.method.empty()) out.method = "GET";
  if (!is_method(out.method)) return bad_option(from, "http_method", "must be a method's name, such as GET or POST, and not CONNECT or TRACE");
  if (auto it = options.find("content_type"); it != options.end() && !it->is_null()) {
    if (auto ok = read_text(from, "content_type", out.content_type.emplace()); !ok) return ok.error();
    if (auto fine = check_header("Content-Type", *out.content_type); !fine) return bad_option(from, "content_type", "contains a line break or NUL");
  }
  if (auto it = options.find("body_field"); it != options.end()) {
    if (it->is_null()) out.body_field.reset();
    else if (it->is_string()) out.body_field = it->get_ref<const std::string&>();
    else return bad_option(from, "body_field", "must be a string or null");
  }
  if (auto it = options.find("post_args_as_json"); it != options.end() && !it->is_null()) {
    if (!it->is_boolean()) return bad_option(from, "post_args_as_json", "must be true or false");
    out.post_args_as_json = it->get<bool>();
  }
  if (auto ok = read_headers(from, out.headers); !ok) return ok.error();
  if (auto ok = read_header_fields(from, out.header_fields); !ok) return ok.error();
  auto parameters = parameter_map::read(options, out.url);
  if (!parameters) return parameters.error();
  out.parameters = *std::move(parameters);
  if (out.parameters) std::erase_if(out.header_fields, [&](const std::string& name) { return out.parameters->of_argument(name) != nullptr; });
  return out;
}

result<tool_request> build_tool_request(const tool_request_options& options, const json& arguments, const schema* inputs, std::shared_ptr<input_source> input) {
  tool_request out;
  used_names used;
  std::optional<mapped_arguments> mapped;
  if (options.parameters) mapped.emplace(*options.parameters, inputs);
  auto target = make_target(options, arguments, mapped ? &*mapped : nullptr, used);
  if (!target) return target.error();
  out.request.target = *std::move(target);
  out.request.method = options.method;
  out.request.headers = options.headers;
  for (const std::string& name : options.header_fields) {
    const auto value = arguments.find(name);
    if (value == arguments.end()) continue;
    used.push_back(name);
    const auto text = joined_text_of(*value);
    if (!text) continue;
    if (auto fine = check_header(name, *text); !fine) return fine.error();
    out.request.headers.set(name, *text);
  }

  const json* body = nullptr;
  if (options.body_field && !is_mapped_elsewhere(options, *options.body_field)) {
    if (const auto value = arguments.find(*options.body_field); value != arguments.end() && !contains(used, *options.body_field)) {
      used.push_back(*options.body_field);
      if (!value->is_null()) body = &*value;
    }
  }
  json rest = json::object();
  const bool rest_is_body = !body && takes_json_arguments(options);
  for (const auto& [name, value] : arguments.items()) {
    if (contains(used, name)) continue;
    const parameter_rule* rule = mapped ? mapped->map().of_argument(name) : nullptr;
    if (rule) {
      if (auto fine = mapped->write(*rule, value, out); !fine) return fine.error();
    } else if (rest_is_body) {
      rest[name] = value;
    } else {
      append_pairs(out.query, name, value);
    }
  }
  if (rest_is_body) body = &rest;
  if (mapped) {
    auto whole = mapped->finish(body, out.request);
    if (!whole) return whole.error();
    body = *whole;
  }
  if (body)
    if (auto fine = set_body(out, options, *body); !fine) return fine.error();
  if (input) {
    if (out.request.body) return error(errc::invalid_argument, "the call has a body argument and an input; give one of them");
    out.request.upload = std::move(input);
    const std::string type = options.content_type.value_or("application/octet-stream");
    if (!out.request.headers.find("Content-Type") && !type.empty()) out.request.headers.set("Content-Type", type);
  }
  if ((body || out.request.upload) && options.post_with_body) out.request.method = "POST";

  if (!out.query.empty()) {
    std::string query(out.request.target.query());
    if (!query.empty()) query += '&';
    out.request.target.set_query(query += out.query);
  }
  return out;
}

}  // namespace utcp::net
