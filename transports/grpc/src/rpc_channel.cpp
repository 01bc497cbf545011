#include "rpc.hpp"

#include <utcp/net/url_policy.hpp>

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/credentials.h>

#include <cstdlib>
#include <fstream>
#include <mutex>

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t most_besides_messages = 64u << 20;
constexpr const char* system_certificates = "/etc/ssl/certs/ca-certificates.crt";

/// gRPC writes to stderr unless it is told not to; GRPC_VERBOSITY tells otherwise.
void silence_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!std::getenv("GRPC_VERBOSITY")) gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  });
}

result<std::string> read_pem(const std::string& path, const char* what, const char* holds) {
  std::ifstream in(path, std::ios::binary);
  std::string out((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) return error(errc::invalid_config, std::string(what) + ": cannot read " + path);
  if (out.find(holds) == std::string::npos) return error(errc::invalid_config, std::string(what) + ": " + path + " holds no \"" + holds + "\"");
  return out;
}

result<std::shared_ptr<::grpc::ChannelCredentials>> credentials_of(const server_address& server) {
  if (!server.tls) return ::grpc::InsecureChannelCredentials();
  constexpr const char* certificate = "-----BEGIN CERTIFICATE-----";
  ::grpc::SslCredentialsOptions options;
  if (!server.ca_file.empty()) {
    auto roots = read_pem(server.ca_file, "\"ca_file\" of a grpc template", certificate);
    if (!roots) return roots.error();
    options.pem_root_certs = *std::move(roots);
  } else if (auto roots = read_pem(system_certificates, "the system's certificates", certificate)) {
    options.pem_root_certs = *std::move(roots);
  }
  if (!server.client_certificate.empty()) {
    auto chain = read_pem(server.client_certificate, "\"client_certificate\" of a grpc template", certificate);
    if (!chain) return chain.error();
    auto key = read_pem(server.client_key, "\"client_key\" of a grpc template", "PRIVATE KEY-----");
    if (!key) return key.error();
    options.pem_cert_chain = *std::move(chain);
    options.pem_private_key = *std::move(key);
  }
  return ::grpc::SslCredentials(options);
}

::grpc::ChannelArguments arguments_of(const server_address& server) {
  ::grpc::ChannelArguments out;
  out.SetMaxReceiveMessageSize(static_cast<int>(server.max_message_bytes));
  out.SetMaxSendMessageSize(-1);
  // gRPC looks at the limit when a message is whole; this bounds what one may bring until then. A call beyond it is reset.
  ::grpc::ResourceQuota quota;
  quota.Resize(4 * static_cast<std::size_t>(server.max_message_bytes) + most_besides_messages);
  out.SetResourceQuota(quota);
  // A server that has come back is found soon.
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  out.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  out.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 64 << 10);
  out.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);  // counts and traces that nobody here asks for
  if (server.keepalive_time) {
    out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(server.keepalive_time->count()));
    out.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  }
  if (server.keepalive_timeout) out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(server.keepalive_timeout->count()));
  const bool local = !server.unix_socket.empty() || net::is_loopback_host(server.host);
  if (local || server.public_addresses_only) out.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!server.authority.empty()) out.SetString(GRPC_ARG_DEFAULT_AUTHORITY, server.authority);
  else if (server.public_addresses_only) out.SetString(GRPC_ARG_DEFAULT_AUTHORITY, shown(server));
  if (!server.server_name.empty()) out.SetSslTargetNameOverride(server.server_name);
  else if (server.public_addresses_only && server.tls) out.SetSslTargetNameOverride(server.host);
  out.SetUserAgentPrefix("utcp");
  return out;
}

}  // namespace

rpc_channel::rpc_channel(rpc_engine& engine, const server_address& server, std::shared_ptr<::grpc::Channel> channel)
    : engine_(engine), shown_(grpc_transport::shown(server)), tls_(server.tls), stub_(std::move(channel)) {}

result<std::shared_ptr<rpc_channel>> rpc_channel::open(rpc_engine& engine, const server_address& server, const std::string& target) {
  silence_grpc();
  auto credentials = credentials_of(server);
  if (!credentials) return credentials.error();
  return std::make_shared<rpc_channel>(engine, server, ::grpc::CreateCustomChannel(target, *credentials, arguments_of(server)));
}

}  // namespace utcp::grpc_transport
