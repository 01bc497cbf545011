#include <utcp/clock.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp {
namespace {

class system_alarm final : public alarm {
 public:
  explicit system_alarm(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}

  void arm(time_point when, std::function<void()> ring) override {
    timer_.expires_at(when);
    setting_ = std::make_shared<int>();
    timer_.async_wait([ring = std::move(ring), setting = std::weak_ptr<int>(setting_)](boost::system::error_code ec) {
      if (!ec && !setting.expired()) ring();
    });
  }
  void disarm() override {
    setting_.reset();
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<int> setting_;  // a wait that has ended already cannot be cancelled: its handler asks whether it still counts
};

class steady final : public clock {
 public:
  time_point now() const override { return std::chrono::steady_clock::now(); }
  std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) override {
    return std::make_unique<system_alarm>(std::move(executor));
  }
};

}  // namespace

task<void> pause(std::shared_ptr<clock> by, boost::asio::any_io_executor executor, std::chrono::milliseconds how_long) {
  struct waiting {
    boost::asio::steady_timer done;
    std::unique_ptr<alarm> bell;
  };
  // The timer never expires by itself: the clock, which tests may advance, ends the wait.
  auto wait = std::make_shared<waiting>(waiting{boost::asio::steady_timer(executor, time_point::max()), by->make_alarm(executor)});
  wait->bell->arm(by->now() + how_long, [weak = std::weak_ptr<waiting>(wait)] {
    if (auto still = weak.lock()) still->done.cancel();
  });
  boost::system::error_code ignored;
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
  co_await wait->done.async_wait(token);
}

std::shared_ptr<clock> system_clock() { return std::make_shared<steady>(); }

}  // namespace utcp
