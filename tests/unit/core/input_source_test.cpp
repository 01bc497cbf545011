#include <utcp/input_channel.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace utcp {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

/// All of it, waiting as a transport does.
task<std::string> read_all(std::shared_ptr<input_source> from) {
  std::string out;
  for (;;) {
    while (!from->is_ready()) co_await from->wait_ready();
    std::array<char, 5> some{};
    auto count = from->read(some.data(), some.size());
    if (!count) throw std::runtime_error(count.error().message);
    if (*count == 0) co_return out;
    out.append(some.data(), *count);
  }
}

TEST(input_channel, gives_what_is_written_while_it_is_read) {
  asio::io_context io;
  auto input = std::make_shared<input_channel>(io.get_executor(), 1);
  auto got = asio::co_spawn(io, read_all(input), asio::use_future);
  std::vector<bool> taken;
  for (const char* piece : {"one ", "", "two, longer ", "three"}) input->async_write(piece, [&](bool fine) { taken.push_back(fine); });
  input->close();
  io.run();
  EXPECT_EQ(got.get(), "one two, longer three");
  EXPECT_THAT(taken, ElementsAre(true, true, true, true));
}

TEST(input_channel, holds_its_writer_back) {
  asio::io_context io;
  input_channel input(io.get_executor(), 2);
  EXPECT_TRUE(input.try_write("a"));
  EXPECT_TRUE(input.try_write("b"));
  EXPECT_FALSE(input.try_write("c"));
  std::optional<bool> taken;
  input.async_write("c", [&](bool fine) { taken = fine; });
  io.poll();
  EXPECT_FALSE(taken);
  char byte = 0;
  EXPECT_EQ(*input.read(&byte, 1), 1u);
  io.restart();
  io.poll();
  EXPECT_EQ(taken, true);
}

TEST(input_channel, takes_nothing_more_when_it_is_closed_or_the_call_is_over) {
  asio::io_context io;
  input_channel closed(io.get_executor());
  closed.close();
  closed.close();
  EXPECT_FALSE(closed.try_write("late"));
  EXPECT_TRUE(closed.is_ready());
  char byte = 0;
  EXPECT_EQ(*closed.read(&byte, 1), 0u);
  EXPECT_TRUE(closed.rewind()) << "nothing was read";

  input_channel over(io.get_executor(), 1);
  EXPECT_TRUE(over.try_write("x"));
  std::vector<bool> taken;
  over.async_write("waits for room", [&](bool fine) { taken.push_back(fine); });
  over.on_call_end();
  over.async_write("late", [&](bool fine) { taken.push_back(fine); });
  io.run();
  EXPECT_THAT(taken, ElementsAre(false, false));
}

TEST(input_channel, is_no_input_for_who_does_not_wait) {
  asio::io_context io;
  input_channel input(io.get_executor());
  char byte = 0;
  EXPECT_EQ(input.read(&byte, 1).error(), errc::unsupported);
}

TEST(input_channel, waiting_can_be_given_up) {
  asio::io_context io;
  auto input = std::make_shared<input_channel>(io.get_executor());
  asio::cancellation_signal stop;
  bool failed = false;
  asio::co_spawn(io, read_all(input), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, const std::string&) { failed = thrown != nullptr; }));
  io.poll();
  stop.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_TRUE(failed);
}

TEST(input_channel, is_written_on_many_threads) {
  asio::thread_pool pool(2);
  auto input = std::make_shared<input_channel>(pool.get_executor(), 3);
  auto got = asio::co_spawn(pool, read_all(input), asio::use_future);
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&] {
      for (int n = 0; n < 250; ++n) EXPECT_TRUE(input->async_write("12345678", asio::use_future).get());
    });
  for (std::thread& each : writers) each.join();
  input->close();
  EXPECT_EQ(got.get().size(), 8000u);
  pool.join();
}

TEST(input_file, waits_for_a_pipe) {
  const auto path = std::filesystem::path(::testing::TempDir()) / ("utcp_pipe_" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  asio::io_context io;
  std::promise<void> has_waited;
  std::thread writer([&, waited = has_waited.get_future()] {
    const int out = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(::write(out, "first ", 6), 6);
    waited.wait();
    EXPECT_EQ(::write(out, "second", 6), 6);
    ::close(out);
  });
  auto source = open_input_file(path);
  auto got = asio::co_spawn(io, read_all(*source), asio::use_future);
  asio::steady_timer other_work(io, std::chrono::milliseconds(20));
  other_work.async_wait([&](boost::system::error_code) { has_waited.set_value(); });
  io.run();
  EXPECT_EQ(got.get(), "first second");
  writer.join();
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace utcp
