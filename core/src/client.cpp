#include "client_core.hpp"
#include "stream_core.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp {
namespace {

constexpr auto await = boost::asio::use_awaitable;

template <class T, class Work>
void start(const std::shared_ptr<client_core>& core, std::stop_token stop, Work work, client::handler<result<T>> handler) {
  auto fail = [](error e) { return result<T>(std::move(e)); };
  run_operation<result<T>>(core->running(), std::move(stop), std::move(work), std::move(fail), std::move(handler));
}

/// Lets a caller's cancellation slot request a stop. The slot is touched only where the caller's handlers run.
class caller_slot {
 public:
  explicit caller_slot(boost::asio::cancellation_slot slot) : slot_(slot) {
    if (slot_.is_connected()) slot_.assign([stop = stop_](boost::asio::cancellation_type) mutable { stop.request_stop(); });
  }
  void clear() {
    if (slot_.is_connected()) slot_.clear();
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  boost::asio::cancellation_slot slot_;
};

/// A shared pointer whose last copy shuts the client down; the work itself holds the core by other pointers.
std::shared_ptr<client_core> make_handle(std::shared_ptr<client_core> core) {
  auto* raw = core.get();
  return std::shared_ptr<client_core>(raw, [core = std::move(core)](client_core*) {
    boost::asio::post(core->running()->executor(), [core] { core->shut_down(); });
  });
}

task<result<result_stream>> open(std::shared_ptr<client_core> core, std::string name, json arguments, call_options options, std::shared_ptr<operation> op) {
  auto opened = co_await core->open_stream(std::move(name), std::move(arguments), std::move(options), std::move(op));
  if (!opened) co_return std::move(opened).error();
  co_return result_stream(std::move(*opened));
}

task<result<void>> push_items(std::shared_ptr<client_core> core, std::string name, json arguments, call_options options, client::item_callback on_item,
                              std::shared_ptr<operation> op) {
  auto opened = co_await core->open_stream(std::move(name), std::move(arguments), std::move(options), op);
  if (!opened) co_return std::move(opened).error();
  for (;;) {
    auto item = co_await (*opened)->next(op);
    if (!item) co_return std::move(item).error();
    if (!*item || !on_item(std::move(**item))) co_return result<void>();
  }
}

}  // namespace

void client::start_create(boost::asio::any_io_executor executor, client_config config, client_options options, handler<result<client>> done) {
  auto core = client_core::make(executor, std::move(config), std::move(options));
  if (!core) {
    auto to = boost::asio::get_associated_executor(done, boost::asio::any_completion_executor(executor));
    boost::asio::post(executor, [to, done = std::move(done), e = std::move(core).error()]() mutable {
      boost::asio::dispatch(to, [done = std::move(done), e = std::move(e)]() mutable { std::move(done)(result<client>(std::move(e))); });
    });
    return;
  }
  caller_slot slot(boost::asio::get_associated_cancellation_slot(done));
  auto to = home_of(done, *(*core)->running());
  auto deliver = [core = *core, done = std::move(done), slot](const reports&) mutable {
    slot.clear();
    std::move(done)(result<client>(client(make_handle(std::move(core)))));
  };
  (*core)->register_configured(slot.token(), boost::asio::bind_executor(to, std::move(deliver)));
}

task<result<client>> client::create(client_config config, client_options options) {
  auto executor = co_await boost::asio::this_coro::executor;
  co_return co_await async_create(executor, std::move(config), std::move(options), await);
}

const client::reports& client::registered() const noexcept { return core_->configured_reports; }

void client::start_register(std::shared_ptr<client_core> handle, call_template manual, handler<manual_report> done) {
  auto core = handle->shared_from_this();
  caller_slot slot(boost::asio::get_associated_cancellation_slot(done));
  auto to = home_of(done, *core->running());
  auto deliver = [done = std::move(done), slot](reports made) mutable {
    slot.clear();
    std::move(done)(std::move(made.front()));
  };
  std::vector<call_template> one;
  one.push_back(std::move(manual));
  core->register_all(std::move(one), slot.token(), boost::asio::bind_executor(to, std::move(deliver)));
}

void client::start_register_all(std::shared_ptr<client_core> handle, std::vector<call_template> manuals, handler<reports> done) {
  auto core = handle->shared_from_this();
  caller_slot slot(boost::asio::get_associated_cancellation_slot(done));
  auto to = home_of(done, *core->running());
  auto deliver = [done = std::move(done), slot](reports made) mutable {
    slot.clear();
    std::move(done)(std::move(made));
  };
  core->register_all(std::move(manuals), slot.token(), boost::asio::bind_executor(to, std::move(deliver)));
}

void client::start_deregister(std::shared_ptr<client_core> handle, std::string name, handler<result<void>> done) {
  auto core = handle->shared_from_this();
  auto work = [core, name = std::move(name)](std::shared_ptr<operation>) { return core->deregister(name); };
  start<void>(core, {}, std::move(work), std::move(done));
}

void client::start_refresh(std::shared_ptr<client_core> handle, std::string name, handler<manual_report> done) {
  auto core = handle->shared_from_this();
  auto work = [core, name](std::shared_ptr<operation> op) { return core->refresh_one(name, std::move(op)); };
  auto fail = [name](error e) {
    manual_report report;
    report.name = name;
    report.failure = std::move(e);
    return report;
  };
  run_operation<manual_report>(core->running(), {}, std::move(work), std::move(fail), std::move(done));
}

void client::start_call(std::shared_ptr<client_core> handle, std::string name, json arguments, call_options options, handler<result<tool_result>> done) {
  auto core = handle->shared_from_this();
  auto stop = options.stop;
  auto work = [core, name = std::move(name), arguments = std::move(arguments), options = std::move(options)](std::shared_ptr<operation> op) mutable {
    return core->call(std::move(name), std::move(arguments), std::move(options), std::move(op));
  };
  start<tool_result>(core, std::move(stop), std::move(work), std::move(done));
}

void client::start_stream(std::shared_ptr<client_core> handle, std::string name, json arguments, call_options options, handler<result<result_stream>> done) {
  auto core = handle->shared_from_this();
  auto stop = options.stop;
  auto work = [core, name = std::move(name), arguments = std::move(arguments), options = std::move(options)](std::shared_ptr<operation> op) mutable {
    return open(core, std::move(name), std::move(arguments), std::move(options), std::move(op));
  };
  start<result_stream>(core, std::move(stop), std::move(work), std::move(done));
}

void client::start_for_each(std::shared_ptr<client_core> handle, std::string name, json arguments, call_options options, item_callback on_item, handler<result<void>> done) {
  auto core = handle->shared_from_this();
  auto stop = options.stop;
  auto work = [core, name = std::move(name), arguments = std::move(arguments), options = std::move(options),
               on_item = std::move(on_item)](std::shared_ptr<operation> op) mutable {
    return push_items(core, std::move(name), std::move(arguments), std::move(options), std::move(on_item), std::move(op));
  };
  start<void>(core, std::move(stop), std::move(work), std::move(done));
}

task<manual_report> client::register_manual(call_template manual) { return async_register_manual(std::move(manual), await); }
task<client::reports> client::register_manuals(std::vector<call_template> manuals) { return async_register_manuals(std::move(manuals), await); }
task<result<void>> client::deregister_manual(std::string name) { return async_deregister_manual(std::move(name), await); }
task<manual_report> client::refresh_manual(std::string name) { return async_refresh_manual(std::move(name), await); }
task<result<tool_result>> client::call_tool_full(std::string name, json arguments, call_options options) {
  return async_call_tool_full(std::move(name), std::move(arguments), std::move(options), await);
}
task<result<tool_result>> client::call_tool(std::string name, json arguments, call_options options) {
  return async_call_tool(std::move(name), std::move(arguments), std::move(options), await);
}
task<result<tool_result>> client::call_tool(std::string name, json arguments) { return call_tool(std::move(name), std::move(arguments), call_options()); }
task<result<result_stream>> client::call_tool_streaming(std::string name, json arguments, call_options options) {
  return async_call_tool_streaming(std::move(name), std::move(arguments), std::move(options), await);
}

result<std::vector<tool_match>> client::search_tools(std::string_view query, const search_options& options) const { return core_->search(query, options); }
catalogue_ptr client::tools() const { return core_->snapshot(); }
tool_ptr client::tool(std::string_view full_name) const { return core_->find_tool(full_name); }
result<json> client::preview(std::string_view name, const json& arguments, const call_options& options) const { return core_->preview(name, arguments, options); }
std::vector<std::string> client::required_variables() const { return core_->required_variables(); }

json client::export_manual(dialect as, fidelity how, std::vector<notice>& notices) const {
  manual all;
  all.written_as = as;
  const catalogue_ptr now = tools();
  for (const manual_ptr& each : now->manuals()) all.tools.insert(all.tools.end(), each->tools().begin(), each->tools().end());
  return write_manual(all, as, how, notices);
}

}  // namespace utcp
