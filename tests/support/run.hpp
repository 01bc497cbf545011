#pragma once

#include <utcp/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace utcp::testing {

/// Runs one coroutine to its end on an io_context and gives its value; throws what it throws, and when the io_context ran
/// out of work before the coroutine ended.
template <class T>
T run(boost::asio::io_context& io, task<T> work) {
  std::optional<T> value;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T v) {
    thrown = e;
    value.emplace(std::move(v));
  });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  if (!value) throw std::logic_error("the io_context ran dry before the coroutine ended");
  return std::move(*value);
}

/// Runs everything that can run without waiting.
inline void settle_all(boost::asio::io_context& io) {
  io.restart();
  io.poll();
}

}  // namespace utcp::testing
