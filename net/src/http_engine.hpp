#pragma once

#include "http_transfer.hpp"
#include "plain_http.hpp"
#include "proxy.hpp"
#include "wait_policy.hpp"

#include <utcp/net/http_client.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::net {

/// curl's multi interface on one executor, and beside it plain_http for what that takes; curl is set up when first needed.
///
/// All sockets and one timerfd sit in an epoll set of our own, level-triggered, and Asio waits for that set only: one
/// re-arm serves a whole batch of events, and an idle engine leaves no operation behind. Completion handlers run inline on
/// the executor, never from within a curl callback and never within the function that started the operation.
///
/// A wait first polls, other work of the executor in between, where that has brought answers sooner (wait_policy).
class http_engine : public std::enable_shared_from_this<http_engine> {
 public:
  http_engine(boost::asio::any_io_executor executor, const http_client_options& options);
  ~http_engine();
  http_engine(http_engine&&) = delete;

  void send(http_request request, response_handler handler);
  void open(http_request request, open_handler handler);
  void read(http_transfer& stream, chunk_handler handler);
  /// A stream's owner has gone.
  void drop(http_transfer& stream);
  void drop(plain_exchange& stream);

  // For transfers.
  void note_news(http_transfer& stream);
  /// Goes on with its upload when that has bytes again.
  void wait_for_upload(http_transfer& transfer);
  const http_client_options& options() const noexcept { return options_; }
  const proxy_environment& proxies() const noexcept { return proxies_; }
  static curl_socket_t open_socket(void* transfer, curlsocktype purpose, curl_sockaddr* address);
  static int close_socket(void* engine, curl_socket_t socket);
  curl_slist* resolve_list() const noexcept { return resolve_; }

  // For plain_http.
  plain_http& plain() noexcept { return plain_; }
  /// Whether handlers are being called.
  bool telling() const noexcept { return telling_; }
  void watch_plain(int fd, plain_connection& connection, bool input, bool output);
  void forget_plain(int fd) { sockets_[static_cast<std::size_t>(fd)].leave(); }
  /// Has `plain_http::expire` called at that time, or before.
  void ring_by(time_point when);
  /// The handler is called when the engine tells what is finished.
  void finish(result<http_response> outcome, response_handler& handler);
  void send_by_curl(http_request request, response_handler handler);
  void open_by_curl(http_request request, open_handler handler);
  void post_progress();
  /// Waits for events while requests are under way, and only then: an idle engine must not keep the executor busy.
  void settle();
  template <class T>
  void post(completion<T> handler, result<T> outcome);
  /// Has `cancel(engine)` called when the handler's operation is cancelled.
  template <class Handler, class Cancel>
  void on_cancellation(Handler& handler, Cancel cancel);

 private:
  struct socket_state {
    /// The descriptor is closed; what epoll still has to say about it is out of date.
    void leave() noexcept {
      *this = socket_state(generation + 1);
    }
    socket_state() = default;
    explicit socket_state(std::uint32_t g) : generation(g) {}

    std::uint32_t generation = 0;
    plain_connection* plain = nullptr;
    int mask = 0;             ///< what epoll watches; 0: not in the set
    bool connection = false;  ///< made by open_socket, so close_socket will tell its end
    bool parked = false;      ///< curl does not care now, but usually will again
  };
  struct finished {
    explicit finished(result<http_response> o) : outcome(std::move(o)) {}
    result<http_response> outcome;
    response_handler handler;
  };
  struct wait_operation;
  enum class waiting { no, polling, asleep };

  static int on_socket(CURL*, curl_socket_t socket, int what, void* engine, void*);
  static int on_timer(CURLM*, long timeout_ms, void* engine);

  CURLM* multi();
  bool busy() const noexcept { return in_multi_ > 0 || plain_.busy(); }
  http_transfer* take_transfer();
  void recycle(http_transfer& transfer);
  void begin(http_transfer& transfer);
  void leave_multi(http_transfer& transfer);
  /// Whether it is under way still, and serves the same request.
  bool is_current(const http_transfer& transfer, std::uint64_t serial) const;
  void resume_upload(http_transfer& transfer, std::uint64_t serial);
  void cancel(http_transfer& transfer, std::uint64_t serial);
  template <class Handler>
  void watch_cancellation(http_transfer& transfer, Handler& handler);

  void set_epoll(int fd, int operation, int mask);
  void watch(curl_socket_t socket, int what);
  void unwatch(curl_socket_t socket);
  void set_timer(long timeout_ms);
  bool run_timeouts();
  void on_wake();
  void on_poll();
  void take_events();
  int take_batch();
  void on_timer_event();
  void progress();
  void reap();
  void tell_finished();
  void end_stream(http_transfer& stream, CURLcode code);
  void tell_news();
  void tell(http_transfer& stream);
  void arm();
  void sleep();
  void abandon();

  boost::asio::any_io_executor executor_;
  http_client_options options_;
  proxy_environment proxies_;
  curl_slist* resolve_ = nullptr;
  CURLM* multi_ = nullptr;
  int epoll_;
  int timer_;
  boost::asio::posix::stream_descriptor wait_;  // owns epoll_
  std::vector<socket_state> sockets_;           // by descriptor
  plain_http plain_;
  std::vector<std::unique_ptr<http_transfer>> active_;
  std::vector<std::unique_ptr<http_transfer>> idle_;
  std::vector<http_transfer*> news_;
  std::vector<finished> finished_;  // out of curl, their handlers not called yet
  std::size_t in_multi_ = 0;
  std::uint64_t next_serial_ = 0;
  std::optional<time_point> due_;     // when curl wants to be called
  std::optional<time_point> alarm_;   // when timer_ rings; never later than due_
  bool kick_ = false;                 // curl wants to be called now
  waiting waiting_ = waiting::no;
  time_point wait_began_;
  bool wait_polls_ = false;             // the wait under way began by polling
  wait_policy policy_;
  bool telling_ = false;                // handlers are being called
  bool posted_ = false;
  bool abandoned_ = false;
};

inline error request_cancelled() { return {errc::cancelled, "the request was cancelled"}; }

/// Calls a handler that waited. Its slot may not call us any more.
template <class T>
void complete(completion<T>& slot, result<T> outcome) {
  auto handler = std::move(slot);
  slot = nullptr;
  if (auto cancel_slot = boost::asio::get_associated_cancellation_slot(handler); cancel_slot.is_connected()) cancel_slot.clear();
  std::move(handler)(std::move(outcome));
}

template <class Handler, class Cancel>
void http_engine::on_cancellation(Handler& handler, Cancel cancel) {
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  if (!slot.is_connected()) return;
  slot.assign([engine = weak_from_this(), cancel = std::move(cancel)](boost::asio::cancellation_type) {
    if (const auto self = engine.lock()) cancel(*self);
  });
}

template <class Handler>
void http_engine::watch_cancellation(http_transfer& transfer, Handler& handler) {
  on_cancellation(handler, [&transfer, serial = transfer.serial](http_engine& engine) { engine.cancel(transfer, serial); });
}

template <class T>
void http_engine::post(completion<T> handler, result<T> outcome) {
  boost::asio::post(executor_, [h = std::move(handler), r = std::move(outcome)]() mutable { std::move(h)(std::move(r)); });
}

}  // namespace utcp::net
