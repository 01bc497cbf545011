#include "cli_rig.hpp"
#include "processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace {

using namespace std::chrono_literals;
using namespace utcp;
using namespace utcp::testing;
using ::testing::HasSubstr;

/// Both with the supervisor and without it.
class bad_program : public ::testing::TestWithParam<bool> {
 protected:
  json made(json how) const {
    how["supervise"] = GetParam();
    return how;
  }
  cli_rig rig;
};

INSTANTIATE_TEST_SUITE_P(with_and_without, bad_program, ::testing::Bool(), [](const auto& which) { return which.param ? "supervised" : "alone"; });

TEST_P(bad_program, that_is_absent) {
  for (const char* name : {"no-such-program", "/no/such/program", "./no-such-program"}) {
    auto out = rig.call(made(json{{"command_name", name}}));
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error(), errc::invalid_config);
    EXPECT_THAT(out.error().message, HasSubstr("here.tool")) << name;
    EXPECT_THAT(out.error().message, HasSubstr(name[0] == '/' ? "/no/such/program" : "no-such-program"));
  }
  auto step = rig.call(made(script({"no-such-program"})));
  ASSERT_TRUE(step.has_error());
  EXPECT_EQ(step.error(), errc::remote_failed);
  EXPECT_EQ(step.error().remote["exit_code"], 127);
}

TEST_P(bad_program, that_is_not_executable_or_has_no_interpreter) {
  temporary_folder folder;
  auto plain = rig.call(made(json{{"command_name", folder.write("plain", "#!/bin/sh\n")}}));
  ASSERT_TRUE(plain.has_error());
  EXPECT_EQ(plain.error(), errc::invalid_config);
  EXPECT_THAT(plain.error().message, HasSubstr("chmod +x"));
  auto lost = rig.call(made(json{{"command_name", folder.write("lost", "#!/no/such/interpreter\n", true)}}));
  ASSERT_TRUE(lost.has_error());
  EXPECT_EQ(lost.error(), errc::invalid_config);
  EXPECT_THAT(lost.error().message, HasSubstr("#!"));
}

TEST_P(bad_program, that_ignores_sigterm_ends_at_the_deadline) {
  rig.context.deadline = std::chrono::steady_clock::now() + 100ms;
  const auto began = std::chrono::steady_clock::now();
  auto out = rig.call(made(odd_words("deaf")));
  const auto took = std::chrono::steady_clock::now() - began;
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::timed_out);
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 2500ms);
  EXPECT_EQ(count_children(), 0);
}

TEST_P(bad_program, that_waits_for_ever_is_cancelled) {
  const auto began = std::chrono::steady_clock::now();
  auto out = rig.call_and_cancel(made(odd_words("wait")), 50ms);
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 500ms);
  auto shell = rig.call_and_cancel(made(script({"sleep 1000 & sleep 1000 | cat"})), 50ms);
  ASSERT_TRUE(shell.has_error());
  EXPECT_EQ(shell.error(), errc::cancelled);
  EXPECT_EQ(count_children(), 0);
}

TEST_P(bad_program, that_forks_away_answers_and_is_ended) {
  const auto began = std::chrono::steady_clock::now();
  auto out = rig.call(made(odd_words("fork-away")));
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  const int left = out->to_json().get<int>();
  if (GetParam()) EXPECT_TRUE(becomes_true([&] { return !is_alive(left); }));
  else ::kill(left, SIGKILL);
}

TEST_P(bad_program, that_closes_stdout_early) {
  auto out = rig.call(made(odd_words("close-output")));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::remote_failed);
  EXPECT_EQ(out.error().remote["exit_code"], 7);
}

TEST_P(bad_program, that_writes_a_gigabyte) {
  rig.context.max_response_bytes = 1'000'000;
  const auto before = resident_bytes();
  const auto began = std::chrono::steady_clock::now();
  for (json how : {odd_words("flood 1000000000"), script({"cat /dev/zero"}), script({"yes", "echo $CMD_0_OUTPUT"})}) {
    auto out = rig.call(made(how));
    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error(), errc::too_large);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);
  EXPECT_LT(resident_bytes(), before + (64u << 20));
  EXPECT_EQ(count_children(), 0);
}

TEST_P(bad_program, that_prints_invalid_utf8) {
  auto out = rig.call(made(odd_words("bad-text")));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->to_json(), "ok \xEF\xBF\xBD\xEF\xBF\xBD end");
  EXPECT_EQ(rig.discover(made(odd_words("bad-text"))).error(), errc::invalid_config);
}

TEST_P(bad_program, that_dies_by_a_signal) {
  auto out = rig.call(made(odd_words("die 11")));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::remote_failed);
  EXPECT_THAT(out.error().message, HasSubstr("SIGSEGV"));
  EXPECT_EQ(out.error().remote["signal"], "SIGSEGV");
}

TEST_P(bad_program, that_asks_for_a_terminal_gets_none) {
  auto out = rig.call(made(odd_words("terminal")));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->to_json(), "no terminal");
}

TEST_P(bad_program, a_dropped_stream_ends_it) {
  std::optional<error> failure;
  const auto began = std::chrono::steady_clock::now();
  const auto lines = rig.stream(made(odd_words("lines 5 wait")), failure, 2);
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_FALSE(failure);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(count_children(), 0);  // the io_context ran until the program had ended
}

TEST_P(bad_program, leaves_nothing_behind_after_many_calls) {
  const char* wanted = std::getenv("UTCP_MANY_CALLS");  // the test of label `slow` wants more
  const int calls = wanted ? std::atoi(wanted) : 2000;
  ASSERT_TRUE(rig.call(made(odd_words("exit 0"))));
  const int before = count_descriptors();
  for (int i = 0; i < calls; ++i) ASSERT_TRUE(rig.call(made(odd_words("exit 0"))));
  EXPECT_EQ(count_descriptors(), before);
  EXPECT_EQ(count_children(), 0);
}

TEST(cli_sandbox, is_an_error_where_there_is_none) {
  cli_rig rig;
  json how = odd_words("exit 0");
  how["sandbox"] = "bubblewrap";
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);  // where bubblewrap is looked for
  auto out = rig.call(how);
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error(), errc::unsupported);
  EXPECT_THAT(out.error().message, HasSubstr("sandbox"));
}

class cli_sandboxed : public ::testing::Test {
 protected:
  void SetUp() override {
    json how = script({"true"});
    how["sandbox"] = "bubblewrap";
    auto out = rig.call(how);
    if (!out) GTEST_SKIP() << "no sandbox here: " << out.error().message;
  }
  json run_inside(std::string command) {
    json how = script({std::move(command)});
    how["sandbox"] = "bubblewrap";
    auto out = rig.call(how);
    return out ? out->to_json() : json(out.error().remote);
  }
  cli_rig rig;
};

TEST_F(cli_sandboxed, can_read_but_not_write_and_sees_no_other_process) {
  EXPECT_EQ(run_inside("test -r /etc/passwd && echo read"), "read");
  EXPECT_EQ(run_inside("touch /usr/pwned 2>/dev/null || echo refused"), "refused");
  EXPECT_EQ(run_inside("touch /tmp/mine && echo written"), "written");
  EXPECT_FALSE(std::filesystem::exists("/tmp/mine"));
  EXPECT_EQ(run_inside("ls -d /proc/[0-9]* | wc -l | { read n; [ $n -lt 10 ] && echo alone; }"), "alone");
}

TEST_F(cli_sandboxed, steps_and_arguments_work_inside) {
  json how = script({"echo UTCP_ARG_v_UTCP_END", "echo \"<$CMD_0_OUTPUT>\""});
  how["sandbox"] = "bubblewrap";
  auto out = rig.call(how, json{{"v", "a  b"}});
  ASSERT_TRUE(out) << out.error().message << out.error().remote;
  EXPECT_EQ(out->to_json(), "<a  b>");
  how = script({"printf %s UTCP_ARG_v_UTCP_END | wc -c"});
  how["sandbox"] = "bubblewrap";
  out = rig.call(how, json{{"v", std::string(300'000, 'x')}});
  ASSERT_TRUE(out) << out.error().message << out.error().remote;
  EXPECT_EQ(out->to_json(), "300000");
}

}  // namespace
