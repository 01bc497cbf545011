#include "odd_process.hpp"
#include "processes.hpp"
#include "run.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;

task<result<std::string>> read_until_ready(subprocess& process) {
  std::string all;
  while (all.find("ready") == std::string::npos) {
    auto chunk = co_await process.read();
    if (!chunk || chunk->empty()) co_return error(errc::internal, "the program ended early: " + all);
    all += *chunk;
  }
  co_return all;
}

bool all_gone(const std::vector<int>& ids) {
  for (int id : ids)
    if (is_alive(id)) return false;
  return true;
}

TEST(supervisor, ends_daemons_too_when_the_call_is_stopped) {
  boost::asio::io_context io;
  std::vector<int> ids;
  auto work = [&ids](boost::asio::any_io_executor executor) -> task<errc> {
    auto what = supervised(odd({"tree"}));
    what.grace = 100ms;
    auto process = subprocess::start(executor, std::move(what));
    auto said = co_await read_until_ready(*process);
    if (said) ids = numbers_in(*said);
    process->stop(errc::timed_out);
    auto end = co_await process->wait();
    co_return end ? errc::internal : static_cast<errc>(end.error().code.value());
  };
  EXPECT_EQ(run(io, work(io.get_executor())), errc::timed_out);
  ASSERT_EQ(ids.size(), 4u);
  EXPECT_TRUE(all_gone(ids));  // gone when the call returns, not some time later
}

TEST(supervisor, nothing_survives_when_this_process_is_killed) {
  // The host is a program of its own, which is killed without a chance to tidy up.
  boost::asio::io_context io;
  std::vector<int> ids;
  auto work = [&ids](boost::asio::any_io_executor executor) -> task<bool> {
    process_description what;
    what.program = UTCP_KILLED_HOST;
    what.arguments = {"killed-host"};
    auto host = subprocess::start(executor, std::move(what));
    auto said = co_await read_until_ready(*host);
    if (!said) co_return false;
    ids = numbers_in(*said);
    const bool lived = !ids.empty() && is_alive(ids[0]);
    ::kill(host->id(), SIGKILL);
    auto end = co_await host->wait();
    co_return lived && end && end->signal == SIGKILL;
  };
  EXPECT_TRUE(run(io, work(io.get_executor())));
  ASSERT_EQ(ids.size(), 4u);
  EXPECT_TRUE(becomes_true([&] { return all_gone(ids); }));
}

TEST(supervisor, lets_a_program_tidy_up_when_the_executor_goes) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  bool ready = false;
  {
    boost::asio::io_context short_lived;
    auto hang = [&ready](boost::asio::any_io_executor executor, process_description what) -> task<void> {
      auto process = subprocess::start(executor, std::move(what));
      auto said = co_await read_until_ready(*process);
      ready = said.has_value();
      co_await process->wait();
    };
    auto what = supervised(odd({"tidies"}));
    what.passed.push_back(std::move(ends->write));
    boost::asio::co_spawn(short_lived, hang(short_lived.get_executor(), std::move(what)), [](std::exception_ptr) {});
    while (!ready && short_lived.run_one() > 0) {
    }
  }
  ASSERT_TRUE(ready);
  char said[16] = {};
  EXPECT_EQ(::read(ends->read.get(), said, sizeof said), 6);
  EXPECT_EQ(count_children(), 0);
}

TEST(supervisor, a_killed_supervisor_is_reported_as_a_signal_and_takes_its_program_along) {
  boost::asio::io_context io;
  std::vector<int> ids;
  auto work = [&ids](boost::asio::any_io_executor executor) -> task<int> {
    auto process = subprocess::start(executor, supervised(odd({"wait"})));
    auto said = co_await read_until_ready(*process);
    if (said) ids = numbers_in(*said);
    ::kill(process->id(), SIGKILL);
    auto end = co_await process->wait();
    co_return said && end ? end->signal : -1;
  };
  EXPECT_EQ(run(io, work(io.get_executor())), SIGKILL);
  ASSERT_EQ(ids.size(), 1u);
  const bool gone = becomes_true([&] { return all_gone(ids); });
  EXPECT_TRUE(gone);
  if (!gone) ::kill(ids[0], SIGKILL);
}

}  // namespace
