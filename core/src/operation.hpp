#pragma once

#include "deadlines.hpp"

#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <unordered_set>
#include <utility>

namespace utcp {

/// One running operation of a client and the ways to end it early. Used on the client's strand only.
class operation {
 public:
  enum class end { none, deadline, caller };

  boost::asio::cancellation_signal signal;
  end reason = end::none;
  std::optional<deadlines::entry> deadline;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  std::uint64_t turn = 0;  ///< of a registration: its place among all

  /// Asks the operation to end. The first reason stays.
  void stop(end why) {
    if (reason == end::none) reason = why;
    signal.emit(boost::asio::cancellation_type::terminal);
  }
};

/// The running operations of one client and their deadlines.
class operations {
 public:
  operations(std::shared_ptr<utcp::clock> clock, boost::asio::any_io_executor strand)
      : clock_(std::move(clock)), deadlines_(clock_, strand), strand_(strand), completion_executor_(std::move(strand)) {}

  utcp::clock& time() const noexcept { return *clock_; }
  const boost::asio::any_io_executor& executor() const noexcept { return strand_; }
  /// The same, in the type that completion handlers fall back to: made once, since making one allocates.
  const boost::asio::any_completion_executor& completion_executor() const noexcept { return completion_executor_; }
  bool closed() const noexcept { return closed_; }

  /// The first of `count` places for registrations, in the order in which they are asked for.
  std::uint64_t take_turns(std::size_t count) { return std::exchange(next_turn_, next_turn_ + count); }

  void began(const std::shared_ptr<operation>& op) { running_.insert(op); }
  void set_deadline(const std::shared_ptr<operation>& op, time_point when) {
    if (when == time_point::max()) return;
    op->deadline = deadlines_.add(when, [raw = op.get()] {
      raw->deadline.reset();
      raw->stop(operation::end::deadline);
    });
  }
  void clear_deadline(operation& op) {
    if (op.deadline) deadlines_.remove(*op.deadline);
    op.deadline.reset();
  }
  void ended(const std::shared_ptr<operation>& op) {
    clear_deadline(*op);
    op->on_stop.reset();
    running_.erase(op);
  }
  /// Ends everything, now and later.
  void close() {
    closed_ = true;
    auto all = running_;
    for (const auto& op : all) op->stop(operation::end::caller);
  }

 private:
  std::shared_ptr<utcp::clock> clock_;
  deadlines deadlines_;
  boost::asio::any_io_executor strand_;
  boost::asio::any_completion_executor completion_executor_;
  bool closed_ = false;
  std::uint64_t next_turn_ = 1;
  std::unordered_set<std::shared_ptr<operation>> running_;
};

/// An object that dies on `executor`, wherever its last owner lets go of it.
template <class T>
std::shared_ptr<T> dying_on(boost::asio::any_io_executor executor, std::unique_ptr<T> made) {
  auto end = [executor = std::move(executor)](T* gone) { boost::asio::dispatch(executor, [owned = std::unique_ptr<T>(gone)] {}); };
  return std::shared_ptr<T>(made.release(), std::move(end));
}

/// The error of an operation that threw: errc::timed_out or errc::cancelled when it was ended early.
error error_of(const operation& op, std::exception_ptr thrown);

/// The same for an operation that returned errc::cancelled because its deadline passed.
error settle(const operation& op, error returned);

/// Where a handler is to be called. Holding it keeps a context other than the client's from running out of work meanwhile.
template <class Handler>
boost::asio::any_completion_executor home_of(const Handler& handler, const operations& all) {
  auto own = boost::asio::get_associated_executor(handler, boost::asio::any_completion_executor());
  if (!own) return all.completion_executor();  // the strand: the operation itself is work there
  return boost::asio::prefer(own, boost::asio::execution::outstanding_work.tracked);
}

/// Runs `work(op)`, a coroutine, on the strand as an operation that ends early when `handler`'s slot, `stop` or a deadline
/// says so, and completes `handler` on its own executor. `fail(error)` makes a result out of an exception.
template <class T, class Work, class Fail>
void run_operation(const std::shared_ptr<operations>& all, std::stop_token stop, Work work, Fail fail, boost::asio::any_completion_handler<void(T)> handler) {
  auto op = std::make_shared<operation>();
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  auto ask_to_end = [weak = std::weak_ptr<operation>(op), executor = all->executor()] {
    boost::asio::post(executor, [weak] {
      if (auto still = weak.lock()) still->stop(operation::end::caller);
    });
  };
  if (slot.is_connected()) slot.assign([ask_to_end](boost::asio::cancellation_type) { ask_to_end(); });

  boost::asio::dispatch(all->executor(), [all, op, stop = std::move(stop), ask_to_end, work = std::move(work), fail = std::move(fail),
                                          handler = std::move(handler), slot]() mutable {
    all->began(op);
    if (stop.stop_possible()) op->on_stop.emplace(std::move(stop), std::function<void()>(ask_to_end));
    auto running = work(op);
    auto home = home_of(handler, *all);
    // `work` is kept to the end: it holds what the coroutine points to.
    auto complete = [all, op, work = std::move(work), fail = std::move(fail), handler = std::move(handler), home = std::move(home), slot](
                        std::exception_ptr thrown, T value) mutable {
      all->ended(op);
      if (thrown) value = fail(error_of(*op, thrown));
      // The slot belongs to the caller: it is touched only where the caller's handlers run.
      boost::asio::dispatch(home, [handler = std::move(handler), value = std::move(value), slot]() mutable {
        if (slot.is_connected()) slot.clear();
        std::move(handler)(std::move(value));
      });
    };
    // `complete` finds its own way; called where the coroutine ends, it saves a turn on the strand.
    auto at_once = boost::asio::bind_executor(boost::asio::system_executor(), std::move(complete));
    boost::asio::co_spawn(all->executor(), std::move(running), boost::asio::bind_cancellation_slot(op->signal.slot(), std::move(at_once)));
    if (all->closed()) op->stop(operation::end::caller);
  });
}

}  // namespace utcp
