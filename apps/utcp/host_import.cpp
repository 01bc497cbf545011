#include "host_import.hpp"

#include "conversion.hpp"

#include <utcp/dialect.hpp>
#include <utcp/masking.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace utcp::app {
namespace {

/// What VS Code allows in its files beyond JSON: comments, and a comma before a closing bracket. Lines stay where they are.
std::string plain_json(std::string_view text) {
  std::string out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t comma = std::string::npos;  // of `out`: a comma with nothing after it yet
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t begin = i++;
      while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      i = std::min(i + 1, text.size());
      out += text.substr(begin, i - begin);
      comma = std::string::npos;
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = std::min(text.find("*/", i + 2), text.size());
      for (; i < end; ++i)
        if (text[i] == '\n') out += '\n';
      i = std::min(end + 2, text.size());
    } else {
      if (c == ',') comma = out.size();
      else if ((c == '}' || c == ']') && comma != std::string::npos) out[comma] = ' ';
      if (c != ',' && c != ' ' && c != '\t' && c != '\r' && c != '\n') comma = std::string::npos;
      out += c;
      ++i;
    }
  }
  return out;
}

/// The `}` that closes the reference whose inside begins at `at`; npos without one. A default may hold references itself.
std::size_t end_of_reference(std::string_view text, std::size_t at) {
  for (int open = 1; at < text.size(); ++at) {
    if (text.substr(at, 2) == "${") ++open;
    else if (text[at] == '}' && --open == 0) return at;
  }
  return std::string_view::npos;
}

bool is_text_list(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_string(); });
}

bool is_text_map(const json& value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_string(); });
}

bool is_name_character(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Turns the servers of one file into providers.
class host_reader {
 public:
  explicit host_reader(host_import& out) : out_(out) { out_.document = json::array(); }

  void read_inputs(const json& inputs) {
    if (!inputs.is_array()) return;
    for (const json& input : inputs) {
      if (!input.is_object() || !input.contains("id") || !input["id"].is_string()) continue;
      inputs_[variable_name(input["id"].get<std::string>())] = input.value("description", json()).is_string() ? input["description"].get<std::string>() : std::string();
    }
  }

  void read_servers(const json& servers, const std::string& place) {
    if (servers.empty()) remark(place + " has no servers");
    for (const auto& [name, server] : servers.items()) {
      if (!server.is_object()) {
        remark(place + "/" + name + " is no object; left out");
      } else if (server.value("disabled", json()) == true || server.value("enabled", json()) == false) {
        remark("server \"" + name + "\" is disabled there; left out");
      } else {
        read_server(name, server);
      }
    }
  }

  void finish() {
    for (const std::string& name : needed_) {
      const auto asked = inputs_.find(name);
      remark("needs the variable " + name + (asked == inputs_.end() || asked->second.empty() ? "" : " (" + asked->second + ")") +
             ": set it in the environment, in a dotenv file, or in \"variables\"");
    }
  }

 private:
  void remark(std::string text) { out_.remarks.push_back(std::move(text)); }

  void read_server(const std::string& name, json source) {
    // Zed had the command's parts in an object of their own.
    if (auto command = source.find("command"); command != source.end() && command->is_object()) {
      const json parts = std::move(*command);
      source.erase("command");
      for (const auto& [key, value] : parts.items()) source[key == "path" ? "command" : key] = value;
    }
    json server = json::object();
    json left_out = json::array();
    std::string type;
    for (const auto& [key, value] : source.items()) {
      if (value.is_null()) continue;
      if (key == "command" || key == "args" || key == "env" || key == "cwd" || key == "headers") server[key] = translated(value, name);
      else if (key == "url" || key == "httpUrl" || key == "serverUrl") server["url"] = translated(value, name);
      else if ((key == "type" || key == "transport") && value.is_string()) type = value.get<std::string>();
      else if (key == "envFile" && value.is_string()) warn_of_file(name, value.get_ref<const std::string&>());
      else if (key != "disabled" && key != "enabled") left_out.push_back(key);
    }
    if (!server.contains("command") && !server.contains("url")) return remark("server \"" + name + "\" has neither \"command\" nor \"url\"; left out");
    for (const char* key : {"env", "headers", "args"}) make_texts(server, key);
    if (const std::string wrong = wrong_part(server); !wrong.empty()) return remark("server \"" + name + "\": " + wrong + "; left out");
    server["transport"] = transport_of(name, type, server);
    warn_of_secrets(name, server);
    if (!left_out.empty()) remark("server \"" + name + "\": not carried over: " + joined(left_out));
    call_template provider;
    provider.name = provider_name(name);
    provider.protocol = "mcp";
    provider.options["config"]["mcpServers"][name] = std::move(server);
    std::vector<notice> ignored;  // nothing in it is foreign to the dialect
    out_.document.push_back(write_call_template(provider, dialect::v0, fidelity::full, ignored));
  }

  /// Two providers whose names become the same in tools' names cannot stand in one configuration.
  std::string provider_name(const std::string& server) {
    std::string name = server.empty() ? "server" : server;
    for (int n = 2; !taken_.insert(normalise_manual_name(name)).second; ++n) name = (server.empty() ? "server" : server) + "_" + std::to_string(n);
    if (name != server) remark("server \"" + server + "\" became the provider \"" + name + "\", since its name is " + (server.empty() ? "empty" : "another's too"));
    return name;
  }

  static std::string wrong_part(const json& server) {
    const auto wrong = [&](const char* key, auto fits) { return server.contains(key) && !fits(server[key]); };
    const auto is_text = [](const json& value) { return value.is_string(); };
    if (wrong("command", [](const json& value) { return value.is_string() || (is_text_list(value) && !value.empty()); })) return "\"command\" is no text";
    for (const char* key : {"url", "cwd"})
      if (wrong(key, is_text)) return "\"" + std::string(key) + "\" is no text";
    if (wrong("args", is_text_list)) return "\"args\" is no list of texts";
    for (const char* key : {"env", "headers"})
      if (wrong(key, is_text_map)) return "\"" + std::string(key) + "\" is no object of texts";
    return {};
  }

  std::string transport_of(const std::string& name, const std::string& type, const json& server) {
    const bool has_url = server.contains("url");
    static constexpr std::array<std::string_view, 5> over_http{"http", "streamable-http", "streamable_http", "streamableHttp", "streamableHTTP"};
    const bool is_http = std::find(over_http.begin(), over_http.end(), type) != over_http.end();
    if (type == "stdio" && server.contains("command")) return "stdio";
    if (type == "sse" && has_url) return "sse";
    if (is_http && has_url) return "http";
    const std::string out = has_url && (!type.empty() || !server.contains("command")) ? "http" : "stdio";
    if (!type.empty()) remark("server \"" + name + "\": its type \"" + type + "\" is " + (is_http || type == "sse" || type == "stdio" ? "not what its keys say" : "unknown") + "; it was read as " + out);
    return out;
  }

  static std::string joined(const json& names) {
    std::string out;
    for (const json& name : names) out += (out.empty() ? "" : ", ") + name.get<std::string>();
    return out;
  }

  /// Numbers and booleans among texts are what their author meant as text; null is nothing.
  static void make_texts(json& server, const char* key) {
    auto it = server.find(key);
    if (it == server.end() || !it->is_structured()) return;
    if (it->is_object())
      for (auto member = it->begin(); member != it->end();) member = member->is_null() ? it->erase(member) : std::next(member);
    for (json& value : *it)
      if (value.is_number() || value.is_boolean()) value = value.dump();
  }

  // --- Variables.

  std::string variable_name(const std::string& name) const {
    std::string out = name;
    for (char& c : out)
      if (!is_name_character(c)) c = '_';
    return out;
  }

  json translated(const json& value, const std::string& server) {
    json out = value;
    if (value.is_string()) return translated_text(value.get_ref<const std::string&>(), server);
    if (value.is_structured())
      for (json& child : out) child = translated(child, server);
    return out;
  }

  std::string translated_text(const std::string& text, const std::string& server) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = text.compare(i, 2, "${") == 0 ? end_of_reference(text, i + 2) : std::string::npos;
      if (end == std::string::npos) {
        if (text[i] == '$' && i + 1 < text.size() && is_name_character(text[i + 1]))
          remark("server \"" + server + "\" has a \"$\" before a word; UTCP reads that as a variable");
        out += text[i++];
        continue;
      }
      out += reference(text.substr(i + 2, end - i - 2), server);
      i = end + 1;
    }
    return out;
  }

  std::string reference(std::string inside, const std::string& server) {
    for (const char* prefix : {"input:", "env:"})
      if (inside.starts_with(prefix)) inside.erase(0, std::string_view(prefix).size());
    if (auto fallback = inside.find(":-"); fallback != std::string::npos) {
      inside.erase(fallback);
      remark("server \"" + server + "\": the default of the variable " + variable_name(inside) + " is not carried over");
    }
    if (inside == "userHome") inside = "HOME";
    if (inside == "/" || inside == "pathSeparator") return "/";
    const std::string name = variable_name(inside);
    if (const auto [known, added] = sources_.try_emplace(name, inside); !added && known->second != inside)
      remark("server \"" + server + "\": the variables \"" + known->second + "\" and \"" + inside + "\" both became " + name);
    if (name != "HOME") needed_.insert(name);
    return "${" + name + "}";
  }

  // --- Secrets.

  void warn_of_secrets(const std::string& name, const json& server) {
    for (const char* key : {"env", "headers"}) {
      auto it = server.find(key);
      if (it == server.end() || !it->is_object()) continue;
      for (const auto& [field, value] : it->items())
        if (value.is_string() && is_secret(field, value.get_ref<const std::string&>())) warn(name, std::string(key) + " " + field, field);
    }
    if (auto it = server.find("args"); it != server.end()) warn_of_arguments(name, *it);
    if (auto it = server.find("command"); it != server.end() && it->is_array()) warn_of_arguments(name, *it);
    if (auto it = server.find("url"); it != server.end() && holds_secret(it->get_ref<const std::string&>())) warn(name, "url", name + "_KEY");
  }
  void warn_of_arguments(const std::string& name, const json& args) {
    for (std::size_t i = 0; i < args.size(); ++i) {
      const auto& word = args[i].get_ref<const std::string&>();
      const auto equals = word.find('=');
      const std::string flag = word.substr(0, equals);
      if (holds_secret(word)) {
        warn(name, "argument " + std::to_string(i + 1), name + "_KEY");
      } else if (flag.starts_with('-') && sounds_secret(flag)) {
        const bool next = equals == std::string::npos && i + 1 < args.size() && !args[i + 1].get_ref<const std::string&>().starts_with('-');
        const std::string value = equals != std::string::npos ? word.substr(equals + 1) : next ? args[i + 1].get<std::string>() : std::string();
        if (!value.empty() && !only_references(value)) warn(name, "argument " + flag, flag.substr(std::min(flag.find_first_not_of('-'), flag.size())));
      } else if (equals != std::string::npos && !flag.starts_with('-') && is_secret(flag, word.substr(equals + 1))) {
        warn(name, "argument " + flag, flag);
      }
    }
  }
  static bool is_secret(const std::string& field, const std::string& value) {
    if (value.empty() || only_references(value)) return false;
    return sounds_secret(field) || holds_secret(value);
  }
  /// A token of a well-known service, the value of a header, or a URL with a password: whatever it is called.
  static bool holds_secret(const std::string& text) {
    static constexpr std::array<const char*, 10> beginnings{"sk-", "ghp_", "gho_", "github_pat_", "xoxb-", "xoxp-", "glpat-", "hf_", "AKIA", "eyJ"};
    for (const char* scheme : {"Bearer ", "Basic ", "bearer ", "basic "})
      if (const auto at = text.find(scheme); at != std::string::npos && text.size() > at + std::string_view(scheme).size() && !only_references(text.substr(at))) return true;
    if (std::any_of(beginnings.begin(), beginnings.end(), [&](const char* each) { return text.starts_with(each); })) return true;
    return mask_url(text) != text;
  }
  void warn_of_file(const std::string& server, const std::string& file) {
    remark("server \"" + server + "\": its environment file \"" + file + "\" is not carried over; write \"NAME\": \"${NAME}\" into \"env\" for what it sets, and name the file in \"load_variables_from\"");
  }
  void warn(const std::string& server, const std::string& place, const std::string& variable) {
    remark("server \"" + server + "\": " + place + " holds a secret; write \"${" + variable_name(variable) + "}\" there and set the variable");
  }

  host_import& out_;
  std::map<std::string, std::string> inputs_;
  std::set<std::string> needed_;
  std::map<std::string, std::string> sources_;  // of the variables' names
  std::set<std::string> taken_;                 // normalised names of providers
};

/// The object of servers in a host's file, and the list of `inputs` beside it.
struct found_servers {
  const json* servers = nullptr;
  const json* inputs = nullptr;
  std::string place;
};

found_servers find_servers(const json& document) {
  auto look = [](const json& in, const char* key, std::string place) {
    found_servers out;
    auto it = in.find(key);
    if (it == in.end() || !it->is_object()) return out;
    out.servers = &*it;
    out.place = std::move(place);
    if (auto inputs = in.find("inputs"); inputs != in.end()) out.inputs = &*inputs;
    return out;
  };
  for (const char* key : {"mcpServers", "servers", "mcp.servers", "context_servers"})
    if (auto found = look(document, key, std::string("/") + key); found.servers) return found;
  if (auto mcp = document.find("mcp"); mcp != document.end() && mcp->is_object())
    if (auto found = look(*mcp, "servers", "/mcp/servers"); found.servers) return found;
  return {};
}

}  // namespace

result<host_import> import_host_text(std::string_view text, const std::filesystem::path& root_dir, const std::string& where, const document_ports& ports) {
  const bool yaml = syntax_of_path(where) == syntax::yaml;
  const std::string plain = yaml ? std::string(text) : plain_json(text);
  auto document = read_document(plain, yaml ? syntax::yaml : syntax::json, where, ports);
  if (!document) return document.error();
  host_import out;
  if (!document->is_object()) return error(errc::invalid_config, where + ": expected an object with \"mcpServers\", \"servers\" or \"manual_call_templates\"");
  if (document->contains("manual_call_templates")) {
    auto converted = convert_text(plain, root_dir, where, dialect::v0, fidelity::full, ports);
    if (!converted) return converted.error();
    out.document = std::move(converted->document);
    for (const notice& each : converted->notices) out.remarks.push_back(each.place.empty() ? each.message : each.place + ": " + each.message);
    for (const error& each : converted->failures) out.remarks.push_back("left out: " + each.message);
    return out;
  }
  const found_servers found = find_servers(*document);
  if (!found.servers)
    return error(errc::invalid_config, where + ": has no MCP servers; expected \"mcpServers\" (Claude Desktop), \"servers\" or \"mcp.servers\" (VS Code), or a UTCP configuration with \"manual_call_templates\"");
  host_reader reader(out);
  if (found.inputs) reader.read_inputs(*found.inputs);
  reader.read_servers(*found.servers, found.place);
  reader.finish();
  return out;
}

result<host_import> import_host_file(const std::filesystem::path& file, const document_ports& ports) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(file, ec)) return error(errc::invalid_config, file.string() + ": no such file");
  constexpr std::uintmax_t max_bytes = 16u << 20;
  if (std::filesystem::file_size(file, ec) > max_bytes) return error(errc::too_large, file.string() + ": is larger than " + std::to_string(max_bytes) + " bytes");
  std::ifstream in(file, std::ios::binary);
  if (!in) return error(errc::invalid_config, file.string() + ": cannot be read; check its permissions");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto root = file.parent_path();
  return import_host_text(text, root.empty() ? "." : root, file.string(), ports);
}

}  // namespace utcp::app
