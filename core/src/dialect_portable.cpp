#include "dialect_portable.hpp"

#include "dialect_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace utcp {
namespace {

bool is_one_of(const json& value, std::initializer_list<std::string_view> words) {
  return value.is_string() && std::find(words.begin(), words.end(), value.get_ref<const std::string&>()) != words.end();
}

const json* option(const call_template& source, const char* key) {
  auto it = source.options.find(key);
  return it == source.options.end() || it->is_null() ? nullptr : &*it;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool is_safe_websocket(const json& url) {
  if (!url.is_string()) return false;
  const auto& text = url.get_ref<const std::string&>();
  if (text.starts_with("wss://")) return true;
  if (!text.starts_with("ws://")) return false;
  const std::string rest = text.substr(5);
  static constexpr std::array<std::string_view, 3> own{"localhost", "127.0.0.1", "[::1]"};
  return std::any_of(own.begin(), own.end(), [&](std::string_view host) {
    return rest.starts_with(host) && (rest.size() == host.size() || std::string_view(":/?#").find(rest[host.size()]) != std::string_view::npos);
  });
}

std::string bad_method(const call_template& source) {
  const json* method = option(source, "http_method");
  if (!method) return {};
  const json name = method->is_string() ? json(upper(method->get<std::string>())) : *method;
  if (source.protocol == "http" && !is_one_of(name, {"GET", "POST", "PUT", "DELETE", "PATCH"})) return "peers accept only GET, POST, PUT, DELETE and PATCH";
  if (source.protocol == "http_stream" && !is_one_of(name, {"GET", "POST"})) return "peers accept only GET and POST for chunked HTTP";
  return {};
}

std::string missing_in_v0(const call_template& source) {
  static constexpr std::array<std::string_view, 13> known{"http", "sse", "http_stream", "cli", "websocket", "grpc", "graphql", "tcp", "udp", "webrtc", "mcp", "text", "file"};
  if (std::find(known.begin(), known.end(), source.protocol) == known.end()) return "v0 knows no protocol \"" + source.protocol + "\"";
  if ((source.protocol == "text" || source.protocol == "file") && !option(source, "file_path")) return "v0 has no inline text; write the content to a file";
  if (source.protocol == "grpc" && !(option(source, "service_name") && option(source, "method_name"))) return "v0 requires \"service_name\" and \"method_name\"";
  if (source.protocol == "webrtc" && !option(source, "peer_id")) return "v0 requires \"peer_id\"";
  if (const json* commands = option(source, "commands"); commands && source.protocol == "cli" && !option(source, "command_name"))
    for (const json& step : *commands)
      if (step.at("command").get_ref<const std::string&>().find("UTCP_ARG_") != std::string::npos) return "v0 has no placeholders in commands";
  if (source.protocol == "mcp" && option(source, "config"))
    for (const json& server : source.options["config"].value("mcpServers", json::object()))
      if (server.is_object() && server.value("transport", json()) == "sse") return "v0 has no MCP over server-sent events";
  return {};
}

/// A type without a plug-in is an error of the whole manual in python-utcp.
std::string missing_in_v1(const call_template& source) {
  static constexpr std::array<std::string_view, 11> known{"http", "sse", "http_stream", "cli", "websocket", "graphql", "tcp", "udp", "mcp", "text", "file"};
  return std::find(known.begin(), known.end(), source.protocol) == known.end() ? "python-utcp has no plug-in for \"" + source.protocol + "\"" : std::string();
}

/// `servers` of an mcp template: the MCP libraries of the peers take one word as the command.
void make_portable_servers(json& servers, bool v1) {
  if (!servers.is_object()) return;
  for (json& server : servers) {
    if (!server.is_object()) continue;
    if (auto command = server.find("command"); command != server.end() && command->is_array() && !command->empty()) {
      json arguments(command->begin() + 1, command->end());
      if (auto given = server.find("args"); given != server.end() && given->is_array()) arguments.insert(arguments.end(), given->begin(), given->end());
      server["args"] = std::move(arguments);
      server["command"] = json((*command)[0]);
    }
    if (!v1 && is_one_of(server.value("transport", json()), {"streamable-http", "streamable_http"})) server["transport"] = "http";
  }
}

// --- Schemas.

enum class shape { text, type_name, list, texts, number, count, schema_map, schema, schema_or_bool };

struct typed_keyword {
  const char* key;
  shape in_v1;
};

constexpr typed_keyword typed_keywords[] = {
    {"$schema", shape::text}, {"$id", shape::text}, {"title", shape::text}, {"description", shape::text}, {"format", shape::text}, {"pattern", shape::text},
    {"type", shape::type_name}, {"required", shape::texts}, {"enum", shape::list}, {"examples", shape::list}, {"minimum", shape::number}, {"maximum", shape::number},
    {"minLength", shape::count}, {"maxLength", shape::count}, {"properties", shape::schema_map}, {"items", shape::schema}, {"additionalProperties", shape::schema_or_bool}};

/// Those that v0 knows; it takes the others, and forgets them.
bool is_v0_keyword(std::string_view key) {
  static constexpr std::array<std::string_view, 10> known{"type", "properties", "required", "description", "title", "items", "enum", "minimum", "maximum", "format"};
  return std::find(known.begin(), known.end(), key) != known.end();
}

bool are_texts(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_string(); });
}

bool has_shape(shape type, const json& value) {
  switch (type) {
    case shape::text: return value.is_string();
    case shape::type_name: return value.is_string() || are_texts(value);
    case shape::list: return value.is_array();
    case shape::texts: return are_texts(value);
    case shape::number: return value.is_number();
    case shape::count: return value.is_number() && value.get<double>() == std::floor(value.get<double>());
    case shape::schema_map: return value.is_object();
    case shape::schema: return value.is_object() || value.is_array() || value.is_boolean();
    case shape::schema_or_bool: return value.is_object() || value.is_boolean();
  }
  return true;
}

/// python-utcp v1 writes each keyword that is not set as null. `const` and `default` may mean null, unless others are too.
void drop_nulls(json& schema) {
  bool all = false;
  for (const auto& [key, value] : schema.items()) all = all || (value.is_null() && key != "const" && key != "default");
  for (auto it = schema.begin(); it != schema.end();)
    it = it->is_null() && (all || (it.key() != "const" && it.key() != "default")) ? schema.erase(it) : std::next(it);
}

class schema_mender {
 public:
  schema_mender(bool v1, std::vector<notice>& notices) : v1_(v1), notices_(notices) {}

  void mend(json& schema, const std::string& place, bool nested) {
    if (schema.is_boolean()) schema = schema.get<bool>() ? json::object() : json{{"not", json::object()}};
    if (!schema.is_object()) return;
    drop_nulls(schema);
    for (const auto& [key, type] : typed_keywords) {
      auto it = schema.find(key);
      // In v0 what is below the first level is free.
      if (it == schema.end() || (!v1_ && (nested || !is_v0_keyword(key)))) continue;
      if (has_shape(type, *it)) continue;
      notices_.emplace_back(place, "\"" + std::string(key) + "\" dropped: peers do not take " + type_phrase(*it) + " there");
      schema.erase(it);
    }
    if (auto properties = schema.find("properties"); properties != schema.end() && properties->is_object())
      for (auto it = properties->begin(); it != properties->end(); ++it) mend(it.value(), place + "/" + it.key(), true);
    if (auto items = schema.find("items"); items != schema.end()) {
      if (items->is_array())
        for (json& each : *items) mend(each, place + "/items", true);
      else mend(*items, place + "/items", true);
    }
    if (auto other = schema.find("additionalProperties"); other != schema.end() && other->is_object()) mend(*other, place + "/additionalProperties", true);
    if (!v1_ && !nested) make_v0(schema, place);
  }

 private:
  void make_v0(json& schema, const std::string& place) {
    if (auto type = schema.find("type"); type != schema.end() && type->is_array()) {
      std::string first = "object";
      for (const json& name : *type)
        if (name != "null") {
          first = name.get<std::string>();
          break;
        }
      *type = first;
      notices_.emplace_back(place, "a list of types became \"" + first + "\": v0 takes one");
    }
    if (auto items = schema.find("items"); items != schema.end() && !items->is_object()) {
      schema.erase(items);
      notices_.emplace_back(place, "\"items\" dropped: v0 takes an object");
    }
  }

  bool v1_;
  std::vector<notice>& notices_;
};

}  // namespace

std::string unportable(const call_template& source, bool v1) {
  if (auto why = bad_method(source); !why.empty()) return why;
  if (source.protocol == "graphql")
    if (const json* type = option(source, "operation_type"); type && !is_one_of(*type, {"query", "mutation", "subscription"})) return "peers accept only the operations query, mutation and subscription";
  if (v1 && source.protocol == "websocket")
    if (const json* url = option(source, "url"); !url || !is_safe_websocket(*url)) return "python-utcp takes wss:// and this machine's ws:// only, no variable";
  for (const auto& [key, value] : source.options.items())
    if (value.is_string() && is_integer_option(source.protocol, key)) return "peers take no variable for the number \"" + key + "\"";
  return v1 ? missing_in_v1(source) : missing_in_v0(source);
}

void make_portable(json& out, const call_template& source, bool v1, std::vector<notice>& notices) {
  if (auto method = out.find("http_method"); method != out.end() && method->is_string()) *method = upper(method->get<std::string>());
  if (source.protocol == "mcp" && out.contains("config"))
    if (auto servers = out["config"].find("mcpServers"); servers != out["config"].end()) make_portable_servers(*servers, v1);
  if (source.protocol == "text" || source.protocol == "file") {
    const bool has_file = out.contains("file_path");
    for (const char* key : {"content", "base_url"})
      if (has_file && out.erase(key) > 0) notices.emplace_back(source.name, "key \"" + std::string(key) + "\" dropped: peers take none beside \"file_path\"");
    if (auto content = out.find("content"); content != out.end() && !content->is_string()) *content = content->dump();
  }
}

json portable_auth(const json& auth, const char* key, const call_template& source, std::vector<notice>& notices) {
  const json type = auth.value("auth_type", json());
  const bool for_itself = std::string_view(key) == "auth";
  static constexpr std::array<std::string_view, 6> without{"cli", "text", "file", "tcp", "udp", "webrtc"};
  std::string why;
  if (!is_one_of(type, {"api_key", "basic", "oauth2"})) why = "python-utcp does not know \"" + (type.is_string() ? type.get<std::string>() : std::string()) + "\"";
  else if (for_itself && std::find(without.begin(), without.end(), source.protocol) != without.end()) why = "peers take none for " + source.protocol;
  else if (for_itself && source.protocol == "mcp" && type != "oauth2") why = "peers take only oauth2 for mcp";
  else if (auth.contains("issuer")) why = "peers know no \"issuer\", only \"token_url\"";
  else if (type == "oauth2" && !auth.contains("client_secret")) why = "peers want a \"client_secret\"";
  if (why.empty()) return auth;
  notices.emplace_back(source.name, "\"" + std::string(key) + "\" dropped: " + why);
  return nullptr;
}

json portable_schema(json source, bool v1, const std::string& place, std::vector<notice>& notices) {
  if (!source.is_object()) return json::object();
  schema_mender(v1, notices).mend(source, place, false);
  return source;
}

std::string shell_line(const std::string& command_name) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < command_name.size(); ++i) {
    const char c = command_name[i];
    const char next = i + 1 < command_name.size() ? command_name[i + 1] : '\0';
    if (quote == '\'') {
      if (c == quote) quote = 0;
      out += c;
    } else if (c == '\\') {
      // Between double quotes v0 escapes a quote and a backslash only; anything else follows a backslash that is there.
      if (quote == '"' && next != '"' && next != '\\') {
        out += "\\\\";
      } else {
        out += c;
        if (next != '\0') out += next, ++i;
      }
    } else if (c == '$' && (next == '(' || next == '\'' || next == '"')) {
      out += "\\$";
    } else if (c == '`') {
      out += "\\`";
    } else if (c == '"' || (c == '\'' && quote == 0)) {
      quote = quote == 0 ? c : c == quote ? '\0' : quote;
      out += c;
    } else if (quote == 0 && std::string_view(";&|<>()*?[]!#~").find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (quote == 0 && (c == '\n' || c == '\r')) {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace utcp
