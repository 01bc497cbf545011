#pragma once

#include <utcp/clock.hpp>
#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace utcp {

/// One operation under way and those who wait for its outcome. It is nobody's own: whoever leaves takes nothing from the others.
/// Used on one executor.
template <class T>
class flight : public std::enable_shared_from_this<flight<T>> {
 public:
  enum class when_alone {
    cancel,  ///< the operation is cancelled when the last waiter leaves
    go_on,
  };

  flight(boost::asio::any_io_executor executor, when_alone then) : executor_(std::move(executor)), then_(then) {}

  /// Begins `work`; `ended` is called once, when the outcome is there. `purpose` begins the message of a cancellation.
  template <class Ended>
  void start(task<result<T>> work, std::string purpose, Ended ended) {
    boost::asio::co_spawn(executor_, std::move(work),
                          boost::asio::bind_cancellation_slot(stop_.slot(), [self = this->shared_from_this(), purpose = std::move(purpose), ended = std::move(ended)](std::exception_ptr thrown, result<T> outcome) mutable {
                            self->outcome_.emplace(thrown ? result<T>(error(errc::cancelled, purpose + " was cancelled")) : std::move(outcome));
                            ended(*self->outcome_);
                            for (auto& each : self->waiting_) each->done.cancel();
                          }));
  }

  void cancel() { stop_.emit(boost::asio::cancellation_type::terminal); }
  bool is_abandoned() const noexcept { return abandoned_; }
  bool has_ended() const noexcept { return outcome_.has_value(); }

  /// The outcome, or errc::timed_out at `deadline` of `by`, or errc::cancelled. `purpose` begins those messages.
  static task<result<T>> wait(std::shared_ptr<flight> on, std::shared_ptr<clock> by, time_point deadline, std::string purpose) {
    auto me = std::make_shared<waiter>(on->executor_);
    on->waiting_.push_back(me);
    const presence here(on, me);
    std::unique_ptr<alarm> bell;
    if (deadline != time_point::max()) {
      bell = by->make_alarm(on->executor_);
      bell->arm(deadline, [weak = std::weak_ptr<waiter>(me)] {
        if (const auto still = weak.lock()) {
          still->late = true;
          still->done.cancel();
        }
      });
    }
    boost::system::error_code ignored;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    if (!on->outcome_) co_await me->done.async_wait(token);
    if (on->outcome_) co_return std::as_const(*on->outcome_);
    if (on->waiting_.size() == 1 && on->then_ == when_alone::cancel) {
      on->abandoned_ = true;
      on->cancel();
    }
    if (me->late) co_return error(errc::timed_out, purpose + ": the deadline passed before the token came");
    co_return error(errc::cancelled, purpose + " was cancelled");
  }

 private:
  struct waiter {
    explicit waiter(const boost::asio::any_io_executor& executor) : done(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer done;
    bool late = false;
  };
  // Takes the waiter off the list, also when the coroutine that waits is destroyed.
  struct presence {
    presence(std::shared_ptr<flight> where, std::shared_ptr<waiter> who) : where_(std::move(where)), who_(std::move(who)) {}
    presence(presence&&) = delete;
    ~presence() { where_->waiting_.remove(who_); }

   private:
    std::shared_ptr<flight> where_;
    std::shared_ptr<waiter> who_;
  };

  boost::asio::any_io_executor executor_;
  when_alone then_;
  std::list<std::shared_ptr<waiter>> waiting_;
  std::optional<result<T>> outcome_;
  boost::asio::cancellation_signal stop_;
  bool abandoned_ = false;
};

}  // namespace utcp
