#include "await.hpp"

#include "interrupt.hpp"

#include <utcp/sync_client.hpp>

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <chrono>

namespace utcp::app {
namespace {

constexpr std::chrono::milliseconds short_patience{250};  // after what was given up

}  // namespace

event_loop::event_loop() : interrupts_(context_), patience_(context_), deadline_(context_) {
  interrupt::watch();
  const int readable = ::dup(interrupt::descriptor());
  if (readable < 0) return;
  interrupts_.assign(readable);
  interrupts_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code failed) {
    if (!failed) cancel();
  });
}

event_loop::~event_loop() {
  boost::system::error_code ignored;
  interrupts_.cancel(ignored);
  patience_.cancel();
  deadline_.cancel();
  if (context_.stopped()) context_.restart();
  context_.run_for(given_up_ ? short_patience : client_end_patience);
}

void event_loop::cancel_after(std::optional<std::chrono::milliseconds> time) {
  deadline_.cancel();
  late_ = false;
  if (!time) return;
  deadline_.expires_after(*time);
  deadline_.async_wait([this](boost::system::error_code stopped) {
    if (stopped) return;
    late_ = true;
    cancel();
  });
}

void event_loop::cancel() {
  patience_.expires_after(std::chrono::seconds(2));
  patience_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) given_up_ = true;
  });
  cancel_.emit(boost::asio::cancellation_type::terminal);
}

void event_loop::run_until(const std::function<bool()>& done) {
  // What came between two operations found nothing to cancel: cancel what has just begun.
  if (interrupt::arrived() != 0 || late_) boost::asio::post(context_, [this] { cancel_.emit(boost::asio::cancellation_type::terminal); });
  if (context_.stopped()) context_.restart();
  while (!done() && !given_up_ && context_.run_one() > 0) {}
}

}  // namespace utcp::app
