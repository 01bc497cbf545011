#include "placeholders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace utcp;
using cli::rewrite_placeholders;

std::string rewritten(std::string_view command) {
  auto out = rewrite_placeholders(command, "N");
  return out ? out->text : "failed: " + out.error().message;
}

// Recorded from python-utcp.
TEST(placeholders, are_rewritten_as_the_recorded_ones) {
  EXPECT_EQ(rewritten("echo UTCP_ARG_a_UTCP_END"), "echo \"$__UTCP_ARG_N_a\"");
  EXPECT_EQ(rewritten("echo \"v=UTCP_ARG_a_UTCP_END!\""), "echo \"v=${__UTCP_ARG_N_a}!\"");
  EXPECT_EQ(rewritten("echo 'v=UTCP_ARG_a_UTCP_END'"), "echo 'v='\"$__UTCP_ARG_N_a\"''");
  EXPECT_EQ(rewritten("echo preUTCP_ARG_a_b_UTCP_ENDpost"), "echo pre\"$__UTCP_ARG_N_a_b\"post");
  EXPECT_EQ(rewritten("echo \\\"UTCP_ARG_a_UTCP_END"), "echo \\\"\"$__UTCP_ARG_N_a\"");
  EXPECT_EQ(rewritten("echo UTCP_ARG_zz_UTCP_END"), "echo \"$__UTCP_ARG_N_zz\"");
}

struct rewriting {
  const char* from;
  const char* to;
};

TEST(placeholders, follow_the_quoting_into_every_corner) {
  for (const auto& [from, to] : {
           rewriting{"x=\"$(echo UTCP_ARG_a_UTCP_END)\"", "x=\"$(echo \"$__UTCP_ARG_N_a\")\""},
           rewriting{"x=\"$(echo \"UTCP_ARG_a_UTCP_END\")\"", "x=\"$(echo \"${__UTCP_ARG_N_a}\")\""},
           rewriting{"x=\"$(echo 'UTCP_ARG_a_UTCP_END') UTCP_ARG_a_UTCP_END\"", "x=\"$(echo ''\"$__UTCP_ARG_N_a\"'') ${__UTCP_ARG_N_a}\""},
           rewriting{"x=\"$( (echo UTCP_ARG_a_UTCP_END) )\"", "x=\"$( (echo \"$__UTCP_ARG_N_a\") )\""},
           rewriting{"x=`echo UTCP_ARG_a_UTCP_END`", "x=`echo \"$__UTCP_ARG_N_a\"`"},
           rewriting{"x=\"${y:-UTCP_ARG_a_UTCP_END}\"", "x=\"${y:-${__UTCP_ARG_N_a}}\""},
           rewriting{"x=${y:-UTCP_ARG_a_UTCP_END}", "x=${y:-\"$__UTCP_ARG_N_a\"}"},
           rewriting{"x=$'a\\'UTCP_ARG_a_UTCP_END'", "x=$'a\\''\"$__UTCP_ARG_N_a\"$''"},
           rewriting{"echo hi # don't\necho UTCP_ARG_a_UTCP_END", "echo hi # don't\necho \"$__UTCP_ARG_N_a\""},
           rewriting{"echo a#'UTCP_ARG_a_UTCP_END'", "echo a#''\"$__UTCP_ARG_N_a\"''"},
           rewriting{"echo \\UTCP_ARG_a_UTCP_END", "echo \"$__UTCP_ARG_N_a\""},
           rewriting{"cat <<E\n\"UTCP_ARG_a_UTCP_END\" don't\nE\necho UTCP_ARG_a_UTCP_END", "cat <<E\n\"${__UTCP_ARG_N_a}\" don't\nE\necho \"$__UTCP_ARG_N_a\""},
           rewriting{"cat <<-E\n\tUTCP_ARG_a_UTCP_END\n\tE\n'UTCP_ARG_a_UTCP_END'", "cat <<-E\n\t${__UTCP_ARG_N_a}\n\tE\n''\"$__UTCP_ARG_N_a\"''"},
           rewriting{"cat <<'E'\n$x \"\nE\nUTCP_ARG_a_UTCP_END", "cat <<'E'\n$x \"\nE\n\"$__UTCP_ARG_N_a\""},
           rewriting{"cat <<<UTCP_ARG_a_UTCP_END", "cat <<<\"$__UTCP_ARG_N_a\""},
           rewriting{"UTCP_ARG__UTCP_END UTCP_ARG_a-b_UTCP_END UTCP_ARG_a", "UTCP_ARG__UTCP_END UTCP_ARG_a-b_UTCP_END UTCP_ARG_a"},
           rewriting{"UTCP_ARG_a_UTCP_END_UTCP_END", "\"$__UTCP_ARG_N_a\"_UTCP_END"},
       })
    EXPECT_EQ(rewritten(from), to) << from;
}

TEST(placeholders, in_a_quoted_here_document_are_an_error) {
  auto out = rewrite_placeholders("cat <<'E'\nUTCP_ARG_a_UTCP_END\nE\n", "N");
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::invalid_config);
  EXPECT_NE(out.error().message.find("\"a\""), std::string::npos);
}

TEST(placeholders, in_arithmetic_are_told_apart) {
  auto out = rewrite_placeholders("echo $((UTCP_ARG_n_UTCP_END + (1))) UTCP_ARG_t_UTCP_END; (( UTCP_ARG_m_UTCP_END > 0 ))", "N");
  ASSERT_TRUE(out);
  EXPECT_EQ(out->text, "echo $((${__UTCP_ARG_N_n} + (1))) \"$__UTCP_ARG_N_t\"; (( ${__UTCP_ARG_N_m} > 0 ))");
  EXPECT_THAT(out->numbers, ::testing::ElementsAre("m", "n"));
  EXPECT_THAT(out->names, ::testing::ElementsAre("m", "n", "t"));
}

TEST(placeholders, that_bash_would_evaluate_must_be_numbers) {
  for (const char* command : {"[[ UTCP_ARG_n_UTCP_END -gt 1 ]]", "[[ -n a && ( UTCP_ARG_n_UTCP_END -le 1 ) ]]", "[[ 1 -eq \"UTCP_ARG_n_UTCP_END\" ]]", "[[ $x -lt 'UTCP_ARG_n_UTCP_END' ]]", "[[ -v UTCP_ARG_n_UTCP_END ]]", "test -v UTCP_ARG_n_UTCP_END",
                              "[ -v \"a[UTCP_ARG_n_UTCP_END]\" ]", "echo ${a[UTCP_ARG_n_UTCP_END]}", "echo \"${#a[1+UTCP_ARG_n_UTCP_END]}\"", "echo ${v:UTCP_ARG_n_UTCP_END:2}", "echo ${v:1:UTCP_ARG_n_UTCP_END}",
                              "echo ${a[@]:UTCP_ARG_n_UTCP_END}", "echo \"${a[\"UTCP_ARG_n_UTCP_END\"]}\"", "echo $[UTCP_ARG_n_UTCP_END+1]", "echo \"$[ (a[1]) + UTCP_ARG_n_UTCP_END ]\"", "let x=UTCP_ARG_n_UTCP_END",
                              "cd /x && let \"x = UTCP_ARG_n_UTCP_END\"", "a[UTCP_ARG_n_UTCP_END]=5", "unset \"a[UTCP_ARG_n_UTCP_END]\"", "printf -v 'a[UTCP_ARG_n_UTCP_END]' x", "declare -i x=UTCP_ARG_n_UTCP_END",
                              "for ((i = 0; i < UTCP_ARG_n_UTCP_END; ++i)); do :; done", "cat <<E\n${a[UTCP_ARG_n_UTCP_END]}\nE\n"}) {
    auto out = rewrite_placeholders(command, "N");
    ASSERT_TRUE(out) << command;
    EXPECT_THAT(out->numbers, ::testing::ElementsAre("n")) << command;
  }
}

TEST(placeholders, that_bash_takes_as_text_may_be_any) {
  for (const char* command : {"[[ UTCP_ARG_n_UTCP_END == a* ]]", "echo -ne UTCP_ARG_n_UTCP_END", "[[ -n a ]] && sed -ne UTCP_ARG_n_UTCP_END", "ls UTCP_ARG_n_UTCP_END -lt", "[[ -n UTCP_ARG_n_UTCP_END && 1 -gt 0 ]]", "[ UTCP_ARG_n_UTCP_END = x ]", "grep -v UTCP_ARG_n_UTCP_END file", "jq '.users[\"UTCP_ARG_n_UTCP_END\"]'",
                              "jq .users[UTCP_ARG_n_UTCP_END]", "echo ${x:-UTCP_ARG_n_UTCP_END}", "echo ${x/a/UTCP_ARG_n_UTCP_END}", "echo ${a[1]:=UTCP_ARG_n_UTCP_END}", "x=UTCP_ARG_n_UTCP_END",
                              "declare -r x=UTCP_ARG_n_UTCP_END", "echo a[1] UTCP_ARG_n_UTCP_END", "let x=1; echo UTCP_ARG_n_UTCP_END", "cat <<E\n[[ UTCP_ARG_n_UTCP_END -gt 1 ]]\nE\n", "echo $(( 1 + 2 )) UTCP_ARG_n_UTCP_END"}) {
    auto out = rewrite_placeholders(command, "N");
    ASSERT_TRUE(out) << command;
    EXPECT_TRUE(out->numbers.empty()) << command;
  }
}

TEST(placeholders, never_run_past_the_end_of_a_text) {
  const std::string hard = "a\\ \"$(`'\" $'\\ ${ $(( (( $[ a[ ${a[ <<-E\n<<'x\" #\\";
  for (std::size_t begin = 0; begin < hard.size(); ++begin)
    for (std::size_t size = 0; begin + size <= hard.size(); ++size) {
      const std::string text = hard.substr(begin, size) + "UTCP_ARG_a_UTCP_END";
      auto out = rewrite_placeholders(text, "N");
      EXPECT_TRUE(out || out.error() == errc::invalid_config) << text;
    }
}

}  // namespace
