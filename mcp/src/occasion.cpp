#include "completion.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp::mcp {

task<result<void>> occasion::wait(std::shared_ptr<occasion> on) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(result<void>)>(
      [](auto handler, std::shared_ptr<occasion> what) { what->add(std::move(handler)); }, boost::asio::use_awaitable, std::move(on));
}

void occasion::add(completion_handler<void> done) {
  if (outcome_) return complete_later<void>(std::move(done), *outcome_, executor_);
  auto one = std::make_shared<waiter>();
  one->done.swap(done);  // Boost 1.81: the move assignment of any_completion_handler never returns
  if (auto slot = boost::asio::get_associated_cancellation_slot(one->done); slot.is_connected())
    slot.assign([weak = std::weak_ptr<waiter>(one), self = weak_from_this()](boost::asio::cancellation_type) {
      const auto still = weak.lock();
      const auto here = self.lock();
      if (!still || !here || !still->done) return;
      std::erase(here->waiters_, still);
      completion_handler<void> taken = std::move(still->done);
      still->done = nullptr;
      complete_later<void>(std::move(taken), error(errc::cancelled, "the request was cancelled"), here->executor_);
    });
  waiters_.push_back(std::move(one));
}

void occasion::happen(result<void> outcome) {
  if (outcome_) return;
  outcome_ = std::move(outcome);
  auto waiting = std::move(waiters_);
  waiters_.clear();
  for (auto& each : waiting) {
    completion_handler<void> taken = std::move(each->done);
    each->done = nullptr;
    complete_later<void>(std::move(taken), *outcome_, executor_);
  }
}

void occasion::drop() noexcept { auto waiting = std::move(waiters_); }

}  // namespace utcp::mcp
