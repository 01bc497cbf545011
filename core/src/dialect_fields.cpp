#include "dialect_fields.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace utcp {
namespace {

enum class kind { text, text_or_null, integer, boolean, text_list, text_map, commands, object, any };

struct field {
  std::string_view protocol;  // space-separated
  std::string_view key;
  kind type;
  bool required = false;
};

// Source: sections 1.5 to 1.16 of the UTCP field tables of both dialects.
constexpr field fields[] = {
    {"http sse http_stream graphql websocket", "url", kind::text, true},
    {"http http_stream", "http_method", kind::text},
    {"http http_stream", "content_type", kind::text},
    {"http sse http_stream graphql websocket mcp", "headers", kind::text_map},
    {"http sse http_stream", "body_field", kind::text_or_null},
    {"http sse http_stream graphql websocket", "header_fields", kind::text_list},
    {"sse", "event_type", kind::text},
    {"sse", "reconnect", kind::boolean},
    {"sse", "retry_timeout", kind::integer},
    {"http_stream", "chunk_size", kind::integer},
    {"http_stream tcp udp websocket", "timeout", kind::integer},
    {"cli", "command_name", kind::text},
    {"cli", "commands", kind::commands},
    {"cli", "env_vars", kind::text_map},
    {"cli", "working_dir", kind::text},
    {"cli", "inherit_env_vars", kind::text_list},
    {"websocket", "protocol", kind::text},
    {"websocket", "keep_alive", kind::boolean},
    {"websocket", "message", kind::any},
    {"websocket", "response_format", kind::text},
    {"grpc tcp udp", "host", kind::text},
    {"grpc tcp udp", "port", kind::integer},
    {"grpc", "service_name", kind::text},
    {"grpc", "method_name", kind::text},
    {"grpc", "target", kind::text},
    {"grpc", "use_ssl", kind::boolean},
    {"graphql", "operation_type", kind::text},
    {"graphql", "operation_name", kind::text},
    {"graphql", "query", kind::text},
    {"graphql", "variable_types", kind::text_map},
    {"tcp udp", "request_data_format", kind::text},
    {"tcp udp", "request_data_template", kind::text},
    {"tcp udp", "response_byte_format", kind::text_or_null},
    {"tcp", "framing_strategy", kind::text},
    {"tcp", "length_prefix_bytes", kind::integer},
    {"tcp", "length_prefix_endian", kind::text},
    {"tcp", "message_delimiter", kind::text},
    {"tcp", "interpret_escape_sequences", kind::boolean},
    {"tcp", "fixed_message_length", kind::integer},
    {"tcp", "max_response_size", kind::integer},
    {"udp", "number_of_response_datagrams", kind::integer},
    {"webrtc", "signaling_server", kind::text},
    {"webrtc", "peer_id", kind::text},
    {"webrtc", "data_channel_name", kind::text},
    {"mcp", "config", kind::object},
    {"mcp", "register_resources_as_tools", kind::boolean},
    {"text file", "file_path", kind::text},
    {"text file", "content", kind::any},
    {"text file", "base_url", kind::text},
};

constexpr std::string_view http_family = "http sse http_stream";

// Keys of our own (docs/providers.md, docs/transports); without a protocol they are allowed in every provider.
constexpr field own_fields[] = {
    {"", "allow_insecure_http", kind::boolean},
    {"", "allowed_variables", kind::text_list},
    {"", "allowed_origins", kind::text_list},
    {"", "timeout_ms", kind::integer},
    {"", "max_response_bytes", kind::integer},
    {"", "retry", kind::object},
    {"", "max_concurrent_calls", kind::integer},
    {"", "rate_limit", kind::object},
    {"", "circuit_breaker", kind::object},
    {"", "validate_arguments", kind::boolean},
    {"", "allow_private_addresses", kind::boolean},
    {"", "other_origins", kind::text},
    {http_family, "ca_file", kind::text},
    {http_family, "client_certificate", kind::text},
    {http_family, "client_key", kind::text},
    {http_family, "client_key_password", kind::text},
    {http_family, "tls_min_version", kind::text},
    {http_family, "http_version", kind::text},
    {http_family, "proxy", kind::text_or_null},
    {http_family, "unix_socket", kind::text},
    {"http", "post_args_as_json", kind::boolean},
    {http_family, "x-arg-map", kind::object},
    {http_family, "x-body-encoding", kind::object},
    {http_family, "x-body-xml", kind::object},
    {http_family, "cookie_fields", kind::text_list},
    {"sse", "max_reconnects", kind::integer},
};

struct key_list {
  std::string_view protocol;  // space-separated, as the keys
  std::string_view keys;
};

// Keys of our own that their transports check themselves (docs/transports, docs/openapi.md).
constexpr key_list transport_keys[] = {
    {"http sse http_stream cli text file", "base_url openapi"},
    {"sse", "content_type http_method"},
    {"sse http_stream", "post_args_as_json"},
    {"grpc mcp", "ca_file client_certificate client_key client_key_password tls_min_version http_version proxy unix_socket"},
    {"mcp", "raw_results tasks timeout"},
    {"cli", "arguments_on_stdin cli_style sandbox sandbox_network stderr_as_result supervise"},
    {"grpc", "authority compression descriptor_set import_paths keepalive_time_ms keepalive_timeout_ms max_message_bytes metadata metadata_fields"},
    {"grpc", "proto_files qualified_names reflection server_name services"},
};

// What documents and samples of UTCP and of its other clients have, and what has no meaning here.
constexpr key_list peer_keys[] = {
    {"http", "body metadata query_params timeout verify_ssl"},
    {"sse", "max_events timeout"},
    {"cli", "args execute_command output_format param_style tools"},
    {"grpc", "url"},
    {"text file", "base_path metadata templates"},
};

// A plug-in may serve the others, and read what it likes.
constexpr std::string_view our_transports = "http sse http_stream cli mcp grpc text file";

struct alias {
  std::string_view protocol;
  std::string_view from;
  std::string_view to;
};

// Spellings of go-utcp, rs-utcp and the documents.
constexpr alias aliases[] = {
    {"http sse http_stream", "method", "http_method"},
    {"cli", "cwd", "working_dir"},
    {"cli", "env", "env_vars"},
    {"cli", "command", "command_name"},
    {"webrtc", "channel_label", "data_channel_name"},
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

bool lists(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at <= words.size();) {
    auto end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

std::string_view name_of(kind type) {
  switch (type) {
    case kind::text: return "a string";
    case kind::text_or_null: return "a string or null";
    case kind::integer: return "an integer that is not negative";
    case kind::boolean: return "true or false";
    case kind::text_list: return "an array of strings";
    case kind::text_map: return "an object of strings";
    case kind::commands: return "an array of objects with \"command\"";
    case kind::object: return "an object";
    case kind::any: break;
  }
  return "any value";
}

bool fits_commands(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& step) {
           auto it = step.is_object() ? step.find("command") : step.end();
           return it != step.end() && it->is_string();
         });
}

// Numbers and booleans in a map of strings are what their author meant as text.
bool make_text_map(json& value) {
  if (!value.is_object()) return false;
  for (auto it = value.begin(); it != value.end();) {
    if (it->is_null()) {
      it = value.erase(it);
      continue;
    }
    if (it->is_number() || it->is_boolean()) *it = it->dump();
    if (!it->is_string()) return false;
    ++it;
  }
  return true;
}

bool fits(kind type, json& value) {
  switch (type) {
    case kind::text: return value.is_string();
    case kind::text_or_null: return value.is_string() || value.is_null();
    case kind::integer: return whole_number(value).has_value() || (value.is_number_float() && value.get<double>() >= 0 && value.get<double>() < 1e15);
    case kind::boolean: return value.is_boolean();
    case kind::text_list:
      return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& v) { return v.is_string(); });
    case kind::text_map: return make_text_map(value);
    case kind::commands: return fits_commands(value);
    case kind::object: return value.is_object();
    case kind::any: return true;
  }
  return true;
}

// A variable may stand where a number or a boolean belongs; it is replaced, as text, before the transport reads it. What the client
// itself reads holds none.
bool is_variable(const json& value) { return value.is_string() && value.get_ref<const std::string&>().starts_with('$'); }

result<void> check(const field& f, json& options, const std::string& place) {
  auto it = options.find(f.key);
  if (it == options.end()) {
    if (!f.required) return {};
    return error(errc::invalid_config, place + ": \"" + std::string(f.key) + "\" is missing; add \"" + std::string(f.key) + "\": " +
                                           (f.key == "url" ? "\"https://…\"" : std::string(name_of(f.type))));
  }
  const bool for_the_client = f.protocol.empty();
  if ((is_variable(*it) && !for_the_client) || fits(f.type, *it)) return {};
  return error(errc::invalid_config, place + "/" + std::string(f.key) + ": expected " + std::string(name_of(f.type)) + ", not " + (is_variable(*it) ? "a variable" : type_phrase(*it)));
}

// go-utcp and rs-utcp describe one MCP server flat in the provider; UTCP has a map of servers under `config`.
void gather_mcp_server(json& options) {
  if (options.contains("config")) return;
  if (auto it = options.find("mcpServers"); it != options.end()) {
    json servers = std::move(*it);
    options.erase("mcpServers");
    options["config"]["mcpServers"] = std::move(servers);
    return;
  }
  if (!options.contains("command") && !options.contains("url")) return;
  json server = json::object();
  constexpr std::array<std::array<const char*, 2>, 11> keys{{{"command", "command"}, {"args", "args"}, {"env", "env"}, {"env_vars", "env"},
      {"cwd", "cwd"}, {"workingDir", "cwd"}, {"stdinData", "stdinData"}, {"url", "url"}, {"headers", "headers"}, {"timeout", "timeout"},
      {"transport", "transport"}}};
  for (const auto& [from, to] : keys) {
    auto it = options.find(from);
    if (it == options.end()) continue;
    server[to] = std::move(*it);
    options.erase(it);
  }
  options["config"]["mcpServers"]["server"] = std::move(server);
}

}  // namespace

std::string type_phrase(const json& value) {
  switch (value.type()) {
    case json::value_t::null: return "null";
    case json::value_t::object: return "an object";
    case json::value_t::array: return "an array";
    case json::value_t::string: return "a string";
    case json::value_t::boolean: return "a boolean";
    default: return "a number";
  }
}

std::vector<std::string_view> known_options(std::string_view protocol) {
  std::vector<std::string_view> out;
  if (!lists(our_transports, protocol)) return out;
  for (const field& f : fields)
    if (lists(f.protocol, protocol)) out.push_back(f.key);
  for (const field& f : own_fields)
    if (f.protocol.empty() || lists(f.protocol, protocol)) out.push_back(f.key);
  for (const key_list& list : transport_keys)
    if (lists(list.protocol, protocol))
      for (const std::string_view key : words_of(list.keys)) out.push_back(key);
  return out;
}

bool is_option_of_peers(std::string_view protocol, std::string_view key) {
  return std::any_of(std::begin(peer_keys), std::end(peer_keys), [&](const key_list& list) { return lists(list.protocol, protocol) && lists(list.keys, key); });
}

bool is_defined_option(std::string_view protocol, std::string_view key) {
  return std::any_of(std::begin(fields), std::end(fields), [&](const field& f) { return f.key == key && lists(f.protocol, protocol); });
}

bool is_integer_option(std::string_view protocol, std::string_view key) {
  return std::any_of(std::begin(fields), std::end(fields), [&](const field& f) { return f.type == kind::integer && f.key == key && lists(f.protocol, protocol); });
}

std::string protocol_name(const std::string& canonical, bool v1) {
  if (canonical == "http_stream" && v1) return "streamable_http";
  return canonical;
}

result<void> normalise_options(std::string_view protocol, json& options, const std::string& place) {
  for (const alias& a : aliases) {
    if (!lists(a.protocol, protocol)) continue;
    auto it = options.find(a.from);
    if (it == options.end() || options.contains(a.to)) continue;
    json value = std::move(*it);
    options.erase(it);
    options[std::string(a.to)] = std::move(value);
  }
  if (protocol == "mcp") gather_mcp_server(options);
  for (const field& f : fields) {
    if (!lists(f.protocol, protocol)) continue;
    if (auto checked = check(f, options, place); !checked) return checked;
  }
  for (const field& f : own_fields) {
    if (!f.protocol.empty() && !lists(f.protocol, protocol)) continue;
    if (auto checked = check(f, options, place); !checked) return checked;
  }
  const bool text = protocol == "text" || protocol == "file";
  if (text && !options.contains("file_path") && !options.contains("content") && !options.contains("templates") && !options.contains("base_path"))
    return error(errc::invalid_config, place + ": \"file_path\" is missing; add \"file_path\": \"manual.json\", or the manual itself as \"content\"");
  if (protocol == "cli" && !options.contains("command_name") && !options.contains("commands"))
    return error(errc::invalid_config, place + ": \"command_name\" (v0) or \"commands\" (v1) is missing");
  return {};
}

}  // namespace utcp
