#include "dialect_fields.hpp"
#include "dialect_portable.hpp"

#include <utcp/dialect.hpp>

#include <algorithm>
#include <utility>

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

bool is_placeholder_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; });
}

/// One command line for v1's shell from v0's argument vector: the required arguments as placeholders.
json commands_from_command_name(const call_template& source, const schema& inputs, std::vector<notice>& notices) {
  std::string line = shell_line(source.options.at("command_name").get<std::string>());
  const json parsed = inputs.to_json();
  if (auto required = parsed.is_object() ? parsed.find("required") : parsed.end(); required != parsed.end() && required->is_array())
    for (const json& name : *required) {
      if (!name.is_string()) continue;
      if (is_placeholder_name(name.get_ref<const std::string&>())) line += " --" + name.get<std::string>() + " UTCP_ARG_" + name.get<std::string>() + "_UTCP_END";
      else notices.emplace_back(source.name, "the argument \"" + name.get<std::string>() + "\" is lost: a placeholder has letters, digits and _ only");
    }
  json step = json::object();
  step["command"] = line;
  return json::array({step});
}

/// v0 starts one program without a shell: more than plain words needs one.
std::string command_name_from_commands(const json& commands) {
  std::string script;
  for (const json& step : commands) script += (script.empty() ? "" : "; ") + step.at("command").get<std::string>();
  if (script.find_first_of(";&|<>()$`*?[]{}!#~=\n\\") == std::string::npos) return script;
  std::string quoted = "/bin/bash -c '";
  for (char c : script) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

/// Maps the cli fields that only one dialect has. Only for portable output; full output writes what was read.
void convert_cli(json& out, const call_template& source, const schema& inputs, dialect as, std::vector<notice>& notices) {
  if (is_v1(as) && !out.contains("commands") && out.contains("command_name")) {
    out["commands"] = commands_from_command_name(source, inputs, notices);
    out.erase("command_name");
    notices.emplace_back(source.name, "\"command_name\" became one shell command that passes the required arguments; optional ones are lost");
  } else if (!is_v1(as) && !out.contains("command_name") && out.contains("commands")) {
    out["command_name"] = command_name_from_commands(out["commands"]);
    out.erase("commands");
    notices.emplace_back(source.name, "\"commands\" became \"command_name\"; v0 starts one program without a shell and appends the arguments as flags");
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
    make_portable(out, source, is_v1(as), notices);
    if (peers_are_strict(type)) drop_unknown(out, type, source.name, notices);
  }
  out[is_v1(as) ? "call_template_type" : "provider_type"] = type;
  if (!source.name.empty()) out["name"] = source.name;
  for (const auto& [key, auth] : {std::pair<const char*, const json*>("auth", &source.auth), {"auth_tools", &source.auth_tools}}) {
    if (auth->is_null()) continue;
    json written = how == fidelity::portable ? portable_auth(*auth, key, source, notices) : *auth;
    if (!written.is_null()) out[key] = std::move(written);
  }
  if (source.allowed_communication_protocols) {
    if (is_v1(as) || how == fidelity::full) out["allowed_communication_protocols"] = write_protocols(*source.allowed_communication_protocols, as);
    else notices.emplace_back(source.name, "\"allowed_communication_protocols\" dropped: v0 has no such rule");
  }
  return out;
}

json write_schema(const schema& source, dialect as, fidelity how, const std::string& place, std::vector<notice>& notices) {
  if (how == fidelity::portable) return portable_schema(source.to_json(), is_v1(as), place, notices);
  return source.to_json();
}

}  // namespace

json write_call_template(const call_template& source, dialect as, fidelity how, std::vector<notice>& notices) {
  const std::size_t before = notices.size();
  if (how == fidelity::portable)
    if (const std::string why = unportable(source, is_v1(as)); !why.empty()) notices.emplace_back(source.name, "peers refuse this: " + why);
  json out = write_template(source, schema(), as, how, notices);
  // In v1 a manual may hold tools of the listed protocols only; in v0 of any. Without a list the tools would vanish.
  if (how == fidelity::portable && is_v1(as) && !is_v1(source.dialect) && !source.allowed_communication_protocols &&
      (source.protocol == "text" || source.protocol == "file")) {
    json allowed = json::array({type_name(source, as, how), "http", "sse", "streamable_http"});
    out["allowed_communication_protocols"] = allowed;
    notices.emplace_back(source.name, "\"allowed_communication_protocols\" added (" + allowed.dump() + "): v1 drops tools of protocols that are not listed");
  }
  if (source.name.empty())
    for (std::size_t i = before; i < notices.size(); ++i) notices[i].place = "unnamed " + source.protocol + " template";
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
  const std::string key = is_v1(as) ? "tool_call_template" : "tool_provider";
  const std::size_t before = notices.size();
  out[key] = write_template(*source.tool_call_template, source.inputs, as, how, notices);
  // A tool's template mostly has no name, and one that has is not found by it.
  for (std::size_t i = before; i < notices.size(); ++i) notices[i].place = source.name + "/" + key;
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
    if (const std::string why = how == fidelity::portable ? unportable(*each->tool_call_template, is_v1(as)) : std::string(); !why.empty()) {
      notices.emplace_back(each->name, "left out: " + why + "; peers refuse the whole manual otherwise");
      continue;
    }
    tools.push_back(write_tool(*each, as, how, notices));
  }
  return out;
}

}  // namespace utcp
