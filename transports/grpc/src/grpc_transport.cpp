#include <utcp/transports/grpc.hpp>

#include "method_call.hpp"
#include "message_schema.hpp"
#include "peer_service.hpp"

#include <utcp/masking.hpp>

#include <algorithm>
#include <exception>

namespace utcp {
namespace {

using namespace grpc_transport;

template <class T>
task<result<T>> guarded(task<result<T>> work, std::string begins_with) {
  try {
    auto out = co_await std::move(work);
    if (!out && !begins_with.empty() && !out.error().message.starts_with(begins_with)) {
      error prefixed = std::move(out).error();
      prefixed.message.insert(0, begins_with + (prefixed.message.starts_with('#') ? "" : ": "));
      co_return prefixed;
    }
    co_return out;
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "grpc");
  }
}

/// Parts of the package, without versions such as v1beta1, and the service.
std::vector<std::string> tags_of(const pb::ServiceDescriptor& service) {
  std::vector<std::string> out{"grpc"};
  std::string_view rest = service.full_name();
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    const std::string part(rest.substr(0, dot));
    const bool is_version = part.size() > 1 && part[0] == 'v' && part[1] >= '0' && part[1] <= '9';
    if (!is_version && std::find(out.begin(), out.end(), part) == out.end()) out.push_back(part);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  return out;
}

std::string description_of(const pb::MethodDescriptor& method) {
  std::string out = comment_of(method);
  if (out.empty())
    out = method.name() + " of the gRPC service " + method.service()->full_name() + ": takes " + (method.client_streaming() ? "a stream of " : "") + method.input_type()->name() + ", gives " +
          (method.server_streaming() ? "a stream of " : "") + method.output_type()->name();
  return out;
}

tool_ptr tool_of(const pb::MethodDescriptor& method, const grpc_settings& settings, const call_template& provider, message_schemas& schemas) {
  auto how = std::make_shared<call_template>(provider);
  how->options.erase("services");
  how->options["service_name"] = method.service()->full_name();
  how->options["method_name"] = method.name();
  auto out = std::make_shared<tool>();
  out->name = method.full_name();
  out->description = description_of(method);
  out->inputs = schemas.inputs_of(method, settings.metadata_fields);
  out->outputs = schemas.outputs_of(method);
  out->tags = tags_of(*method.service());
  out->tool_call_template = std::move(how);
  return out;
}

result<discovery> tools_of(described_server described, const grpc_settings& settings, const call_template& provider) {
  discovery out;
  out.found.written_as = provider.dialect;
  out.notices = std::move(described.notices);
  message_schemas schemas;
  for (const std::string& each : described.services) {
    const pb::ServiceDescriptor& service = *described.types->service(each);
    for (int i = 0; i < service.method_count(); ++i)
      if (settings.service.empty() || settings.method.empty() || service.method(i)->name() == settings.method) out.found.tools.push_back(tool_of(*service.method(i), settings, provider, schemas));
  }
  if (!out.found.tools.empty()) return out;
  if (!out.notices.empty()) return error(errc::invalid_config, out.notices.front().place + ": " + out.notices.front().message);
  if (!settings.service.empty() && !settings.method.empty()) return error(errc::invalid_config, "\"method_name\": " + settings.service + " has no method \"" + settings.method + "\"");
  return error(errc::invalid_config, "the server has no service but reflection and health");
}

task<result<discovery>> run_discovery(std::shared_ptr<grpc_session> session, call_template provider, call_context context) {
  auto settings = session->settings_of(provider, context);
  if (!settings) co_return settings.error();
  auto channel = co_await grpc_session::channel_of(session, settings->server);
  if (!channel) co_return channel.error();
  auto plan = std::make_shared<call_plan>();
  plan->settings = *std::move(settings);
  plan->channel = *std::move(channel);
  session->forget_types(context.manual);
  const grpc_settings& read = plan->settings;
  if (is_peer_service(read.service) && read.services.empty() && read.files.empty()) {
    auto found = co_await discover_peer(session, plan, std::make_shared<const call_template>(provider), context);
    // What the server itself says may be that it has no such service, or that it guards what it does not have.
    const bool may_have_others = !found && read.service.empty() && (!found.error().remote.is_null() || found.error() == errc::protocol_error);
    if (!may_have_others) co_return found;
  }
  auto described = co_await grpc_session::describe(session, plan, context);
  if (!described) co_return described.error();
  co_return tools_of(*std::move(described), read, provider);
}

/// Takes the arguments that "metadata_fields" names out, and puts them into the metadata of this call's own plan.
result<void> move_into_metadata(std::shared_ptr<const call_plan>& plan, json& arguments) {
  if (plan->settings.metadata_fields.empty() || !arguments.is_object()) return {};
  auto own = std::make_shared<call_plan>(*plan);
  for (const std::string& name : own->settings.metadata_fields) {
    const auto found = arguments.find(name);
    if (found == arguments.end()) continue;
    if (found->is_object() || found->is_array()) return error(errc::invalid_argument, "#/" + name + ": goes as metadata, so it must be text, a number, true or false");
    const std::string value = found->is_string() ? found->get<std::string>() : found->dump();
    if (!found->is_null())
      if (auto fine = add_metadata(own->settings.metadata, name, value); !fine) return error(errc::invalid_argument, "#/" + name + ": " + fine.error().message);
    arguments.erase(found);
  }
  plan = std::move(own);
  return {};
}

task<result<method_call>> prepare(std::shared_ptr<grpc_session> session, tool_call what, call_context context, bool as_stream) {
  auto plan = co_await grpc_session::plan_of(session, what, context);
  if (!plan) co_return plan.error();
  if (auto moved = move_into_metadata(*plan, what.arguments); !moved) co_return moved.error();
  if (!(*plan)->known) co_return prepare_peer_call(*session, *std::move(plan), what, std::move(context), as_stream);
  known_method method = *(*plan)->known;
  co_return prepare_call(*std::move(plan), std::move(method), what.arguments, std::move(what.input), std::move(context));
}

task<result<tool_result>> run_call(std::shared_ptr<grpc_session> session, tool_call what, call_context context) {
  auto prepared = co_await prepare(session, std::move(what), std::move(context), false);
  if (!prepared) co_return prepared.error();
  const bool of_peer = !prepared->plan->known;
  auto answer = co_await call_method(std::move(session), *std::move(prepared));
  if (answer && of_peer) co_return peer_result(*std::move(answer));
  co_return answer;
}

task<result<std::unique_ptr<tool_stream>>> run_stream(std::shared_ptr<grpc_session> session, tool_call what, call_context context) {
  auto prepared = co_await prepare(session, std::move(what), std::move(context), true);
  if (!prepared) co_return prepared.error();
  const bool of_peer = !prepared->plan->known;
  auto answers = co_await open_method(std::move(session), *std::move(prepared));
  if (answers && of_peer) co_return peer_results(*std::move(answers));
  co_return answers;
}

class grpc_client_transport final : public transport {
 public:
  explicit grpc_client_transport(const transport_services& services) : session_(std::make_shared<grpc_session>(services)) {}

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events>) override {
    return guarded(run_discovery(session_, std::move(provider), std::move(context)), "");
  }
  task<result<tool_result>> call(tool_call what, call_context context) override {
    std::string name = what.tool->name;
    return guarded(run_call(session_, std::move(what), std::move(context)), std::move(name));
  }
  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    std::string name = what.tool->name;
    return guarded(run_stream(session_, std::move(what), std::move(context)), std::move(name));
  }
  task<void> release(std::string manual) override {
    session_->release(manual);
    co_return;
  }

  bool takes_input(const tool_call& what) const override {
    const auto plan = session_->known_plan(what);
    return !plan || (plan->known && plan->known->method->client_streaming());
  }

  bool idempotent(const tool_call& what) const override {
    const auto plan = session_->known_plan(what);
    return plan && plan->known && plan->known->method->options().idempotency_level() != pb::MethodOptions::IDEMPOTENCY_UNKNOWN;
  }

  result<json> preview(const tool_call& what, const call_context& context) const override {
    auto read = session_->settings_of(*what.how, context);
    if (!read) return read.error();
    if (read->credentials)
      if (auto fine = add_credentials(read->metadata, *read->credentials, credentials_as::masked); !fine) return fine.error();
    json metadata = json::object();
    for (const auto& [name, value] : read->metadata) metadata[name] = name.ends_with("-bin") ? "(bytes)" : mask_field(name, value);
    const bool peer = is_peer_service(read->service);
    json out = {{"server", shown(read->server)}, {"tls", read->server.tls}, {"metadata", std::move(metadata)}, {"request", what.arguments}};
    out["method"] = peer ? "grpcpb.UTCPService/CallTool" : read->service + "/" + read->method;
    return out;
  }

 private:
  std::shared_ptr<grpc_session> session_;
};

}  // namespace

transport_factory make_grpc_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<grpc_client_transport>(services); };
}

}  // namespace utcp
