#include <utcp/variables.hpp>

#include "redaction.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <type_traits>

namespace utcp {
namespace {

constexpr std::size_t max_depth = 256;  // as document_limits: nothing deeper can have been read

bool is_word(char c, bool beyond_ascii) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || (beyond_ascii && u >= 0x80);
}

struct reference {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string name;
  bool braced = false;
};

/// The next `${NAME}` or `$NAME` from `at` on. v0 counts letters beyond ASCII as part of a name, v1 does not.
std::optional<reference> next_reference(const std::string& text, std::size_t at, bool v0) {
  for (at = text.find('$', at); at != std::string::npos; at = text.find('$', at + 1)) {
    const bool braced = at + 1 < text.size() && text[at + 1] == '{';
    const std::size_t start = at + (braced ? 2 : 1);
    std::size_t end = start;
    while (end < text.size() && is_word(text[end], v0)) ++end;
    if (end == start) continue;
    if (braced && (end == text.size() || text[end] != '}')) continue;
    return reference{at, end + (braced ? 1 : 0), text.substr(start, end - start), braced};
  }
  return std::nullopt;
}

/// JSON Schema references are not variables: a text with `$ref` is left alone as a whole.
bool has_schema_reference(const std::string& text) {
  for (auto at = text.find("$ref"); at != std::string::npos; at = text.find("$ref", at + 1))
    if (at + 4 == text.size() || !is_word(text[at + 4], false)) return true;
  return false;
}

/// OData system query options (`?$filter=…`, `($select=…)`) are not variables. Source: OData 4.01 URL conventions, section 5.1.
bool is_odata_option(const std::string& text, const reference& ref) {
  static constexpr std::array<std::string_view, 14> names{"filter", "select", "expand", "orderby", "top", "skip", "count", "search",
                                                          "format", "apply", "compute", "skiptoken", "deltatoken", "levels"};
  if (ref.braced || ref.begin == 0 || ref.end >= text.size() || text[ref.end] != '=') return false;
  if (std::string_view("?&(;").find(text[ref.begin - 1]) == std::string_view::npos) return false;
  return std::find(names.begin(), names.end(), ref.name) != names.end();
}

/// Names on the wire, which may begin with `$` as OData's do.
bool is_wire_name(const std::string& key) { return key == "x-arg-map" || key == "x-body-encoding" || key == "x-body-xml" || key == "cookie_fields"; }

/// Fields whose `$` belongs to another language: GraphQL text, shell commands, inline manuals, names of parameters.
bool is_exempt(const std::string& protocol, const std::string& key) {
  return is_wire_name(key) || (protocol == "graphql" && key == "query") || (protocol == "cli" && key == "commands") ||
         ((protocol == "text" || protocol == "file") && key == "content");
}

/// With `escape_dollar` on, an odd number of dollar signs before a reference makes it a text.
bool is_escaped(const std::string& text, const reference& ref) {
  std::size_t dollars = 0;
  while (dollars < ref.begin && text[ref.begin - 1 - dollars] == '$') ++dollars;
  return dollars % 2 == 1;
}

/// The references of a text that are to be looked up, in their order.
std::vector<reference> references_in(const std::string& text, dialect as, bool escape_dollar) {
  std::vector<reference> out;
  if (text.find('$') == std::string::npos || has_schema_reference(text)) return out;
  std::size_t at = 0;
  while (auto ref = next_reference(text, at, as == dialect::v0)) {
    at = ref->end;
    if ((escape_dollar && is_escaped(text, *ref)) || is_odata_option(text, *ref)) continue;
    out.push_back(std::move(*ref));
  }
  return out;
}

/// Whether the text cannot stay as it is when the variable has no value. `strict`: the text stands in auth or in headers.
bool needs_value(const std::string& text, const reference& ref, bool strict) {
  return ref.braced || strict || (ref.begin == 0 && ref.end == text.size());
}

/// Calls `visit(text, place, strict)` for each string of a value.
template <class Json, class Visit>
result<void> walk(Json& value, const std::string& place, bool strict, Visit& visit, std::size_t depth = 0) {
  if (depth > max_depth) return error(errc::too_large, place + ": is nested too deep");
  if (value.is_string()) return visit(value.template get_ref<std::conditional_t<std::is_const_v<Json>, const std::string&, std::string&>>(), place, strict);
  if (value.is_object()) {
    for (auto& [key, child] : value.items())
      if (auto done = walk(child, place + "/" + key, strict, visit, depth + 1); !done) return done;
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto done = walk(value[i], place + "/" + std::to_string(i), strict, visit, depth + 1); !done) return done;
  }
  return {};
}

/// The same for all of a template that may hold variables.
template <class Template, class Visit>
result<void> walk_template(Template& value, Visit& visit) {
  for (auto& [key, option] : value.options.items()) {
    if (is_exempt(value.protocol, key)) continue;
    if (auto done = walk(option, "/" + key, key == "headers", visit); !done) return done;
  }
  if (auto done = walk(value.auth, "/auth", true, visit); !done) return done;
  return walk(value.auth_tools, "/auth_tools", true, visit);
}

bool holds_dollar(const json& value, std::size_t depth = 0) {
  if (value.is_string()) return value.get_ref<const std::string&>().find('$') != std::string::npos;
  if (depth > max_depth) return true;
  return value.is_structured() && std::any_of(value.begin(), value.end(), [depth](const json& child) { return holds_dollar(child, depth + 1); });
}

/// Names that say that a value is an address, whatever else they say: AUTH_HOST, TOKEN_URL.
bool names_an_address(std::string_view variable) {
  for (std::string_view end : {"URL", "URI", "HOST", "PORT", "ORIGIN", "ENDPOINT", "SERVER"}) {
    if (variable.size() < end.size()) continue;
    const auto tail = variable.substr(variable.size() - end.size());
    if (std::equal(tail.begin(), tail.end(), end.begin(), [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; })) return true;
  }
  return false;
}

/// Whether a text is made like a host and port, and no part of it like a key.
bool is_readable_authority(std::string_view text) {
  constexpr std::size_t shortest_key = 20;
  std::size_t length = 0;
  bool digit = false;
  bool letter = false;
  for (char c : text) {
    if (c == '.' || c == ':' || c == '[' || c == ']') {
      length = 0;
      digit = letter = false;
      continue;
    }
    if (!is_word(c, false) && c != '-') return false;
    digit = digit || (c >= '0' && c <= '9');
    letter = letter || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (++length >= shortest_key && digit && letter) return false;
  }
  return true;
}

/// How many bytes at the front of a variable's value may be shown: those that say which scheme, host or port is talked to, in
/// the user's own text. `before` and `after` are what stands around the value. The rule is told in docs/security.md.
std::size_t readable_size(const std::string& name, const std::string& value, const std::string& before, std::string_view after, const std::string& place,
                          const variable_scope& scope) {
  if (scope.origin == trust::remote || (sounds_secret(name) && !names_an_address(name))) return 0;
  if (place == "/host" || place == "/port") return is_readable_authority(value) ? value.size() : 0;
  static constexpr std::array<std::string_view, 5> addresses{"/url", "/auth/token_url", "/auth/issuer", "/auth_tools/token_url", "/auth_tools/issuer"};
  if (std::find(addresses.begin(), addresses.end(), place) == addresses.end()) return 0;
  if (before.empty() && after.starts_with("://")) return is_readable_authority(value) ? value.size() : 0;
  const std::string whole = before + value;
  const auto mark = whole.find("://");
  if (mark == std::string::npos || !is_readable_authority(std::string_view(whole).substr(0, mark))) return 0;
  const auto begin = std::max(mark + 3, before.size());
  const auto end = whole.find_first_of("/?#", mark + 3);
  if (end < before.size()) return 0;  // it stands behind the authority
  std::string authority = whole.substr(mark + 3, end == std::string::npos ? end : end - mark - 3);
  if (end == std::string::npos) authority += after.substr(0, after.find_first_of("/?#"));
  if (authority.find('@') != std::string::npos) return 0;
  const auto stop = std::min(end, whole.size());
  return begin <= stop && is_readable_authority(std::string_view(whole).substr(begin, stop - begin)) ? stop - before.size() : 0;
}

/// Walks a value and replaces references in its strings.
class replacer {
 public:
  replacer(const variable_scope& scope, const variable_source& from, bool for_display) : scope_(scope), from_(from), for_display_(for_display) {}

  std::vector<std::string> secrets;
  std::vector<notice> notices;

  result<void> operator()(std::string& text, const std::string& place, bool strict) {
    if (text.find('$') == std::string::npos || has_schema_reference(text)) return {};
    std::string out;
    std::size_t done = 0;
    for (const reference& ref : references_in(text, scope_.dialect, from_.how().escape_dollar)) {
      append_literal(out, text, done, ref.begin);
      done = ref.end;
      if (auto value = from_.find(ref.name, scope_)) {
        const std::size_t readable = readable_size(ref.name, *value, out, std::string_view(text).substr(ref.end), place, scope_);
        out += for_display_ ? shown(*value, readable) : *value;
        hide(*value, readable);
      } else if (needs_value(text, ref, strict)) {
        return error(errc::missing_variable, place + ": " + value.error().message);
      } else {
        out.append(text, ref.begin, ref.end - ref.begin);
        notices.emplace_back(place, "\"$" + ref.name + "\" left as it is: no such variable");
      }
    }
    append_literal(out, text, done, text.size());
    text = std::move(out);
    return {};
  }

 private:
  static std::string shown(const std::string& value, std::size_t readable) {
    std::string out = value.substr(0, readable);
    std::string_view rest = std::string_view(value).substr(readable);
    if (readable != 0 && !rest.empty()) {
      out += rest.front();
      rest.remove_prefix(1);
    }
    if (!rest.empty() || readable == 0) out += mask;
    return out;
  }

  void hide(const std::string& value, std::size_t readable) {
    if (readable == value.size() && readable != 0) return;
    const std::string rest = value.substr(readable);
    // A message may show the path without the query.
    if (const auto query = rest.find('?'); readable != 0 && query != std::string::npos) {
      secrets.push_back(rest.substr(0, query));
      secrets.push_back(rest.substr(query));
    }
    secrets.push_back(rest);
  }

  /// Copies text between references; `$$` becomes `$` where that escape is on.
  void append_literal(std::string& out, const std::string& text, std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (from_.how().escape_dollar && text[i] == '$' && i + 1 < end && text[i + 1] == '$') ++i;
      out += text[i];
    }
  }

  const variable_scope& scope_;
  const variable_source& from_;
  bool for_display_;
};

}  // namespace

variable_source::variable_source(settings s) : settings_(std::move(s)) {
  if (!settings_.environment)
    settings_.environment = [](const std::string& name) -> std::optional<std::string> {
      const char* value = std::getenv(name.c_str());
      return value ? std::optional<std::string>(value) : std::nullopt;
    };
}

std::string namespaced_variable(std::string_view manual, std::string_view name) {
  std::string out;
  for (char c : manual) {
    out += c;
    if (c == '_') out += c;
  }
  out += '_';
  out += name;
  return out;
}

std::optional<std::string> variable_source::look_up(const std::string& key) const {
  if (auto it = settings_.variables.find(key); it != settings_.variables.end()) return it->second;
  for (const auto& loader : settings_.loaders)
    if (auto value = loader->load(key); value && !value->empty()) return value;
  if (auto value = settings_.environment(key); value && !value->empty()) return value;
  return std::nullopt;
}

variable_scope scope_of(const call_template& text, const call_template& provider) {
  variable_scope out;
  out.manual = provider.name;
  out.dialect = text.dialect;
  out.origin = text.origin;
  if (auto listed = provider.options.find("allowed_variables"); listed != provider.options.end() && listed->is_array())
    for (const json& name : *listed)
      if (name.is_string()) out.granted.push_back(name.get<std::string>());
  return out;
}

std::vector<std::string> look_up_keys(const std::string& name, const variable_scope& scope, bool bare_variables) {
  const bool granted = std::find(scope.granted.begin(), scope.granted.end(), name) != scope.granted.end();
  const bool remote = scope.origin == trust::remote;
  const bool v0 = scope.dialect == dialect::v0;
  std::vector<std::string> keys;
  if (!remote && v0) keys.push_back(name);
  keys.push_back(scope.manual.empty() ? name : namespaced_variable(scope.manual, name));
  if (granted || (!remote && !v0 && bare_variables)) keys.push_back(name);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

result<std::string> variable_source::find(const std::string& name, const variable_scope& scope) const {
  const std::vector<std::string> keys = look_up_keys(name, scope, settings_.bare_variables);
  for (const std::string& key : keys)
    if (auto value = look_up(key)) return std::move(*value);

  std::string message = "variable \"" + name + "\"";
  if (!scope.manual.empty()) message += " of manual \"" + scope.manual + "\"";
  for (const std::string& key : keys)
    if (auto why = settings_.unusable.find(key); why != settings_.unusable.end()) return error(errc::missing_variable, message + " has no value: in \"variables\", " + key + why->second);
  message += " not found: looked for ";
  for (std::size_t i = 0; i < keys.size(); ++i) message += (i ? ", then " : "") + keys[i];
  message += " in \"variables\"";
  for (const auto& loader : settings_.loaders) message += ", " + loader->describe();
  message += " and the environment";
  if (scope.origin == trust::remote && keys.back() != name)
    message += "; this text was fetched from a remote, so the bare name is not looked up: define " + keys.front() + ", or list \"" + name +
               "\" in the provider's \"allowed_variables\"";
  else
    message += "; define " + keys.front() + " in one of them";
  return error(errc::missing_variable, std::move(message));
}

result<substitution> substitute(const call_template& in, const variable_scope& scope, const variable_source& from) {
  substitution out;
  out.value = in;
  replacer with(scope, from, false);
  if (auto done = walk_template(out.value, with); !done) return done.error();
  out.secrets = std::move(with.secrets);
  out.notices = std::move(with.notices);
  return out;
}

bool may_hold_variables(const call_template& in) {
  for (const auto& [key, option] : in.options.items())
    if (!is_wire_name(key) && holds_dollar(option)) return true;
  return holds_dollar(in.auth) || holds_dollar(in.auth_tools);
}

result<call_template> substitute_masked(const call_template& in, const variable_scope& scope, const variable_source& from) {
  call_template out = in;
  replacer with(scope, from, true);
  if (auto done = walk_template(out, with); !done) return done.error();
  return out;
}

result<json> substitute_json(const json& in, const variable_scope& scope, const variable_source& from, std::vector<std::string>& secrets) {
  json out = in;
  replacer with(scope, from, false);
  if (auto done = walk(out, "", false, with); !done) return done.error();
  secrets.insert(secrets.end(), with.secrets.begin(), with.secrets.end());
  return out;
}

std::vector<variable_use> variables_used(const call_template& in, const variable_scope& scope, const variable_source::settings& how) {
  std::map<std::string, bool> names;
  auto note = [&](const std::string& text, const std::string&, bool strict) -> result<void> {
    for (const reference& ref : references_in(text, scope.dialect, how.escape_dollar)) names[ref.name] |= needs_value(text, ref, strict);
    return {};
  };
  // What is nested too deep fails when it is substituted; here the rest counts.
  (void)walk_template(in, note);
  std::vector<variable_use> out;
  for (const auto& [name, required] : names) {
    variable_use use;
    use.name = name;
    use.keys = look_up_keys(name, scope, how.bare_variables);
    use.required = required;
    out.push_back(std::move(use));
  }
  return out;
}

std::vector<std::string> required_variables(const call_template& in, const variable_scope& scope) {
  std::set<std::string> names;
  for (variable_use& use : variables_used(in, scope, variable_source::settings())) names.insert(std::move(use.keys.front()));
  return {names.begin(), names.end()};
}

}  // namespace utcp
