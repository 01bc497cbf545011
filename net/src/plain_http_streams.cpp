#include "plain_http.hpp"

#include "http_engine.hpp"
#include "http_rules.hpp"
#include "plain_exchange.hpp"

#include <utcp/net/redirect.hpp>

#include <algorithm>
#include <utility>

namespace utcp::net {

bool plain_http::open(http_request& request, open_handler& handler) { return take(request, handler, &plain_exchange::on_open); }

// After bytes have come.
void plain_http::note_progress(plain_connection& connection) {
  plain_exchange& stream = *connection.serves;
  if (!stream.reader.head_complete()) return;
  if (!stream.opened && !stream.head_read) {
    stream.head_read = stream.reader.take_head();
    if (stream.request.want_peer || is_redirect(stream.head_read->status)) stream.head_read->peer = owner_.options().scope_of(connection.peer.address());
    if (outlives_deadline(stream.request, stream.head_read->status)) stream.due = time_point::max();
  }
  note_news(stream);
  if (stream.reader.body_size() < owner_.options().stream_window_bytes || !connection.watches_input) return;
  connection.watches_input = false;
  watch(connection);
}

void plain_http::end_stream(plain_exchange& stream) {
  stream.ended = true;
  if (!stream.opened && !stream.head_read && !stream.failure) stream.head_read = stream.reader.take_head();  // it ended with its head
  leave(stream);
  note_news(stream);
}

void plain_http::note_news(plain_exchange& stream) {
  if (std::exchange(stream.is_ready, true)) return;
  news_.push_back(&stream);
}

void plain_http::tell_news() {
  while (!news_.empty()) {
    plain_exchange* stream = news_.back();
    news_.pop_back();
    if (!stream) continue;
    stream->is_ready = false;
    tell(*stream);
  }
}

void plain_http::tell(plain_exchange& stream) {
  using chunk = std::optional<std::string>;
  if (!stream.opened && stream.head_read) {
    stream.opened = true;
    opened_stream opened;
    opened.head = *std::move(stream.head_read);
    opened.plain = &stream;
    stream.head_read.reset();
    complete<opened_stream>(stream.on_open, std::move(opened));  // the handler may drop the stream
  } else if (!stream.opened) {
    open_handler handler;
    handler.swap(stream.on_open);
    error why = *std::move(stream.failure);
    recycle(stream);
    complete<opened_stream>(handler, std::move(why));
  } else if (!stream.on_chunk) {
    return;
  } else if (stream.reader.body_size() > 0) {
    complete<chunk>(stream.on_chunk, stream.reader.take_body());
  } else if (stream.failure) {
    complete<chunk>(stream.on_chunk, *stream.failure);
  } else if (stream.ended) {
    complete<chunk>(stream.on_chunk, chunk());
  }
}

void plain_http::read(plain_exchange& stream, chunk_handler handler) {
  using chunk = std::optional<std::string>;
  if (stream.reader.body_size() > 0) {
    owner_.post<chunk>(std::move(handler), stream.reader.take_body());
  } else if (stream.failure) {
    owner_.post<chunk>(std::move(handler), *stream.failure);
  } else if (stream.ended) {
    owner_.post<chunk>(std::move(handler), chunk());
  } else {
    owner_.on_cancellation(handler, [&stream, serial = stream.serial](http_engine& engine) { engine.plain().cancel(stream, serial); });
    stream.on_chunk.swap(handler);
  }
  if (stream.on && !std::exchange(stream.on->watches_input, true)) watch(*stream.on);
}

void plain_http::drop(plain_exchange& stream) {
  if (stream.on) let_go(*stream.on, false);
  recycle(stream);
}

void plain_http::forget_stream(plain_exchange& stream) {
  if (stream.is_ready) std::replace(news_.begin(), news_.end(), &stream, static_cast<plain_exchange*>(nullptr));
  stream.on_open = nullptr;
  stream.on_chunk = nullptr;
  stream.head_read.reset();
  stream.failure.reset();
  stream.streaming = stream.opened = stream.ended = stream.is_ready = false;
}

}  // namespace utcp::net
