#include "grpc_settings.hpp"

#include "message_text.hpp"

#include <utcp/net/tool_request.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>

namespace utcp::grpc_transport {
namespace {

error wrong(const std::string& key, const std::string& what) { return error(errc::invalid_config, "\"" + key + "\" of a grpc template " + what); }

const json* find(const json& in, const char* key) {
  const auto it = in.find(key);
  return it == in.end() || it->is_null() ? nullptr : &*it;
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

result<void> read_text(const json& options, const char* key, std::string& out) {
  const json* found = find(options, key);
  if (!found) return {};
  if (!found->is_string()) return wrong(key, "must be text");
  out = found->get<std::string>();
  return {};
}

result<void> read_flag(const json& options, const char* key, bool& out) {
  const json* found = find(options, key);
  if (!found) return {};
  if (found->is_boolean()) out = found->get<bool>();
  else if (*found == "true" || *found == "false") out = *found == "true";  // a variable's value
  else return wrong(key, "must be true or false");
  return {};
}

/// One text, or an array of texts.
result<void> read_texts(const json& options, const char* key, std::vector<std::string>& out) {
  const json* found = find(options, key);
  if (!found) return {};
  if (found->is_string()) out.push_back(found->get<std::string>());
  else if (!found->is_array()) return wrong(key, "must be a text or an array of texts");
  else
    for (const json& each : *found) {
      if (!each.is_string()) return wrong(key, "must be a text or an array of texts");
      out.push_back(each.get<std::string>());
    }
  return {};
}

std::filesystem::path below(const std::filesystem::path& root_dir, const std::string& path) {
  std::filesystem::path out(path);
  return out.is_relative() ? root_dir / out : out;
}

result<void> read_address(const json& options, server_address& out) {
  if (auto fine = read_text(options, "host", out.host); !fine) return fine.error();
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  const bool plain = !out.host.empty() && std::all_of(out.host.begin(), out.host.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ':';
  });
  if (!plain) return wrong("host", "must be a name or an address, without scheme and port");
  auto port = net::read_number_option(options, "port");
  if (!port) return port.error();
  if (*port) {
    if (**port == 0 || **port > 65535) return wrong("port", "must be from 1 to 65535");
    out.port = static_cast<std::uint16_t>(**port);
  }
  if (auto fine = read_flag(options, "use_ssl", out.tls); !fine) return fine.error();
  if (auto fine = read_text(options, "server_name", out.server_name); !fine) return fine.error();
  if (auto fine = read_text(options, "authority", out.authority); !fine) return fine.error();
  auto most = net::read_number_option(options, "max_message_bytes");
  if (!most) return most.error();
  if (*most) out.max_message_bytes = std::clamp<std::uint64_t>(**most, 1, 2'000'000'000);
  struct pause {
    const char* key;
    std::optional<std::chrono::milliseconds>* to;
  };
  for (const pause& each : {pause{"keepalive_time_ms", &out.keepalive_time}, pause{"keepalive_timeout_ms", &out.keepalive_timeout}}) {
    auto time = net::read_number_option(options, each.key);
    if (!time) return time.error();
    if (*time) *each.to = std::chrono::milliseconds(std::clamp<std::uint64_t>(**time, 1, 86'400'000));
  }
  return {};
}

result<void> read_metadata(const json& options, metadata_list& out) {
  std::string target;
  if (auto fine = read_text(options, "target", target); !fine) return fine.error();
  if (!target.empty())
    if (auto fine = add_metadata(out, "target", target); !fine) return wrong("target", "holds a character that metadata cannot carry");
  const json* given = find(options, "metadata");
  if (!given) return {};
  if (!given->is_object()) return wrong("metadata", "must be an object of texts");
  for (const auto& [name, value] : given->items()) {
    const bool many = value.is_array();
    const json one = json::array({value});
    for (const json& each : many ? value : one) {
      if (!each.is_string() && !each.is_number() && !each.is_boolean()) return wrong("metadata/" + name, "must be text");
      if (auto fine = add_metadata(out, name, each.is_string() ? each.get<std::string>() : each.dump()); !fine) return wrong("metadata/" + name, fine.error().message);
    }
  }
  return {};
}

result<void> read_connection(const call_template& how, const std::filesystem::path& root_dir, const net::connection_options& usual, server_address& out) {
  auto read = net::read_connection_options(how.options, place_of(how), root_dir, usual);
  if (!read) return read.error();
  if (find(how.options, "proxy")) return error(errc::unsupported, "\"proxy\" of a grpc template: only the environment's proxy (https_proxy, no_proxy) can be used");
  if (!read->client_key_password.empty()) return error(errc::unsupported, "\"client_key_password\" of a grpc template: the key must not be encrypted");
  if (find(how.options, "tls_min_version") && read->least_tls != net::tls_version::tls1_2) return error(errc::unsupported, "\"tls_min_version\" of a grpc template can only be 1.2");
  out.ca_file = read->ca_file;
  out.client_certificate = read->client_certificate;
  out.client_key = read->client_key.empty() ? read->client_certificate : read->client_key;
  out.unix_socket = read->unix_socket;
  return {};
}

result<void> check_policy(const call_template& how, const grpc_settings& read, bool allow_insecure) {
  if (how.origin == trust::remote)
    for (const char* key : {"descriptor_set", "proto_files", "import_paths", "ca_file", "client_certificate", "client_key", "unix_socket"})
      if (find(how.options, key)) return error(errc::not_allowed, "\"" + std::string(key) + "\": a template that was fetched cannot name local files");
  const server_address& to = read.server;
  if (to.tls || allow_insecure || !to.unix_socket.empty() || net::is_loopback_host(to.host)) return {};
  return error(errc::not_allowed, "grpc without TLS to " + shown(to) + ", another machine, is refused. Set \"use_ssl\": true, or \"allow_insecure_http\": true if that network is trusted");
}

}  // namespace

result<void> add_metadata(metadata_list& to, std::string name, std::string value) {
  name = lower(std::move(name));
  const bool legal = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.'; });
  if (!legal || name.starts_with("grpc-")) return error(errc::invalid_argument, "metadata cannot have the name \"" + name.substr(0, 64) + "\"");
  if (name.ends_with("-bin")) {
    auto bytes = decode_any_base64(value);
    if (!bytes) return error(errc::invalid_argument, "metadata \"" + name + "\" must be base64 text");
    value = *std::move(bytes);
  } else if (!std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) {
    return error(errc::invalid_argument, "metadata \"" + name + "\" must be printable ASCII; a name that ends in -bin carries anything, as base64");
  }
  to.emplace_back(std::move(name), std::move(value));
  return {};
}

result<void> set_metadata(metadata_list& to, std::string name, std::string value) {
  name = lower(std::move(name));
  std::erase_if(to, [&](const auto& known) { return known.first == name; });
  return add_metadata(to, std::move(name), std::move(value));
}

std::string shown(const server_address& server) {
  if (!server.unix_socket.empty()) return "unix:" + server.unix_socket;
  return (server.host.find(':') == std::string::npos ? server.host : "[" + server.host + "]") + ":" + std::to_string(server.port);
}

result<grpc_settings> read_settings(const call_template& how, const std::filesystem::path& root_dir, const net::connection_options& usual, bool allow_insecure, bool allow_private) {
  grpc_settings out;
  const json& options = how.options;
  if (auto fine = read_address(options, out.server); !fine) return fine.error();
  if (auto fine = read_connection(how, root_dir, usual, out.server); !fine) return fine.error();
  if (auto fine = read_text(options, "service_name", out.service); !fine) return fine.error();
  if (auto fine = read_text(options, "method_name", out.method); !fine) return fine.error();
  if (auto fine = read_texts(options, "services", out.services); !fine) return fine.error();
  if (auto fine = read_flag(options, "reflection", out.reflection); !fine) return fine.error();
  if (auto fine = read_flag(options, "qualified_names", out.qualified_names); !fine) return fine.error();
  std::vector<std::string> sets;
  std::vector<std::string> import_paths;
  if (auto fine = read_texts(options, "descriptor_set", sets); !fine) return fine.error();
  if (auto fine = read_texts(options, "import_paths", import_paths); !fine) return fine.error();
  if (auto fine = read_texts(options, "proto_files", out.files.protos); !fine) return fine.error();
  for (const std::string& each : sets) out.files.sets.push_back(below(root_dir, each));
  for (const std::string& each : import_paths) out.files.import_paths.push_back(below(root_dir, each));
  if (out.files.import_paths.empty() && !out.files.protos.empty()) out.files.import_paths.push_back(root_dir);
  if (!out.reflection && out.files.empty()) return wrong("reflection", "is false, so \"descriptor_set\" or \"proto_files\" must say what the server has");
  if (auto fine = read_metadata(options, out.metadata); !fine) return fine.error();
  if (auto fine = read_texts(options, "metadata_fields", out.metadata_fields); !fine) return fine.error();
  std::string word;
  if (auto fine = read_text(options, "compression", word); !fine) return fine.error();
  if (word == "gzip") out.compress = compression::gzip;
  else if (word == "deflate") out.compress = compression::deflate;
  else if (!word.empty() && word != "none" && word != "identity") return wrong("compression", "must be gzip, deflate or none");
  if (!how.auth.is_null()) {
    auto read = parse_auth(how.auth);
    if (!read) return read.error();
    if (const auto* key = std::get_if<api_key_auth>(&*read); key && key->location == api_key_auth::place::query)
      return error(errc::unsupported, "\"auth\" of a grpc template: a call has no query; set \"location\": \"header\"");
    out.credentials = *std::move(read);
  }
  out.server.public_addresses_only = how.origin == trust::remote && !allow_private;
  if (auto fine = check_policy(how, out, allow_insecure); !fine) return fine.error();
  return out;
}

}  // namespace utcp::grpc_transport
