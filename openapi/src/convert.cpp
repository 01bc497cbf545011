#include <utcp/openapi/convert.hpp>

#include "api.hpp"
#include "arguments.hpp"
#include "names.hpp"
#include "operations.hpp"
#include "selection.hpp"
#include "servers.hpp"
#include "uri.hpp"

#include <algorithm>
#include <deque>

namespace utcp::openapi {
namespace {

using namespace openapi_detail;

constexpr std::size_t max_extension_bytes = 2048;

/// A tool whose definitions have no place yet.
struct draft {
  tool made;
  std::shared_ptr<call_template> how;
  schema_text inputs;
  schema_text outputs;
  bool has_outputs = false;
};

generation generation_of(const std::string& version) {
  if (version == "2" || version.starts_with("2.") || version.starts_with("1.")) return generation::swagger_2;
  if (version.starts_with("3.0")) return generation::openapi_3_0;
  return generation::openapi_3_1;
}

schema_text inputs_of(const tool_parts& parts) {
  schema_text out;
  out.uses = parts.properties.uses;
  out.text = "{\"type\":\"object\",\"properties\":{" + parts.properties.text + "}";
  char before = '[';
  for (const std::string& name : parts.required) {
    if (before == '[') out.text += ",\"required\":";
    out.text += before;
    before = ',';
    put_string(out.text, name);
  }
  out.text += parts.required.empty() ? "}" : "]}";
  return out;
}

/// The operation's own `x-` keys, its id, and what else peers may ignore.
void keep_extensions(const operation& of, const std::string& name, json& options) {
  const std::string_view id = of.object["operationId"].text();
  if (!id.empty() && id != name) options["x-operation-id"] = std::string(id);
  of.object.each_member([&](std::string_view key, node value) {
    if (!key.starts_with("x-") || options.contains(std::string(key))) return;
    std::string text;
    put_value(text, value);
    if (text.size() <= max_extension_bytes) options[std::string(key)] = json::parse(text, nullptr, false);
  });
}

class converter {
 public:
  converter(const document& source, const convert_options& options, std::string version)
      : notices_(source.share().get(), options.max_notices),
        refs_(source, options, notices_),
        writer_(refs_, definitions_, notices_, generation_of(version)),
        in_{options, source.share()->root(), version, generation_of(version), options.spec_url.empty() ? source.url() : as_url(options.spec_url), notices_, refs_, writer_},
        source_(source) {}

  conversion run() {
    tell_of_document();
    const auto all = operations_of(in_);
    const selection wanted(in_.options);
    std::vector<const operation*> taken;
    std::vector<std::string> names, places;
    for (const operation& each : all) {
      if (!wanted.takes(each)) continue;
      taken.push_back(&each);
      names.push_back(tool_name(in_.options.prefix, each.object["operationId"].text(), each.method, std::string_view(each.path).substr(0, each.path.find('?'))));
      places.push_back(each.place());
    }
    make_unique(names, places);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      try {
        convert_operation(*taken[i], names[i]);
      } catch (const std::exception& e) {
        notices_.add(taken[i]->object, std::string("this operation cannot be converted: ") + e.what());
      }
    }
    writer_.write_definitions();
    return finish();
  }

 private:
  void tell_of_document() {
    const tree& text = *source_.share();
    for (const std::uint32_t cut : text.cut) notices_.add(node(&text, cut), "is nested too deep; left out");
    if (text.repaired) notices_.add_at("", "halves of UTF-16 pairs that stood alone were replaced by U+FFFD");
    for (const std::uint32_t key : text.repeated_keys) notices_.add(node(&text, key), "the key stands there twice; the last one counts");
    if (in_.version != "2" && !in_.version.starts_with("2.0") && !in_.version.starts_with("3.0") && !in_.version.starts_with("3.1") && !in_.version.starts_with("3.2"))
      notices_.add_at("", "version " + in_.version.substr(0, 20) + " is not known; read as the nearest one that is");
    if (!in_.root["paths"] && !in_.root["webhooks"] && !in_.root["components"]) notices_.add_at("/paths", "there are no paths");
  }

  void convert_operation(const operation& of, const std::string& name) {
    const server where = server_of(in_, of);
    if (!where.refused.empty()) return notices_.add(of.object, "left out: " + where.refused);
    draft out;
    const auto parameters = parameters_of(in_, of);
    const operation_security security = security_of(in_, of);
    tool_parts parts;
    parts.url = join_url(where.base, of.path);
    add_parameters(in_, of, parameters, security, where, parts);
    add_body(in_, of, parameters, parts);
    out.inputs = inputs_of(parts);
    if (in_.options.outputs)
      if (const answer_schema answer = response_schema(in_, of); answer.schema) {
        out.outputs = answer.of_items ? writer_.write_list_of(answer.schema, direction::response, {}) : writer_.write(answer.schema, direction::response);
        out.has_outputs = out.outputs.text != "{}";
      }
    if (!where.all.is_null()) parts.options["x-servers"] = where.all;
    keep_extensions(of, name, parts.options);
    out.how = std::make_shared<call_template>();
    out.how->protocol = "http";
    out.how->dialect = dialect::v1;
    out.how->origin = in_.options.origin;
    out.how->auth = security.auth;
    out.how->options = std::move(parts.options);
    out.how->options["http_method"] = of.method;
    out.how->options["url"] = std::move(parts.url);
    for (const auto& [header, value] : security.headers.items()) out.how->options["headers"][header] = value;
    out.made.name = name;
    out.made.description = description_of(in_, of);
    tags_of(of, out.made.tags);
    // The definitions of one operation are written at once: they are near in memory.
    writer_.write_definitions();
    drafts_.push_back(std::move(out));
  }

  static void tags_of(const operation& of, std::vector<std::string>& tags) {
    of.object["tags"].each_item([&](node tag) {
      if (tag.is_string() && std::find(tags.begin(), tags.end(), tag.text()) == tags.end()) tags.emplace_back(tag.text());
    });
  }

  conversion finish() {
    std::vector<const schema_text*> requests, responses;
    for (const draft& each : drafts_) {
      requests.push_back(&each.inputs);
      if (each.has_outputs) responses.push_back(&each.outputs);
    }
    const auto table = definitions_.finish(requests, responses);
    conversion out;
    out.found.written_as = dialect::v1;
    out.found.utcp_version = "1.0.1";
    if (const node version = in_.root["info"]["version"]; version.is_string()) out.found.manual_version = version.text();
    out.found.tools.reserve(drafts_.size());
    for (draft& each : drafts_) {
      each.made.inputs = schema::of_shared_definitions(std::move(each.inputs.text), table, definitions_.places(each.inputs, direction::request));
      if (each.has_outputs)
        each.made.outputs = schema::of_shared_definitions(std::move(each.outputs.text), table, definitions_.places(each.outputs, direction::response));
      each.made.tool_call_template = std::move(each.how);
      out.found.tools.push_back(std::make_shared<tool>(std::move(each.made)));
    }
    out.notices = notices_.take();
    return out;
  }

  notice_list notices_;
  references refs_;
  definitions definitions_;
  schema_writer writer_;
  api in_;
  document source_;
  std::deque<draft> drafts_;
};

}  // namespace

result<conversion> convert(const document& source, const convert_options& options) {
  const std::string version = source.version();
  if (version.empty())
    return error(errc::invalid_config, (source.url().empty() ? std::string() : source.url() + ": ") + "is no OpenAPI document: it has neither \"openapi\" nor \"swagger\" with a version");
  return converter(source, options, version).run();
}

}  // namespace utcp::openapi
