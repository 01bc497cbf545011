#pragma once

#include <utcp/net/completion.hpp>
#include <utcp/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace utcp::mcp {

using net::complete;
using net::completion_handler;

/// As `complete`, but never at once.
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
