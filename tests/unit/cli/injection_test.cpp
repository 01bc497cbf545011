#include "cli_rig.hpp"
#include "processes.hpp"

#include <gtest/gtest.h>

namespace {

using namespace utcp;
using namespace utcp::testing;

std::vector<std::string> hostile_values() {
  return {"",
          "plain",
          "two words",
          " lead and trail ",
          "'",
          "\"",
          "'\"'\"'",
          "it's \"quoted\"",
          "line\nbreak",
          "ends with newlines\n\n\n",
          "\t\r\n",
          "$(touch pwned)",
          "`touch pwned`",
          "; touch pwned",
          "&& touch pwned #",
          "| touch pwned",
          "\n touch pwned\n",
          "' ; touch pwned ; '",
          "\" ; touch pwned ; \"",
          ") ; touch pwned",
          "}; touch pwned; {",
          "${PATH}",
          "$HOME $0 $$ $?",
          "*",
          "/etc/*",
          "?[a-z]{1,2}~",
          "~root",
          "!!",
          "-",
          "--",
          "-rf",
          "--help",
          "\\",
          "\\\\",
          "a\\",
          "\\n",
          "<(touch pwned)",
          "> pwned",
          "EOF\ntouch pwned\n",
          "%s%n",
          "UTCP_ARG_v_UTCP_END",
          "caf\xc3\xa9 \xe2\x9c\x93",
          std::string(1'000'000, 'x'),
          std::string(500'000, '\'') + "$(touch pwned)"};
}

std::string shown(const std::string& value) { return value.substr(0, 60); }

class injection : public ::testing::Test {
 protected:
  injection() {
    rig.services.root_dir = folder.path;
    rig.via = make_cli_transport()(rig.services);
  }
  ~injection() override { EXPECT_FALSE(std::filesystem::exists(folder.path / "pwned")); }

  /// Runs a command in which the value stands, and gives the one argument that a program got.
  json got(std::string command, const std::string& value) {
    json how = script({std::move(command)});
    how["working_dir"] = folder.path.string();
    auto out = rig.call(how, json{{"v", value}});
    return out ? out->to_json() : json("failed: " + out.error().message + out.error().remote.dump());
  }

  temporary_folder folder;
  cli_rig rig;
};

TEST_F(injection, flags_arrive_as_they_are) {
  for (const std::string& value : hostile_values()) {
    if (value.size() > 100'000) continue;
    json how = odd_words("arguments");
    how["working_dir"] = folder.path.string();
    auto out = rig.call(how, json{{"v", value}});
    ASSERT_TRUE(out) << shown(value);
    EXPECT_EQ(out->to_json(), json::array({"--v", value})) << shown(value);
  }
}

TEST_F(injection, placeholders_arrive_as_they_are_wherever_they_stand) {
  const std::string program = UTCP_ODD_PROGRAM " arguments ";
  for (const std::string& value : hostile_values()) {
    if (value.size() > 100'000) continue;  // no program can be given them, see below
    const json one = json::array({value});
    EXPECT_EQ(got(program + "UTCP_ARG_v_UTCP_END", value), one) << shown(value);
    EXPECT_EQ(got(program + "\"UTCP_ARG_v_UTCP_END\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "'UTCP_ARG_v_UTCP_END'", value), one) << shown(value);
    EXPECT_EQ(got(program + "$'UTCP_ARG_v_UTCP_END'", value), one) << shown(value);
    EXPECT_EQ(got("x=UTCP_ARG_v_UTCP_END; " + program + "\"$x\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "pre'UTCP_ARG_v_UTCP_END'\"UTCP_ARG_v_UTCP_END\"post", value), json::array({"pre" + value + value + "post"})) << shown(value);
    EXPECT_EQ(got("eval() { :; }\n" + program + "UTCP_ARG_v_UTCP_END # don't", value), one) << shown(value);
  }
}

TEST_F(injection, placeholders_arrive_inside_substitutions_but_for_line_ends) {
  const std::string program = UTCP_ODD_PROGRAM " arguments ";
  for (const std::string& value : hostile_values()) {
    if (value.size() > 100'000) continue;
    std::string stripped = value;
    while (stripped.ends_with('\n')) stripped.pop_back();
    const json one = json::array({stripped});
    EXPECT_EQ(got(program + "\"$(printf %s UTCP_ARG_v_UTCP_END)\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "\"$(printf %s \"UTCP_ARG_v_UTCP_END\")\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "\"$(printf %s 'UTCP_ARG_v_UTCP_END')\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "\"`printf %s UTCP_ARG_v_UTCP_END`\"", value), one) << shown(value);
    EXPECT_EQ(got(program + "\"${unset:-UTCP_ARG_v_UTCP_END}\"", value), json::array({value})) << shown(value);
    EXPECT_EQ(got("x=$(cat <<EOF\nUTCP_ARG_v_UTCP_END\nEOF\n)\n" + program + "\"$x\"", value), one) << shown(value);
  }
}

TEST_F(injection, a_megabyte_goes_through_builtins_and_pipes) {
  for (const std::string& value : hostile_values()) {
    if (value.size() <= 100'000) continue;
    EXPECT_EQ(got("printf %s UTCP_ARG_v_UTCP_END | " UTCP_ODD_PROGRAM " copy", value), json(value)) << value.size();
    EXPECT_EQ(got(UTCP_ODD_PROGRAM " copy <<< 'UTCP_ARG_v_UTCP_END'", value), json(value)) << value.size();
    auto as_argument = got(UTCP_ODD_PROGRAM " arguments UTCP_ARG_v_UTCP_END", value);
    EXPECT_NE(as_argument.get<std::string>().find("failed"), std::string::npos);  // the system's limit, told by bash
  }
}

TEST_F(injection, arithmetic_runs_no_value) {
  EXPECT_EQ(got("echo $(( UTCP_ARG_v_UTCP_END + 1 ))", "41"), "42");
  for (const char* command : {"echo $(( UTCP_ARG_v_UTCP_END + 1 ))", "[[ UTCP_ARG_v_UTCP_END -gt 1 ]]", "a=(1 2); echo ${a[UTCP_ARG_v_UTCP_END]}", "x=abc; echo ${x:UTCP_ARG_v_UTCP_END:2}", "echo $[UTCP_ARG_v_UTCP_END + 1]",
                              "let x=UTCP_ARG_v_UTCP_END", "a[UTCP_ARG_v_UTCP_END]=5", "declare -i x=UTCP_ARG_v_UTCP_END"})
    EXPECT_NE(got(command, "x[$(touch pwned)]").get<std::string>().find("arithmetic"), std::string::npos) << command;
}

TEST_F(injection, names_of_arguments_are_words_too) {
  auto out = rig.call(odd_words("arguments"), json{{"a b; $(touch pwned)", "x"}});
  ASSERT_TRUE(out);
  EXPECT_EQ(out->to_json(), json::array({"--a b; $(touch pwned)", "x"}));
}

}  // namespace
