#include "http_wire.hpp"

#include <utcp/net/media_type.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace utcp::mcp {
namespace {

namespace asio = boost::asio;

// Without a `retry` of the server. Source: what the SDKs do.
constexpr std::chrono::milliseconds first_wait{1'000};
constexpr std::chrono::milliseconds longest_wait{30'000};
constexpr unsigned max_fruitless = 16;  // resumptions in a row that brought no event
constexpr std::chrono::milliseconds drain_patience{1'000};  // for the end of a stream whose answer is here: then its connection is kept
constexpr std::chrono::seconds open_patience{30};
constexpr std::chrono::seconds close_patience{2};
constexpr std::size_t max_session_bytes = 4'096;
constexpr const char* both_types = "application/json, text/event-stream";

bool is_session_id(std::string_view id) {
  return !id.empty() && id.size() <= max_session_bytes && std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_json(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

bool holds_failure(std::string_view body, const document_limits& limits) {
  std::vector<message> all;
  return read_messages(body, limits, all) && std::any_of(all.begin(), all.end(), [](const message& each) { return each.what == message::kind::failure; });
}

}  // namespace

/// Tells the sink when a conversation is destroyed unfinished, which happens with the executor's end.
struct http_wire::drop_guard {
  drop_guard(std::weak_ptr<wire_sink> s) : sink(std::move(s)) {}
  drop_guard(const drop_guard&) = delete;
  ~drop_guard() {
    if (finished) return;
    if (auto still = sink.lock()) still->on_dropped();
  }
  std::weak_ptr<wire_sink> sink;
  bool finished = false;
};

struct http_wire::event_stream {
  event_stream(net::http_stream answer, std::size_t limit) : body(std::move(answer.body)), events(limit) {}

  std::shared_ptr<net::http_body_stream> body;
  net::sse_decoder events;
  unsigned fruitless = 0;  // resumptions since the last event

  /// How long to wait before the next try. What the server says is kept exactly.
  std::chrono::milliseconds wait() const {
    if (events.retry()) return *events.retry();
    auto out = first_wait;
    for (unsigned i = 0; i < fruitless && out < longest_wait; ++i) out = out * 3 / 2;
    return std::min(out, longest_wait);
  }
};

void http_wire::agreed(const std::string& revision, bool modern) {
  revision_ = revision;
  modern_ = modern;
  if (!revision.empty()) return;
  session_.clear();
  if (const auto one = std::exchange(listening_, nullptr)) one->stop.emit(asio::cancellation_type::terminal);
}

http_ask http_wire::ask_for(const char* method) const {
  http_ask out;
  out.method = method;
  out.headers.reserve(8);
  if (!revision_.empty()) out.headers.emplace_back("MCP-Protocol-Version", revision_);
  if (!session_.empty()) out.headers.emplace_back("Mcp-Session-Id", session_);
  if (out.method == "POST") {
    out.headers.emplace_back("Content-Type", "application/json");
    out.headers.emplace_back("Accept", both_types);
  } else if (out.method == "GET") {
    out.headers.emplace_back("Accept", "text/event-stream");
  }
  return out;
}

void http_wire::send(outgoing what) {
  auto one = std::make_shared<exchange>();
  one->id = what.id;
  running_.emplace(what.id, one);
  // The handler keeps the signal: its slot is looked at until the very end.
  auto token = asio::bind_cancellation_slot(one->stop.slot(), [one](std::exception_ptr) {});
  asio::co_spawn(context_.executor, run(shared_from_this(), one, std::move(what)), std::move(token));
}

void http_wire::abandon(std::int64_t id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  const auto one = found->second;
  one->told = true;
  one->stop.emit(asio::cancellation_type::terminal);
}

void http_wire::fail(exchange& one, error why) {
  if (std::exchange(one.told, true)) return;
  if (auto sink = context_.sink.lock()) sink->on_failed(one.id, std::move(why));
}

/// Hands on what a body or an event holds.
void http_wire::deliver(exchange& one, std::string_view text, int status) {
  const auto sink = context_.sink.lock();
  if (!sink || closing_) return;
  std::vector<message> all;
  if (auto fine = read_messages(text, context_.options->limits, all); !fine) {
    if (status != 0) return fail(one, std::move(fine).error());
    return sink->on_notice("skipped an event of the MCP server: " + fine.error().message);
  }
  for (message& each : all) {
    // A failure of the whole request may come without its id.
    if (each.what == message::kind::failure && each.id.is_null() && one.id != 0) each.id = one.id;
    const bool answers = each.what == message::kind::result || each.what == message::kind::failure;
    if (answers && number_of(each.id) == one.id) {
      if (std::exchange(one.told, true)) continue;
      one.answered = true;
    }
    sink->on_message(std::move(each), status);
    if (closing_) return;
  }
}

task<void> http_wire::run(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, outgoing what) {
  drop_guard guard(self->context_.sink);
  try {
    co_await converse(self, one, std::move(what));
  } catch (const std::exception& thrown) {
    self->fail(*one, error_of_thrown(thrown));
  }
  guard.finished = true;
  one->patience.reset();
  self->running_.erase(one->id);
  self->fail(*one, error(errc::protocol_error, "the MCP server's answer holds no answer to the request"));
}

task<void> http_wire::converse(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, outgoing what) {
  http_ask ask = self->ask_for("POST");
  if (self->modern_) {
    ask.headers.emplace_back("Mcp-Method", what.method);
    if (!what.name.empty()) ask.headers.emplace_back("Mcp-Name", std::move(what.name));
    for (net::http_header& each : what.parameters) ask.headers.push_back(std::move(each));
  }
  ask.body = std::make_shared<const std::string>(std::move(what.message));
  ask.deadline = what.deadline;
  ask.for_request = what.id;
  auto answer = co_await self->channel_->open(std::move(ask));
  if (!answer) {
    self->fail(*one, std::move(answer).error());
    co_return;
  }
  const int status = answer->head.status;
  if (what.method == "initialize" && status >= 200 && status < 300) {
    const auto given = answer->head.fields.find("mcp-session-id");
    if (given && is_session_id(*given)) self->session_ = *given;
  }
  if (status >= 200 && status < 300 && type_of(answer->head) == "text/event-stream") co_await read_events(self, one, *std::move(answer), what.deadline);
  else co_await read_answer(self, one, *std::move(answer));
}

task<void> http_wire::read_answer(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, net::http_stream answer) {
  auto body = co_await read_body(std::move(answer.body), self->context_.options->max_message_bytes);
  if (!body) {
    self->fail(*one, std::move(body).error());
    co_return;
  }
  const int status = answer.head.status;
  const bool good = status >= 200 && status < 300;
  // 401 and 403 are about credentials, whatever is in the body.
  if (is_json(*body) && (good || (status != 401 && status != 403 && holds_failure(*body, self->context_.options->limits)))) {
    self->deliver(*one, *body, status);
    co_return;
  }
  if (good) {
    const std::string type = type_of(answer.head);
    self->fail(*one, error(errc::protocol_error, "the MCP server answered HTTP " + std::to_string(status) + " with " + (body->empty() ? "no body" : type.empty() ? "no Content-Type" : type) +
                                                     " where JSON or an event stream is due"));
  } else {
    self->fail(*one, failure_of_status(std::move(answer.request), std::move(answer.head), *std::move(body)));
  }
}

/// Hands on the events that are whole.
result<void> http_wire::deliver_events(exchange& one, event_stream& stream) {
  for (;;) {
    auto event = stream.events.next();
    if (!event) return event.error();
    if (!*event) return {};
    stream.fruitless = 0;
    // Source: MCP 2024-11-05, "HTTP with SSE": the stream of that transport begins so, and holds no answers to what was posted here.
    if ((*event)->type == "endpoint" && !one.answered) return error(errc::protocol_error, "the MCP server answered with an event stream of the older transport HTTP+SSE");
    if ((*event)->type == "message" && !(*event)->data.empty()) deliver(one, (*event)->data, 0);
  }
}

task<void> http_wire::read_events(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one, net::http_stream answer, time_point deadline) {
  auto stream = std::make_shared<event_stream>(std::move(answer), self->context_.options->max_message_bytes);
  for (;;) {
    auto more = co_await stream->body->read();
    if (more && *more) {
      stream->events.feed(**more);
      if (auto fine = self->deliver_events(*one, *stream); !fine) {
        self->fail(*one, std::move(fine).error());
        co_return;
      }
      if (one->answered && !one->patience) {
        one->patience = self->context_.options->clock->make_alarm(self->context_.executor);
        one->patience->arm(self->context_.options->clock->now() + drain_patience, [weak = std::weak_ptr<exchange>(one)] {
          if (auto still = weak.lock()) still->stop.emit(asio::cancellation_type::terminal);
        });
      }
      continue;
    }
    if (one->told || self->closing_) co_return;
    // A stateless server keeps nothing that could be taken up again.
    if (self->modern_ || stream->events.last_id().empty()) {
      self->fail(*one, error(errc::connection_failed, "the MCP server ended the stream before its answer" + (more ? std::string() : ": " + more.error().message)));
      co_return;
    }
    auto again = co_await resume(self, stream, deadline);
    if (!again) {
      self->fail(*one, std::move(again).error());
      co_return;
    }
  }
}

/// Opens a stream again where it ended.
task<result<void>> http_wire::resume(std::shared_ptr<http_wire> self, std::shared_ptr<event_stream> stream, time_point deadline) {
  stream->body.reset();
  for (;;) {
    if (stream->fruitless >= max_fruitless) co_return error(errc::connection_failed, "the MCP server ends its stream again and again without an answer");
    co_await pause(self->context_.options->clock, self->context_.executor, stream->wait());
    ++stream->fruitless;
    stream->events.reconnect();
    http_ask ask = self->ask_for("GET");
    if (!stream->events.last_id().empty()) ask.headers.emplace_back("Last-Event-ID", stream->events.last_id());
    ask.deadline = std::min(deadline, self->context_.options->clock->now() + open_patience);
    auto answer = co_await self->channel_->open(std::move(ask));
    if (!answer) {
      if (answer.error() == errc::connection_failed || answer.error() == errc::timed_out) continue;
      co_return answer.error();
    }
    if (answer->head.status == 200 && type_of(answer->head) == "text/event-stream") {
      stream->body = std::move(answer->body);
      co_return result<void>();
    }
    const int status = answer->head.status;
    if (status == 502 || status == 503 || status == 504 || status == 429) continue;
    co_return error(errc::connection_failed, "the MCP server ended the stream before its answer, and does not let it be taken up again (HTTP " + std::to_string(status) + ")");
  }
}

void http_wire::listen() {
  if (listening_ || modern_ || closing_) return;
  listening_ = std::make_shared<exchange>();
  auto token = asio::bind_cancellation_slot(listening_->stop.slot(), [one = listening_](std::exception_ptr) {});
  asio::co_spawn(context_.executor, run_follow(shared_from_this(), listening_), std::move(token));
}

task<void> http_wire::run_follow(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one) {
  try {
    co_await follow(self, one);
  } catch (const std::exception&) {  // cancelled: nobody waits for it
  }
  if (self->listening_ == one) self->listening_.reset();
}

/// The stream for what the server says on its own. A server that has none answers 405.
task<void> http_wire::follow(std::shared_ptr<http_wire> self, std::shared_ptr<exchange> one) {
  http_ask ask = self->ask_for("GET");
  ask.deadline = self->context_.options->clock->now() + open_patience;
  auto answer = co_await self->channel_->open(std::move(ask));
  if (!answer || answer->head.status != 200 || type_of(answer->head) != "text/event-stream") co_return;
  auto stream = std::make_shared<event_stream>(*std::move(answer), self->context_.options->max_message_bytes);
  for (;;) {
    auto more = co_await stream->body->read();
    if (self->closing_) co_return;
    if (more && *more) {
      stream->events.feed(**more);
      if (auto fine = self->deliver_events(*one, *stream); !fine) co_return;
      continue;
    }
    if (auto again = co_await resume(self, stream, time_point::max()); !again) co_return;
  }
}

task<result<void>> http_wire::tell(std::string message) { return tell_now(shared_from_this(), std::move(message)); }

task<result<void>> http_wire::tell_now(std::shared_ptr<http_wire> self, std::string message) {
  http_ask ask = self->ask_for("POST");
  ask.body = std::make_shared<const std::string>(std::move(message));
  ask.deadline = self->context_.options->clock->now() + tell_patience;
  ask.whole = true;
  auto answer = co_await self->channel_->open(std::move(ask));
  if (!answer) co_return answer.error();
  const int status = answer->head.status;
  if (status >= 200 && status < 300) co_return result<void>();  // it may have a body that never ends
  auto body = co_await read_body(std::move(answer->body), self->context_.options->max_message_bytes);
  co_return failure_of_status(std::move(answer->request), std::move(answer->head), body ? *std::move(body) : std::string());
}

task<void> http_wire::close() { return close_down(shared_from_this()); }

task<void> http_wire::close_down(std::shared_ptr<http_wire> self) {
  self->closing_ = true;
  const auto running = self->running_;
  for (const auto& each : running) self->abandon(each.first);
  if (self->listening_) self->listening_->stop.emit(asio::cancellation_type::terminal);
  if (self->session_.empty()) co_return;
  http_ask ask = self->ask_for("DELETE");
  ask.deadline = self->context_.options->clock->now() + close_patience;
  auto answer = co_await self->channel_->open(std::move(ask));  // 405: it ends sessions by itself
  self->session_.clear();
}

}  // namespace utcp::mcp
