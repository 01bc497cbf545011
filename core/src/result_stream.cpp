#include "stream_core.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace utcp {

std::shared_ptr<stream_core> stream_core::make(std::shared_ptr<client_core> core, std::unique_ptr<tool_stream> items, std::string tool, std::string manual, redactor redact) {
  auto executor = core->running()->executor();
  // The transport's stream may only be touched on the strand, also when the last handle goes elsewhere.
  std::shared_ptr<stream_core> out(new stream_core, [executor](stream_core* gone) {
    boost::asio::dispatch(executor, [owned = std::unique_ptr<stream_core>(gone)] {});
  });
  out->core_ = std::move(core);
  out->items_ = std::move(items);
  out->tool_ = std::move(tool);
  out->manual_ = std::move(manual);
  out->redact_ = std::move(redact);
  return out;
}

task<result<std::optional<tool_result>>> stream_core::next(std::shared_ptr<operation> op) {
  using item = std::optional<tool_result>;
  if (busy_) co_return error(errc::invalid_argument, "the stream is being read already; wait for the item before asking for the next");
  if (!items_) co_return item();
  busy_ = true;
  auto pulled = co_await items_->next();
  busy_ = false;
  if (pulled && *pulled && !core_->post_processors_.empty()) {
    auto processed = core_->post_process(std::move(**pulled), tool_, manual_);
    if (processed) *pulled = std::move(*processed);
    else pulled = std::move(processed).error();
  }
  if (!pulled) {
    items_.reset();
    co_return redact_(settle(*op, std::move(pulled).error()));
  }
  if (!*pulled) items_.reset();
  co_return pulled;
}

void result_stream::start_next(std::shared_ptr<stream_core> core, next_handler handler) {
  using item = result<std::optional<tool_result>>;
  if (!core) {
    auto executor = boost::asio::get_associated_executor(handler);
    boost::asio::dispatch(executor, [handler = std::move(handler)]() mutable { std::move(handler)(item(std::optional<tool_result>())); });
    return;
  }
  auto running = core->running();
  auto work = [core](std::shared_ptr<operation> op) { return core->next(std::move(op)); };
  auto fail = [](error e) { return item(std::move(e)); };
  run_operation<item>(running, {}, std::move(work), std::move(fail), std::move(handler));
}

task<result<std::optional<tool_result>>> result_stream::next() { return async_next(boost::asio::use_awaitable); }

}  // namespace utcp
