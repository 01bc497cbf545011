#include <utcp/transports/http_stream.hpp>

#include <utcp/auth/http_family.hpp>
#include <utcp/net/body_items.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_request.hpp>

#include <algorithm>
#include <exception>
#include <limits>

namespace utcp {
namespace {

constexpr std::size_t usual_chunk_bytes = 4096;
constexpr std::size_t most_chunk_bytes = 16u << 20;

struct stream_options {
  net::tool_request_options request;
  std::size_t chunk_bytes = usual_chunk_bytes;
  std::optional<std::chrono::milliseconds> timeout;  // of the whole stream
};

result<stream_options> read_options(const call_template& how) {
  net::tool_request_options usual;
  usual.text_as_it_is = true;
  usual.body_field.reset();
  auto request = net::read_tool_request_options(how, usual);
  if (!request) return request.error();
  stream_options out;
  out.request = *std::move(request);
  auto chunk = net::read_number_option(how.options, "chunk_size");
  if (!chunk) return chunk.error();
  if (*chunk && **chunk > 0) out.chunk_bytes = std::min<std::size_t>(**chunk, most_chunk_bytes);
  auto timeout = net::read_number_option(how.options, "timeout");
  if (!timeout) return timeout.error();
  if (*timeout && **timeout > 0) out.timeout = std::chrono::milliseconds(std::min<std::uint64_t>(**timeout, 1'000'000'000'000));
  return out;
}

struct opened {
  std::unique_ptr<tool_stream> items;
  bool is_one_value = false;
};

task<result<opened>> open(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  auto options = read_options(*what.how);
  if (!options) co_return options.error();
  auto plan = session->plan_call(what, context, options->request);
  if (!plan) co_return plan.error();
  plan->request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // items are bounded one by one
  if (options->timeout) {
    plan->request.deadline = std::min(plan->request.deadline, time_point::clock::now() + *options->timeout);
    plan->request.deadline_covers_stream = true;
  }
  auto answer = co_await open_exchange(session->parts(), *std::move(plan));
  if (!answer) co_return answer.error();
  if (answer->head.status < 200 || answer->head.status >= 300) co_return co_await stream_status_error(*std::move(answer));
  net::body_items_options how;
  how.chunk_bytes = options->chunk_bytes;
  how.max_item_bytes = context.max_response_bytes;
  how.want_meta = context.want_meta;
  opened out;
  out.is_one_value = net::is_json_type(net::media_type_of(answer->head.fields.find("content-type").value_or("")));
  out.items = net::make_body_items(*std::move(answer), how);
  co_return std::move(out);
}

task<result<std::unique_ptr<tool_stream>>> run_open(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    auto stream = co_await open(std::move(session), std::move(what), std::move(context));
    if (!stream) co_return stream.error();
    co_return std::move(stream->items);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http_stream");
  }
}

task<result<tool_result>> run_call(std::shared_ptr<http_session> session, tool_call what, call_context context) {
  try {
    const std::size_t limit = context.max_response_bytes;
    auto stream = co_await open(std::move(session), std::move(what), std::move(context));
    if (!stream) co_return stream.error();
    if (!stream->is_one_value) co_return co_await collect(std::move(stream->items), limit);
    auto only = co_await stream->items->next();
    if (!only) co_return only.error();
    if (!*only) co_return tool_result(std::string());
    co_return **std::move(only);
  } catch (const std::exception& thrown) {
    co_return error_of_exception(thrown, "http_stream");
  }
}

class http_stream_transport final : public http_family_transport {
 public:
  explicit http_stream_transport(const transport_services& services) : http_family_transport(services, "http_stream") {}

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
};

}  // namespace

transport_factory make_http_stream_transport() {
  return [](const transport_services& services) -> std::shared_ptr<transport> { return std::make_shared<http_stream_transport>(services); };
}

}  // namespace utcp
