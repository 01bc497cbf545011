#include "http_engine.hpp"

#include <utcp/input_source.hpp>
#include <utcp/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace utcp::net {

namespace asio = boost::asio;

namespace {

task<void> wait_until_ready(std::shared_ptr<input_source> upload) { co_await upload->wait_ready(); }

}  // namespace

std::size_t http_transfer::on_upload(char* to, std::size_t, std::size_t room, void* self) {
  auto& me = *static_cast<http_transfer*>(self);
  try {
    if (!me.request_.upload->is_ready()) {
      me.owner_.wait_for_upload(me);
      return CURL_READFUNC_PAUSE;
    }
    auto got = me.request_.upload->read(to, room);
    if (got) return *got;
    me.upload_failure_ = std::move(got).error();
    me.trouble_ = trouble::upload_failed;
  } catch (...) {  // must not pass through curl
    me.trouble_ = trouble::exception;
  }
  return CURL_READFUNC_ABORT;
}

// curl goes back when a kept connection turns out to be closed.
int http_transfer::on_upload_seek(void* self, curl_off_t offset, int origin) {
  auto& me = *static_cast<http_transfer*>(self);
  return offset == 0 && origin == SEEK_SET && me.request_.upload && me.request_.upload->rewind() ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

void http_engine::wait_for_upload(http_transfer& transfer) {
  if (transfer.upload_wait) return;
  transfer.upload_wait = std::make_shared<asio::cancellation_signal>();
  // Posted, as this is within a callback of curl.
  asio::post(executor_, [self = shared_from_this(), &transfer, serial = transfer.serial, signal = transfer.upload_wait, upload = transfer.request().upload] {
    if (!self->is_current(transfer, serial)) return;
    auto go_on = [engine = self->weak_from_this(), signal, &transfer, serial](std::exception_ptr) {
      if (const auto alive = engine.lock()) alive->resume_upload(transfer, serial);
    };
    asio::co_spawn(self->executor_, wait_until_ready(upload), asio::bind_cancellation_slot(signal->slot(), std::move(go_on)));
  });
}

void http_engine::resume_upload(http_transfer& transfer, std::uint64_t serial) {
  if (!is_current(transfer, serial)) return;
  transfer.upload_wait.reset();
  curl_easy_pause(transfer.handle(), transfer.paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
  if (run_timeouts() || !news_.empty()) post_progress();
  arm();
}

}  // namespace utcp::net
