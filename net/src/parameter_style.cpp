#include "parameter_style.hpp"

#include "argument_text.hpp"

#include <utcp/net/media_type.hpp>
#include <utcp/net/url.hpp>

#include <algorithm>
#include <array>

namespace utcp::net {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_pairs = 100'000;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// RFC 6570 section 3.2.3 with what OpenAPI takes back: characters that would end the value, the query or the path segment.
void append_reserved(std::string& to, std::string_view text, std::string_view allowed) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2]);
    if (escape || allowed.find(text[at]) != std::string_view::npos) to += text[at];
    else append_component(to, text.substr(at, 1));
  }
}

constexpr std::string_view reserved_in_query = ":/?@!$'()*,;=";
constexpr std::string_view reserved_in_whole_query = ":/?@!$'()*,;=&+";
constexpr std::string_view reserved_in_path = ":!$'()*,;=";  // not & and +: `{name}` may stand in a query, too
constexpr std::string_view reserved_in_cookie = ":/?@!$'()*=&+";

void append_form_text(std::string& to, std::string_view text) {
  for (std::size_t space; (space = text.find(' ')) != std::string_view::npos; text.remove_prefix(space + 1)) {
    append_component(to, text.substr(0, space));
    to += '+';
  }
  append_component(to, text);
}

// How the texts within one value are escaped.
struct escaping {
  value_escape as = value_escape::component;
  std::string_view reserved;  // characters that stay

  void append(std::string& to, std::string_view text) const {
    if (as == value_escape::none) to += text;
    else if (!reserved.empty()) append_reserved(to, text, reserved);
    else if (as == value_escape::form) append_form_text(to, text);
    else append_component(to, text);
  }
  std::string operator()(std::string_view text) const {
    std::string out;
    append(out, text);
    return out;
  }
};

std::string_view delimiter_of(const value_style& how, value_escape as) {
  const bool raw = as == value_escape::none;
  switch (how.style) {
    case parameter_style::space_delimited: return raw ? " " : "%20";
    case parameter_style::pipe_delimited: return raw ? "|" : "%7C";
    case parameter_style::tab_delimited: return raw ? "\t" : "%09";
    default: return ",";
  }
}

bool is_content(const value_style& how) { return how.style == parameter_style::content; }

// An item of a list or a member of an object, escaped; nothing for null.
std::optional<std::string> item_text(const json& item, const value_style& how, const escaping& escape) {
  if (!item.is_array() || !how.items) {
    const auto text = text_of(item);
    return text ? std::optional<std::string>(escape(*text)) : std::nullopt;
  }
  std::string out;
  bool first = true;
  for (const json& inner : item) {
    const auto text = item_text(inner, *how.items, escape);
    if (!text) continue;
    if (!first) out += delimiter_of(*how.items, escape.as);
    out += *text;
    first = false;
  }
  return out;
}

// Joins the texts of a list, or of an object as `k,v` or `k=v`; `before` stands in front of each.
struct joining {
  std::string_view delimiter = ",";
  std::string_view between = ",";  // a member's name and value
  std::string before;
};

std::optional<std::string> joined(const styled_value& what, const escaping& escape, const joining& by) {
  std::optional<std::string> out;
  const auto add = [&](std::string_view text) {
    if (out) *out += by.delimiter;
    else out.emplace();
    out->append(by.before).append(text);
  };
  if (what.value.is_array()) {
    for (const json& item : what.value)
      if (const auto text = item_text(item, what.how, escape)) add(*text);
    return out;
  }
  const escaping name_escape{escape.as, {}};
  for (const member_order::member& each : what.order.members(what.value, what.shape)) {
    const auto text = item_text(*each.value, what.how, escape);
    if (text) add(name_escape(*each.name).append(by.between).append(*text));
  }
  return out;
}

std::string content_text(const styled_value& what, bool ascii) {
  const std::string type = media_type_of(what.how.content_type);
  if (is_json_type(type)) return what.order.json_text(what.value, what.shape, ascii);
  if (what.value.is_string()) return what.value.get<std::string>();
  if (type == "application/x-www-form-urlencoded" && what.value.is_object()) {
    std::string out;
    for (const member_order::member& each : what.order.members(what.value, what.shape)) append_pairs(out, *each.name, *each.value);
    return out;
  }
  return what.value.is_structured() ? what.order.json_text(what.value, what.shape, ascii) : text_of(what.value).value_or(std::string());
}

// The members and items of a deepObject, named `a[b][c]`.
class deep_writer {
 public:
  deep_writer(const value_style& how, const escaping& escape, const member_order& order, const pair_sink& sink) : how_(how), escape_(escape), order_(order), sink_(sink) {}

  result<void> write(const std::string& name, const json& value, member_order::node shape, std::size_t depth) {
    if (depth > max_depth) return error(errc::too_large, "an argument is nested deeper than " + std::to_string(max_depth));
    if (value.is_object()) {
      for (const member_order::member& each : order_.members(value, shape))
        if (auto done = write(name + '[' + *each.name + ']', *each.value, order_.of_member(shape, *each.name), depth + 1); !done) return done;
      return {};
    }
    if (value.is_array()) {
      const member_order::node items = order_.of_items(shape);
      for (std::size_t i = 0; i < value.size(); ++i)
        if (auto done = write(name + index(i, value[i]), value[i], items, depth + 1); !done) return done;
      return {};
    }
    const auto text = text_of(value);
    return text ? sink_(name, escape_(*text)) : result<void>();
  }

 private:
  // Items that have members need numbers, or their members could not be told apart.
  std::string index(std::size_t i, const json& item) const {
    if (how_.lists == list_names::brackets) return "[]";
    if (how_.lists == list_names::repeat && !item.is_structured()) return {};
    return '[' + std::to_string(i) + ']';
  }

  const value_style& how_;
  const escaping& escape_;
  const member_order& order_;
  const pair_sink& sink_;
};

bool is_empty(const json& value) {
  return value.is_structured() && std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_null(); });
}

result<void> write_pairs_of(const styled_value& what, const escaping& escape, const pair_sink& sink) {
  if (is_content(what.how)) return sink(what.name, escape(content_text(what, false)));
  if (is_empty(what.value)) return what.how.allow_empty ? sink(what.name, {}) : result<void>();
  if (!what.value.is_structured()) return sink(what.name, escape(text_of(what.value).value_or(std::string())));
  if (what.how.style == parameter_style::deep_object) {
    deep_writer writer(what.how, escape, what.order, sink);
    return writer.write(what.name, what.value, what.shape, 0);
  }
  if (!what.how.explode) {
    const std::string_view delimiter = delimiter_of(what.how, escape.as);
    return sink(what.name, joined(what, escape, joining{delimiter, delimiter, {}}).value_or(std::string()));
  }
  if (what.value.is_array()) {
    for (const json& item : what.value)
      if (auto text = item_text(item, what.how, escape))
        if (auto done = sink(what.name, *std::move(text)); !done) return done;
    return {};
  }
  for (const member_order::member& each : what.order.members(what.value, what.shape))
    if (auto text = item_text(*each.value, what.how, escape))
      if (auto done = sink(*each.name, *std::move(text)); !done) return done;
  return {};
}

result<void> write_counted(const styled_value& what, const escaping& escape, const pair_sink& sink) {
  std::size_t pairs = 0;
  const pair_sink counted = [&](std::string_view name, std::string value) -> result<void> {
    if (++pairs > max_pairs) return error(errc::too_large, "an argument makes more than " + std::to_string(max_pairs) + " pairs");
    return sink(name, std::move(value));
  };
  return write_pairs_of(what, escape, counted);
}

// A bit for each place that a style may stand in.
constexpr unsigned in_path = 1, in_query = 2, in_header = 4, in_cookie = 8, in_whole_query = 16;
constexpr unsigned anywhere = in_path | in_query | in_header | in_cookie;

struct style_name {
  std::string_view name;
  parameter_style style;
  unsigned places;
  bool explode;  // when nothing is said
};

constexpr std::array<style_name, 13> style_names = {{
    {"form", parameter_style::form, anywhere, true},  // documents mix these two up; each place has one meaning for both
    {"simple", parameter_style::simple, anywhere, false},
    {"label", parameter_style::label, in_path, false},
    {"matrix", parameter_style::matrix, in_path, false},
    {"spaceDelimited", parameter_style::space_delimited, anywhere, false},
    {"pipeDelimited", parameter_style::pipe_delimited, anywhere, false},
    {"deepObject", parameter_style::deep_object, in_query, true},
    {"cookie", parameter_style::cookie, in_cookie, true},
    {"content", parameter_style::content, anywhere | in_whole_query, true},
    {"csv", parameter_style::simple, anywhere, false},  // the rest is Swagger 2.0's
    {"ssv", parameter_style::space_delimited, anywhere, false},
    {"tsv", parameter_style::tab_delimited, anywhere, false},
    {"pipes", parameter_style::pipe_delimited, anywhere, false},
}};

constexpr unsigned bit_of(parameter_place place) {
  switch (place) {
    case parameter_place::path: return in_path;
    case parameter_place::header: return in_header;
    case parameter_place::cookie: return in_cookie;
    case parameter_place::query_string: return in_whole_query;
    default: return in_query;
  }
}

std::string_view usual_style(parameter_place place) {
  switch (place) {
    case parameter_place::path:
    case parameter_place::header: return "simple";
    case parameter_place::query_string: return "content";
    default: return "form";
  }
}

const json* said(const json& of, const char* key) {
  const auto it = of.find(key);
  return it == of.end() || it->is_null() ? nullptr : &*it;
}

error bad_entry(const std::string& where, const char* key, const char* what) { return {errc::invalid_config, where + ": \"" + key + "\" " + what}; }

result<void> read_flag(const json& entry, const char* key, bool& to, const std::string& where) {
  const json* value = said(entry, key);
  if (!value) return {};
  if (!value->is_boolean()) return bad_entry(where, key, "must be true or false");
  to = value->get<bool>();
  return {};
}

result<void> read_word(const json& entry, const char* key, std::string& to, const std::string& where) {
  const json* value = said(entry, key);
  if (!value) return {};
  if (!value->is_string()) return bad_entry(where, key, "must be a string");
  to = value->get_ref<const std::string&>();
  return {};
}

result<void> read_style_name(std::string name, parameter_place place, const std::string& where, value_style& out) {
  if (name == "multi") {
    name = "form";  // a list in a query or form, repeated
    if (!(bit_of(place) & in_query)) return error(errc::invalid_config, where + ": \"multi\" is for a query or a form");
  }
  const auto known = std::find_if(style_names.begin(), style_names.end(), [&](const style_name& each) { return each.name == name; });
  if (known == style_names.end() || !(known->places & bit_of(place)))
    return error(errc::invalid_config, where + ": the style \"" + std::string(utf8_prefix(name, 60)) + "\" " + (known == style_names.end() ? "is not known" : "does not stand there"));
  out.style = known->style;
  out.explode = known->explode;
  return {};
}

result<void> read_lists(const json& entry, const std::string& where, value_style& out) {
  std::string name = "repeat";
  if (auto fine = read_word(entry, "lists", name, where); !fine) return fine;
  if (name == "repeat") out.lists = list_names::repeat;
  else if (name == "brackets") out.lists = list_names::brackets;
  else if (name == "indices") out.lists = list_names::indices;
  else return bad_entry(where, "lists", "must be \"repeat\", \"brackets\" or \"indices\"");
  return {};
}

result<value_style> read_style(const json& entry, parameter_place place, const std::string& where, int depth) {
  value_style out;
  std::string name;
  if (auto fine = read_word(entry, "contentType", out.content_type, where); !fine) return fine.error();
  if (auto fine = read_word(entry, "content", out.content_type, where); !fine) return fine.error();
  if (auto fine = read_word(entry, "style", name, where); !fine) return fine.error();
  if (auto fine = read_word(entry, "collectionFormat", name, where); !fine) return fine.error();
  if (name.empty()) name = out.content_type.empty() ? usual_style(place) : "content";
  if (auto fine = read_style_name(name, place, where, out); !fine) return fine.error();
  if (out.content_type.empty()) out.content_type = "application/json";
  if (auto fine = read_flag(entry, "explode", out.explode, where); !fine) return fine.error();
  if (auto fine = read_flag(entry, "allowReserved", out.allow_reserved, where); !fine) return fine.error();
  if (auto fine = read_flag(entry, "allowEmptyValue", out.allow_empty, where); !fine) return fine.error();
  if (auto fine = read_flag(entry, "dotted", out.dotted, where); !fine) return fine.error();
  if (auto fine = read_lists(entry, where, out); !fine) return fine.error();
  // Swagger's formats say by their name whether a list is one value.
  if (name == "csv" || name == "ssv" || name == "tsv" || name == "pipes") out.explode = false;
  if (name == "multi") out.explode = true;
  if (const json* items = said(entry, "items")) {
    if (!items->is_object() || depth >= 8) return bad_entry(where, "items", depth >= 8 ? "is nested too deep" : "must be an object");
    auto inner = read_style(*items, place, where, depth + 1);
    if (!inner) return inner.error();
    inner->explode = false;
    out.items = std::make_shared<const value_style>(*std::move(inner));
  }
  return out;
}

error bad_cookie(std::string_view name, std::string_view why) {
  std::string shown(utf8_prefix(name, 60));
  std::replace_if(shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return {errc::invalid_argument, "cookie \"" + shown + "\": " + std::string(why)};
}

bool is_cookie_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// RFC 6265 section 4.1.1, cookie-octet, and the two that OpenAPI's own examples write.
bool is_raw_cookie_value(std::string_view text) {
  const bool fine = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != ';' && c != '\\'; });
  return fine && !text.starts_with(' ') && !text.ends_with(' ');
}

}  // namespace

result<value_style> read_value_style(const json& entry, parameter_place place, const std::string& where) {
  return read_style(entry, place, where, 0);
}

result<void> write_pairs(const styled_value& what, value_escape escape, const pair_sink& sink) {
  const bool reserved = what.how.allow_reserved && escape != value_escape::none;
  return write_counted(what, escaping{escape, reserved ? reserved_in_query : std::string_view()}, sink);
}

result<void> append_styled_query(std::string& query, const styled_value& what, value_escape escape) {
  const escaping names{escape, {}};
  return write_pairs(what, escape, [&](std::string_view name, std::string value) -> result<void> {
    if (!query.empty()) query += '&';
    names.append(query, name);
    query.append("=").append(value);
    return {};
  });
}

result<std::string> path_text(const styled_value& what) {
  const escaping escape{value_escape::component, what.how.allow_reserved ? reserved_in_path : std::string_view()};
  const std::string name = encode_component(what.name);
  const bool label = what.how.style == parameter_style::label, matrix = what.how.style == parameter_style::matrix;
  if (is_content(what.how)) return escape(content_text(what, false));
  if (is_empty(what.value)) return std::string();
  std::string prefix;
  if (label) prefix = ".";
  if (matrix) prefix = ";" + name;
  if (!what.value.is_structured()) {
    const std::string text = escape(text_of(what.value).value_or(std::string()));
    if (matrix && !text.empty()) prefix += '=';
    return text.empty() && !matrix ? std::string() : prefix + text;
  }
  joining by;
  const bool members = what.value.is_object();
  if (what.how.explode) {
    by.between = "=";
    if (label) by.delimiter = ".";
    if (matrix) by.delimiter = ";";
    if (matrix && !members) by.before = name + "=";
    if (matrix) prefix = ";";
  } else {
    by.delimiter = by.between = label && what.how.dotted ? "." : delimiter_of(what.how, value_escape::component);
    if (matrix) prefix += '=';
  }
  return prefix + joined(what, escape, by).value_or(std::string());
}

std::string header_text(const styled_value& what) {
  if (is_content(what.how)) return content_text(what, true);
  if (!what.value.is_structured()) return text_of(what.value).value_or(std::string());
  joining by;
  by.delimiter = by.between = delimiter_of(what.how, value_escape::none);
  if (what.how.explode) by.between = "=";
  return joined(what, escaping{value_escape::none, {}}, by).value_or(std::string());
}

result<void> append_cookies(std::string& cookies, const styled_value& what) {
  const bool raw = what.how.style == parameter_style::cookie;
  // Several pairs of a form are one cookie, as OpenAPI's table has it.
  std::string_view separator = cookies.empty() ? "" : "; ";
  const escaping escape{raw ? value_escape::none : value_escape::component, what.how.allow_reserved ? reserved_in_cookie : std::string_view()};
  return write_counted(what, escape, [&](std::string_view name, std::string value) -> result<void> {
    const bool token = is_cookie_name(name);
    if (raw && !token) return bad_cookie(name, "the name is not allowed: letters, digits and -_.!#$%&'*+^`|~ only");
    if (raw && !is_raw_cookie_value(value)) return bad_cookie(name, "the value holds what RFC 6265 does not allow (\" ; \\, control characters, letters beyond ASCII); percent-encode it");
    if (name.empty()) return bad_cookie(name, "it has no name");
    cookies += separator;
    cookies += token ? std::string(name) : encode_component(name);
    cookies.append("=").append(value);
    separator = raw ? "; " : "&";
    return {};
  });
}

std::string whole_query(const styled_value& what) {
  const std::string text = content_text(what, false);
  const bool form = media_type_of(what.how.content_type) == "application/x-www-form-urlencoded";
  if (form && !what.value.is_string()) return text;
  if (!form) return encode_component(text);
  std::string out;
  append_reserved(out, text, reserved_in_whole_query);
  return out;
}

}  // namespace utcp::net
