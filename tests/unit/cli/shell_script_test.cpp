#include "shell_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace utcp;
using namespace utcp::cli;

std::vector<shell_step> one(std::string command) {
  shell_step step;
  step.command = std::move(command);
  step.in_result = true;
  return {step};
}

TEST(shell_script, carries_values_in_variables_whose_names_nobody_knows_beforehand) {
  const json arguments{{"q", "a'b\"$(id)"}};
  auto first = write_script(one("echo UTCP_ARG_q_UTCP_END"), arguments, true);
  auto second = write_script(one("echo UTCP_ARG_q_UTCP_END"), arguments, true);
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->environment.size(), 1u);
  EXPECT_THAT(first->environment[0], ::testing::MatchesRegex("__UTCP_ARG_[0-9a-f]+_q=a'b\"\\$\\(id\\)"));
  EXPECT_NE(first->environment[0], second->environment[0]);
  EXPECT_EQ(first->text.find("id"), std::string::npos);
  EXPECT_FALSE(first->waits);
}

TEST(shell_script, writes_values_as_python_or_as_json) {
  const json list{1, "x"};
  EXPECT_EQ(argument_text(true, true), "True");
  EXPECT_EQ(argument_text(false, true), "False");
  EXPECT_EQ(argument_text(nullptr, true), "None");
  EXPECT_EQ(argument_text(true, false), "true");
  EXPECT_EQ(argument_text(nullptr, false), "null");
  EXPECT_EQ(argument_text("a\nb", true), "a\nb");
  EXPECT_EQ(argument_text(1.5, true), "1.5");
  EXPECT_EQ(argument_text(list, true), "[1,\"x\"]");
}

TEST(shell_script, names_a_missing_argument) {
  auto out = write_script(one("echo UTCP_ARG_zz_UTCP_END"), json::object(), true);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->environment.at(0).ends_with("_zz=MISSING_ARG_zz"));
}

TEST(shell_script, refuses_what_no_variable_holds_and_what_arithmetic_would_run) {
  const json nul{{"a", std::string("x\0y", 3)}};
  EXPECT_EQ(write_script(one("echo UTCP_ARG_a_UTCP_END"), nul, true).error(), errc::invalid_argument);
  const json code{{"a", "x[$(id)]"}};
  EXPECT_EQ(write_script(one("echo $((UTCP_ARG_a_UTCP_END))"), code, true).error(), errc::invalid_argument);
  const json number{{"a", -12}};
  EXPECT_TRUE(write_script(one("echo $((UTCP_ARG_a_UTCP_END))"), number, true));
}

TEST(shell_script, spills_large_values) {
  const json arguments{{"a", std::string(1'000'000, 'x')}, {"b", "small"}};
  auto out = write_script(one("echo UTCP_ARG_a_UTCP_END UTCP_ARG_b_UTCP_END"), arguments, true);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->environment.size(), 1u);
  EXPECT_EQ(out->spilled.size(), 1'000'001u);
}

TEST(step_splitter, splits_at_every_byte) {
  const std::string mark = std::string("\0mark", 5);
  const std::string text = "one" + mark + "000" + std::string("t\0wo\0ma", 7) + mark + "003" + "three" + mark.substr(0, 3);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    step_splitter splitter(mark);
    std::vector<std::string> outputs(3);
    std::vector<int> statuses;
    splitter.on_output = [&](std::size_t step, std::string_view bytes) { outputs.at(step) += bytes; };
    splitter.on_end = [&](std::size_t step, int status) {
      EXPECT_EQ(step, statuses.size());
      statuses.push_back(status);
    };
    splitter.feed(std::string_view(text).substr(0, cut));
    splitter.feed(std::string_view(text).substr(cut));
    splitter.finish();
    EXPECT_THAT(outputs, ::testing::ElementsAre("one", std::string("t\0wo\0ma", 7), "three" + mark.substr(0, 3))) << cut;
    EXPECT_THAT(statuses, ::testing::ElementsAre(0, 3)) << cut;
  }
}

}  // namespace
