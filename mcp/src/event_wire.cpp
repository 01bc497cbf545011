#include "event_wire.hpp"

#include <utcp/net/sse_decoder.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace utcp::mcp {

namespace asio = boost::asio;

struct event_wire::drop_guard {
  explicit drop_guard(event_wire& w) : sink(w.context_.sink), ready(w.ready_), ended(w.ended_) {}
  drop_guard(const drop_guard&) = delete;
  ~drop_guard() {
    if (finished) return;
    if (ready) ready->drop();
    if (ended) ended->drop();
    if (auto still = sink.lock()) still->on_dropped();
  }
  std::weak_ptr<wire_sink> sink;
  std::shared_ptr<occasion> ready, ended;
  bool finished = false;
};

task<result<std::shared_ptr<wire>>> event_wire::open(std::shared_ptr<http_channel> channel, time_point deadline, bool want_words) {
  http_ask ask;
  ask.method = "GET";
  ask.headers.emplace_back("Accept", "text/event-stream");
  ask.deadline = deadline;
  auto answer = co_await channel->open(std::move(ask));
  if (!answer) co_return answer.error();
  if (answer->head.status != 200) {
    std::string words;
    if (want_words)
      if (auto body = co_await read_body(std::move(answer->body), 64u << 10)) words = *std::move(body);
    co_return failure_of_status(std::move(answer->request), std::move(answer->head), std::move(words));
  }
  if (type_of(answer->head) != "text/event-stream") co_return error(errc::protocol_error, "MCP over HTTP+SSE: " + channel->target().shown() + " is no event stream");
  auto self = std::make_shared<event_wire>(std::move(channel));
  const asio::any_io_executor executor = self->context_.executor;
  const std::shared_ptr<clock> time = self->context_.options->clock;
  self->ready_ = std::make_shared<occasion>(executor);
  self->ended_ = std::make_shared<occasion>(executor);
  self->reading_ = std::make_shared<signal>();
  const auto bell = time->make_alarm(executor);
  bell->arm(deadline, [ready = self->ready_] { ready->happen(error(errc::timed_out, "MCP over HTTP+SSE: the server did not say in time where to post")); });
  // The handler keeps the signal: its slot is looked at until the very end.
  auto token = asio::bind_cancellation_slot(self->reading_->slot(), [signal = self->reading_](std::exception_ptr) {});
  std::shared_ptr<net::http_body_stream> body = std::move(answer->body);
  asio::co_spawn(executor, run_read(self, std::move(body)), std::move(token));
  auto ready = co_await occasion::wait(self->ready_);
  if (!ready) {
    self->closing_ = true;
    self->reading_->emit(asio::cancellation_type::terminal);
    co_return ready.error();
  }
  co_return std::shared_ptr<wire>(std::move(self));
}

result<void> event_wire::take_endpoint(const std::string& reference) {
  auto target = channel_->target().resolve(reference);
  if (!target) return target.error();
  if (!target->same_origin(channel_->target()))
    return error(errc::not_allowed, "MCP over HTTP+SSE: " + channel_->target().shown() + " wants messages posted to another origin, " + target->shown());
  endpoint_ = *std::move(target);
  return {};
}

void event_wire::take_message(const std::string& text) {
  const auto sink = context_.sink.lock();
  if (!sink) return;
  std::vector<message> all;
  if (auto fine = read_messages(text, context_.options->limits, all); !fine) return sink->on_notice("skipped an event of the MCP server: " + fine.error().message);
  for (message& each : all) {
    if (closing_) return;
    sink->on_message(std::move(each), 0);
  }
}

task<void> event_wire::read_all(std::shared_ptr<event_wire> self, std::shared_ptr<net::http_body_stream> body) {
  net::sse_decoder events(self->context_.options->max_message_bytes);
  error why(errc::connection_failed, "the MCP server ended its event stream");
  for (;;) {
    auto more = co_await body->read();
    if (!more) why = std::move(more).error();
    if (self->closing_ || !more || !*more) break;
    events.feed(**more);
    auto event = events.next();
    for (; event && *event; event = events.next()) {
      if ((*event)->type == "message" && !(*event)->data.empty()) {
        self->take_message((*event)->data);
      } else if ((*event)->type == "endpoint" && !self->endpoint_) {
        self->ready_->happen(self->take_endpoint((*event)->data));
      }
      if (self->closing_) co_return;
    }
    if (event) continue;
    why = std::move(event).error();
    break;
  }
  self->ready_->happen(why);
  if (auto sink = self->context_.sink.lock(); sink && !self->closing_) sink->on_lost(why);
}

task<void> event_wire::run_read(std::shared_ptr<event_wire> self, std::shared_ptr<net::http_body_stream> body) {
  drop_guard guard(*self);
  try {
    co_await read_all(self, std::move(body));
  } catch (const std::exception&) {  // cancelled by close
  }
  guard.finished = true;
  self->ended_->happen(result<void>());
}

task<result<void>> event_wire::post(std::shared_ptr<event_wire> self, std::string message, time_point deadline, std::optional<std::int64_t> for_request) {
  http_ask ask;
  ask.target = self->endpoint_;
  ask.headers.emplace_back("Content-Type", "application/json");
  if (!self->revision_.empty()) ask.headers.emplace_back("MCP-Protocol-Version", self->revision_);
  ask.body = std::make_shared<const std::string>(std::move(message));
  ask.deadline = deadline;
  ask.whole = true;
  ask.for_request = for_request;
  auto answer = co_await self->channel_->open(std::move(ask));
  if (!answer) co_return answer.error();
  const int status = answer->head.status;
  auto body = co_await read_body(std::move(answer->body), 64u << 10);
  if (status >= 200 && status < 300) co_return result<void>();
  co_return failure_of_status(std::move(answer->request), std::move(answer->head), body ? *std::move(body) : std::string());
}

void event_wire::send(outgoing what) {
  auto stop = std::make_shared<signal>();
  posting_.emplace(what.id, stop);
  auto token = asio::bind_cancellation_slot(stop->slot(), [stop](std::exception_ptr) {});
  asio::co_spawn(context_.executor, run_send(shared_from_this(), std::move(what)), std::move(token));
}

task<void> event_wire::run_send(std::shared_ptr<event_wire> self, outgoing what) {
  drop_guard guard(*self);
  result<void> done;
  try {
    done = co_await post(self, std::move(what.message), what.deadline, what.id);
  } catch (const std::exception& thrown) {
    done = error_of_thrown(thrown);
  }
  guard.finished = true;
  self->posting_.erase(what.id);
  if (done) co_return;
  if (auto sink = self->context_.sink.lock(); sink && !self->closing_) sink->on_failed(what.id, std::move(done).error());
}

void event_wire::abandon(std::int64_t id) {
  const auto found = posting_.find(id);
  if (found == posting_.end()) return;
  const auto stop = found->second;
  stop->emit(asio::cancellation_type::terminal);
}

task<result<void>> event_wire::tell(std::string message) {
  return post(shared_from_this(), std::move(message), context_.options->clock->now() + tell_patience, std::nullopt);
}

task<void> event_wire::close() { return close_down(shared_from_this()); }

task<void> event_wire::close_down(std::shared_ptr<event_wire> self) {
  self->closing_ = true;
  const auto posting = self->posting_;
  for (const auto& each : posting) self->abandon(each.first);
  self->reading_->emit(asio::cancellation_type::terminal);
  (void)co_await occasion::wait(self->ended_);
}

}  // namespace utcp::mcp
