#include <utcp/transports/http.hpp>

#include "http_discovery.hpp"
#include "http_exchange.hpp"
#include "http_preview.hpp"

#include <utcp/net/tool_answer.hpp>
#include <utcp/net/tool_request.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace asio = boost::asio;

namespace utcp {
namespace {

// Everything a coroutine needs, so that one outlives the transport.
struct http_parts {
  http_parts(const transport_services& services) : clock(services.clock), documents(services.documents), limits(services.limits) {
    shared.client = services.shared->get<net::http_client>([&] { return std::make_shared<net::http_client>(services.executor); });
    shared.tokens = services.shared->get<oauth2_tokens>([&] { return std::make_shared<oauth2_tokens>(services.executor, shared.client, services.clock); });
  }

  // The engine lives by the system's clock; the client's clock may be another one in tests.
  time_point engine_deadline(time_point deadline) const {
    if (deadline == time_point::max()) return deadline;
    return time_point::clock::now() + (deadline - clock->now());
  }

  http::shared_parts shared;
  std::shared_ptr<utcp::clock> clock;
  document_ports documents;
  document_limits limits;
};

result<std::optional<auth>> credentials_of(const call_template& how) {
  if (how.auth.is_null()) return std::optional<auth>();
  auto parsed = parse_auth(how.auth);
  if (!parsed) return std::move(parsed).error();
  return std::optional<auth>(*std::move(parsed));
}

error of_exception(const std::exception& thrown) {
  // Asio throws from the next co_await after a cancellation.
  const auto* from_asio = dynamic_cast<const boost::system::system_error*>(&thrown);
  if (from_asio && from_asio->code() == asio::error::operation_aborted) return {errc::cancelled, "the request was cancelled"};
  return {errc::internal, std::string("http: ") + thrown.what()};
}

result<http::exchange_plan> plan_for(const http_parts& parts, const call_template& how, const call_context& context, net::tool_request request, const char* purpose) {
  auto credentials = credentials_of(how);
  if (!credentials) return credentials.error();
  http::exchange_plan plan;
  plan.request = std::move(request.request);
  plan.deadline = context.deadline;
  plan.request.deadline = parts.engine_deadline(context.deadline);
  plan.request.max_response_bytes = context.max_response_bytes;
  plan.request.want_timings = context.want_meta;
  plan.rules.purpose = purpose;
  plan.rules.allow_insecure_http = context.allow_insecure_http;
  plan.rules.query = std::move(request.query);
  plan.credentials = *std::move(credentials);
  return plan;
}

result<http::exchange_plan> plan_call(const http_parts& parts, const tool_call& what, const call_context& context) {
  auto options = net::read_tool_request_options(what.how);
  if (!options) return options.error();
  auto built = net::build_tool_request(*options, what.arguments);
  if (!built) return built.error();
  return plan_for(parts, what.how, context, *std::move(built), "tool invocation");
}

result<http::exchange_plan> plan_discovery(const http_parts& parts, const call_template& provider, const call_context& context) {
  auto options = net::read_tool_request_options(provider);
  if (!options) return options.error();
  auto target = net::url::parse(options->url);
  if (!target) return target.error();
  net::tool_request bare;
  bare.request.method = options->method;
  bare.request.target = *std::move(target);
  bare.request.headers = std::move(options->headers);
  bare.request.limit_set_by = "\"max_manual_bytes\" in the configuration's \"defaults\"";
  return plan_for(parts, provider, context, std::move(bare), "manual discovery");
}

result<tool_result> read_call_answer(net::http_response answer, bool want_meta) {
  if (answer.status < 200 || answer.status >= 300) return net::status_error(std::move(answer));
  json meta = want_meta ? net::describe_answer(answer) : json();
  tool_result out = net::decode_answer(std::move(answer));
  out.meta = std::move(meta);
  return out;
}

task<result<tool_result>> run_call(std::shared_ptr<http_parts> parts, tool_call what, call_context context) {
  try {
    auto plan = plan_call(*parts, what, context);
    if (!plan) co_return plan.error();
    auto answer = co_await http::exchange(parts->shared, *std::move(plan));
    if (!answer) co_return answer.error();
    co_return read_call_answer(*std::move(answer), context.want_meta);
  } catch (const std::exception& thrown) {
    co_return of_exception(thrown);
  }
}

task<result<discovery>> run_discovery(std::shared_ptr<http_parts> parts, call_template provider, call_context context) {
  try {
    auto plan = plan_discovery(*parts, provider, context);
    if (!plan) co_return plan.error();
    auto answer = co_await http::exchange(parts->shared, *std::move(plan));
    if (!answer) co_return answer.error();
    auto shared_provider = std::make_shared<const call_template>(std::move(provider));
    co_return http::read_manual_answer(*std::move(answer), std::move(shared_provider), parts->documents, parts->limits);
  } catch (const std::exception& thrown) {
    co_return of_exception(thrown);
  }
}

class http_transport final : public transport {
 public:
  explicit http_transport(const transport_services& services) : parts_(std::make_shared<http_parts>(services)) {}

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events>) override {
    return run_discovery(parts_, std::move(provider), std::move(context));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override { return run_call(parts_, std::move(what), std::move(context)); }

  bool idempotent(const tool_call& what) const override {
    const auto options = net::read_tool_request_options(what.how);
    return options && options->method != "POST" && options->method != "PATCH";
  }

  result<json> preview(const tool_call& what, const call_context& context) const override {
    auto options = net::read_tool_request_options(what.how);
    if (!options) return options.error();
    auto credentials = credentials_of(what.how);
    if (!credentials) return credentials.error();
    auto built = net::build_tool_request(*options, what.arguments);
    if (!built) return built.error();
    if (auto fine = net::check_url(built->request.target, context.allow_insecure_http, "tool invocation"); !fine) return fine.error();
    return http::preview_request(*options, what.arguments, *credentials);
  }

 private:
  std::shared_ptr<http_parts> parts_;
};

}  // namespace

transport_factory make_http_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<http_transport>(services); };
}

}  // namespace utcp
