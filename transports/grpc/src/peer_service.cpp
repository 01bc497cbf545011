#include "peer_service.hpp"

#include "rpc_status.hpp"

#include <utcp/document.hpp>

namespace utcp::grpc_transport {
namespace {

constexpr const char* service_name = "grpcpb.UTCPService";
constexpr std::size_t max_tools = 100'000;

// Source: grpcpb/utcp.proto of go-utcp and rs-utcp.
constexpr const char* service_text = R"(
  syntax = "proto3";
  package grpcpb;
  message Empty {}
  message Tool { string name = 1; string description = 2; }
  message Manual { string version = 1; repeated Tool tools = 2; }
  message ToolCallRequest { string tool = 1; string args_json = 2; }
  message ToolCallResponse { string result_json = 1; }
  service UTCPService {
    rpc GetManual(Empty) returns (Manual);
    rpc CallTool(ToolCallRequest) returns (ToolCallResponse);
    rpc CallToolStream(ToolCallRequest) returns (stream ToolCallResponse);
  }
)";

known_method method_of(grpc_session& session, const char* name) {
  const auto types = session.own_types("utcp/peer_service.proto", service_text);
  known_method out;
  out.types = types;
  out.method = types->service(service_name)->FindMethodByName(name);
  out.path = std::string("/") + service_name + "/" + name;
  return out;
}

/// Both peers send the name with the provider's in front.
std::string name_on_the_wire(const call_plan& plan, const std::string& tool, const std::string& manual) {
  const std::string prefix = manual + ".";
  const std::string bare = tool.starts_with(prefix) ? tool.substr(prefix.size()) : tool;
  return plan.settings.qualified_names && !bare.starts_with(prefix) ? prefix + bare : bare;
}

class peer_stream final : public tool_stream {
 public:
  explicit peer_stream(std::unique_ptr<tool_stream> of) : of_(std::move(of)) {}

  task<result<std::optional<tool_result>>> next() override {
    auto answer = co_await of_->next();
    if (answer && *answer) *answer = peer_result(std::move(**answer));
    co_return answer;
  }
  std::optional<tool_result> take_ready() override {
    auto answer = of_->take_ready();
    if (answer) answer = peer_result(*std::move(answer));
    return answer;
  }

 private:
  std::unique_ptr<tool_stream> of_;
};

}  // namespace

bool is_peer_service(const std::string& service) { return service.empty() || service == service_name || service == "UTCPService"; }

task<result<discovery>> discover_peer(std::shared_ptr<grpc_session> session, std::shared_ptr<const call_plan> plan, std::shared_ptr<const call_template> provider, call_context context) {
  const json nothing = json::object();
  auto prepared = prepare_call(std::move(plan), method_of(*session, "GetManual"), nothing, nullptr, std::move(context));
  if (!prepared) co_return prepared.error();
  auto answer = co_await call_method(std::move(session), *std::move(prepared));
  if (!answer) co_return answer.error();
  const json& manual = std::get<json>(answer->value);
  discovery out;
  out.found.written_as = dialect::v0;
  out.found.utcp_version = manual.value("version", std::string());
  const json tools = manual.value("tools", json::array());
  if (tools.size() > max_tools) co_return error(errc::too_large, "the server's manual has more than " + std::to_string(max_tools) + " tools");
  for (const json& each : tools) {
    auto made = std::make_shared<tool>();
    made->name = each.value("name", std::string());
    made->description = each.value("description", std::string());
    if (made->name.empty()) {
      out.notices.emplace_back("tools", "a tool without a name is left out");
      continue;
    }
    made->tags.push_back("grpc");
    made->tool_call_template = provider;
    out.found.tools.push_back(std::move(made));
  }
  co_return out;
}

result<method_call> prepare_peer_call(grpc_session& session, std::shared_ptr<const call_plan> plan, const tool_call& what, call_context context, bool as_stream) {
  if (what.input) return error(errc::unsupported, "a tool of grpcpb.UTCPService takes no input besides its arguments");
  const json arguments = {{"tool", name_on_the_wire(*plan, what.tool->name, context.manual)}, {"argsJson", what.arguments.dump(-1, ' ', false, json::error_handler_t::replace)}};
  return prepare_call(std::move(plan), method_of(session, as_stream ? "CallToolStream" : "CallTool"), arguments, nullptr, std::move(context));
}

tool_result peer_result(tool_result answer) {
  const json& message = std::get<json>(answer.value);
  const std::string text = message.value("resultJson", std::string());
  tool_result out;
  if (auto value = parse_json(text)) out = tool_result(*std::move(value));
  else out = tool_result(text);
  out.meta = std::move(answer.meta);
  return out;
}

std::unique_ptr<tool_stream> peer_results(std::unique_ptr<tool_stream> answers) { return std::make_unique<peer_stream>(std::move(answers)); }

}  // namespace utcp::grpc_transport
