#include "odd_process.hpp"
#include "processes.hpp"
#include "run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace {

using namespace std::chrono_literals;
using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;

class subprocess_test : public ::testing::TestWithParam<bool> {
 protected:
  process_description made(std::vector<std::string> words) { return GetParam() ? supervised(odd(std::move(words))) : odd(std::move(words)); }
  result<process_output> run_it(process_description what, std::size_t limit = 1u << 20) { return run(io, run_process(io.get_executor(), std::move(what), limit)); }

  /// Runs, and cancels `after` that time. Gives the failure and how long it all took.
  std::pair<result<process_output>, std::chrono::nanoseconds> run_and_cancel(process_description what, std::chrono::milliseconds after) {
    boost::asio::cancellation_signal signal;
    boost::asio::steady_timer timer(io, after);
    timer.async_wait([&](auto) { signal.emit(boost::asio::cancellation_type::terminal); });
    std::optional<result<process_output>> value;
    const auto began = std::chrono::steady_clock::now();
    auto done = [&](std::exception_ptr, result<process_output> v) { value = std::move(v); };
    boost::asio::co_spawn(io, run_process(io.get_executor(), std::move(what), 1u << 20), boost::asio::bind_cancellation_slot(signal.slot(), done));
    io.restart();
    io.run();
    return {std::move(*value), std::chrono::steady_clock::now() - began};
  }

  boost::asio::io_context io;
};

INSTANTIATE_TEST_SUITE_P(with_and_without, subprocess_test, ::testing::Bool(), [](const auto& which) { return which.param ? "supervised" : "alone"; });

TEST_P(subprocess_test, gives_output_errors_and_exit_status) {
  auto out = run_it(made({"fail"}));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->end.code, 3);
  EXPECT_EQ(out->end.signal, 0);
  EXPECT_EQ(out->out, "partial answer\n");
  EXPECT_EQ(out->err, "it broke\n");
  EXPECT_GT(out->end.took, 0ns);
}

TEST_P(subprocess_test, names_the_signal_that_killed_the_program) {
  auto out = run_it(made({"die", "6"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->end.signal, SIGABRT);
}

TEST_P(subprocess_test, passes_arguments_as_they_are) {
  auto out = run_it(made({"arguments", "a b", "$(id)", "`id`", "*", "", "--x", "q\"'\n"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "[\"a b\",\"$(id)\",\"`id`\",\"*\",\"\",\"--x\",\"q\\\"'\\u000a\"]\n");
}

TEST_P(subprocess_test, gives_exactly_the_environment_it_was_told) {
  auto what = made({"environment"});
  what.environment = {"A=1", "B=x y"};
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "A=1\nB=x y\n");
}

TEST_P(subprocess_test, five_megabytes_go_through_both_ways) {
  auto what = made({"copy"});
  what.input = std::string(5'000'000, 'y');
  auto out = run_it(std::move(what), 8u << 20);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out.size(), 5'000'000u);
}

TEST_P(subprocess_test, input_that_nobody_reads_is_no_error) {
  auto what = made({"no-input"});
  what.input = std::string(5'000'000, 'y');
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->end.code, 0);
}

TEST_P(subprocess_test, without_input_stdin_is_empty) {
  auto out = run_it(made({"copy"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "");
}

TEST_P(subprocess_test, inherits_only_the_descriptors_it_was_given) {
  const int leaked = ::dup(1);  // not close-on-exec
  auto what = made({"descriptors"});
  auto file = make_memory_file("x");
  ASSERT_TRUE(file);
  what.passed.push_back(std::move(*file));
  auto out = run_it(std::move(what));
  ::close(leaked);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "0\n1\n2\n3\n");
}

TEST_P(subprocess_test, runs_in_the_folder_it_was_told) {
  auto what = made({"folder"});
  what.working_dir = "/usr";
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "/usr\n");
}

TEST_P(subprocess_test, has_no_controlling_terminal) {
  auto out = run_it(made({"terminal"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->out, "no terminal\n");
}

TEST_P(subprocess_test, a_folder_that_is_not_there_is_named) {
  auto what = made({"folder"});
  what.working_dir = "/no/such/folder";
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::invalid_config);
  EXPECT_NE(out.error().message.find("/no/such/folder"), std::string::npos);
}

TEST_P(subprocess_test, a_program_that_is_absent_or_no_program_is_an_error_of_the_configuration) {
  auto what = made({});
  what.program = "/no/such/program";
  auto absent = run_it(std::move(what));
  ASSERT_TRUE(absent.has_error());
  EXPECT_EQ(absent.error(), errc::invalid_config);
  EXPECT_NE(absent.error().message.find("no such program"), std::string::npos);

  const auto text = std::filesystem::temp_directory_path() / ("utcp-no-program-" + std::to_string(::getpid()));
  std::ofstream(text) << "just text\n";
  what = made({});
  what.program = text.string();
  auto refused = run_it(std::move(what));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error(), errc::invalid_config);
  EXPECT_NE(refused.error().message.find("chmod +x"), std::string::npos);

  std::filesystem::permissions(text, std::filesystem::perms::owner_all);
  what = made({});
  what.program = text.string();
  auto unknown = run_it(std::move(what));
  std::filesystem::remove(text);
  ASSERT_TRUE(unknown.has_error());
  EXPECT_EQ(unknown.error(), errc::invalid_config);
  EXPECT_NE(unknown.error().message.find("#!"), std::string::npos);
}

TEST_P(subprocess_test, too_long_an_argument_is_too_large) {
  auto out = run_it(made({"arguments", std::string(200'000, 'x')}));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::too_large);
}

TEST_P(subprocess_test, a_nul_character_in_an_argument_is_refused) {
  auto out = run_it(made({"arguments", std::string("a\0b", 3)}));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::invalid_argument);
}

TEST_P(subprocess_test, a_flood_is_cut_off_quickly_in_little_memory) {
  const auto before = resident_bytes();
  const auto began = std::chrono::steady_clock::now();
  auto out = run_it(made({"flood", "1000000000"}), 100'000);
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::too_large);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_LT(resident_bytes(), before + (64u << 20));
}

TEST_P(subprocess_test, a_flood_of_errors_is_kept_in_part) {
  auto what = made({"flood-errors", "20000000"});
  what.max_error_bytes = 1000;
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->err.size(), 1000u);
  EXPECT_EQ(out->end.code, 0);
}

TEST_P(subprocess_test, output_may_end_before_the_program) {
  auto out = run_it(made({"close-output"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->end.code, 7);
}

TEST_P(subprocess_test, cancel_ends_a_program_at_once) {
  auto [out, took] = run_and_cancel(made({"wait"}), 50ms);
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::cancelled);
  EXPECT_LT(took, 450ms);
  EXPECT_EQ(count_children(), 0);
}

TEST_P(subprocess_test, a_program_that_ignores_sigterm_is_killed_after_the_grace) {
  auto what = made({"deaf"});
  what.grace = 150ms;
  auto [out, took] = run_and_cancel(std::move(what), 50ms);
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::cancelled);
  EXPECT_GE(took, 150ms);
  EXPECT_LT(took, 1500ms);
  EXPECT_EQ(count_children(), 0);
}

TEST_P(subprocess_test, output_held_by_a_process_left_behind_does_not_hold_the_run) {
  const auto began = std::chrono::steady_clock::now();
  auto what = made({"leave-behind"});
  what.drain = 100ms;
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
  const auto left = numbers_in(out->out);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_TRUE(becomes_true([&] { return !is_alive(left[0]); }));
}

TEST_P(subprocess_test, a_daemon_does_not_hold_the_run_and_a_supervisor_ends_it) {
  const auto began = std::chrono::steady_clock::now();
  auto what = made({"fork-away"});
  what.drain = 100ms;
  auto out = run_it(std::move(what));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
  const auto left = numbers_in(out->out);
  ASSERT_EQ(left.size(), 1u);
  if (GetParam()) {
    EXPECT_TRUE(becomes_true([&] { return !is_alive(left[0]); }));
  } else {
    EXPECT_TRUE(is_alive(left[0]));  // it left the group: only a supervisor can find it
    ::kill(left[0], SIGKILL);
  }
}

TEST_P(subprocess_test, output_is_read_as_it_comes_and_holds_the_program_back) {
  auto read_a_bit = [](boost::asio::any_io_executor executor, process_description what) -> task<std::size_t> {
    auto process = subprocess::start(executor, std::move(what));
    auto first = co_await process->read();
    co_return first ? first->size() : 0;
  };
  auto what = made({"flood", "1000000000"});
  what.grace = 100ms;
  const auto size = run(io, read_a_bit(io.get_executor(), std::move(what)));
  EXPECT_GT(size, 0u);
  EXPECT_LE(size, 64u << 10);
  EXPECT_EQ(count_children(), 0);  // the handle went away in the coroutine, and the io_context ran until the process had
}

TEST_P(subprocess_test, what_is_left_in_the_pipe_can_be_read_after_the_exit) {
  auto late = [](boost::asio::any_io_executor executor, process_description what) -> task<std::string> {
    auto process = subprocess::start(executor, std::move(what));
    auto end = co_await process->wait();
    std::string all;
    for (;;) {
      auto chunk = co_await process->read();
      if (!chunk || chunk->empty()) break;
      all += *chunk;
    }
    co_return end ? all : std::string("failed");
  };
  EXPECT_EQ(run(io, late(io.get_executor(), made({"print", "late"}))), "late");
}

TEST_P(subprocess_test, a_conversation_over_stdin) {
  auto talk = [](boost::asio::any_io_executor executor, process_description what) -> task<std::string> {
    auto process = subprocess::start(executor, std::move(what));
    std::string all;
    for (const char* word : {"one\n", "two\n"}) {
      process->write(word);
      auto answer = co_await process->read();
      all += answer ? *answer : "failed";
    }
    process->close_input();
    auto end = co_await process->wait();
    co_return all + (end ? std::to_string(end->code) : "failed");
  };
  auto what = made({"copy"});
  what.interactive = true;
  EXPECT_EQ(run(io, talk(io.get_executor(), std::move(what))), "one\ntwo\n0");
}

TEST_P(subprocess_test, writing_to_a_program_that_reads_no_more_raises_no_signal) {
  auto push = [](boost::asio::any_io_executor executor, process_description what) -> task<int> {
    auto process = subprocess::start(executor, std::move(what));
    const std::string much(1'000'000, 'x');
    process->write(much);
    auto end = co_await process->wait();
    process->write(much);
    co_return end ? end->code : -1;
  };
  auto what = made({"no-input"});
  what.interactive = true;
  EXPECT_EQ(run(io, push(io.get_executor(), std::move(what))), 0);
}

TEST_P(subprocess_test, a_gone_io_context_ends_the_program) {
  int id = 0;
  {
    boost::asio::io_context short_lived;
    auto hang = [&id](boost::asio::any_io_executor executor, process_description what) -> task<void> {
      auto process = subprocess::start(executor, std::move(what));
      id = process->id();
      co_await process->wait();
    };
    boost::asio::co_spawn(short_lived, hang(short_lived.get_executor(), made({"deaf"})), [](std::exception_ptr) {});
    short_lived.poll();
    ASSERT_TRUE(is_alive(id));
  }
  EXPECT_FALSE(is_alive(id));
  EXPECT_EQ(count_children(), 0);
}

TEST_P(subprocess_test, many_runs_leave_no_descriptor_and_no_zombie) {
  ASSERT_TRUE(run_it(made({"exit", "0"})));  // whatever is opened once
  const int before = count_descriptors();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(run_it(made({"exit", "0"})));
  EXPECT_EQ(count_descriptors(), before);
  EXPECT_EQ(count_children(), 0);
}

TEST(find_program_test, searches_the_path_it_is_given) {
  EXPECT_EQ(*find_program("sh", "/usr/bin:/bin", {}), "/usr/bin/sh");
  EXPECT_EQ(*find_program("sh", "", {}), "/usr/bin/sh");
  auto absent = find_program("no-such-program", "/usr/bin:/bin", {});
  ASSERT_TRUE(absent.has_error());
  EXPECT_EQ(absent.error(), errc::invalid_config);
  EXPECT_NE(absent.error().message.find("no-such-program"), std::string::npos);
}

TEST(find_program_test, a_name_with_a_slash_is_a_path_from_the_base) {
  EXPECT_EQ(*find_program("bin/sh", "", "/usr"), "/usr/bin/sh");
  EXPECT_EQ(find_program("./bin/absent", "", "/usr").error().message, "/usr/bin/absent: there is no such program");
  EXPECT_EQ(find_program("./absent", "", "").error().message, (std::filesystem::current_path() / "absent: there is no such program").string());
  EXPECT_EQ(find_program("/usr/bin", "", {}).error(), errc::invalid_config);
  EXPECT_EQ(find_program("/etc/passwd", "", {}).error(), errc::invalid_config);
  EXPECT_EQ(find_program("", "", {}).error(), errc::invalid_config);
}

TEST(find_program_test, relative_folders_of_the_path_are_not_searched) {
  EXPECT_TRUE(find_program("sh", ":.:bin", "/usr").has_error());
}

TEST(find_program_test, the_supervisor_of_the_build_is_found) { EXPECT_EQ(find_supervisor(), UTCP_SUPERVISOR); }

}  // namespace
