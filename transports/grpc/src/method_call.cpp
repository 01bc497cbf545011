#include "method_call.hpp"

#include "message_decoder.hpp"
#include "rpc_status.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>

namespace utcp::grpc_transport {
namespace {

namespace asio = boost::asio;

using item = std::optional<tool_result>;

bool is_refused_token(const rpc_end& end) { return end.from_server && end.status.error_code() == ::grpc::StatusCode::UNAUTHENTICATED; }

/// A server that broke off or lost a method may come back as another.
void learn_from(grpc_session& session, const method_call& what, const rpc_end& end) {
  const auto code = end.status.error_code();
  if (code == ::grpc::StatusCode::UNAVAILABLE || code == ::grpc::StatusCode::UNIMPLEMENTED) session.forget_types(what.context.manual);
}

error failure_of(grpc_session& session, const method_call& what, const rpc_end& end) {
  learn_from(session, what, end);
  return error_of(end, *what.plan->channel, what.of.types.get());
}

result<json> decode(const method_call& what, const std::string& message) {
  if (message.size() > what.context.max_response_bytes)
    return error(errc::too_large, "the answer has " + std::to_string(message.size()) + " bytes, more than max_response_bytes (" + std::to_string(what.context.max_response_bytes) + ")");
  return message_decoder(what.of.types->plans()).decode(*what.of.method->output_type(), message);
}

/// The requests of a stream on their way.
struct sending {
  explicit sending(request_messages of) : messages(std::move(of)) {}
  request_messages messages;
  std::optional<error> failure;
  bool is_running = false;  // send_all has not ended
  asio::cancellation_signal stop;
};

task<void> send_all(std::shared_ptr<rpc_stream> over, std::shared_ptr<sending> what) {
  what->is_running = true;
  const auto ended = [](sending* each) { each->is_running = false; };  // also when the executor ends before
  const std::unique_ptr<sending, decltype(ended)> running(what.get(), ended);
  for (;;) {
    auto message = what->messages.next();
    if (!message) {
      what->failure = message.error();
      over->cancel();
      co_return;
    }
    if (*message) {
      std::string bytes = std::move(**message);
      const bool sent = co_await over->write(std::move(bytes));
      if (!sent) co_return;
    } else if (what->messages.waits()) {
      co_await what->messages.wait();
    } else {
      break;
    }
  }
  over->close_writing();
}

class message_stream final : public tool_stream {
 public:
  message_stream(std::shared_ptr<grpc_session> session, method_call what) : session_(std::move(session)), what_(std::move(what)) {}
  message_stream(const message_stream&) = delete;
  message_stream& operator=(const message_stream&) = delete;
  ~message_stream() override { close(); }

  task<result<void>> open() {
    auto start = co_await grpc_session::start_of(session_, what_.plan, what_.of.path, what_.context);
    if (!start) co_return start.error();
    start_ = *std::move(start);
    over_ = std::make_shared<rpc_stream>(what_.plan->channel, session_->services().executor, start_);
    sending_ = std::make_shared<sending>(what_.repeatable ? what_.messages : std::move(what_.messages));
    asio::co_spawn(session_->services().executor, send_all(over_, sending_), asio::bind_cancellation_slot(sending_->stop.slot(), [kept = sending_](std::exception_ptr) {}));
    co_return result<void>();
  }

  task<result<item>> next() override {
    while (over_ && !failure_) {
      auto message = co_await over_->read();
      if (message) {
        auto value = take(*message);
        if (value) co_return value;
        break;
      }
      const rpc_end& end = over_->end();
      if (!has_begun_ && is_refused_token(end) && what_.repeatable && !is_second_ && session_->forget_token(what_.plan->settings, start_, what_.context)) {
        is_second_ = true;
        auto again = co_await open();
        if (again) continue;
        failure_ = again.error();
        break;
      }
      if (sending_->failure) failure_ = *std::move(sending_->failure);
      else if (!end.status.ok()) failure_ = failure_of(*session_, what_, end);
      else break;
    }
    close();
    if (!failure_) co_return item();
    error out = *std::exchange(failure_, std::nullopt);
    co_return out;
  }

  std::optional<tool_result> take_ready() override {
    if (!over_ || failure_) return std::nullopt;
    auto message = over_->take_ready();
    if (!message) return std::nullopt;
    return take(*message);
  }

 private:
  /// Nothing after a failure.
  item take(const std::string& message) {
    auto value = decode(what_, message);
    if (!value) {
      failure_ = std::move(value).error();
      over_->cancel();
      return std::nullopt;
    }
    tool_result out(*std::move(value));
    if (!std::exchange(has_begun_, true) && what_.context.want_meta) {
      rpc_end head;
      head.headers = over_->headers();
      out.meta = describe_metadata(head);
      out.meta.erase("trailers");
    }
    return out;
  }

  void close() {
    if (!over_) return;
    over_->cancel();
    over_.reset();
    if (sending_->is_running) asio::dispatch(session_->services().executor, [what = sending_] { what->stop.emit(asio::cancellation_type::terminal); });
    sending_.reset();
  }

  std::shared_ptr<grpc_session> session_;
  method_call what_;
  rpc_start start_;
  std::shared_ptr<rpc_stream> over_;  // null: at the end
  std::shared_ptr<sending> sending_;
  std::optional<error> failure_;
  bool has_begun_ = false;
  bool is_second_ = false;
};

task<result<tool_result>> unary(std::shared_ptr<grpc_session> session, method_call what) {
  auto message = what.messages.next();
  if (!message) co_return message.error();
  for (bool is_second = false;; is_second = true) {
    auto start = co_await grpc_session::start_of(session, what.plan, what.of.path, what.context);
    if (!start) co_return start.error();
    rpc_start used = *start;
    std::string bytes = **message;
    const unary_answer answer = co_await call_unary(what.plan->channel, session->services().executor, *std::move(start), std::move(bytes));
    if (!is_second && is_refused_token(answer.end) && session->forget_token(what.plan->settings, used, what.context)) continue;
    if (!answer.end.status.ok()) co_return failure_of(*session, what, answer.end);
    if (!answer.message) co_return error(errc::protocol_error, what.plan->channel->shown() + ": the server ended the call without an answer");
    auto value = decode(what, *answer.message);
    if (!value) co_return value.error();
    tool_result out(*std::move(value));
    if (what.context.want_meta) out.meta = describe_metadata(answer.end);
    co_return out;
  }
}

/// Many requests, one answer.
task<result<tool_result>> client_stream(std::shared_ptr<grpc_session> session, method_call what) {
  message_stream stream(session, std::move(what));
  auto opened = co_await stream.open();
  if (!opened) co_return opened.error();
  auto first = co_await stream.next();
  if (!first) co_return first.error();
  if (!*first) co_return error(errc::protocol_error, "the server ended the call without an answer");
  auto rest = co_await stream.next();
  if (!rest) co_return rest.error();
  co_return std::move(**first);
}

task<result<tool_result>> collected(std::shared_ptr<grpc_session> session, method_call what) {
  const std::size_t most = what.context.max_response_bytes;
  auto stream = std::make_unique<message_stream>(std::move(session), std::move(what));
  auto opened = co_await stream->open();
  if (!opened) co_return opened.error();
  co_return co_await collect(std::move(stream), most);
}

}  // namespace

result<method_call> prepare_call(std::shared_ptr<const call_plan> plan, known_method of, const json& arguments, std::shared_ptr<input_source> input, call_context context) {
  if (input && !of.method->client_streaming()) return error(errc::unsupported, of.path + " takes one request; only a method with a stream of requests takes an input");
  method_call out;
  out.repeatable = !input;
  std::shared_ptr<const message_plans> plans(of.types, &of.types->plans());
  auto messages = request_messages::of(*of.method, std::move(plans), arguments, std::move(input));
  if (!messages) return messages.error();
  out.messages = *std::move(messages);
  out.plan = std::move(plan);
  out.of = std::move(of);
  out.context = std::move(context);
  return out;
}

task<result<tool_result>> call_method(std::shared_ptr<grpc_session> session, method_call what) {
  const pb::MethodDescriptor& method = *what.of.method;
  if (!method.client_streaming() && !method.server_streaming()) return unary(std::move(session), std::move(what));
  if (!method.server_streaming()) return client_stream(std::move(session), std::move(what));
  return collected(std::move(session), std::move(what));
}

task<result<std::unique_ptr<tool_stream>>> open_method(std::shared_ptr<grpc_session> session, method_call what) {
  if (what.of.method->server_streaming()) what.context.deadline = time_point::max();
  auto stream = std::make_unique<message_stream>(std::move(session), std::move(what));
  auto opened = co_await stream->open();
  if (!opened) co_return opened.error();
  std::unique_ptr<tool_stream> out = std::move(stream);
  co_return std::move(out);
}

}  // namespace utcp::grpc_transport
