#pragma once

#include "descriptor_sources.hpp"
#include "grpc_settings.hpp"
#include "rpc.hpp"

#include <utcp/auth/authorize.hpp>
#include <utcp/auth/http_session.hpp>
#include <utcp/transport.hpp>

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace utcp::grpc_transport {

/// A method that can be called.
struct known_method {
  std::shared_ptr<const type_set> types;  ///< owns the method
  const pb::MethodDescriptor* method = nullptr;
  std::string path;
};

/// What a call needs besides its arguments, looked up once a template.
struct call_plan {
  grpc_settings settings;
  std::shared_ptr<rpc_channel> channel;
  std::optional<known_method> known;      ///< nothing: the service of the UTCP peers
};

/// The connections, descriptors and tokens of a client's grpc providers. On the client's strand only.
class grpc_session : public std::enable_shared_from_this<grpc_session> {
 public:
  explicit grpc_session(const transport_services& services);
  grpc_session(const grpc_session&) = delete;
  grpc_session& operator=(const grpc_session&) = delete;

  const transport_services& services() const { return services_; }

  result<grpc_settings> settings_of(const call_template& how, const call_context& context) const;

  /// The connection to a server, shared by all with the same settings.
  static task<result<std::shared_ptr<rpc_channel>>> channel_of(std::shared_ptr<grpc_session> self, server_address server);

  /// Metadata with credentials, deadline and compression of a call. Fails as oauth2_tokens::get.
  static task<result<rpc_start>> start_of(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, std::string path, call_context context);
  /// The OAuth2 token that a server refused. False when there is none, so that it makes no sense to try again.
  bool forget_token(const grpc_settings& settings, const rpc_start& used, const call_context& context);

  /// The services that a provider names, or all. What is learnt replaces what was known for the manual.
  static task<result<described_server>> describe(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, call_context context);

  static task<result<std::shared_ptr<const call_plan>>> plan_of(std::shared_ptr<grpc_session> self, tool_call what, call_context context);
  /// What is known already; null if nothing is.
  std::shared_ptr<const call_plan> known_plan(const tool_call& what) const;

  /// The types of a .proto text that this program holds, kept for the session.
  std::shared_ptr<const type_set> own_types(const std::string& name, const char* text);

  /// The server may have changed: its descriptors are asked for again when next needed.
  void forget_types(const std::string& manual);
  void release(const std::string& manual);

 private:
  token_route route_of(const call_context& context) const;
  static task<result<known_method>> method_of(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, call_context context);

  transport_services services_;
  http_parts parts_;
  result<net::connection_options> usual_;
  rpc_engine engine_;
  std::map<server_address, std::shared_ptr<rpc_channel>> channels_;
  std::map<std::string, std::map<std::string, std::shared_ptr<const type_set>>> types_;  // by manual; by server and service
  std::unordered_map<std::shared_ptr<const call_template>, std::shared_ptr<const call_plan>> plans_;
  std::map<std::string, std::shared_ptr<const type_set>> own_types_;
};

/// Puts what authorize() puts on an HTTP request into metadata.
result<void> add_credentials(metadata_list& to, const auth& how, credentials_as as);

/// The full name of a service that is called by its full name or by its last part; nothing when none or several fit.
std::optional<std::string> full_name_of(const std::string& service, const std::vector<std::string>& all);

}  // namespace utcp::grpc_transport
