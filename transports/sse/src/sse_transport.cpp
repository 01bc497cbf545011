#include <utcp/transports/sse.hpp>

#include "sse_stream.hpp"

#include <utcp/auth/http_family.hpp>
#include <utcp/net/tool_request.hpp>

#include <algorithm>
#include <exception>
#include <limits>

namespace utcp {
namespace {

struct sse_options {
  net::tool_request_options request;
  sse::stream_options stream;
};

result<net::tool_request_options> read_request(const call_template& how) {
  net::tool_request_options usual;
  usual.text_as_it_is = true;
  usual.body_field.reset();
  return net::read_tool_request_options(how, usual);
}

result<sse_options> read_options(const call_template& how) {
  auto request = read_request(how);
  if (!request) return request.error();
  sse_options out;
  out.request = *std::move(request);
  out.request.post_with_body = !how.options.contains("http_method");
  if (!out.request.headers.find("Accept")) out.request.headers.set("Accept", "text/event-stream");
  if (!out.request.headers.find("Cache-Control")) out.request.headers.set("Cache-Control", "no-store");
  if (const auto type = how.options.find("event_type"); type != how.options.end() && type->is_string()) out.stream.event_type = type->get<std::string>();
  if (const auto again = how.options.find("reconnect"); again != how.options.end() && again->is_boolean()) out.stream.reconnect = again->get<bool>();
  auto delay = net::read_number_option(how.options, "retry_timeout");
  if (!delay) return delay.error();
  if (*delay) out.stream.retry_timeout = std::chrono::milliseconds(std::min<std::uint64_t>(**delay, 3'600'000));
  auto most = net::read_number_option(how.options, "max_reconnects");
  if (!most) return most.error();
  if (*most) out.stream.max_reconnects = static_cast<unsigned>(std::min<std::uint64_t>(**most, 1'000'000));
  return out;
}

task<result<std::unique_ptr<tool_stream>>> run_open(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    auto options = read_options(*what.how);
    if (!options) co_return options.error();
    auto plan = session->plan_call(what, context, options->request);
    if (!plan) co_return plan.error();
    http_plan& asked = *plan;
    asked.request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // events are bounded one by one
    options->stream.max_event_bytes = context.max_response_bytes;
    options->stream.want_meta = context.want_meta;
    co_return co_await sse::open_events(std::move(session), std::move(asked), std::move(options->stream));
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "sse");
  }
}

task<result<tool_result>> run_call(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    const std::size_t limit = context.max_response_bytes;
    auto stream = co_await run_open(std::move(session), std::move(what), std::move(context));
    if (!stream) co_return stream.error();
    co_return co_await collect(*std::move(stream), limit);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "sse");
  }
}

class sse_transport final : public http_family_transport {
 public:
  explicit sse_transport(const transport_services& services) : http_family_transport(services, "sse") {}

  task<result<tool_result>> call(tool_call what, call_context context) override { return run_call(session(), std::move(what), std::move(context)); }
  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    return run_open(session(), std::move(what), std::move(context));
  }

 private:
  result<net::tool_request_options> request_options(const call_template& how) const override {
    auto options = read_options(how);
    if (!options) return options.error();
    return std::move(options->request);
  }
  result<net::tool_request_options> discovery_options(const call_template& provider) const override { return read_request(provider); }
};

}  // namespace

transport_factory make_sse_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<sse_transport>(services); };
}

}  // namespace utcp
