#include "http_engine.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <system_error>

namespace asio = boost::asio;

namespace utcp::net {
namespace {

constexpr std::size_t max_idle_transfers = 256;
constexpr int batch_size = 64;

int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

// Asio's handler for the epoll set. When it is destroyed without being called, the execution context is shutting down: the
// coroutines that wait for us are destroyed with it, which would otherwise keep themselves alive through the engine.
struct http_engine::wait_operation {
  explicit wait_operation(std::shared_ptr<http_engine> e) : engine(std::move(e)) {}
  wait_operation(wait_operation&&) = default;
  ~wait_operation() {
    if (engine) engine->abandon();
  }
  void operator()(boost::system::error_code) { std::exchange(engine, nullptr)->on_wake(); }
  void operator()() { std::exchange(engine, nullptr)->on_poll(); }
  std::shared_ptr<http_engine> engine;
};

http_engine::http_engine(asio::any_io_executor executor, const http_client_options& options)
    : executor_(std::move(executor)),
      options_(options),
      proxies_([](const char* name) { return std::getenv(name); }),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      wait_(executor_, epoll_),
      plain_(*this) {
  if (!has_several_cpus()) options_.poll_for = {};
  if (!options_.connection) options_.connection = std::make_shared<const connection_options>();
  if (!options_.scope_of) options_.scope_of = [](const asio::ip::address& address) { return net::scope_of(address); };
  sockets_.resize(static_cast<std::size_t>(timer_) + 1);
  set_epoll(timer_, EPOLL_CTL_ADD, EPOLLIN);
}

// Not before it is needed: it reads the trusted certificates, and a program with services of this machine only does without.
CURLM* http_engine::multi() {
  if (multi_) return multi_;
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = ready == CURLE_OK ? curl_multi_init() : nullptr;
  if (!multi_) throw std::bad_alloc();
  for (const std::string& entry : options_.resolve) resolve_ = curl_slist_append(resolve_, entry.c_str());
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &http_engine::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &http_engine::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options_.max_connections_per_host));
  return multi_;
}

http_engine::~http_engine() {
  active_.clear();
  idle_.clear();
  if (multi_) curl_multi_cleanup(multi_);  // calls on_socket and close_socket
  curl_slist_free_all(resolve_);
  ::close(timer_);
}

void http_engine::send(http_request request, response_handler handler) {
  if (plain_.send(request, handler)) {
    if (telling_) return;
    if (!finished_.empty()) post_progress();
    settle();
    return;
  }
  send_by_curl(std::move(request), std::move(handler));
}

void http_engine::send_by_curl(http_request request, response_handler handler) {
  http_transfer* transfer = take_transfer();
  if (auto fine = transfer->prepare(std::move(request), false); !fine) {
    recycle(*transfer);
    post<http_response>(std::move(handler), std::move(fine).error());
    return;
  }
  watch_cancellation(*transfer, handler);
  transfer->on_response.swap(handler);  // Boost 1.81: move assignment of any_completion_handler recurses for ever
  begin(*transfer);
}

http_transfer* http_engine::take_transfer() {
  std::unique_ptr<http_transfer> transfer;
  multi();
  if (idle_.empty()) {
    transfer = std::make_unique<http_transfer>(*this);
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  transfer->serial = ++next_serial_;
  transfer->index = active_.size();
  active_.push_back(std::move(transfer));
  return active_.back().get();
}

void http_engine::recycle(http_transfer& transfer) {
  if (transfer.is_ready) std::replace(news_.begin(), news_.end(), &transfer, static_cast<http_transfer*>(nullptr));
  transfer.clear();
  transfer.serial = 0;
  auto owned = std::move(active_[transfer.index]);
  if (transfer.index + 1 != active_.size()) {
    active_[transfer.index] = std::move(active_.back());
    active_[transfer.index]->index = transfer.index;
  }
  active_.pop_back();
  if (idle_.size() < max_idle_transfers) idle_.push_back(std::move(owned));
}

void http_engine::begin(http_transfer& transfer) {
  curl_multi_add_handle(multi_, transfer.handle());
  transfer.in_multi = true;
  ++in_multi_;
  if (telling_) return;  // progress() has curl write what all handlers send
  // Most requests can be written to an open connection right now; that saves a turn of the event loop.
  if (run_timeouts()) post_progress();
  arm();
}

void http_engine::leave_multi(http_transfer& transfer) {
  if (!transfer.in_multi) return;
  curl_multi_remove_handle(multi_, transfer.handle());
  transfer.in_multi = false;
  --in_multi_;
}

bool http_engine::is_current(const http_transfer& transfer, std::uint64_t serial) const {
  const bool exists = std::any_of(active_.begin(), active_.end(), [&](const auto& t) { return t.get() == &transfer; });
  return exists && transfer.serial == serial;
}

void http_engine::cancel(http_transfer& transfer, std::uint64_t serial) {
  if (!is_current(transfer, serial)) return;
  if (transfer.opened) {  // only a read is given up, and not twice; the stream's owner decides about the rest
    if (transfer.on_chunk) post<std::optional<std::string>>(std::exchange(transfer.on_chunk, nullptr), request_cancelled());
    return;
  }
  leave_multi(transfer);
  if (transfer.on_response) post<http_response>(std::exchange(transfer.on_response, nullptr), request_cancelled());
  if (transfer.on_open) post<opened_stream>(std::exchange(transfer.on_open, nullptr), request_cancelled());
  recycle(transfer);
  settle();
}

// ---- curl's sockets and timer ----------------------------------------------------------------------------------------

curl_socket_t http_engine::open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
  auto& wanted_by = *static_cast<http_transfer*>(transfer);
  if (!wanted_by.may_connect(address->addr)) return CURL_SOCKET_BAD;
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  auto& sockets = wanted_by.owner().sockets_;
  if (sockets.size() <= static_cast<std::size_t>(fd)) sockets.resize(static_cast<std::size_t>(fd) + 32);
  sockets[static_cast<std::size_t>(fd)].leave();
  sockets[static_cast<std::size_t>(fd)].connection = true;
  return fd;
}

int http_engine::close_socket(void* engine, curl_socket_t socket) {
  auto& sockets = static_cast<http_engine*>(engine)->sockets_;
  if (static_cast<std::size_t>(socket) < sockets.size()) sockets[static_cast<std::size_t>(socket)].leave();
  return ::close(socket);  // leaves the epoll set with it
}

int http_engine::on_socket(CURL*, curl_socket_t socket, int what, void* engine, void*) {
  auto& self = *static_cast<http_engine*>(engine);
  if (what != CURL_POLL_REMOVE) {
    self.watch(socket, what);
    return 0;
  }
  if (static_cast<std::size_t>(socket) >= self.sockets_.size()) return 0;
  auto& state = self.sockets_[static_cast<std::size_t>(socket)];
  // A kept connection usually comes back, so it stays in the set. Other descriptors (of the resolver) are closed behind our back.
  if (state.connection) state.parked = true;
  else self.unwatch(socket);
  return 0;
}

void http_engine::watch(curl_socket_t socket, int what) {
  if (sockets_.size() <= static_cast<std::size_t>(socket)) sockets_.resize(static_cast<std::size_t>(socket) + 32);
  auto& state = sockets_[static_cast<std::size_t>(socket)];
  state.parked = false;
  const int mask = ((what & CURL_POLL_IN) ? int{EPOLLIN} : 0) | ((what & CURL_POLL_OUT) ? int{EPOLLOUT} : 0);
  if (mask == state.mask) return;
  set_epoll(socket, state.mask == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, mask);
  state.mask = mask;
}

void http_engine::watch_plain(int fd, plain_connection& connection, bool input, bool output) {
  if (sockets_.size() <= static_cast<std::size_t>(fd)) sockets_.resize(static_cast<std::size_t>(fd) + 32);
  auto& state = sockets_[static_cast<std::size_t>(fd)];
  const int operation = state.plain ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  state.plain = &connection;
  set_epoll(fd, operation, (input ? int{EPOLLIN} : 0) | (output ? int{EPOLLOUT} : 0));
}

// Events carry the generation of the descriptor, too: within one batch it may be closed and used again.
void http_engine::set_epoll(int fd, int operation, int mask) {
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(mask);
  event.data.u64 = static_cast<std::uint64_t>(sockets_[static_cast<std::size_t>(fd)].generation) << 32 | static_cast<std::uint32_t>(fd);
  ::epoll_ctl(epoll_, operation, fd, &event);
}

void http_engine::unwatch(curl_socket_t socket) {
  auto& state = sockets_[static_cast<std::size_t>(socket)];
  if (state.mask != 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
  state.mask = 0;
}

int http_engine::on_timer(CURLM*, long timeout_ms, void* engine) {
  static_cast<http_engine*>(engine)->set_timer(timeout_ms);  // must not call curl from here
  return 0;
}

void http_engine::set_timer(long timeout_ms) {
  if (timeout_ms < 0) {
    due_.reset();
    return;
  }
  if (timeout_ms == 0) {
    kick_ = true;
    return;
  }
  due_ = time_point::clock::now() + std::chrono::milliseconds(timeout_ms);
  ring_by(*due_);
}

void http_engine::ring_by(time_point when) {
  // Deadlines mostly move back. A ring that comes too early costs less than setting the timer with each request.
  if (when == time_point::max() || (alarm_ && *alarm_ <= when)) return;
  alarm_ = when;
  const auto since_boot = std::max<std::chrono::nanoseconds>(when.time_since_epoch(), std::chrono::nanoseconds(1));
  itimerspec at{};
  at.it_value.tv_sec = since_boot.count() / 1'000'000'000;
  at.it_value.tv_nsec = since_boot.count() % 1'000'000'000;
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
}

// Lets curl do what is due now, a few times in a row at most; then the event loop has its turn. True when something is left
// for progress().
bool http_engine::run_timeouts() {
  if (!multi_) return false;
  int running = 0;
  int turns = 4;
  do {
    kick_ = false;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  } while (kick_ && --turns > 0);
  return kick_ || static_cast<std::size_t>(running) < in_multi_;
}

void http_engine::on_timer_event() {
  std::uint64_t rings = 0;
  if (::read(timer_, &rings, sizeof rings) < 0) return;
  alarm_.reset();
  if (const auto next = plain_.expire(time_point::clock::now())) ring_by(*next);
  if (!due_) return;
  if (*due_ > time_point::clock::now()) return ring_by(*due_);
  due_.reset();
  (void)run_timeouts();
  // curl reports a changed time only; ask, in case this ring came a moment early.
  long left = -1;
  curl_multi_timeout(multi_, &left);
  if (left >= 0) set_timer(std::max(1L, left));
}

void http_engine::on_wake() {
  waiting_ = waiting::no;
  policy_.ended(wait_polls_, time_point::clock::now() - wait_began_);
  // What else has come makes the next wait end at once.
  if (in_multi_ == 0 && plain_.read_the_only_one()) progress();
  else take_events();
}

void http_engine::on_poll() {
  waiting_ = waiting::no;
  if (!busy()) return;
  const int count = in_multi_ == 0 && plain_.read_the_only_one() ? 1 : take_batch();
  const auto waited = time_point::clock::now() - wait_began_;
  if (count > 0) {
    policy_.ended(true, waited);
    if (count == batch_size) take_events();
    else progress();
  } else if (waited < options_.poll_for) {
    waiting_ = waiting::polling;
    asio::post(executor_, wait_operation(shared_from_this()));
  } else {
    sleep();
  }
}

void http_engine::take_events() {
  for (int rounds = 0; rounds < 4 && take_batch() == batch_size; ++rounds) {
  }
  progress();
}

// The number of events; when it is the batch's size there may be more.
int http_engine::take_batch() {
  std::array<epoll_event, batch_size> events;
  const int count = ::epoll_wait(epoll_, events.data(), batch_size, 0);
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const int fd = static_cast<int>(event.data.u64 & 0xffff'ffff);
    const socket_state& state = sockets_[static_cast<std::size_t>(fd)];
    if (state.generation != event.data.u64 >> 32) continue;
    if (fd == timer_) {
      on_timer_event();
      continue;
    }
    if (state.plain) {
      plain_.on_event(*state.plain, event.events);
      continue;
    }
    if (state.parked) {  // the peer closed a kept connection; curl sees it when it next looks
      unwatch(fd);
      continue;
    }
    int what = 0;
    if (event.events & (EPOLLIN | EPOLLHUP)) what |= CURL_CSELECT_IN;
    if (event.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
    if (event.events & EPOLLERR) what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi_, fd, what, &running);
  }
  return count;
}

void http_engine::finish(result<http_response> outcome, response_handler& handler) {
  finished_.emplace_back(std::move(outcome));
  finished_.back().handler.swap(handler);
}

void http_engine::post_progress() {
  if (posted_) return;
  posted_ = true;
  asio::post(executor_, [self = shared_from_this()] {
    self->posted_ = false;
    self->progress();
  });
}

// In phases, each for all transfers: a phase's code stays in the CPU's caches, and a server that gets its requests close together
// need not be woken for each.
void http_engine::progress() {
  if (telling_) return;  // a handler runs the event loop
  if (kick_ && run_timeouts() && kick_) post_progress();
  reap();
  telling_ = true;
  tell_finished();
  tell_news();
  plain_.tell_news();
  telling_ = false;
  plain_.start_delayed();
  if (!finished_.empty() || plain_.has_news()) post_progress();
  if (kick_ && run_timeouts()) post_progress();
  settle();
}

// Handlers resume coroutines, whose exceptions Asio keeps for later.
void http_engine::tell_finished() {
  for (std::size_t i = 0; i < finished_.size(); ++i) complete<http_response>(finished_[i].handler, std::move(finished_[i].outcome));
  finished_.clear();
}

void http_engine::reap() {
  if (!multi_) return;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // `message` dies with the removal
    char* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<http_transfer*>(owner);
    leave_multi(transfer);
    if (transfer.streaming()) {
      end_stream(transfer, code);
      continue;
    }
    finish(transfer.finish(code), transfer.on_response);
    recycle(transfer);  // before the handler, which often sends the next request
  }
}

void http_engine::arm() {
  if (waiting_ != waiting::no || abandoned_) return;
  wait_began_ = time_point::clock::now();
  wait_polls_ = options_.poll_for.count() > 0 && policy_.polls();
  if (!wait_polls_) return sleep();
  waiting_ = waiting::polling;
  asio::post(executor_, wait_operation(shared_from_this()));
}

void http_engine::sleep() {
  waiting_ = waiting::asleep;
  wait_.async_wait(asio::posix::descriptor_base::wait_read, wait_operation(shared_from_this()));
}

void http_engine::settle() {
  if (abandoned_) return;
  if (busy()) {
    arm();
  } else if (waiting_ == waiting::asleep) {
    boost::system::error_code ignored;
    wait_.cancel(ignored);
  }
}

void http_engine::abandon() {
  abandoned_ = true;
  std::vector<response_handler> responses;
  std::vector<open_handler> opens;
  std::vector<chunk_handler> chunks;
  plain_.abandon(responses, opens, chunks);
  for (auto& transfer : active_) {
    if (transfer->on_response) responses.push_back(std::exchange(transfer->on_response, nullptr));
    if (transfer->on_open) opens.push_back(std::exchange(transfer->on_open, nullptr));
    if (transfer->on_chunk) chunks.push_back(std::exchange(transfer->on_chunk, nullptr));
  }
}

}  // namespace utcp::net
