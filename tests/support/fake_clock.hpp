#pragma once

#include <utcp/clock.hpp>

#include <boost/asio/post.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace utcp::testing {

/// A clock that stands still until a test advances it. Thread-safe. An alarm that is set does not keep an io_context busy,
/// so a test sees at once what would wait for ever.
class fake_clock final : public clock, public std::enable_shared_from_this<fake_clock> {
 public:
  time_point now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) override {
    return std::make_unique<fake_alarm>(shared_from_this(), std::move(executor));
  }

  /// Rings what is due, on the executors of the alarms.
  void advance(std::chrono::nanoseconds by) {
    std::vector<setting> due;
    {
      std::lock_guard lock(mutex_);
      now_ += by;
      for (auto it = set_.begin(); it != set_.end();) {
        if (it->second.when > now_) {
          ++it;
          continue;
        }
        due.push_back(std::move(it->second));
        it = set_.erase(it);
      }
    }
    for (setting& each : due) boost::asio::post(each.executor, std::move(each.ring));
  }

  /// How many alarms are set.
  std::size_t alarms_set() const {
    std::lock_guard lock(mutex_);
    return set_.size();
  }

  std::size_t alarms() const {
    std::lock_guard lock(mutex_);
    return set_.size();
  }

 private:
  struct setting {
    time_point when;
    std::function<void()> ring;
    boost::asio::any_io_executor executor;
  };

  class fake_alarm final : public alarm {
   public:
    fake_alarm(std::shared_ptr<fake_clock> clock, boost::asio::any_io_executor executor) : clock_(std::move(clock)), executor_(std::move(executor)) {}
    ~fake_alarm() override { disarm(); }

    void arm(time_point when, std::function<void()> ring) override {
      disarm();
      auto armed = std::make_shared<bool>(true);
      armed_ = armed;
      auto guarded = [armed, ring = std::move(ring)] {
        if (std::exchange(*armed, false)) ring();
      };
      std::lock_guard lock(clock_->mutex_);
      clock_->set_[this] = setting{when, std::move(guarded), executor_};
    }

    void disarm() override {
      if (armed_) *armed_ = false;
      std::lock_guard lock(clock_->mutex_);
      clock_->set_.erase(this);
    }

   private:
    std::shared_ptr<fake_clock> clock_;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<bool> armed_;
  };

  mutable std::mutex mutex_;
  time_point now_ = time_point(std::chrono::hours(1));
  std::map<alarm*, setting> set_;
};

}  // namespace utcp::testing
