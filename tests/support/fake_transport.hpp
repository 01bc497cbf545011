#pragma once

#include <utcp/transport.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace utcp::testing {

/// A place where coroutines wait until a test opens it. Everything on one executor.
class gate {
 public:
  explicit gate(boost::asio::any_io_executor executor) : timer_(std::move(executor), boost::asio::steady_timer::time_point::max()) {}

  /// Waits for `open`; true when it was opened, false when the wait was cancelled.
  task<bool> wait() {
    if (open_) co_return true;
    ++waiting_;
    boost::system::error_code ignored;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    co_await timer_.async_wait(token);
    --waiting_;
    co_return open_;
  }

  /// As `wait`, but throws what asio throws when it is cancelled.
  task<void> wait_or_throw() {
    if (open_) co_return;
    ++waiting_;
    std::exception_ptr thrown;
    try {
      co_await timer_.async_wait(boost::asio::use_awaitable);
    } catch (...) {
      thrown = std::current_exception();
    }
    --waiting_;
    if (!open_ && thrown) std::rethrow_exception(thrown);
  }

  void open() {
    open_ = true;
    timer_.cancel();
  }

  std::size_t waiting() const { return waiting_; }

 private:
  boost::asio::steady_timer timer_;
  bool open_ = false;
  std::size_t waiting_ = 0;
};

/// A tool with a template of a protocol.
inline tool_ptr make_tool(std::string name, std::string protocol = "fake", trust origin = trust::configuration, utcp::dialect as = dialect::v0,
                          json options = json::object()) {
  call_template how;
  how.protocol = std::move(protocol);
  how.origin = origin;
  how.dialect = as;
  how.options = std::move(options);
  tool out;
  out.name = std::move(name);
  out.tool_call_template = std::make_shared<const call_template>(std::move(how));
  return std::make_shared<const tool>(std::move(out));
}

inline discovery found_tools(std::vector<tool_ptr> tools) {
  discovery out;
  out.found.tools = std::move(tools);
  return out;
}

inline call_template provider(std::string name, std::string protocol = "fake", json options = json::object(), utcp::dialect as = dialect::v0) {
  call_template out;
  out.name = std::move(name);
  out.protocol = std::move(protocol);
  out.options = std::move(options);
  out.dialect = as;
  return out;
}

/// A stream whose items a test supplies.
class scripted_stream final : public tool_stream {
 public:
  using step = std::function<task<result<std::optional<tool_result>>>()>;
  explicit scripted_stream(std::vector<step> steps, std::shared_ptr<int> alive = std::make_shared<int>(0))
      : steps_(std::move(steps)), alive_(std::move(alive)) {
    ++*alive_;
  }
  ~scripted_stream() override { --*alive_; }

  task<result<std::optional<tool_result>>> next() override {
    if (at_ == steps_.size()) return nothing();
    return steps_[at_++]();
  }

  static step item(json value) {
    return [value = std::move(value)]() { return give(value); };
  }
  static step failure(errc code, std::string message) {
    return [code, message = std::move(message)]() { return fail(code, message); };
  }

 private:
  static task<result<std::optional<tool_result>>> nothing() { co_return std::optional<tool_result>(); }
  static task<result<std::optional<tool_result>>> give(json value) {
    tool_result out(std::move(value));
    co_return std::optional<tool_result>(std::move(out));
  }
  static task<result<std::optional<tool_result>>> fail(errc code, std::string message) { co_return error(code, std::move(message)); }

  std::vector<step> steps_;
  std::size_t at_ = 0;
  std::shared_ptr<int> alive_;
};

/// A transport that does what a test says. What is not said: every provider has one tool `echo`, which answers its arguments.
class fake_transport : public transport {
 public:
  using discover_step = std::function<task<result<discovery>>(call_template, call_context)>;
  using call_step = std::function<task<result<tool_result>>(tool_call, call_context)>;
  using stream_step = std::function<task<result<std::unique_ptr<tool_stream>>>(tool_call, call_context)>;

  discover_step on_discover;
  call_step on_call;
  stream_step on_stream;
  bool repeatable = false;

  std::vector<std::string> discovered;
  std::vector<std::string> released;
  std::vector<tool_call> calls;
  std::vector<call_context> contexts;
  std::shared_ptr<catalogue_events> events;
  transport_services services;

  task<result<discovery>> discover(call_template how, call_context context, std::shared_ptr<catalogue_events> told) override {
    discovered.push_back(how.name);
    contexts.push_back(context);
    events = std::move(told);
    if (on_discover) return on_discover(std::move(how), std::move(context));
    return one_tool();
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    calls.push_back(what);
    contexts.push_back(context);
    if (on_call) return on_call(std::move(what), std::move(context));
    return echo(std::move(what));
  }

  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context) override {
    if (on_stream) return on_stream(std::move(what), std::move(context));
    return transport::open_stream(std::move(what), std::move(context));
  }

  task<void> release(std::string manual) override {
    released.push_back(std::move(manual));
    return nothing();
  }

  bool idempotent(const tool_call&) const override { return repeatable; }

 private:
  static task<void> nothing() { co_return; }
  static task<result<discovery>> one_tool() { co_return found_tools(std::vector<tool_ptr>(1, make_tool("echo"))); }
  static task<result<tool_result>> echo(tool_call what) { co_return tool_result(std::move(what.arguments)); }
};

/// A factory that gives out one transport that the test holds too.
inline transport_factory factory_of(std::shared_ptr<fake_transport> one) {
  return [one](const transport_services& services) {
    one->services = services;
    return std::static_pointer_cast<transport>(one);
  };
}

}  // namespace utcp::testing
