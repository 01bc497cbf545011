#include "sse_stream.hpp"

#include <utcp/document.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_answer.hpp>

#include <algorithm>

namespace utcp::sse {
namespace {

using item = std::optional<tool_result>;

constexpr std::chrono::milliseconds longest_delay{60'000};
constexpr std::chrono::seconds handshake_timeout{30};

// Opens one connection. Null without an error: the server has nothing more (204).
task<result<std::optional<net::http_stream>>> connect(std::shared_ptr<http_session> session, http_plan plan) {
  auto answer = co_await open_exchange(session->parts(), std::move(plan));
  if (!answer) co_return answer.error();
  if (answer->head.status == 204) co_return std::optional<net::http_stream>();
  if (answer->head.status != 200) co_return co_await stream_status_error(*std::move(answer));
  const std::string type = net::media_type_of(answer->head.fields.find("content-type").value_or(""));
  if (type != "text/event-stream")
    co_return error(errc::protocol_error, answer->request.method + " " + answer->request.target.shown() + ": answered with " + (type.empty() ? "no Content-Type" : type) +
                                              " where text/event-stream is due; is this tool of another protocol, such as http or http_stream?");
  co_return std::optional<net::http_stream>(*std::move(answer));
}

class event_stream final : public tool_stream {
 public:
  event_stream(std::shared_ptr<http_session> session, http_plan plan, stream_options options, std::optional<net::http_stream> first)
      : session_(std::move(session)), plan_(std::move(plan)), options_(std::move(options)), decoder_(options_.max_event_bytes), answer_(std::move(first)) {
    // A request with a body may do its work twice.
    if (plan_.request.body || plan_.request.upload) options_.reconnect = false;
    if (options_.want_meta && answer_) head_ = net::describe_head(answer_->head);
  }

  task<result<item>> next() override {
    while (answer_) {
      auto event = decoder_.next();
      if (!event) {
        answer_.reset();
        co_return event.error();
      }
      if (*event) {
        failures_ = 0;
        if (is_wanted(**event)) co_return item(value_of(**std::move(event)));
        continue;
      }
      auto more = co_await answer_->body->read();
      if (more && !*more) {  // the server ended it
        answer_.reset();
        break;
      }
      if (more) {
        decoder_.feed(**more);
        continue;
      }
      auto again = co_await reconnect(std::move(more).error());
      if (!again) {
        answer_.reset();
        co_return again.error();
      }
    }
    co_return item();
  }

  std::optional<tool_result> take_ready() override {
    while (answer_) {
      auto event = decoder_.next();
      if (!event || !*event) break;
      failures_ = 0;
      if (is_wanted(**event)) return value_of(**std::move(event));
    }
    return std::nullopt;
  }

 private:
  bool is_wanted(const net::sse_event& event) const { return !options_.event_type || event.type == *options_.event_type; }

  tool_result value_of(net::sse_event event) {
    tool_result out;
    if (auto value = parse_json(event.data)) out = tool_result(*std::move(value));
    else out = tool_result(std::move(event.data));
    if (!options_.want_meta) return out;
    out.meta = std::exchange(head_, json::object());
    out.meta["event"] = std::move(event.type);
    if (!event.last_id.empty()) out.meta["id"] = std::move(event.last_id);
    return out;
  }

  // After a lost connection: waits, and opens another, until one opens or the tries are used up.
  task<result<void>> reconnect(error why) {
    while (options_.reconnect && why == errc::connection_failed && failures_ < options_.max_reconnects) {
      answer_->body.reset();
      auto delay = std::min(decoder_.retry().value_or(options_.retry_timeout), longest_delay);
      for (unsigned i = 0; i < failures_ && delay < longest_delay; ++i) delay *= 2;
      ++failures_;
      co_await pause(session_->time(), session_->executor(), std::min(delay, longest_delay));
      decoder_.reconnect();
      http_plan plan = plan_;
      if (!decoder_.last_id().empty()) plan.request.headers.set("Last-Event-ID", decoder_.last_id());
      plan.deadline = session_->time()->now() + handshake_timeout;
      plan.request.deadline = time_point::clock::now() + handshake_timeout;
      auto opened = co_await connect(session_, std::move(plan));
      if (opened) {
        answer_ = *std::move(opened);
        co_return result<void>();
      }
      why = std::move(opened).error();
      if (why == errc::unavailable || why == errc::timed_out) why.code = make_error_code(errc::connection_failed);  // passes, too
    }
    co_return why;
  }

  std::shared_ptr<http_session> session_;
  http_plan plan_;
  stream_options options_;
  net::sse_decoder decoder_;
  std::optional<net::http_stream> answer_;  // nothing: at the end
  json head_;
  unsigned failures_ = 0;  // reconnections since the last event
};

}  // namespace

task<result<std::unique_ptr<tool_stream>>> open_events(std::shared_ptr<http_session> session, http_plan plan, stream_options options) {
  http_plan again = plan;
  auto first = co_await connect(session, std::move(plan));
  if (!first) co_return first.error();
  std::unique_ptr<tool_stream> stream = std::make_unique<event_stream>(std::move(session), std::move(again), std::move(options), *std::move(first));
  co_return std::move(stream);
}

}  // namespace utcp::sse
