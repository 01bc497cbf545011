#include <utcp/input_channel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

namespace utcp {

namespace asio = boost::asio;

// The end is a message of its own: close() of Boost 1.81's channel drops what waits in it.
struct input_channel::state {
  using piece = std::optional<std::string>;
  using code = boost::system::error_code;

  state(const asio::any_io_executor& executor, std::size_t pieces) : channel(executor, pieces) {}

  void take(code failure, piece next) {
    if (failure) return;
    ended = !next;
    current = next ? *std::move(next) : std::string();
    at = 0;
  }
  bool has_bytes() const { return at < current.size(); }

  asio::experimental::concurrent_channel<void(code, piece)> channel;
  std::mutex mutex;     // of the writers
  bool closed = false;  // nothing more is taken
  std::string current;  // the reader's
  std::size_t at = 0;
  bool ended = false;
  bool touched = false;
};

input_channel::input_channel(asio::any_io_executor executor, std::size_t pieces) : state_(std::make_unique<state>(executor, pieces)) {}
input_channel::~input_channel() = default;

void input_channel::write(std::string piece, asio::any_completion_handler<void(bool)> handler) {
  std::lock_guard lock(state_->mutex);
  if (state_->closed) {
    asio::post(state_->channel.get_executor(), [done = std::move(handler)]() mutable { std::move(done)(false); });
    return;
  }
  auto sent = [done = std::move(handler)](state::code failure) mutable { std::move(done)(!failure); };
  state_->channel.async_send(state::code(), state::piece(std::move(piece)), std::move(sent));
}

bool input_channel::try_write(std::string piece) {
  std::lock_guard lock(state_->mutex);
  return !state_->closed && state_->channel.try_send(state::code(), state::piece(std::move(piece)));
}

void input_channel::close() {
  std::lock_guard lock(state_->mutex);
  if (!std::exchange(state_->closed, true)) state_->channel.async_send(state::code(), state::piece(), asio::detached);
}

result<std::size_t> input_channel::read(char* to, std::size_t room) {
  if (!is_ready()) return error(errc::unsupported, "the input has to be waited for, which this transport does not");
  state& s = *state_;
  const std::size_t count = std::min(room, s.current.size() - s.at);
  std::memcpy(to, s.current.data() + s.at, count);
  s.at += count;
  s.touched = s.touched || count > 0;
  return count;
}

bool input_channel::rewind() { return !state_->touched; }

bool input_channel::is_ready() const {
  state& s = *state_;
  while (!s.has_bytes() && !s.ended)
    if (!s.channel.try_receive([&s](state::code failure, state::piece next) { s.take(failure, std::move(next)); })) return false;
  return true;
}

task<void> input_channel::wait_ready() {
  if (is_ready()) co_return;
  auto [failure, next] = co_await state_->channel.async_receive(asio::as_tuple(asio::use_awaitable));
  state_->take(failure, std::move(next));
}

void input_channel::on_call_end() noexcept {
  std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->channel.cancel();
}

}  // namespace utcp
