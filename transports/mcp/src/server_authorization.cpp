#include "server_authorization.hpp"

#include <utcp/net/url.hpp>
#include <utcp/net/url_policy.hpp>

#include <utility>

namespace utcp::mcp_transport {
namespace {

error wrong(const std::string& server, const std::string& key, const char* what) {
  return {errc::invalid_config, "mcpServers/" + server + "/authorization" + (key.empty() ? "" : "/" + key) + ": " + what};
}

result<void> read_key(const std::string& server, const std::string& key, const std::string& text, authorization_settings& into) {
  mcp::oauth_options& out = into.options;
  if (key == "grant") {
    constexpr std::pair<const char*, mcp::oauth_grant> grants[] = {
        {"authorization_code", mcp::oauth_grant::authorization_code}, {"client_credentials", mcp::oauth_grant::client_credentials}, {"jwt_bearer", mcp::oauth_grant::jwt_bearer}};
    for (const auto& [name, grant] : grants)
      if (text == name) {
        out.grant = grant;
        return {};
      }
    return wrong(server, key, "expected \"authorization_code\", \"client_credentials\" or \"jwt_bearer\"");
  }
  if (key == "client_secret") out.client_secret = secret(text);
  else if (key == "private_key") out.private_key = secret(text);
  else if (key == "scope") out.scope = text;
  else {
    const std::pair<const char*, std::string*> texts[] = {
        {"client_id", &out.client_id}, {"issuer", &out.issuer}, {"client_metadata_url", &out.client_metadata_url}, {"client_name", &out.client_name}, {"assertion_file", &into.assertion_file}};
    for (const auto& [name, to] : texts)
      if (key == name) {
        *to = text;
        return {};
      }
    return wrong(server, key, "is unknown; docs/transports/mcp.md lists the keys");
  }
  return {};
}

// The file is shared by all clients of a process that do not bring a store.
std::shared_ptr<mcp::token_store> usual_store() {
  const auto file = mcp::usual_token_file();
  return file.empty() ? mcp::make_memory_token_store() : mcp::make_file_token_store(file);
}

}  // namespace

result<authorization_settings> read_authorization(const std::string& server, const json& entry) {
  authorization_settings out;
  const auto found = entry.find("authorization");
  if (found == entry.end() || found->is_null()) return out;
  if (found->is_boolean()) {
    out.wanted = found->get<bool>();
    return out;
  }
  if (!found->is_object()) return wrong(server, "", "expected an object, or false");
  out.written = true;
  for (const auto& [key, value] : found->items()) {
    if (value.is_null()) continue;
    if (!value.is_string()) return wrong(server, key, "expected text");
    if (auto fine = read_key(server, key, value.get<std::string>(), out); !fine) return fine.error();
  }
  return out;
}

result<std::shared_ptr<mcp::authorizer>> make_authorizer(const mcp_options& options, mcp_server_request request, std::function<void(notice)> on_notice) {
  auto settings = read_authorization(request.server, request.options);
  if (!settings) return settings.error();
  if (!settings->wanted) return std::shared_ptr<mcp::authorizer>();
  if (options.authorize) return options.authorize(std::move(request));
  const auto target = net::url::parse(request.url);
  // Without a word about authorization, a server in the clear is spoken to as before: it gets no token.
  if (!settings->written && target && target->scheme() != "https" && !net::is_loopback_host(target->host())) return std::shared_ptr<mcp::authorizer>();
  settings->options.connection = request.connection;
  settings->options.elsewhere = request.elsewhere;
  settings->options.allow_private_addresses = request.allow_private_addresses;
  mcp::oauth_parts parts;
  parts.executor = request.executor;
  parts.http = request.parts.client;
  parts.time = request.clock;
  parts.store = options.store ? options.store : usual_store();
  parts.on_notice = std::move(on_notice);
  if (!settings->assertion_file.empty()) parts.assertion = mcp::make_file_assertion(settings->assertion_file);
  if (options.browser) parts.person = options.browser(request.manual, request.executor);
  auto made = mcp::oauth_authorizer::make(request.url, std::move(settings->options), std::move(parts));
  if (!made) {
    error failure = made.error();
    failure.message = "mcpServers/" + request.server + "/authorization: " + failure.message;
    return failure;
  }
  return std::shared_ptr<mcp::authorizer>(*std::move(made));
}

}  // namespace utcp::mcp_transport
