#pragma once

#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace utcp {

using time_point = std::chrono::steady_clock::time_point;

/// Rings once at the time it was set to. Used from one executor only; destruction disarms.
class alarm {
 public:
  virtual ~alarm() = default;
  /// Replaces an earlier setting. `ring` runs on the executor the alarm was made with.
  virtual void arm(time_point when, std::function<void()> ring) = 0;
  virtual void disarm() = 0;
};

/// Port: time, so that tests can advance it.
class clock {
 public:
  virtual ~clock() = default;
  virtual time_point now() const = 0;
  virtual std::unique_ptr<alarm> make_alarm(boost::asio::any_io_executor executor) = 0;
};

/// Waits on the executor that the coroutine runs on. Ends early, without an error of its own, when it is cancelled.
task<void> pause(std::shared_ptr<clock> by, boost::asio::any_io_executor executor, std::chrono::milliseconds how_long);

/// The steady clock of the system.
std::shared_ptr<clock> system_clock();

}  // namespace utcp
