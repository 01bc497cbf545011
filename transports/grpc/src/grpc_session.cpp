#include "grpc_session.hpp"

#include "peer_service.hpp"

#include "rpc_status.hpp"

#include <utcp/net/address.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace utcp::grpc_transport {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_channels = 256;
constexpr std::size_t max_plans = 4'096;
constexpr std::size_t max_descriptor_bytes = 32u << 20;

/// What is known of services is kept by this.
std::string types_key(const grpc_settings& of, const std::string& service) {
  std::string out = shown(of.server);
  for (const auto& each : of.files.sets) out += "\n" + each.string();
  for (const auto& each : of.files.protos) out += "\n" + each;
  return out + "\n" + service;
}

/// The server may take another token.
bool is_unauthenticated(const error& why) { return why == errc::unauthorized && why.remote.is_object() && why.remote.value("code", 0) == ::grpc::StatusCode::UNAUTHENTICATED; }

/// The addresses of a host, each a public one.
task<result<std::string>> public_target(asio::any_io_executor executor, server_address server) {
  asio::ip::tcp::resolver resolver(executor);
  boost::system::error_code failed;
  const auto found = co_await resolver.async_resolve(server.host, std::to_string(server.port), asio::redirect_error(asio::use_awaitable, failed));
  if (failed) co_return error(errc::connection_failed, server.host + ": " + failed.message());
  std::string out;
  bool six = false;
  for (const auto& each : found) {
    const asio::ip::address address = each.endpoint().address();
    if (net::scope_of(address) != net::address_scope::public_use)
      co_return error(errc::not_allowed, shown(server) + ", which a fetched manual names, is " + std::string(net::to_string(net::scope_of(address))) +
                                             "; allow it with \"allow_private_addresses\": true in the provider");
    if (out.empty()) six = address.is_v6();
    if (address.is_v6() != six) continue;  // a target is of one kind
    out += out.empty() ? (six ? "ipv6:" : "ipv4:") : ",";
    out += (six ? "[" + address.to_string() + "]" : address.to_string()) + ":" + std::to_string(server.port);
  }
  co_return out;
}

}  // namespace

result<void> add_credentials(metadata_list& to, const auth& how, credentials_as as) {
  net::http_request carrier;
  if (auto fine = authorize(carrier, how, as); !fine) return fine.error();
  for (const net::http_header& each : carrier.headers)
    if (auto fine = set_metadata(to, each.name, each.value); !fine) return fine.error();
  return {};
}

grpc_session::grpc_session(const transport_services& services)
    : services_(services), parts_(http_session::of(services)->parts()), usual_(net::usual_connection_options(services)) {}

result<grpc_settings> grpc_session::settings_of(const call_template& how, const call_context& context) const {
  if (!usual_) return usual_.error();
  return read_settings(how, services_.root_dir, *usual_, context.allow_insecure_http, context.allow_private_addresses);
}

task<result<std::shared_ptr<rpc_channel>>> grpc_session::channel_of(std::shared_ptr<grpc_session> self, server_address server) {
  const auto known = self->channels_.find(server);
  if (known != self->channels_.end()) co_return known->second;
  std::string target = server.unix_socket.empty() ? "dns:///" + shown(server) : "unix:" + server.unix_socket;
  if (server.public_addresses_only) {
    auto found = co_await public_target(self->services_.executor, server);
    if (!found) co_return found.error();
    target = *std::move(found);
  }
  auto opened = rpc_channel::open(self->engine_, server, target);
  if (!opened) co_return opened.error();
  if (self->channels_.size() >= max_channels) std::erase_if(self->channels_, [](const auto& each) { return each.second.use_count() == 1; });
  if (self->channels_.size() < max_channels) self->channels_.emplace(std::move(server), *opened);
  co_return *opened;
}

token_route grpc_session::route_of(const call_context& context) const {
  token_route out;
  out.allow_insecure_http = context.allow_insecure_http;
  out.allow_private_addresses = context.allow_private_addresses;
  return out;
}

task<result<rpc_start>> grpc_session::start_of(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, std::string path, call_context context) {
  rpc_start out;
  out.path = std::move(path);
  out.metadata = plan->settings.metadata;
  out.compress = plan->settings.compress;
  out.want_metadata = context.want_meta;
  if (context.deadline != time_point::max()) out.deadline = time_point::clock::now() + (context.deadline - self->services_.clock->now());
  if (!plan->settings.credentials) co_return out;
  const auth& how = *plan->settings.credentials;
  if (const auto* grant = std::get_if<oauth2_auth>(&how)) {
    oauth2_auth wanted = *grant;
    auto token = co_await self->parts_.tokens->get(std::move(wanted), self->route_of(context), context.deadline);
    if (!token) co_return token.error();
    if (auto fine = set_metadata(out.metadata, "authorization", "Bearer " + *token); !fine) co_return error(errc::protocol_error, "the token server gave a token that metadata cannot carry");
    co_return out;
  }
  if (auto fine = add_credentials(out.metadata, how, credentials_as::real); !fine) co_return fine.error();
  co_return out;
}

bool grpc_session::forget_token(const grpc_settings& settings, const rpc_start& used, const call_context& context) {
  const auto* grant = settings.credentials ? std::get_if<oauth2_auth>(&*settings.credentials) : nullptr;
  if (!grant) return false;
  for (const auto& [name, value] : used.metadata)
    if (name == "authorization" && value.starts_with("Bearer ")) parts_.tokens->forget(*grant, route_of(context), value.substr(7));
  return true;
}

std::optional<std::string> full_name_of(const std::string& service, const std::vector<std::string>& all) {
  std::optional<std::string> out;
  for (const std::string& each : all) {
    if (each == service) return each;
    if (!each.ends_with("." + service)) continue;
    if (out) return std::nullopt;
    out = each;
  }
  return out;
}

task<result<described_server>> grpc_session::describe(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, call_context context) {
  const grpc_settings& settings = plan->settings;
  std::vector<std::string> wanted = settings.services;
  if (!settings.service.empty()) wanted.assign(1, settings.service);
  result<described_server> found = error();
  if (settings.files.empty()) {
    // A name without a package may be the last part of one that the server lists.
    const bool by_name = std::all_of(wanted.begin(), wanted.end(), [](const std::string& each) { return each.find('.') != std::string::npos; });
    std::vector<std::string> asked;
    if (by_name) asked = wanted;
    for (bool is_second = false;; is_second = true) {
      auto start = co_await start_of(self, plan, "", context);
      if (!start) co_return start.error();
      start->compress = compression::none;
      const rpc_start used = *start;
      std::vector<std::string> services = asked;
      found = co_await describe_by_reflection(plan->channel, self->services_.executor, *std::move(start), std::move(services), std::min(context.max_response_bytes, max_descriptor_bytes));
      if (found || is_second || !is_unauthenticated(found.error()) || !self->forget_token(settings, used, context)) break;
    }
  } else {
    found = describe_from_files(settings.files);
  }
  if (!found) co_return found;
  if (!wanted.empty()) {
    std::vector<std::string> chosen;
    for (const std::string& each : wanted) {
      if (auto full = full_name_of(each, found->services)) chosen.push_back(*std::move(full));
      else if (std::none_of(found->notices.begin(), found->notices.end(), [&](const notice& known) { return known.place == each; }))
        found->notices.emplace_back(each, "there is no such service");
    }
    found->services = std::move(chosen);
  } else {
    std::erase_if(found->services, is_housekeeping);
  }
  auto& types = self->types_[context.manual];
  for (const std::string& each : found->services) types[types_key(settings, each)] = found->types;
  self->plans_.clear();
  co_return found;
}

task<result<known_method>> grpc_session::method_of(std::shared_ptr<grpc_session> self, std::shared_ptr<const call_plan> plan, call_context context) {
  const grpc_settings& settings = plan->settings;
  const auto look = [&](const std::shared_ptr<const type_set>& types, const std::string& service) -> std::optional<known_method> {
    const pb::ServiceDescriptor* of = types->service(service);
    const pb::MethodDescriptor* method = of ? of->FindMethodByName(settings.method) : nullptr;
    if (!method) return std::nullopt;
    known_method out;
    out.types = types;
    out.method = method;
    out.path = "/" + service + "/" + settings.method;
    return out;
  };
  const auto& types = self->types_[context.manual];
  if (const auto known = types.find(types_key(settings, settings.service)); known != types.end())
    if (auto method = look(known->second, settings.service)) co_return *std::move(method);
  auto found = co_await describe(self, plan, context);
  if (!found) co_return found.error();
  for (const std::string& each : found->services)
    if (auto method = look(found->types, each)) co_return *std::move(method);
  if (!found->notices.empty()) co_return error(errc::invalid_config, found->notices.front().place + ": " + found->notices.front().message);
  co_return error(errc::invalid_config, "\"method_name\": " + settings.service + " has no method \"" + settings.method + "\"");
}

std::shared_ptr<const call_plan> grpc_session::known_plan(const tool_call& what) const {
  const auto known = plans_.find(what.how);
  return known == plans_.end() ? nullptr : known->second;
}

task<result<std::shared_ptr<const call_plan>>> grpc_session::plan_of(std::shared_ptr<grpc_session> self, tool_call what, call_context context) {
  if (auto known = self->known_plan(what)) co_return known;
  auto settings = self->settings_of(*what.how, context);
  if (!settings) co_return settings.error();
  auto channel = co_await channel_of(self, settings->server);
  if (!channel) co_return channel.error();
  auto plan = std::make_shared<call_plan>();
  plan->settings = *std::move(settings);
  plan->channel = *std::move(channel);
  if (!plan->settings.method.empty() && !plan->settings.service.empty() && !is_peer_service(plan->settings.service)) {
    auto method = co_await method_of(self, plan, context);
    if (!method) co_return method.error();
    plan->known = *std::move(method);
  }
  std::shared_ptr<const call_plan> out = std::move(plan);
  // Where variables were replaced the next call has another template. What a call may do depends on its context, too.
  if (what.tool && what.how == what.tool->tool_call_template) {
    if (self->plans_.size() >= max_plans) self->plans_.clear();
    self->plans_.emplace(what.how, out);
  }
  co_return out;
}

std::shared_ptr<const type_set> grpc_session::own_types(const std::string& name, const char* text) {
  auto& known = own_types_[name];
  if (known) return known;
  type_set::files files;
  files.emplace(name, parse_own_proto(name, text));
  add_files_of_protobuf(files);
  known = std::make_shared<const type_set>(files);
  return known;
}

void grpc_session::forget_types(const std::string& manual) {
  types_.erase(manual);
  plans_.clear();
}

void grpc_session::release(const std::string& manual) {
  forget_types(manual);
  std::erase_if(channels_, [](const auto& each) { return each.second.use_count() == 1; });
}

}  // namespace utcp::grpc_transport
