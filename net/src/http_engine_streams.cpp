#include "http_engine.hpp"

#include <optional>
#include <string>
#include <utility>

namespace utcp::net {

void http_engine::open(http_request request, open_handler handler) {
  if (!plain_.open(request, handler)) return open_by_curl(std::move(request), std::move(handler));
  if (telling_) return;
  if (plain_.has_news()) post_progress();
  settle();
}

void http_engine::open_by_curl(http_request request, open_handler handler) {
  http_transfer* transfer = take_transfer();
  if (auto fine = transfer->prepare(std::move(request), true); !fine) {
    recycle(*transfer);
    post<opened_stream>(std::move(handler), std::move(fine).error());
    return;
  }
  watch_cancellation(*transfer, handler);
  transfer->on_open.swap(handler);
  begin(*transfer);
}

void http_engine::note_news(http_transfer& stream) {
  if (stream.is_ready) return;
  stream.is_ready = true;
  news_.push_back(&stream);
}

void http_engine::read(http_transfer& stream, chunk_handler handler) {
  if (stream.buffer.empty() && !stream.ended) {
    watch_cancellation(stream, handler);
    stream.on_chunk.swap(handler);
  } else if (!stream.buffer.empty()) {
    post<std::optional<std::string>>(std::move(handler), std::exchange(stream.buffer, std::string()));
  } else if (auto failed = stream.failure_of(*stream.ended)) {
    post<std::optional<std::string>>(std::move(handler), *std::move(failed));
  } else {
    post<std::optional<std::string>>(std::move(handler), std::optional<std::string>());
  }
  if (stream.paused && !stream.ended) {
    stream.paused = false;
    curl_easy_pause(stream.handle(), CURLPAUSE_CONT);  // may deliver what was held back, synchronously
    if (run_timeouts() || !news_.empty()) post_progress();
  }
}

void http_engine::drop(http_transfer& stream) {
  if (!abandoned_) leave_multi(stream);
  stream.on_chunk = nullptr;
  if (abandoned_) return;
  recycle(stream);
  settle();
}

void http_engine::drop(plain_exchange& stream) {
  if (abandoned_) return;  // nobody waits for anything
  plain_.drop(stream);
  settle();
}

void http_engine::end_stream(http_transfer& stream, CURLcode code) {
  stream.ended = code;
  if (!stream.opened && !stream.head_complete()) {
    auto handler = std::move(stream.on_open);
    auto failed = stream.failure_of(code);
    if (!failed) failed = error(errc::protocol_error, stream.request().target.shown() + ": no answer");
    recycle(stream);
    complete<opened_stream>(handler, *std::move(failed));
    return;
  }
  note_news(stream);
}

void http_engine::tell_news() {
  while (!news_.empty()) {
    http_transfer* stream = news_.back();
    news_.pop_back();
    if (!stream) continue;
    stream->is_ready = false;
    tell(*stream);
  }
}

void http_engine::tell(http_transfer& stream) {
  if (!stream.opened && stream.head_complete()) {
    stream.opened = true;
    stream.lift_deadline();
    opened_stream opened;
    opened.head = stream.take_head();
    opened.transfer = &stream;
    complete<opened_stream>(stream.on_open, std::move(opened));
    return;  // the handler may have dropped the stream
  }
  if (!stream.on_chunk) return;
  if (!stream.buffer.empty()) {
    complete<std::optional<std::string>>(stream.on_chunk, std::exchange(stream.buffer, std::string()));
  } else if (stream.ended) {
    if (auto failed = stream.failure_of(*stream.ended)) complete<std::optional<std::string>>(stream.on_chunk, *std::move(failed));
    else complete<std::optional<std::string>>(stream.on_chunk, std::optional<std::string>());
  }
}

}  // namespace utcp::net
