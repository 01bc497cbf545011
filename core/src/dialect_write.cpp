#include "dialect_fields.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>
#include <array>

namespace utcp {
namespace {

constexpr const char* default_utcp_version = "1.0.1";
constexpr const char* default_v0_version = "0.1.7";

bool is_v1(dialect d) noexcept { return d == dialect::v1; }

/// The name of the type a template is written with. `text` with a file is v1's `file`; v0 knows only `text`.
std::string type_name(const call_template& source, dialect as, fidelity how) {
  if (source.dialect == as && how == fidelity::full) return protocol_name(source.protocol, is_v1(as));
  if (source.protocol == "text" && is_v1(as) && source.options.contains("file_path")) return "file";
  if (source.protocol == "file" && !is_v1(as)) return "text";
  return protocol_name(source.protocol, is_v1(as));
}

/// One command line for v1's shell from v0's argument vector: the required arguments as placeholders.
json commands_from_command_name(const call_template& source, const schema& inputs) {
  std::string line = source.options.at("command_name").get<std::string>();
  const json parsed = inputs.to_json();
  if (auto required = parsed.is_object() ? parsed.find("required") : parsed.end(); required != parsed.end() && required->is_array())
    for (const json& name : *required)
      if (name.is_string()) line += " --" + name.get<std::string>() + " UTCP_ARG_" + name.get<std::string>() + "_UTCP_END";
  json step = json::object();
  step["command"] = line;
  return json::array({step});
}

/// Maps the cli fields that only one dialect has. Only for portable output; full output writes what was read.
void convert_cli(json& out, const call_template& source, const schema& inputs, dialect as, std::vector<notice>& notices) {
  if (is_v1(as) && !out.contains("commands") && out.contains("command_name")) {
    out["commands"] = commands_from_command_name(source, inputs);
    out.erase("command_name");
    notices.emplace_back(source.name, "\"command_name\" became one shell command that passes the required arguments; optional ones are lost");
  } else if (!is_v1(as) && !out.contains("command_name") && out.contains("commands")) {
    std::string script;
    for (const json& step : out["commands"]) script += (script.empty() ? "" : "; ") + step.at("command").get<std::string>();
    out["command_name"] = script;
    out.erase("commands");
    notices.emplace_back(source.name, "\"commands\" became \"command_name\"; v0 starts one program without a shell and knows no placeholders");
  }
}

/// typescript-utcp refuses unknown keys in these.
bool peers_are_strict(const std::string& protocol) { return protocol == "cli" || protocol == "text" || protocol == "file"; }

void drop_unknown(json& options, const std::string& protocol, const std::string& place, std::vector<notice>& notices) {
  for (auto it = options.begin(); it != options.end();) {
    if (is_defined_option(protocol, it.key())) {
      ++it;
      continue;
    }
    notices.emplace_back(place, "key \"" + it.key() + "\" dropped: some peers refuse unknown keys in a " + protocol + " template");
    it = options.erase(it);
  }
}

json write_protocols(const std::vector<std::string>& allowed, dialect as) {
  json out = json::array();
  for (const std::string& name : allowed) out.push_back(protocol_name(name, is_v1(as)));
  return out;
}

json write_template(const call_template& source, const schema& inputs, dialect as, fidelity how, std::vector<notice>& notices) {
  json out = source.options;
  const std::string type = type_name(source, as, how);
  if (how == fidelity::portable) {
    if (source.protocol == "cli") convert_cli(out, source, inputs, as, notices);
    if (peers_are_strict(type)) drop_unknown(out, type, source.name, notices);
  }
  out[is_v1(as) ? "call_template_type" : "provider_type"] = type;
  if (!source.name.empty()) out["name"] = source.name;
  if (!source.auth.is_null()) out["auth"] = source.auth;
  if (!source.auth_tools.is_null()) out["auth_tools"] = source.auth_tools;
  if (source.allowed_communication_protocols) {
    if (is_v1(as) || how == fidelity::full) out["allowed_communication_protocols"] = write_protocols(*source.allowed_communication_protocols, as);
    else notices.emplace_back(source.name, "\"allowed_communication_protocols\" dropped: v0 has no such rule");
  }
  return out;
}

/// python-utcp v0 takes one type name and a closed list of keys at the top level of a schema.
json portable_v0_schema(json source, const std::string& place, std::vector<notice>& notices) {
  if (!source.is_object()) return json::object();
  if (auto type = source.find("type"); type != source.end() && type->is_array()) {
    std::string first = "object";
    for (const json& name : *type)
      if (name.is_string() && name != "null") {
        first = name.get<std::string>();
        break;
      }
    *type = first;
    notices.emplace_back(place, "a list of types became \"" + first + "\": v0 takes one");
  }
  if (auto items = source.find("items"); items != source.end() && !items->is_object()) {
    source.erase("items");
    notices.emplace_back(place, "\"items\" dropped: v0 takes an object");
  }
  return source;
}

json write_schema(const schema& source, dialect as, fidelity how, const std::string& place, std::vector<notice>& notices) {
  json out = source.to_json();
  if (how == fidelity::portable && !is_v1(as)) return portable_v0_schema(std::move(out), place, notices);
  if (how == fidelity::portable && out.is_boolean()) return json::object();
  return out;
}

/// Methods that every peer accepts; one tool with another makes them refuse the whole manual.
bool peers_accept(const tool& source) {
  if (source.tool_call_template->protocol != "http") return true;
  auto method = source.tool_call_template->options.find("http_method");
  if (method == source.tool_call_template->options.end() || !method->is_string()) return true;
  constexpr std::array<std::string_view, 5> accepted{"GET", "POST", "PUT", "DELETE", "PATCH"};
  return std::find(accepted.begin(), accepted.end(), method->get_ref<const std::string&>()) != accepted.end();
}

}  // namespace

json write_call_template(const call_template& source, dialect as, fidelity how, std::vector<notice>& notices) {
  json out = write_template(source, schema(), as, how, notices);
  // In v1 a manual may hold tools of the listed protocols only; in v0 of any. Without a list the tools would vanish.
  if (how == fidelity::portable && is_v1(as) && !is_v1(source.dialect) && !source.allowed_communication_protocols &&
      (source.protocol == "text" || source.protocol == "file")) {
    json allowed = json::array({type_name(source, as, how), "http", "sse", "streamable_http"});
    out["allowed_communication_protocols"] = allowed;
    notices.emplace_back(source.name, "\"allowed_communication_protocols\" added (" + allowed.dump() + "): v1 drops tools of protocols that are not listed");
  }
  return out;
}

json write_tool(const tool& source, dialect as, fidelity how, std::vector<notice>& notices) {
  const json extra = source.extra.to_json();
  json out = how == fidelity::full ? extra : json::object();
  if (how == fidelity::portable)
    for (auto& [key, value] : extra.items()) notices.emplace_back(source.name, "key \"" + key + "\" dropped: UTCP does not define it");
  out["name"] = source.name;
  out["description"] = source.description;
  if (!source.inputs.empty()) out["inputs"] = write_schema(source.inputs, as, how, source.name + "/inputs", notices);
  if (!source.outputs.empty()) out["outputs"] = write_schema(source.outputs, as, how, source.name + "/outputs", notices);
  out["tags"] = source.tags;
  if (source.average_response_size) out["average_response_size"] = *source.average_response_size;
  out[is_v1(as) ? "tool_call_template" : "tool_provider"] = write_template(*source.tool_call_template, source.inputs, as, how, notices);
  return out;
}

json write_manual(const manual& source, dialect as, fidelity how, std::vector<notice>& notices) {
  json out = how == fidelity::full ? source.extra : json::object();
  if (how == fidelity::portable)
    for (auto& [key, value] : source.extra.items()) notices.emplace_back("/" + key, "key dropped: python-utcp and typescript-utcp refuse it");
  const bool same = source.written_as == as && !source.utcp_version.empty();
  if (is_v1(as)) {
    out["utcp_version"] = same ? source.utcp_version : default_utcp_version;
    out["manual_version"] = source.manual_version.empty() ? "1.0.0" : source.manual_version;
  } else {
    out["version"] = same ? source.utcp_version : default_v0_version;
    if (how == fidelity::full && !source.manual_version.empty()) out["manual_version"] = source.manual_version;
  }
  json& tools = out["tools"] = json::array();
  for (const tool_ptr& each : source.tools) {
    if (how == fidelity::portable && !peers_accept(*each)) {
      notices.emplace_back(each->name, "left out: peers accept only GET, POST, PUT, DELETE and PATCH, and refuse the whole manual otherwise");
      continue;
    }
    tools.push_back(write_tool(*each, as, how, notices));
  }
  return out;
}

}  // namespace utcp
