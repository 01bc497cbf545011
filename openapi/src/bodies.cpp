#include "arguments.hpp"
#include "ascii.hpp"
#include "media.hpp"
#include "names.hpp"
#include "xml.hpp"

#include <algorithm>
#include <functional>

namespace utcp::openapi_detail {
namespace {

/// Calls `f(name, schema)` for the properties of a schema and of what its `allOf` says.
void each_property(const api& in, node schema, const std::function<void(std::string_view, node)>& f, int depth = 0) {
  schema = in.refs.follow(schema);
  if (!schema.is_object() || depth > 8) return;
  schema["properties"].each_member([&](std::string_view name, node property) { f(name, property); });
  for (const char* key : {"allOf", "oneOf", "anyOf"}) schema[key].each_item([&](node each) { each_property(in, each, f, depth + 1); });
}

bool is_file(const api& in, node schema) {
  schema = in.refs.follow(schema);
  if (schema["type"].text() == "array" || schema["items"]) schema = in.refs.follow(schema["items"]);
  const std::string_view format = schema["format"].text();
  return format == "binary" || schema["type"].text() == "file" || (schema["contentMediaType"].is_string() && !schema["contentEncoding"]);
}

/// What a part's header always is, as far as its schema says; the caller has no place to give another value.
json fixed_value(const api& in, node header) {
  const node schema = in.refs.follow(header["schema"]);
  if (const node value = schema["const"]) return json_of(value);
  if (const node values = schema["enum"]; values.is_array() && values.size() == 1) return json_of(values.item(0));
  if (const node value = schema["default"]) return json_of(value);
  return {};
}

void add_part_headers(const api& in, node headers, json& entry) {
  headers.each_member([&](std::string_view name, node declared) {
    const std::string lowered = lower(name);
    if (lowered == "content-type" || lowered == "content-disposition") return;  // OpenAPI says the first is ignored, the client writes both
    const node header = in.refs.follow(declared);
    const json value = fixed_value(in, header);
    if (value.is_string() || value.is_number()) entry["headers"][std::string(name)] = value.is_string() ? value.get<std::string>() : value.dump();
    else in.notices.add(declared, "the header \"" + std::string(name) + "\" of a part is sent only where the call says it: the part as {\"data\": …, \"headers\": {…}}");
  });
}

/// What an Encoding Object says of a part but for styles.
void add_part_encoding(const api& in, node encoding, bool multipart, json& entry, bool with_type = true) {
  if (const node type = encoding["contentType"]; type.is_string() && with_type) entry["contentType"] = std::string(type.text());
  if (multipart) add_part_headers(in, encoding["headers"], entry);
  for (const char* key : {"encoding", "prefixEncoding", "itemEncoding"})
    if (const node nested = encoding[key]) in.notices.add(nested, "a multipart body within a part is not expressed in a tool");
}

/// `x-body-encoding` of a form: what differs from the default of UTCP. `styles`: OpenAPI has them for this type.
json encoding_of(const api& in, node media, node schema, bool multipart, bool styles) {
  json out = json::object();
  each_property(in, schema, [&](std::string_view name, node property) {
    const std::string key(name);
    if (multipart && is_file(in, property)) {
      const node meant = in.refs.follow(property);
      const std::string_view type = meant["contentMediaType"].text();
      out[key]["contentType"] = type.empty() ? "application/octet-stream" : std::string(type);
    } else if (in.writer.shape(property) == shape_object) {
      out[key]["contentType"] = "application/json";
    }
  });
  media["encoding"].each_member([&](std::string_view name, node encoding) {
    if (!encoding.is_object()) return in.notices.add(encoding, "this encoding is no object; left out");
    json said = json::object();
    if (const node style = encoding["style"]; style.is_string() && styles) said["style"] = std::string(style.text());
    if (const node explode = encoding["explode"]; explode.is_boolean() && styles) said["explode"] = explode.is_true();
    if (encoding["allowReserved"].is_true() && !multipart) said["allowReserved"] = true;
    const std::string key(name);
    if (said.empty()) add_part_encoding(in, encoding, multipart, out[key]);
    else out[key] = std::move(said), add_part_encoding(in, encoding, multipart, out[key], false);
    if (out[key].empty()) out.erase(key);
  });
  return out;
}

/// The same of a list, whose parts have places instead of names (OpenAPI 3.2): "0" is the first, "*" those that are not named.
json encoding_by_place(const api& in, node media) {
  json out = json::object();
  std::size_t place = 0;
  auto take = [&](node encoding, const std::string& key) {
    if (!encoding.is_object()) return in.notices.add(encoding, "this encoding is no object; left out");
    json entry = json::object();
    add_part_encoding(in, encoding, true, entry);
    if (!entry.empty()) out[key] = std::move(entry);
  };
  media["prefixEncoding"].each_item([&](node encoding) { take(encoding, std::to_string(place++)); });
  if (const node encoding = media["itemEncoding"]) take(encoding, "*");
  return out;
}

/// The best of a list of media types; `names` in the document's order.
std::size_t best_of(const std::vector<std::string>& names) {
  std::size_t best = 0;
  auto rank = [](const std::string& name) {
    const media_kind kind = kind_of_media(name);
    const int exact = kind == media_kind::json && bare_media(name) != "application/json" ? 1 : 0;
    return static_cast<int>(kind) * 2 + exact;
  };
  for (std::size_t i = 1; i < names.size(); ++i)
    if (rank(names[i]) < rank(names[best])) best = i;
  return best;
}

void tell_media(const std::vector<std::string>& names, const std::string& chosen, tool_parts& to) {
  to.options["content_type"] = concrete_media(chosen);
  if (names.size() > 1) to.options["x-content-types"] = names;
}

void put_body(const schema_text& schema, bool required, tool_parts& to) {
  const std::string name = unused(to.taken, "body", "__body");
  to.add(name, schema, required);
  to.options["body_field"] = name;
}

/// Text alone needs no shape.
void put_xml(const api& in, node schema, tool_parts& to) {
  const unsigned kinds = in.writer.shape(schema);
  if (!schema || kinds == shape_scalar) return;
  if (json shape = xml_shape_of(in, schema); !shape.is_null()) to.options["x-body-xml"] = std::move(shape);
}

overlay beside_body(std::string_view description, node media, const std::string& type) {
  overlay out;
  out.description = description;
  out.example = media["example"];
  out.examples = media["examples"];
  out.also_string = is_xml(type);
  return out;
}

/// A body without a schema: what its type is can be said of some.
schema_text schema_by_type(const std::string& type, std::string_view description) {
  schema_text out;
  object_out members(out.text);
  const media_kind kind = kind_of_media(type);
  if (kind == media_kind::text || is_xml(type)) members.text("type", "string");
  else if (kind == media_kind::other) members.text("type", "string"), members.text("format", "binary");
  if (!description.empty()) members.text("description", description);
  members.close();
  return out;
}

void add_openapi_body(const api& in, const operation& of, tool_parts& to) {
  const node declared = of.object["requestBody"];
  if (!declared || declared.is_null()) return;
  const node body = in.refs.follow(declared);
  if (!body.is_object()) return in.notices.add(declared, "the request body is no object, or its reference leads nowhere; left out");
  std::vector<std::string> names;
  std::vector<node> media;
  body["content"].each_member([&](std::string_view name, node each) {
    names.emplace_back(name);
    media.push_back(in.refs.follow(each));
    if (!media.back().is_object()) in.notices.add(each, "this media type is no object");
  });
  if (names.empty()) return in.notices.add(body, "the request body has no media type; left out");
  const std::size_t best = best_of(names);
  const std::string& type = names[best];
  const node chosen = media[best];
  tell_media(names, type, to);
  const media_kind kind = kind_of_media(type);
  const overlay beside = beside_body(body["description"].text(), chosen, type);
  schema_text schema;
  if (const node items = chosen["itemSchema"]; items && !chosen["schema"]) {
    schema = in.writer.write_list_of(items, direction::request, beside.description);
  } else if (chosen["schema"]) {
    schema = in.writer.write(chosen["schema"], direction::request, beside);
  } else {
    schema = schema_by_type(concrete_media(type), beside.description);
  }
  if (is_xml(type)) put_xml(in, chosen["schema"], to);
  const bool by_place = kind == media_kind::multipart && bare_media(concrete_media(type)) != "multipart/form-data";
  if (kind == media_kind::form || kind == media_kind::multipart) {
    const bool multipart = kind == media_kind::multipart;
    const bool styles = !multipart || (in.schemas == generation::openapi_3_1 && bare_media(concrete_media(type)) == "multipart/form-data");
    json encoding = encoding_of(in, chosen, chosen["schema"], multipart, styles);
    if (by_place) encoding.update(encoding_by_place(in, chosen));
    if (!encoding.empty()) to.options["x-body-encoding"] = std::move(encoding);
  }
  if (!by_place)
    for (const char* key : {"prefixEncoding", "itemEncoding"})
      if (const node unknown = chosen[key]) in.notices.add(unknown, "is only for multipart types whose parts have no names; left out");
  put_body(schema, body["required"].is_true(), to);
}

std::vector<std::string> consumes_of(const api& in, const operation& of) {
  std::vector<std::string> out;
  const node own = of.object["consumes"];
  const node list = own.is_array() && !own.empty() ? own : in.root["consumes"];
  list.each_item([&](node each) {
    if (each.is_string()) out.emplace_back(each.text());
  });
  return out;
}

/// What Swagger's header parameter `Content-Type` says that the type is; OpenAPI 3 has no such parameter.
std::string type_of_header(const std::vector<parameter>& all, bool only_required = false) {
  for (const parameter& one : all) {
    if (one.in != "header" || lower(one.name) != "content-type" || (only_required && !one.object["required"].is_true())) continue;
    const node preset = one.object["default"];
    return std::string((preset.is_string() ? preset : one.object["enum"].item(0)).text());
  }
  return {};
}

/// The type that the header names wins, of `consumes` or not.
void send_type(const std::string& wanted, tool_parts& to) {
  if (wanted.find('/') == std::string::npos || wanted.find_first_of("\r\n*") != std::string::npos) return;
  const auto chosen = to.options.find("content_type");
  if (chosen != to.options.end() && bare_media(chosen->get_ref<const std::string&>()) == bare_media(wanted)) return;
  to.options["headers"]["Content-Type"] = wanted;
}

std::string form_type(const std::vector<std::string>& consumes, bool has_file) {
  std::string form, multipart;
  for (const std::string& each : consumes) {
    if (kind_of_media(each) == media_kind::form && form.empty()) form = each;
    if (kind_of_media(each) == media_kind::multipart && multipart.empty()) multipart = each;
  }
  if (form.empty() && multipart.empty()) return has_file ? "multipart/form-data" : "application/x-www-form-urlencoded";
  if (has_file) return multipart.empty() ? form : multipart;
  return form.empty() ? multipart : form;
}

void collection_format(const api& in, const parameter& one, json& encoding) {
  if (!(in.writer.shape(one.object) & shape_array)) return;
  const std::string_view format = one.object["collectionFormat"].is_string() ? one.object["collectionFormat"].text() : "csv";
  json& entry = encoding[std::string(one.name)];
  if (format == "multi") entry = {{"style", "form"}, {"explode", true}};
  else entry = {{"style", format == "csv" ? "form" : format == "ssv" ? "spaceDelimited" : format == "pipes" ? "pipeDelimited" : std::string(format)}, {"explode", false}};
}

void add_swagger_form(const api& in, const operation& of, const std::vector<parameter>& all, tool_parts& to) {
  schema_text schema;
  std::string properties;
  std::vector<std::string_view> required;
  json encoding = json::object();
  bool has_file = false;
  for (const parameter& one : all) {
    if (one.in != "formData") continue;
    overlay beside;
    beside.description = one.object["description"].text();
    beside.swagger_parameter = true;
    const schema_text each = in.writer.write(one.object, direction::request, beside);
    if (!properties.empty()) properties += ',';
    put_string(properties, one.name);
    properties += ':' + each.text;
    for (const std::uint32_t used : each.uses) schema.use(used);
    if (one.object["required"].is_true()) required.push_back(one.name);
    if (one.object["type"].text() == "file") has_file = true, encoding[std::string(one.name)]["contentType"] = "application/octet-stream";
    else collection_format(in, one, encoding);
  }
  if (properties.empty()) return send_type(type_of_header(all, true), to);
  schema.text = "{\"type\":\"object\",\"properties\":{" + properties + "}";
  char before = '[';
  for (const std::string_view name : required) {
    if (before == '[') schema.text += ",\"required\":";
    schema.text += before;
    before = ',';
    put_string(schema.text, name);
  }
  schema.text += required.empty() ? "}" : "]}";
  const auto consumes = consumes_of(in, of);
  const std::string wanted = bare_media(type_of_header(all));
  const bool form_wanted = kind_of_media(wanted) == media_kind::form || wanted == "multipart/form-data";
  tell_media({}, form_wanted ? wanted : form_type(consumes, has_file), to);
  if (!encoding.empty()) to.options["x-body-encoding"] = std::move(encoding);
  put_body(schema, !required.empty(), to);
}

void add_swagger_body(const api& in, const operation& of, const std::vector<parameter>& all, tool_parts& to) {
  const parameter* body = nullptr;
  bool form = false;
  for (const parameter& one : all) {
    if (one.in == "formData") form = true;
    if (one.in != "body") continue;
    if (body) in.notices.add(one.object, "a second body; left out");
    else body = &one;
  }
  if (!body) return add_swagger_form(in, of, all, to);
  if (form) in.notices.add(of.object, "has a body and form fields; the form fields are left out");
  std::vector<std::string> consumes = consumes_of(in, of);
  if (consumes.empty()) consumes.emplace_back("application/json");
  const std::string wanted = bare_media(type_of_header(all));
  const auto named = std::find_if(consumes.begin(), consumes.end(), [&](const std::string& each) { return bare_media(each) == wanted; });
  const std::string& type = named != consumes.end() ? *named : consumes[best_of(consumes)];
  tell_media(consumes, type, to);
  if (named == consumes.end()) send_type(type_of_header(all), to);
  const overlay beside = beside_body(body->object["description"].text(), {}, type);
  const node schema = body->object["schema"];
  if (is_xml(type)) put_xml(in, schema, to);
  put_body(schema ? in.writer.write(schema, direction::request, beside) : schema_by_type(type, beside.description), body->object["required"].is_true(), to);
}

}  // namespace

void add_body(const api& in, const operation& of, const std::vector<parameter>& all, tool_parts& to) {
  if (in.is_swagger()) add_swagger_body(in, of, all, to);
  else add_openapi_body(in, of, to);
}

}  // namespace utcp::openapi_detail
