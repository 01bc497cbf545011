// Clients on a context that several threads run. Each case is only worth what the thread sanitizer says of it.
#include "call_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

namespace utcp::testing {
namespace {

class threads : public client_test {
 protected:
  threads() {
    for (int i = 0; i < 3; ++i) running_.emplace_back([this] { io.run(); });
  }
  ~threads() override {
    guard_.reset();
    for (auto& each : running_) each.join();
    fake->events.reset();
    fake->services = transport_services();
  }

  /// Each client has a transport and an observer of its own: they belong to its strand.
  client create() {
    fake = std::make_shared<fake_transport>();
    seen = std::make_shared<recording_observer>();
    fake->on_call = [](tool_call what, call_context) -> task<result<tool_result>> {
      boost::asio::steady_timer once(co_await boost::asio::this_coro::executor, std::chrono::seconds(0));
      co_await once.async_wait(boost::asio::use_awaitable);
      co_return tool_result(std::move(what.arguments));
    };
    client_options how = options();
    how.clock = system_clock();
    return client::async_create(io.get_executor(), config_of({provider("m")}), std::move(how), boost::asio::use_future).get().value();
  }

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io.get_executor()};
  std::vector<std::thread> running_;
};

TEST_F(threads, a_client_goes_on_one_thread_while_its_call_ends_on_another) {
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ended;
    {
      client c = create();
      c.async_call_tool("m.echo", json::object(), call_options(), [&](result<tool_result>) { ended.set_value(); });
    }
    ended.get_future().get();
  }
}

TEST_F(threads, a_client_goes_on_one_thread_right_after_its_call_has_ended_on_another) {
  for (int i = 0; i < 100; ++i) {
    client c = create();
    EXPECT_TRUE(c.async_call_tool("m.echo", json::object(), call_options(), boost::asio::use_future).get());
  }
}

TEST_F(threads, stop_tokens_fire_while_calls_end) {
  client c = create();
  for (int i = 0; i < 100; ++i) {
    std::stop_source source;
    call_options how;
    how.stop = source.get_token();
    auto out = c.async_call_tool("m.echo", json::object(), std::move(how), boost::asio::use_future);
    source.request_stop();
    const auto answer = out.get();
    EXPECT_TRUE(answer || answer.error() == errc::cancelled);
  }
}

TEST_F(threads, a_plug_in_tells_of_changes_while_its_client_goes) {
  for (int i = 0; i < 50; ++i) {
    auto c = std::make_optional(create());
    std::thread other([events = fake->events] {
      for (int n = 0; n < 5; ++n) events->manual_changed("m");
    });
    c.reset();
    other.join();
  }
}

}  // namespace
}  // namespace utcp::testing
