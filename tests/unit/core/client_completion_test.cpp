#include "call_fixture.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <thread>

namespace utcp::testing {
namespace {

// Completion tokens and executors.

TEST_F(calls, a_callback_completes_with_the_result_and_not_within_the_initiating_function) {
  client c = make({provider("m")});
  bool inside = true;
  bool early = false;
  boost::asio::post(io, [&] {
    c.async_call_tool("m.echo", json::object(), call_options(), [&](result<tool_result> r) {
      early = inside;
      EXPECT_TRUE(r);
    });
    inside = false;
  });
  settle_all(io);
  EXPECT_FALSE(early);
  EXPECT_FALSE(inside);
}

TEST_F(calls, a_future_completes) {
  client c = make({provider("m")});
  auto future = c.async_call_tool("m.echo", json{{"a", 1}}, call_options(), boost::asio::use_future);
  settle_all(io);
  EXPECT_EQ(future.get()->to_json()["a"], 1);
}

TEST_F(calls, a_deferred_operation_starts_when_it_is_called) {
  client c = make({provider("m")});
  auto later = c.async_call_tool("m.echo", json{{"a", 1}}, call_options(), boost::asio::deferred);
  settle_all(io);
  EXPECT_TRUE(fake->calls.empty());
  std::optional<result<tool_result>> out;
  std::move(later)([&](result<tool_result> r) { out = std::move(r); });
  settle_all(io);
  ASSERT_TRUE(out);
  EXPECT_TRUE(*out);
}

TEST_F(calls, an_awaiting_coroutine_resumes_on_its_own_executor) {
  client c = make({provider("m")});
  auto strand = boost::asio::make_strand(io);
  bool inside = false;
  auto work = [](client on, boost::asio::strand<boost::asio::io_context::executor_type> own, bool& out) -> task<void> {
    json none = json::object();
    auto answer = co_await on.call_tool("m.echo", none);
    out = answer.has_value() && own.running_in_this_thread();
  };
  boost::asio::co_spawn(strand, work(c, strand, inside), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  settle_all(io);
  EXPECT_TRUE(inside);
}

TEST_F(calls, the_context_of_a_waiting_handler_does_not_run_dry) {
  gate hold(io.get_executor());
  answer_never(hold);
  client c = make({provider("m")});
  boost::asio::io_context other;
  std::optional<result<tool_result>> out;
  auto work = [](client on, std::optional<result<tool_result>>& into) -> task<void> {
    json none = json::object();
    into = co_await on.call_tool("m.echo", none);
  };
  boost::asio::co_spawn(other, work(c, out), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  other.poll();
  settle_all(io);
  EXPECT_FALSE(other.stopped()) << "a coroutine of this context waits for the call";
  hold.open();
  settle_all(io);
  other.restart();
  other.poll();
  ASSERT_TRUE(out);
  EXPECT_TRUE(*out);
}

TEST_F(calls, copies_of_a_handle_share_one_client) {
  client c = make({provider("m")});
  client d = c;
  ASSERT_TRUE(run(io, c.register_manual(provider("n"))).ok());
  EXPECT_NE(d.tool("n.echo"), nullptr);
  c = client();
  settle_all(io);
  EXPECT_TRUE(call(d, "m.echo")) << "the other handle is still there";
  EXPECT_FALSE(c);
  EXPECT_TRUE(d);
}

TEST_F(calls, after_the_last_handle_the_transport_is_let_go) {
  std::weak_ptr<fake_transport> held = fake;
  {
    client c = make({provider("m")});
    EXPECT_TRUE(call(c, "m.echo"));
  }
  settle_all(io);
  EXPECT_EQ(fake.use_count(), 1);
}

TEST_F(calls, dropping_the_last_handle_during_many_calls_cancels_all_and_lets_everything_go) {
  gate never(io.get_executor());
  answer_never(never);
  client c = make({provider("m")});
  std::vector<std::shared_ptr<pending>> all;
  for (int i = 0; i < 64; ++i) all.push_back(begin_call(c, "m.echo"));
  c = client();
  settle_all(io);
  for (auto& each : all) {
    ASSERT_TRUE(each->outcome);
    EXPECT_EQ(each->outcome->error(), errc::cancelled);
  }
  EXPECT_TRUE(is_dry());
  EXPECT_EQ(fake.use_count(), 1);
}

TEST_F(calls, an_io_context_destroyed_under_running_calls_frees_them) {
  auto held = std::make_shared<int>(0);
  auto own = std::make_unique<boost::asio::io_context>();
  auto never = std::make_unique<gate>(own->get_executor());
  fake->on_call = [&never, held](tool_call, call_context) -> task<result<tool_result>> {
    auto mine = held;
    co_await never->wait();
    co_return tool_result(json(1));
  };
  const auto before = held.use_count();
  auto made = run(*own, client::create(config_of({provider("m")}), options()));
  client c = std::move(*made);
  c.async_call_tool("m.echo", json::object(), call_options(), [](result<tool_result>) { FAIL() << "completed"; });
  settle_all(*own);
  EXPECT_EQ(held.use_count(), before + 1);
  c = client();
  never.reset();
  // The fixture's transport outlives this context: it must not keep the strand.
  fake->events.reset();
  fake->services = transport_services();
  own.reset();
  EXPECT_EQ(held.use_count(), before);
}

TEST_F(calls, from_many_threads_on_one_context) {
  fake->on_call = [](tool_call what, call_context) -> task<result<tool_result>> {
    boost::asio::steady_timer once(co_await boost::asio::this_coro::executor, std::chrono::seconds(0));
    co_await once.async_wait(boost::asio::use_awaitable);
    co_return tool_result(std::move(what.arguments));
  };
  client c = make({provider("m")});
  std::atomic<int> good{0};
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  auto guard = boost::asio::make_work_guard(io);
  io.restart();
  for (int t = 0; t < 3; ++t) threads.emplace_back([&] { io.run(); });
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i)
        c.async_call_tool("m.echo", json{{"n", i}}, call_options(), [&, i](result<tool_result> r) {
          if (r && r->to_json()["n"] == i) ++good;
          ++ended;
        });
    });
  for (std::size_t t = 3; t < threads.size(); ++t) threads[t].join();
  guard.reset();
  for (std::size_t t = 0; t < 3; ++t) threads[t].join();
  EXPECT_EQ(good, 300);
  EXPECT_EQ(ended, 300);
}

}  // namespace
}  // namespace utcp::testing
