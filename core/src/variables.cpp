#include <utcp/variables.hpp>

#include "redaction.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

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

/// Fields whose `$` belongs to another language: GraphQL text, shell commands, inline manuals.
bool is_exempt(const std::string& protocol, const std::string& key) {
  return (protocol == "graphql" && key == "query") || (protocol == "cli" && key == "commands") ||
         ((protocol == "text" || protocol == "file") && key == "content");
}

/// Walks a value and replaces references in its strings.
class replacer {
 public:
  replacer(const variable_scope& scope, const variable_source& from, bool mask) : scope_(scope), from_(from), mask_(mask) {}

  std::vector<std::string> secrets;
  std::vector<notice> notices;

  /// `strict`: an unknown bare name is an error too.
  result<void> replace(json& value, const std::string& place, bool strict, std::size_t depth = 0) {
    if (depth > max_depth) return error(errc::too_large, place + ": is nested too deep");
    if (value.is_string()) return replace_text(value.get_ref<std::string&>(), place, strict);
    if (value.is_object()) {
      for (auto& [key, child] : value.items())
        if (auto done = replace(child, place + "/" + key, strict, depth + 1); !done) return done;
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        if (auto done = replace(value[i], place + "/" + std::to_string(i), strict, depth + 1); !done) return done;
    }
    return {};
  }

 private:
  result<void> replace_text(std::string& text, const std::string& place, bool strict) {
    if (text.find('$') == std::string::npos || has_schema_reference(text)) return {};
    std::string out;
    std::size_t done = 0;
    while (auto ref = next_reference(text, done, scope_.dialect == dialect::v0)) {
      append_literal(out, text, done, ref->begin);
      done = ref->end;
      if (is_escaped(text, *ref)) {
        out += text.substr(ref->begin, ref->end - ref->begin);
        continue;
      }
      if (is_odata_option(text, *ref)) {
        out.append(text, ref->begin, ref->end - ref->begin);
        continue;
      }
      auto value = from_.find(ref->name, scope_);
      if (value) {
        out += mask_ ? masked(*value, out, std::string_view(text).substr(ref->end), place) : *value;
        secrets.push_back(std::move(*value));
      } else if (ref->braced || strict || (ref->begin == 0 && ref->end == text.size())) {
        return error(errc::missing_variable, place + ": " + value.error().message);
      } else {
        out.append(text, ref->begin, ref->end - ref->begin);
        notices.emplace_back(place, "\"$" + ref->name + "\" left as it is: no such variable");
      }
    }
    append_literal(out, text, done, text.size());
    text = std::move(out);
    return {};
  }

  /// What is shown for a value. Of a URL the scheme and the host stay: they say where a request would go.
  static std::string masked(const std::string& value, const std::string& before, std::string_view after, const std::string& place) {
    if (place != "/url") return std::string(mask);
    const std::string whole = before + value;
    const auto authority = whole.find("://");
    if (authority == std::string::npos) return std::string(mask);
    const auto end = whole.find_first_of("/?#", authority + 3);
    if (end == std::string::npos) {
      const bool user = after.substr(0, after.find_first_of("/?#")).find('@') != std::string_view::npos;
      return user || value.find('@') != std::string::npos ? std::string(mask) : value;
    }
    if (end < before.size()) return std::string(mask);
    return value.substr(0, end - before.size()) + (end + 1 < whole.size() ? "/" + std::string(mask) : whole.substr(end));
  }

  bool is_escaped(const std::string& text, const reference& ref) const {
    if (!from_.how().escape_dollar) return false;
    std::size_t dollars = 0;
    while (dollars < ref.begin && text[ref.begin - 1 - dollars] == '$') ++dollars;
    return dollars % 2 == 1;
  }

  /// Copies text between references; `$$` becomes `$` where that escape is on.
  void append_literal(std::string& out, const std::string& text, std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      // A dollar right before a reference escapes it and is itself not written: the reference's own dollar is.
      if (from_.how().escape_dollar && text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$') {
        if (i + 1 < end) out += '$';
        ++i;
        continue;
      }
      out += text[i];
    }
  }

  const variable_scope& scope_;
  const variable_source& from_;
  bool mask_;
};

result<void> replace_template(call_template& value, replacer& with) {
  for (auto& [key, option] : value.options.items()) {
    if (is_exempt(value.protocol, key)) continue;
    if (auto done = with.replace(option, "/" + key, key == "headers"); !done) return done;
  }
  if (auto done = with.replace(value.auth, "/auth", true); !done) return done;
  return with.replace(value.auth_tools, "/auth_tools", true);
}

void collect(const json& value, const variable_scope& scope, std::set<std::string>& into, std::size_t depth = 0) {
  if (depth > max_depth) return;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (has_schema_reference(text)) return;
    std::size_t at = 0;
    while (auto ref = next_reference(text, at, scope.dialect == dialect::v0)) {
      at = ref->end;
      if (is_odata_option(text, *ref)) continue;
      const bool bare = scope.manual.empty() || (scope.dialect == dialect::v0 && scope.origin == trust::configuration);
      into.insert(bare ? ref->name : namespaced_variable(scope.manual, ref->name));
    }
  } else if (value.is_structured()) {
    for (const json& child : value) collect(child, scope, into, depth + 1);
  }
}

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

result<std::string> variable_source::find(const std::string& name, const variable_scope& scope) const {
  const std::string scoped = scope.manual.empty() ? name : namespaced_variable(scope.manual, name);
  const bool granted = std::find(scope.granted.begin(), scope.granted.end(), name) != scope.granted.end();
  const bool remote = scope.origin == trust::remote;
  const bool v0 = scope.dialect == dialect::v0;
  std::vector<std::string> keys;
  if (!remote && v0) keys.push_back(name);
  keys.push_back(scoped);
  if (granted || (!remote && !v0 && settings_.bare_variables)) keys.push_back(name);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());

  for (const std::string& key : keys)
    if (auto value = look_up(key)) return std::move(*value);

  std::string message = "variable \"" + name + "\"";
  if (!scope.manual.empty()) message += " of manual \"" + scope.manual + "\"";
  message += " not found: looked for ";
  for (std::size_t i = 0; i < keys.size(); ++i) message += (i ? ", then " : "") + keys[i];
  message += " in \"variables\"";
  for (const auto& loader : settings_.loaders) message += ", " + loader->describe();
  message += " and the environment";
  if (remote && !granted)
    message += "; this text was fetched from a remote, so the bare name is not looked up: define " + scoped + ", or list \"" + name +
               "\" in the provider's \"allowed_variables\"";
  else
    message += "; define " + keys.front() + " in one of them";
  return error(errc::missing_variable, std::move(message));
}

result<substitution> substitute(const call_template& in, const variable_scope& scope, const variable_source& from) {
  substitution out;
  out.value = in;
  replacer with(scope, from, false);
  if (auto done = replace_template(out.value, with); !done) return done.error();
  out.secrets = std::move(with.secrets);
  out.notices = std::move(with.notices);
  return out;
}

result<call_template> substitute_masked(const call_template& in, const variable_scope& scope, const variable_source& from) {
  call_template out = in;
  replacer with(scope, from, true);
  if (auto done = replace_template(out, with); !done) return done.error();
  return out;
}

result<json> substitute_json(const json& in, const variable_scope& scope, const variable_source& from, std::vector<std::string>& secrets) {
  json out = in;
  replacer with(scope, from, false);
  if (auto done = with.replace(out, "", false); !done) return done.error();
  secrets.insert(secrets.end(), with.secrets.begin(), with.secrets.end());
  return out;
}

std::vector<std::string> required_variables(const call_template& in, const variable_scope& scope) {
  std::set<std::string> names;
  for (auto& [key, option] : in.options.items())
    if (!is_exempt(in.protocol, key)) collect(option, scope, names);
  collect(in.auth, scope, names);
  collect(in.auth_tools, scope, names);
  return {names.begin(), names.end()};
}

}  // namespace utcp
