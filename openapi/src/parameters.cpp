#include "arguments.hpp"

#include "ascii.hpp"
#include "names.hpp"

#include <algorithm>
#include <map>

namespace utcp::openapi_detail {
namespace {

/// OpenAPI 3 ignores these: the media types and the security schemes say them.
bool is_ignored_header(const api& in, const parameter& one) {
  if (one.in != "header") return false;
  const std::string name = lower(one.name);
  if (name == "content-type") return true;
  return !in.is_swagger() && (name == "accept" || name == "authorization");
}

/// The schema of a parameter. Those of Swagger 2.0 are schemas themselves, as are some in documents that say OpenAPI 3; and the reverse.
node own_schema(const api& in, const parameter& one) {
  const node schema = one.object["schema"];
  if (schema || (!in.is_swagger() && one.object["content"])) return schema;
  const bool is_itself = in.is_swagger() || one.object["type"] || one.object["enum"] || one.object["items"];
  if (is_itself && !in.is_swagger()) in.notices.add(one.object, "OpenAPI 3 has the type in \"schema\"; read as Swagger 2.0 has it");
  return is_itself ? one.object : node();
}

/// What the template says of an argument; null: UTCP does the right thing by itself.
class serialisation {
 public:
  serialisation(const api& in, const parameter& one) : in_(in), one_(one) {}

  json map_entry() {
    if (in_.is_swagger()) swagger_style();
    else if (one_.object["content"].is_object()) content_style();
    else openapi_style();
    if (one_.in == "querystring") special_ = true;
    if (one_.in == "path" && may_be_empty()) entry_["allowEmptyValue"] = true, special_ = true;
    if (one_.object["allowReserved"].is_true()) entry_["allowReserved"] = true, special_ = true;
    if (one_.object["allowEmptyValue"].is_true() && one_.in == "query") entry_["allowEmptyValue"] = true, special_ = true;
    return special_ ? entry_ : json();
  }

 private:
  unsigned shape() { return in_.writer.shape(own_schema(in_, one_)); }

  /// An empty piece of a path makes another path, so it is only sent where the document lists it.
  bool may_be_empty() {
    const node schema = in_.refs.follow(own_schema(in_, one_));
    bool found = schema["const"].is_string() && schema["const"].text().empty();
    schema["enum"].each_item([&](node each) { found = found || (each.is_string() && each.text().empty()); });
    return found;
  }

  void say(std::string_view style, bool explode) {
    entry_["style"] = style;
    entry_["explode"] = explode;
    special_ = true;
  }

  void content_style() {
    std::string media = "application/json";
    bool first = true;
    one_.object["content"].each_member([&](std::string_view name, node) {
      if (first) media = name;
      first = false;
    });
    entry_["style"] = "content";
    entry_["content"] = media;
    special_ = true;
  }

  void openapi_style() {
    const bool form = one_.in == "query" || one_.in == "cookie";
    std::string style(one_.object["style"].text());
    if (style.empty()) style = form ? "form" : "simple";
    const node given = one_.object["explode"];
    const bool explode = given.is_boolean() ? given.is_true() : style == "form" || style == "cookie" || style == "deepObject";
    const unsigned kinds = shape();
    const bool composite = kinds == 0 || (kinds & (shape_array | shape_object)) != 0;
    // Until 3.0.3 there were dots between the items, too.
    if (style == "label" && !explode && composite && is_old_label()) entry_["dotted"] = true;
    if (style != (form ? "form" : "simple")) return say(style, explode);
    if (!composite) return;  // a scalar looks the same either way
    const bool array_by_default = form && explode && !(kinds & shape_object);  // repeated, as UTCP does
    if (kinds == 0) {
      if (given.is_boolean() && explode != form) say(style, explode);
      return;
    }
    if (!array_by_default) say(style, explode);
  }

  bool is_old_label() const { return in_.version.starts_with("3.0.") && in_.version.size() == 5 && in_.version[4] <= '3'; }

  void swagger_style() {
    if (!(shape() & shape_array)) return;
    const node inner = one_.object["items"];
    if (inner["type"].text() == "array") {
      entry_["items"]["collectionFormat"] = inner["collectionFormat"].is_string() ? std::string(inner["collectionFormat"].text()) : std::string("csv");
      special_ = true;
    }
    const std::string format(one_.object["collectionFormat"].is_string() ? one_.object["collectionFormat"].text() : "csv");
    const bool query = one_.in == "query";
    if (format == "multi") {
      if (!query) say("simple", false);
      else if (special_) say("form", true);
      return;
    }
    if (format == "csv") return say(query ? "form" : "simple", false);
    if (query && format == "ssv") return say("spaceDelimited", false);
    if (query && format == "pipes") return say("pipeDelimited", false);
    say(format, false);
  }

  const api& in_;
  const parameter& one_;
  json entry_ = json::object();
  bool special_ = false;
};

overlay beside_of(const api& in, const parameter& one) {
  overlay out;
  out.description = one.object["description"].text();
  out.deprecated = one.object["deprecated"].is_true();
  out.swagger_parameter = own_schema(in, one) == one.object;
  if (!in.is_swagger()) {
    out.example = one.object["example"];
    out.examples = one.object["examples"];
  }
  return out;
}

node schema_of(const api& in, const parameter& one) {
  if (const node schema = own_schema(in, one)) return schema;
  node found;
  one.object["content"].each_member([&](std::string_view, node media) {
    if (!found) found = in.refs.follow(media)["schema"];
  });
  return found;
}

void replace_placeholder(std::string& url, std::string_view from, const std::string& to) {
  const std::string what = "{" + std::string(from) + "}";
  for (std::size_t at = url.find(what); at != std::string::npos; at = url.find(what, at + to.size() + 2)) url.replace(at, what.size(), "{" + to + "}");
}

/// What a description begins with when the argument's name says nothing of the parameter's.
std::string told_name(const std::string& wire, const std::string& argument) {
  const bool is_told = std::all_of(wire.begin(), wire.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return is_told || wire == argument ? std::string() : "\"" + wire + "\". ";
}

/// The path may have a query's parameter as a placeholder, too: it is sent once, as the parameter says.
void drop_pair(std::string& url, const std::string& name) {
  const auto query = url.find('?');
  if (query == std::string::npos) return;
  const std::string pair = name + "={" + name + "}";
  for (std::size_t at = url.find(pair, query); at != std::string::npos; at = url.find(pair, at + 1)) {
    const std::size_t end = at + pair.size();
    if ((url[at - 1] != '?' && url[at - 1] != '&') || (end < url.size() && url[end] != '&')) continue;
    if (end < url.size()) url.erase(at, end + 1 - at);
    else url.erase(at - 1);
    return;
  }
}

/// Adds one parameter under a name of its own.
void add_parameter(const api& in, const parameter& one, bool shares_name, tool_parts& to) {
  const std::string wire(one.name);
  std::string name = in.options.safe_arguments ? safe_argument(wire) : wire;
  if (shares_name) name = name.substr(0, max_name - 2 - one.in.size()) + "__" + one.in;
  name = unused(to.taken, name, "__" + one.in);
  json entry = serialisation(in, one).map_entry();
  bool renamed = name != wire;
  if (one.in == "path" && renamed) {
    // The placeholder takes the argument's name, so that clients without the map fill it, too.
    replace_placeholder(to.url, wire, name);
    if (entry.is_null()) renamed = false;
    // A matrix parameter writes its own name.
  }
  if (!entry.is_null() || renamed) {
    if (entry.is_null()) entry = json::object();
    entry["in"] = one.in;
    entry["name"] = wire;
    to.options["x-arg-map"][name] = std::move(entry);
  }
  if (one.in == "header") to.options["header_fields"].push_back(name);
  if (one.in == "cookie") to.options["cookie_fields"].push_back(name);
  const node schema = schema_of(in, one);
  overlay beside = beside_of(in, one);
  const std::string named = told_name(wire, name) + std::string(beside.description);
  beside.description = named;
  schema_text text;
  if (schema) text = in.writer.write(schema, direction::request, beside);
  else {
    object_out members(text.text);
    if (!beside.description.empty()) members.text("description", beside.description);
    members.close();
  }
  to.add(name, text, one.in == "path" || one.object["required"].is_true());
}

void add_free_placeholder(const std::string& name, std::string_view description, const api& in, tool_parts& to) {
  std::string argument = in.options.safe_arguments ? safe_argument(name) : name;
  if (to.taken.count(argument)) argument = unused(to.taken, argument, "__path");
  else to.taken.insert(argument);
  if (argument != name) replace_placeholder(to.url, name, argument);
  schema_text text;
  object_out members(text.text);
  members.text("type", "string");
  if (!description.empty()) members.text("description", description);
  members.close();
  to.add(argument, text, true);
}

/// A server variable: absent it has its own value, as the map says to those who read it.
void add_choice(const server_choice& one, const api& in, tool_parts& to) {
  const std::string argument = unused(to.taken, in.options.safe_arguments ? safe_argument(one.name) : one.name, "__server");
  if (argument != one.name) replace_placeholder(to.url, one.name, argument);
  schema_text text;
  object_out members(text.text);
  members.text("type", "string");
  members.key("enum");
  char before = '[';
  one.variable["enum"].each_item([&](node each) {
    text.text += before;
    before = ',';
    put_string(text.text, each.text());
  });
  text.text += ']';
  members.text("default", one.preset);
  if (const std::string_view description = one.variable["description"].text(); !description.empty()) members.text("description", description);
  members.close();
  to.options["x-arg-map"][argument] = {{"in", "path"}, {"default", one.preset}};
  to.add(argument, text, false);
}

}  // namespace

void tool_parts::add(std::string_view argument, const schema_text& schema, bool is_required) {
  if (!properties.text.empty()) properties.text += ',';
  put_string(properties.text, argument);
  properties.text += ':';
  properties.text += schema.text;
  for (const std::uint32_t each : schema.uses) properties.use(each);
  if (is_required) required.emplace_back(argument);
}

std::vector<parameter> parameters_of(const api& in, const operation& of) {
  std::vector<parameter> out;
  auto take = [&](node list) {
    if (list && !list.is_null() && !list.is_array()) return in.notices.add(list, "\"parameters\" is no list");
    list.each_item([&](node each) {
      const node object = in.refs.follow(each);
      if (!object.is_object()) return in.notices.add(each, "this parameter is no object, or its reference leads nowhere; left out");
      parameter made{object, object["name"].text(), std::string(object["in"].text())};
      if (made.in.empty() || (made.name.empty() && made.in != "body" && !object["name"].is_string()))
        return in.notices.add(each, "this parameter has no \"name\" or no \"in\"; left out");
      auto same = std::find_if(out.begin(), out.end(), [&](const parameter& other) { return other.in == made.in && other.name == made.name; });
      if (same != out.end()) *same = std::move(made);
      else out.push_back(std::move(made));
    });
  };
  take(of.item["parameters"]);
  if (of.item_beside != of.item) take(of.item_beside["parameters"]);
  take(of.object["parameters"]);
  return out;
}

void add_parameters(const api& in, const operation& of, const std::vector<parameter>& all, const operation_security& security,
                    const server& where, tool_parts& to) {
  static constexpr std::string_view places[] = {"path", "query", "header", "cookie", "querystring"};
  auto concerns = [&](const parameter& one) {
    return std::find(std::begin(places), std::end(places), one.in) != std::end(places) && !is_ignored_header(in, one) &&
           !security.covered.count({one.in, std::string(one.name)});
  };
  std::map<std::string_view, int> count;
  for (const parameter& one : all)
    if (concerns(one)) ++count[one.name];
  const auto in_path = placeholders_in(std::string_view(of.path).substr(0, of.path.find('#')));
  std::vector<std::string> filled;
  for (const parameter& one : all) {
    if (!concerns(one)) {
      if (one.in != "body" && one.in != "formData" && std::find(std::begin(places), std::end(places), one.in) == std::end(places))
        in.notices.add(one.object, "\"in\" is \"" + one.in + "\", which is no place for a parameter; left out");
      continue;
    }
    const std::string name(one.name);
    if (one.in == "path") {
      if (to.url.find("{" + name + "}") == std::string::npos) {
        in.notices.add(one.object, "the path has no placeholder {" + name + "}; left out");
        continue;
      }
      filled.push_back(name);
    }
    if (one.in == "query") {
      drop_pair(to.url, name);
      if (to.url.find("{" + name + "}") == std::string::npos) filled.push_back(name);
    }
    add_parameter(in, one, count[one.name] > 1, to);
  }
  for (const server_choice& each : where.choices) add_choice(each, in, to);
  std::vector<std::string> free = where.arguments;
  for (const std::string& name : in_path)
    if (std::find(filled.begin(), filled.end(), name) == filled.end()) {
      free.push_back(name);
      in.notices.add(of.object, "the path's placeholder {" + name + "} has no parameter; it became an argument");
    }
  std::vector<std::string> done = filled;
  for (const std::string& name : free) {
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    done.push_back(name);
    add_free_placeholder(name, std::find(where.arguments.begin(), where.arguments.end(), name) != where.arguments.end() ? "Part of the server's address" : "", in, to);
  }
}

}  // namespace utcp::openapi_detail
