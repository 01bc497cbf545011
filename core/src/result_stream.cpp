#include "stream_core.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace utcp {
namespace {

constexpr std::size_t max_fetched = 64;

task<result<std::optional<tool_result>>> next_of(std::shared_ptr<stream_core> core, result_stream stream) {
  if (core)
    if (auto fetched = core->take_fetched()) co_return std::move(fetched);
  co_return co_await stream.async_next(boost::asio::use_awaitable);
}

}  // namespace

std::shared_ptr<stream_core> stream_core::make(std::shared_ptr<client_core> core, std::unique_ptr<tool_stream> items, stream_call about) {
  auto executor = core->running()->executor();
  // The transport's stream may only be touched on the strand, also when the last handle goes elsewhere.
  std::shared_ptr<stream_core> out(new stream_core, [executor](stream_core* gone) {
    boost::asio::dispatch(executor, [owned = std::unique_ptr<stream_core>(gone)] {});
  });
  out->core_ = std::move(core);
  out->items_ = std::move(items);
  out->about_ = std::move(about);
  // What is given out is a handle: reads hold the stream by other pointers.
  auto* raw = out.get();
  return std::shared_ptr<stream_core>(raw, [executor, held = std::move(out)](stream_core*) mutable {
    boost::asio::post(executor, [held = std::move(held)] { held->close(); });
  });
}

void stream_core::close() {
  if (reading_) return reading_->stop(operation::end::caller);
  if (!items_) return;
  const error dropped(errc::cancelled, "the stream was dropped before its end");
  end(&dropped);
}

void stream_core::end(const error* failure) {
  items_.reset();
  core_->options_.observer->on_call_finished(about_.tool, core_->operations_->time().now() - about_.began, failure);
}

task<result<std::optional<tool_result>>> stream_core::next(std::shared_ptr<operation> op) {
  using item = std::optional<tool_result>;
  if (reading_) co_return error(errc::invalid_argument, "the stream is being read already; wait for the item before asking for the next");
  if (auto fetched = take_fetched()) co_return std::move(fetched);
  if (!items_) co_return item();
  reading_ = op;
  result<item> pulled;
  std::exception_ptr thrown;
  try {
    pulled = co_await items_->next();
    if (pulled && *pulled && !core_->post_processors_.empty()) {
      auto processed = core_->post_process(std::move(**pulled), about_.tool, about_.manual);
      if (processed) *pulled = std::move(*processed);
      else pulled = std::move(processed).error();
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  reading_.reset();
  if (thrown) pulled = error_of(*op, thrown);
  if (!pulled) {
    error failure = about_.redact(settle(*op, std::move(pulled).error()));
    end(&failure);
    co_return failure;
  }
  if (*pulled) fetch_ready();
  else end(nullptr);
  co_return pulled;
}

std::optional<tool_result> stream_core::take_fetched() {
  const std::lock_guard lock(fetched_mutex_);
  if (fetched_.empty()) return std::nullopt;
  std::optional<tool_result> out(std::move(fetched_.front()));
  fetched_.pop_front();
  return out;
}

void stream_core::fetch_ready() {
  if (!core_->post_processors_.empty()) return;  // they may fail
  const std::lock_guard lock(fetched_mutex_);
  while (fetched_.size() < max_fetched) {
    auto ready = items_->take_ready();
    if (!ready) return;
    fetched_.push_back(std::move(*ready));
  }
}

void result_stream::start_next(std::shared_ptr<stream_core> handle, next_handler handler) {
  using item = result<std::optional<tool_result>>;
  if (!handle) {
    auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::dispatch(executor, [handler = std::move(handler)]() mutable { std::move(handler)(item(std::optional<tool_result>())); });
    return;
  }
  auto core = handle->shared_from_this();
  auto running = core->running();
  auto stop = core->stop();
  auto work = [core](std::shared_ptr<operation> op) { return core->next(std::move(op)); };
  auto fail = [](error e) { return item(std::move(e)); };
  run_operation<item>(running, std::move(stop), std::move(work), std::move(fail), std::move(handler));
}

task<result<std::optional<tool_result>>> result_stream::next() { return next_of(core_, *this); }

}  // namespace utcp
