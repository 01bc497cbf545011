#pragma once

#include <utcp/error.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>

#include <utility>

namespace utcp::net {

/// Waits for the outcome of an operation.
template <class T>
using completion_handler = boost::asio::any_completion_handler<void(result<T>)>;

/// Runs a waiting handler where it wants to run, at once when that is here; `otherwise` is where one without an executor of its own
/// runs. Nothing happens without a handler.
template <class T>
void complete(completion_handler<T> done, result<T> value, const boost::asio::any_completion_executor& otherwise) {
  if (!done) return;
  if (auto slot = boost::asio::get_associated_cancellation_slot(done); slot.is_connected()) slot.clear();
  const auto executor = boost::asio::get_associated_executor(done, otherwise);
  const auto* loop = executor.template target<boost::asio::io_context::executor_type>();
  if (loop && loop->running_in_this_thread()) return std::move(done)(std::move(value));  // as dispatch does, without wrapping it up
  boost::asio::dispatch(executor, [done = std::move(done), value = std::move(value)]() mutable { std::move(done)(std::move(value)); });
}

}  // namespace utcp::net
