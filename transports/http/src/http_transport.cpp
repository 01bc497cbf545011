#include <utcp/transports/http.hpp>

#include <utcp/auth/http_session.hpp>
#include <utcp/net/body_items.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/tool_request.hpp>

#include <exception>
#include <limits>

namespace utcp {
namespace {

result<tool_result> read_answer(net::http_response answer, bool want_meta) {
  if (answer.status < 200 || answer.status >= 300) return net::status_error(std::move(answer));
  json meta = want_meta ? net::describe_answer(answer) : json();
  tool_result out = net::decode_answer(std::move(answer));
  out.meta = std::move(meta);
  return out;
}

result<http_plan> plan_call(const http_session& session, const tool_call& what, const call_context& context) {
  auto options = net::read_tool_request_options(what.how);
  if (!options) return options.error();
  return session.plan_call(what, context, *options);
}

task<result<tool_result>> run_call(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    auto plan = plan_call(*session, what, context);
    if (!plan) co_return plan.error();
    auto answer = co_await exchange(session->parts(), *std::move(plan));
    if (!answer) co_return answer.error();
    co_return read_answer(*std::move(answer), context.want_meta);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http");
  }
}

task<result<std::unique_ptr<tool_stream>>> run_open(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    auto plan = plan_call(*session, what, context);
    if (!plan) co_return plan.error();
    plan->request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // items are bounded one by one
    auto answer = co_await open_exchange(session->parts(), *std::move(plan));
    if (!answer) co_return answer.error();
    if (answer->head.status < 200 || answer->head.status >= 300) co_return co_await stream_status_error(*std::move(answer));
    net::body_items_options options;
    options.max_item_bytes = context.max_response_bytes;
    options.want_meta = context.want_meta;
    co_return net::make_body_items(*std::move(answer), options);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http");
  }
}

task<result<discovery>> run_discovery(std::shared_ptr<http_session> session, call_template provider, call_context context) {
  try {
    auto options = net::read_tool_request_options(provider);
    if (!options) co_return options.error();
    co_return co_await session->discover(std::move(provider), std::move(context), *std::move(options));
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http");
  }
}

class http_transport final : public transport {
 public:
  explicit http_transport(const transport_services& services) : session_(http_session::of(services)) {}

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events>) override {
    return run_discovery(session_, std::move(provider), std::move(context));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override { return run_call(session_, std::move(what), std::move(context)); }

  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    return run_open(session_, std::move(what), std::move(context));
  }

  task<void> release(std::string manual) override {
    session_->forget(manual);
    co_return;
  }

  bool takes_input(const tool_call&) const override { return true; }

  bool idempotent(const tool_call& what) const override {
    const auto options = net::read_tool_request_options(what.how);
    return options && options->method != "POST" && options->method != "PATCH";
  }

  result<json> preview(const tool_call& what, const call_context& context) const override {
    auto options = net::read_tool_request_options(what.how);
    if (!options) return options.error();
    return session_->preview(what, context, *options);
  }

 private:
  std::shared_ptr<http_session> session_;
};

}  // namespace

transport_factory make_http_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<http_transport>(services); };
}

}  // namespace utcp
