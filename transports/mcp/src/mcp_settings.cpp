#include "mcp_settings.hpp"

#include <utcp/document.hpp>

#include <algorithm>
#include <cmath>

namespace utcp::mcp_transport {
namespace {

constexpr std::size_t max_servers = 256;
constexpr double longest_timeout_s = 24 * 3600;

error wrong(const std::string& server, const std::string& key, const std::string& what) {
  return error(errc::invalid_config, "mcpServers/" + server + "/" + key + ": " + what);
}

const json* find(const json& in, const char* key) {
  const auto it = in.find(key);
  return it == in.end() || it->is_null() ? nullptr : &*it;
}

result<bool> read_flag(const json& options, const char* key) {
  const json* found = find(options, key);
  if (!found) return false;
  if (found->is_boolean()) return found->get<bool>();
  if (*found == "true" || *found == "false") return *found == "true";  // a variable's value
  return error(errc::invalid_config, std::string(key) + ": expected true or false");
}

/// Text, and what people write for it in `args` and `env`.
std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

result<std::optional<std::chrono::milliseconds>> read_timeout(const std::string& server, const json& from) {
  const json* found = find(from, "timeout");
  if (!found) return std::optional<std::chrono::milliseconds>();
  double seconds = 0;
  if (found->is_number()) {
    seconds = found->get<double>();
  } else if (found->is_string()) {
    const auto parsed = parse_json(found->get_ref<const std::string&>());
    if (!parsed || !parsed->is_number()) return wrong(server, "timeout", "expected a number of seconds");
    seconds = parsed->get<double>();
  } else {
    return wrong(server, "timeout", "expected a number of seconds");
  }
  if (!(seconds > 0) || seconds > longest_timeout_s) return wrong(server, "timeout", "expected a number of seconds, more than 0 and at most a day");
  return std::optional<std::chrono::milliseconds>(std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000))));
}

result<void> read_words(const std::string& server, const json& entry, program_settings& out) {
  const json& command = entry["command"];
  if (command.is_string()) {
    out.command = command.get<std::string>();
  } else if (command.is_array() && !command.empty()) {
    for (const json& each : command) {
      auto word = text_of(each);
      if (!word) return wrong(server, "command", "expected text, or an array of texts");
      if (&each == &command.front()) out.command = std::move(*word);
      else out.arguments.push_back(std::move(*word));
    }
  }
  if (out.command.empty()) return wrong(server, "command", "expected text, or an array of texts");
  if (const json* args = find(entry, "args")) {
    if (!args->is_array()) return wrong(server, "args", "expected an array of texts");
    for (const json& each : *args) {
      auto word = text_of(each);
      if (!word) return wrong(server, "args", "expected an array of texts");
      out.arguments.push_back(std::move(*word));
    }
  }
  return {};
}

result<program_settings> read_program(const std::string& server, const json& entry) {
  program_settings out;
  if (auto fine = read_words(server, entry, out); !fine) return fine.error();
  for (const char* key : {"env", "env_vars"}) {
    const json* env = find(entry, key);
    if (!env) continue;
    if (!env->is_object()) return wrong(server, key, "expected an object of texts");
    for (const auto& [name, value] : env->items()) {
      auto text = text_of(value);
      if (!text || name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos) return wrong(server, key, "expected names of variables and texts");
      out.env[name] = std::move(*text);
    }
  }
  if (const json* names = find(entry, "inherit_env_vars")) {
    if (!names->is_array()) return wrong(server, "inherit_env_vars", "expected an array of names");
    out.inherit_env_vars.emplace();
    for (const json& name : *names) {
      if (!name.is_string()) return wrong(server, "inherit_env_vars", "expected an array of names");
      out.inherit_env_vars->push_back(name.get<std::string>());
    }
  }
  for (const char* key : {"cwd", "working_dir"})
    if (const json* folder = find(entry, key)) {
      if (!folder->is_string()) return wrong(server, key, "expected a folder's path");
      out.working_dir = folder->get<std::string>();
    }
  if (find(entry, "stdinData")) return error(errc::unsupported, "mcpServers/" + server + "/stdinData: stdin belongs to the protocol; give the server what it needs in \"args\" or \"env\"");
  return out;
}

result<void> read_headers(const std::string& server, const json& from, net::http_header_list& out) {
  const json* headers = find(from, "headers");
  if (!headers) return {};
  if (!headers->is_object()) return wrong(server, "headers", "expected an object of texts");
  for (const auto& [name, value] : headers->items()) {
    auto text = text_of(value);
    if (!text) return wrong(server, "headers/" + name, "expected text");
    if (auto fine = net::check_header(name, *text); !fine) return wrong(server, "headers/" + name, fine.error().message);
    out.set(name, std::move(*text));
  }
  return {};
}

result<url_settings> read_url(const std::string& server, const json& entry, const std::string& kind, const call_template& how) {
  url_settings out;
  const json* url = find(entry, "url");
  if (!url || !url->is_string() || url->get_ref<const std::string&>().empty()) return wrong(server, "url", "expected a URL");
  out.url = url->get<std::string>();
  if (kind == "sse") out.kind = url_settings::flavour::events;
  else if (kind == "streamable_http" || kind == "streamable-http" || kind == "streamableHttp") out.kind = url_settings::flavour::streamable;
  if (auto fine = read_headers(server, how.options, out.headers); !fine) return fine.error();
  if (auto fine = read_headers(server, entry, out.headers); !fine) return fine.error();
  if (const json* token = find(entry, "auth_token")) {
    if (!token->is_string()) return wrong(server, "auth_token", "expected text");
    const std::string value = "Bearer " + token->get<std::string>();
    if (auto fine = net::check_header("Authorization", value); !fine) return wrong(server, "auth_token", "holds a character that no header can carry");
    out.headers.set("Authorization", value);
  }
  const json* own = find(entry, "auth");
  const bool has_own = own && own->is_object() && own->contains("auth_type");
  const json& described = has_own ? *own : how.auth;
  if (!described.is_null()) {
    auto parsed = parse_auth(described);
    if (!parsed) return parsed.error();
    out.credentials = *std::move(parsed);
  }
  return out;
}

result<server_settings> read_server(const std::string& name, const json& entry, const call_template& how) {
  if (!entry.is_object()) return wrong(name, "", "expected an object with \"command\" or \"url\"");
  server_settings out;
  out.name = name;
  out.entry = entry;
  auto timeout = read_timeout(name, entry);
  if (timeout && !*timeout) timeout = read_timeout(name, how.options);
  if (!timeout) return timeout.error();
  out.timeout = *timeout;
  std::string kind;
  for (const char* key : {"type", "transport"})
    if (const json* found = find(entry, key); found && found->is_string()) kind = found->get<std::string>();
  if (find(entry, "ws_url") || kind == "websocket" || kind == "ws") return error(errc::unsupported, "mcpServers/" + name + ": MCP has no transport over WebSocket; give the server's http \"url\"");
  const bool has_url = find(entry, "url") != nullptr;
  const bool has_command = find(entry, "command") != nullptr;
  if (kind.empty()) kind = has_url && !has_command ? "http" : "stdio";
  if (const json* era = find(entry, "era")) {
    if (*era == "legacy") out.era = mcp::era_choice::legacy;
    else if (*era == "modern") out.era = mcp::era_choice::modern;
    else if (*era != "auto") return wrong(name, "era", "expected \"auto\", \"legacy\" (with a handshake, up to 2025-11-25) or \"modern\" (2026-07-28)");
  }
  if (kind == "stdio") {
    if (!has_command) return wrong(name, "command", "is missing; a server has a \"command\" or a \"url\"");
    auto program = read_program(name, entry);
    if (!program) return program.error();
    out.how = *std::move(program);
    return out;
  }
  if (kind != "http" && kind != "sse" && kind != "streamable_http" && kind != "streamable-http" && kind != "streamableHttp")
    return wrong(name, "transport", "expected \"stdio\", \"http\", \"streamable_http\" or \"sse\"");
  auto url = read_url(name, entry, kind, how);
  if (!url) return url.error();
  out.how = *std::move(url);
  return out;
}

}  // namespace

result<mcp_settings> read_settings(const call_template& how) {
  mcp_settings out;
  const json* config = find(how.options, "config");
  const json* servers = config && config->is_object() ? find(*config, "mcpServers") : nullptr;
  if (!servers || !servers->is_object() || servers->empty())
    return error(errc::invalid_config, "mcp provider \"" + how.name + "\": names no server; add \"config\": {\"mcpServers\": {\"name\": {\"command\": \"…\"}}}");
  if (servers->size() > max_servers) return error(errc::too_large, "mcp provider \"" + how.name + "\": has more than " + std::to_string(max_servers) + " servers");
  struct flag {
    const char* key;
    bool* to;
  };
  for (const flag& each : {flag{"register_resources_as_tools", &out.resources_as_tools}, flag{"raw_results", &out.raw_results}, flag{"tasks", &out.tasks}}) {
    auto read = read_flag(how.options, each.key);
    if (!read) return error(errc::invalid_config, place_of(how) + "/" + read.error().message);
    *each.to = *read;
  }
  for (const auto& [name, entry] : servers->items()) out.servers.push_back(server_entry{name, read_server(name, entry, how)});
  return out;
}

}  // namespace utcp::mcp_transport
