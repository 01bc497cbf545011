#pragma once

#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace utcp::mcp {

template <class T>
using completion_handler = boost::asio::any_completion_handler<void(result<T>)>;

/// Runs a waiting handler where it wants to run, at once when that is here.
template <class T>
void complete(completion_handler<T> done, result<T> value, const boost::asio::any_completion_executor& otherwise) {
  if (!done) return;
  if (auto slot = boost::asio::get_associated_cancellation_slot(done); slot.is_connected()) slot.clear();
  auto executor = boost::asio::get_associated_executor(done, otherwise);
  boost::asio::dispatch(executor, [done = std::move(done), value = std::move(value)]() mutable { std::move(done)(std::move(value)); });
}

/// The same, never at once.
template <class T>
void complete_later(completion_handler<T> done, result<T> value, const boost::asio::any_io_executor& executor) {
  if (!done) return;
  boost::asio::post(executor, [executor, done = std::move(done), value = std::move(value)]() mutable {
    complete<T>(std::move(done), std::move(value), boost::asio::any_completion_executor(executor));
  });
}

/// Something that happens once and that many wait for.
class occasion : public std::enable_shared_from_this<occasion> {
 public:
  explicit occasion(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Completes with the outcome; when cancelled with errc::cancelled.
  static task<result<void>> wait(std::shared_ptr<occasion> on);
  void happen(result<void> outcome);
  /// The executor is gone: who waits is destroyed, not completed.
  void drop() noexcept;

 private:
  struct waiter {
    completion_handler<void> done;
  };
  void add(completion_handler<void> done);

  boost::asio::any_io_executor executor_;
  std::vector<std::shared_ptr<waiter>> waiters_;
  std::optional<result<void>> outcome_;
};

}  // namespace utcp::mcp
