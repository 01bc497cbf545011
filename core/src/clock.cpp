#include <utcp/clock.hpp>

#include <boost/asio/steady_timer.hpp>

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

std::shared_ptr<clock> system_clock() { return std::make_shared<steady>(); }

}  // namespace utcp
