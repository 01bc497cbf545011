#include "plugin_transport.hpp"

#include <utcp/call_context.hpp>
#include <utcp/dialect.hpp>
#include <utcp/document.hpp>
#include <utcp/observer.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace utcp {
namespace {

using kind = plugin_operation::kind;

utcp_view view_of(const std::string& text) { return utcp_view{text.data(), text.size()}; }

/// The texts of a request, kept while the plug-in reads them.
struct request_texts {
  std::string manual;
  std::string call_template;
  std::string tool;
  std::string arguments;
  std::string context;

  utcp_request request(std::uint64_t number) const {
    utcp_request out{};
    out.size = sizeof(utcp_request);
    out.operation = number;
    out.manual = view_of(manual);
    out.call_template = view_of(call_template);
    out.tool = view_of(tool);
    out.arguments = view_of(arguments);
    out.context = view_of(context);
    return out;
  }
};

/// An operation under way, as the coroutine that waits for it sees it. Whatever ends the coroutine while the plug-in still
/// works (a cancellation, an io_context that goes) gives the operation up and cancels it.
class pending {
 public:
  pending(std::shared_ptr<plugin_instance> instance, kind what, std::size_t max_bytes)
      : instance_(std::move(instance)), operation_(std::make_shared<plugin_operation>(what, max_bytes)), number_(instance_->begin(operation_)) {}
  ~pending() { give_up(); }
  pending(const pending&) = delete;
  pending& operator=(const pending&) = delete;

  std::uint64_t number() const noexcept { return number_; }
  void withdraw() {
    instance_->withdraw(number_);
    over_ = true;
  }

  /// From now on the completion rings `wake` on `executor`; false when it has come already.
  bool sleep(boost::asio::steady_timer& wake, const boost::asio::any_io_executor& executor) {
    std::lock_guard lock(operation_->mutex);
    if (operation_->answer) return false;
    operation_->wake = &wake;
    operation_->executor = executor;
    return true;
  }

  /// The answer, or errc::cancelled when there is none yet.
  result<plugin_answer> take() {
    {
      std::lock_guard lock(operation_->mutex);
      if (operation_->answer) {
        over_ = true;
        forget_sleeper();
        return std::move(*operation_->answer);
      }
    }
    give_up();
    return error(errc::cancelled, "cancelled");
  }

  /// Unless it is over already.
  void give_up() {
    if (over_) return;
    over_ = true;
    bool done = false;
    {
      std::lock_guard lock(operation_->mutex);
      done = operation_->answer.has_value();
      operation_->abandoned = true;
      operation_->answer.reset();
      forget_sleeper();
    }
    // A stream that was opened for nobody has to be closed too.
    if (!done || operation_->what == kind::open_stream) (void)instance_->ask(instance_->plugin().cancel, number_);
  }

 private:
  void forget_sleeper() {
    operation_->wake = nullptr;
    operation_->executor = {};
  }

  std::shared_ptr<plugin_instance> instance_;
  std::shared_ptr<plugin_operation> operation_;
  std::uint64_t number_;
  bool over_ = false;
};

class leaver {
 public:
  explicit leaver(std::shared_ptr<pending> work) : work_(std::move(work)) {}
  ~leaver() { work_->give_up(); }
  leaver(const leaver&) = delete;
  leaver& operator=(const leaver&) = delete;

 private:
  std::shared_ptr<pending> work_;
};

/// Sleeps until the plug-in completes or the coroutine is cancelled.
task<result<plugin_answer>> wait_for(std::shared_ptr<pending> work) {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) co_return work->take();
  auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer wake(executor, boost::asio::steady_timer::time_point::max());
  // Destroyed before the timer is, also when the coroutine is: nothing rings the timer afterwards.
  const leaver at_the_end(work);
  if (work->sleep(wake, executor)) {
    boost::system::error_code ignored;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    co_await wake.async_wait(token);
  }
  co_return work->take();
}

class plugin_stream final : public tool_stream {
 public:
  plugin_stream(std::shared_ptr<plugin_instance> instance, std::uint64_t number, std::size_t max_bytes)
      : instance_(std::move(instance)), number_(number), max_bytes_(max_bytes) {}
  ~plugin_stream() override { close(); }

  task<result<std::optional<tool_result>>> next() override {
    using item = std::optional<tool_result>;
    if (!open_) co_return item();
    auto work = std::make_shared<pending>(instance_, kind::next, max_bytes_);
    result<plugin_answer> answer = error(errc::cancelled, "cancelled");
    if (auto asked = instance_->ask(instance_->plugin().next, number_, work->number()); asked) {
      answer = co_await wait_for(work);
    } else {
      work->withdraw();
      answer = std::move(asked).error();
    }
    if (answer && !answer->end) co_return item(std::move(answer->value));
    // At its end a stream is gone for the plug-in too; after an error of ours it does not know yet.
    if (answer) open_ = false;
    else close();
    if (!answer) co_return std::move(answer).error();
    co_return item();
  }

 private:
  void close() {
    if (std::exchange(open_, false)) (void)instance_->ask(instance_->plugin().cancel, number_);
  }

  std::shared_ptr<plugin_instance> instance_;
  std::uint64_t number_;
  std::size_t max_bytes_;
  bool open_ = true;
};

class plugin_transport final : public transport {
 public:
  plugin_transport(result<std::shared_ptr<plugin_instance>> instance, transport_services services)
      : instance_(std::move(instance)), services_(std::move(services)) {}

  task<result<discovery>> discover(call_template provider, call_context context, std::shared_ptr<catalogue_events> events) override {
    if (!instance_) co_return instance_.error();
    instance().report_to(context.observer, services_.executor);
    if (events) instance().listen(context.manual, std::move(events));
    request_texts texts = texts_of(provider, context);
    auto work = std::make_shared<pending>(*instance_, kind::discover, context.max_response_bytes);
    if (auto asked = ask(instance().plugin().discover, *work, texts); !asked) co_return std::move(asked).error();
    auto answer = co_await wait_for(work);
    if (!answer) co_return std::move(answer).error();
    co_return read_manual(std::move(*answer), std::move(provider));
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    if (!instance_) co_return instance_.error();
    auto work = std::make_shared<pending>(*instance_, kind::call, context.max_response_bytes);
    if (auto asked = ask(instance().plugin().call, *work, texts_of(what, context)); !asked) co_return std::move(asked).error();
    auto answer = co_await wait_for(work);
    if (!answer) co_return std::move(answer).error();
    co_return std::move(answer->value);
  }

  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    if (!instance_) co_return instance_.error();
    if (!instance().streams()) {
      auto opened = co_await transport::open_stream(std::move(what), std::move(context));
      co_return opened;
    }
    auto work = std::make_shared<pending>(*instance_, kind::open_stream, context.max_response_bytes);
    if (auto asked = ask(instance().plugin().open_stream, *work, texts_of(what, context)); !asked) co_return std::move(asked).error();
    auto answer = co_await wait_for(work);
    if (!answer) co_return std::move(answer).error();
    co_return std::unique_ptr<tool_stream>(std::make_unique<plugin_stream>(*instance_, work->number(), context.max_response_bytes));
  }

  task<void> release(std::string manual) override {
    if (!instance_) co_return;
    instance().forget(manual);
    (void)instance().ask(instance().plugin().release, view_of(manual));
  }

 private:
  plugin_instance& instance() const noexcept { return **instance_; }

  result<void> ask(void (*function)(void*, const utcp_request*), pending& work, const request_texts& texts) const {
    const utcp_request request = texts.request(work.number());
    auto asked = instance().ask(function, &request);
    if (!asked) work.withdraw();
    return asked;
  }

  request_texts texts_of(const call_template& how, const call_context& context) const {
    request_texts out;
    out.manual = context.manual;
    std::vector<notice> ignored;
    out.call_template = write_json(write_call_template(how, dialect::v1, fidelity::full, ignored));
    json limits = json::object();
    if (context.deadline != time_point::max()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline - services_.clock->now());
      limits["deadline_ms"] = std::max<std::int64_t>(0, left.count());
    }
    limits["max_response_bytes"] = context.max_response_bytes;
    limits["allow_insecure_http"] = context.allow_insecure_http;
    limits["want_meta"] = context.want_meta;
    limits["root_dir"] = services_.root_dir.string();
    limits["origin"] = how.origin == trust::configuration ? "configuration" : "remote";
    out.context = write_json(limits);
    return out;
  }

  request_texts texts_of(const tool_call& what, const call_context& context) const {
    request_texts out = texts_of(*what.how, context);
    const std::string prefix = context.manual + ".";
    out.tool = what.tool->name.starts_with(prefix) ? what.tool->name.substr(prefix.size()) : what.tool->name;
    out.arguments = write_json(what.arguments);
    return out;
  }

  result<discovery> read_manual(plugin_answer answer, call_template provider) const {
    manual_source source;
    source.where = instance().describe();
    source.as = syntax::json;
    source.provider = std::make_shared<const call_template>(std::move(provider));
    auto loaded = load_manual(std::get<std::string>(answer.value.value), source, services_.documents, services_.limits);
    if (!loaded) return loaded.error();
    discovery out;
    out.found = std::move(loaded->found);
    out.notices = std::move(answer.notices);
    out.notices.insert(out.notices.end(), loaded->notices.begin(), loaded->notices.end());
    return out;
  }

  result<std::shared_ptr<plugin_instance>> instance_;
  transport_services services_;
};

}  // namespace

std::shared_ptr<transport> make_plugin_transport(result<std::shared_ptr<plugin_instance>> instance, const transport_services& services) {
  return std::make_shared<plugin_transport>(std::move(instance), services);
}

}  // namespace utcp
