#include <utcp/transports/http.hpp>

#include <utcp/auth/http_family.hpp>
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

using options_ptr = std::shared_ptr<const net::tool_request_options>;

task<result<tool_result>> run_call(std::shared_ptr<http_session> session, result<options_ptr> options, tool_call what, call_context context) {
  if (!options) co_return options.error();
  try {
    auto plan = session->plan_call(what, context, **options);
    if (!plan) co_return plan.error();
    auto answer = co_await exchange(session->parts(), *std::move(plan));
    if (!answer) co_return answer.error();
    co_return read_answer(*std::move(answer), context.want_meta);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http");
  }
}

task<result<std::unique_ptr<tool_stream>>> run_open(std::shared_ptr<http_session> session, result<options_ptr> options, tool_call what, call_context context) {
  if (!options) co_return options.error();
  try {
    auto plan = session->plan_call(what, context, **options);
    if (!plan) co_return plan.error();
    plan->request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // items are bounded one by one
    auto answer = co_await open_exchange(session->parts(), *std::move(plan));
    if (!answer) co_return answer.error();
    if (answer->head.status < 200 || answer->head.status >= 300) co_return co_await stream_status_error(*std::move(answer));
    net::body_items_options items;
    items.max_item_bytes = context.max_response_bytes;
    items.want_meta = context.want_meta;
    co_return net::make_body_items(*std::move(answer), items);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http");
  }
}

class http_transport final : public http_family_transport {
 public:
  explicit http_transport(const transport_services& services) : http_family_transport(services, "http") {}

  task<result<tool_result>> call(tool_call what, call_context context) override {
    auto options = options_of(what);
    return run_call(session(), std::move(options), std::move(what), std::move(context));
  }
  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    auto options = options_of(what);
    return run_open(session(), std::move(options), std::move(what), std::move(context));
  }

 private:
  result<net::tool_request_options> request_options(const call_template& how) const override { return net::read_tool_request_options(how); }
};

}  // namespace

transport_factory make_http_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<http_transport>(services); };
}

}  // namespace utcp
