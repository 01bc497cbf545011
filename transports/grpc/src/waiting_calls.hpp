#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/intrusive/list.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace utcp::grpc_transport {

namespace asio = boost::asio;

/// A call that waits for a gRPC thread and may have to be given up before that.
class waiting_call : public boost::intrusive::list_base_hook<> {
 public:
  waiting_call() = default;
  waiting_call(const waiting_call&) = delete;
  waiting_call& operator=(const waiting_call&) = delete;
  virtual ~waiting_call() = default;
  /// Drops all handlers; the executor is not touched any more.
  virtual void abandon() = 0;
  /// Keeps it alive.
  virtual std::shared_ptr<waiting_call> hold() = 0;
};

/// The calls of an execution context. When that ends, gRPC's threads must not touch it any more: a call does so, and lets go of its executors,
/// only with its own mutex locked and as long as it stands here. `abandon` locks the same mutex, and so waits for it.
class waiting_calls final : public asio::execution_context::service {
 public:
  using key_type = waiting_calls;
  inline static asio::execution_context::id id;

  explicit waiting_calls(asio::execution_context& of) : service(of) {}

  static waiting_calls& of(const asio::any_io_executor& executor) { return asio::use_service<waiting_calls>(asio::query(executor, asio::execution::context)); }

  void add(waiting_call& one) {
    std::lock_guard lock(mutex_);
    all_.push_back(one);
  }
  /// Nothing happens to one that does not stand here.
  void remove(waiting_call& one) {
    std::lock_guard lock(mutex_);
    if (one.is_linked()) all_.erase(all_.iterator_to(one));
  }

 private:
  void shutdown() override {
    std::vector<std::shared_ptr<waiting_call>> left;
    {
      std::lock_guard lock(mutex_);
      for (waiting_call& each : all_) left.push_back(each.hold());  // what stands here is under way, and so alive
      all_.clear();
    }
    for (const auto& each : left) each->abandon();
  }

  std::mutex mutex_;
  boost::intrusive::list<waiting_call> all_;
};

/// A handler that a gRPC thread completes on the executor. Its owner locks, and closes it before the executor may end.
template <class... Values>
class awaited {
 public:
  using handler = asio::any_completion_handler<void(Values...)>;

  explicit awaited(const asio::any_io_executor& executor) : executor_(executor) {}

  bool is_set() const { return handler_ != nullptr; }

  /// `cancelled` runs on the executor.
  template <class Cancelled>
  void set(handler of, Cancelled cancelled) {
    if (auto slot = asio::get_associated_cancellation_slot(of); slot.is_connected()) slot.assign([cancelled = std::move(cancelled)](asio::cancellation_type) { cancelled(); });
    handler_ = std::make_unique<handler>(std::move(of));
    work_.emplace(*executor_);
  }

  void complete(Values... values) {
    if (!handler_) return;
    asio::post(*executor_, [what = std::move(handler_), ... values = std::move(values)]() mutable {
      handler last(std::move(*what));
      what.reset();
      asio::get_associated_cancellation_slot(last).clear();
      std::move(last)(std::move(values)...);
    });
    work_.reset();
  }

  const asio::any_io_executor& executor() const { return *executor_; }

  /// Nothing can be completed any more. What is given back is to be destroyed without the owner's lock.
  std::unique_ptr<handler> close() {
    work_.reset();
    executor_.reset();
    return std::move(handler_);
  }

 private:
  std::optional<asio::any_io_executor> executor_;
  std::unique_ptr<handler> handler_;
  std::optional<asio::executor_work_guard<asio::any_io_executor>> work_;
};

}  // namespace utcp::grpc_transport
