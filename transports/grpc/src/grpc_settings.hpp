#pragma once

#include <utcp/auth.hpp>
#include <utcp/call_template.hpp>
#include <utcp/error.hpp>
#include <utcp/net/connection_options.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace utcp::grpc_transport {

enum class compression { none, deflate, gzip };

/// Names in lower case and values; those of a name that ends in -bin are bytes.
using metadata_list = std::vector<std::pair<std::string, std::string>>;

/// Where a server is and how it is spoken to. Equal ones share a connection.
struct server_address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9339;
  std::string unix_socket;                       ///< in the place of host and port
  bool tls = false;
  std::string ca_file, client_certificate, client_key;  ///< PEM; empty: the system's certificates, none
  std::string server_name;                       ///< the name that the server's certificate must have; empty: the host
  std::string authority;                         ///< the :authority header; empty: host and port
  std::uint64_t max_message_bytes = 64u << 20;   ///< of one received message
  std::optional<std::chrono::milliseconds> keepalive_time, keepalive_timeout;
  bool public_addresses_only = false;            ///< its template was fetched: it must not lead into a private network

  auto operator<=>(const server_address&) const = default;
};

/// Where a provider's descriptors come from.
struct descriptor_files {
  std::vector<std::filesystem::path> sets;       ///< FileDescriptorSet
  std::vector<std::string> protos;               ///< names below one of the import paths, or paths
  std::vector<std::filesystem::path> import_paths;

  bool empty() const { return sets.empty() && protos.empty(); }
  auto operator<=>(const descriptor_files&) const = default;
};

/// What a grpc template says. Source: UTCP v0 `grpc` provider; the rest is this client's own (docs/transports/grpc.md).
struct grpc_settings {
  server_address server;
  std::string service, method;                   ///< full name of a service; name of a method
  std::vector<std::string> services;
  bool reflection = true;
  descriptor_files files;
  metadata_list metadata;
  std::vector<std::string> metadata_fields;
  utcp::grpc_transport::compression compress = compression::none;
  bool qualified_names = true;
  std::optional<auth> credentials;
};

/// Fails with errc::invalid_config that names the key, errc::unsupported (a proxy of its own, an encrypted key), errc::not_allowed (plaintext to another
/// machine; local files in a fetched template).
result<grpc_settings> read_settings(const call_template& how, const std::filesystem::path& root_dir, const net::connection_options& usual, bool allow_insecure, bool allow_private);

/// Adds one entry. Fails with errc::invalid_argument: a name that metadata cannot have, a value that is no printable ASCII, bad
/// base64 for a -bin name.
result<void> add_metadata(metadata_list& to, std::string name, std::string value);

/// Adds one entry in the place of those of its name. Fails as add_metadata.
result<void> set_metadata(metadata_list& to, std::string name, std::string value);

/// "host:port", or the socket's path.
std::string shown(const server_address& server);

}  // namespace utcp::grpc_transport
