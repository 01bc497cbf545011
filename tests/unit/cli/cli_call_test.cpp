#include "cli_rig.hpp"

#include <utcp/sync_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using namespace utcp;
using namespace utcp::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json value(const result<tool_result>& from) { return from ? from->to_json() : json("failed: " + from.error().message); }

TEST(cli_call, turns_arguments_into_flags) {
  cli_rig rig;
  const json arguments{{"a", 2}, {"verbose", true}, {"quiet", false}, {"tag", {"x", "y"}}, {"none", nullptr}, {"deep", {{"k", {1, 2}}}}, {"f", 1.5}, {"dash", "--rm -rf"}};
  auto out = rig.call(odd_words("arguments --mode 'exact ly'"), arguments);
  const json expected{"--mode", "exact ly", "--a", "2", "--dash", "--rm -rf", "--deep", "{\"k\":[1,2]}", "--f", "1.5", "--tag", "x", "--tag", "y", "--verbose"};
  EXPECT_EQ(value(out), expected);
}

TEST(cli_call, speaks_the_conventions_of_go_and_rs) {
  cli_rig rig;
  const json arguments{{"b", "x"}, {"a", 1}};
  json how = odd_words("arguments ignored");
  how["cli_style"] = "rs";
  const json rs{"ignored", "call", "here", "here.tool", "--a", "1", "--b", "x"};
  EXPECT_EQ(value(rig.call(how, arguments)), rs);

  temporary_folder folder;
  how = {{"command_name", folder.write("tool", "#!/bin/sh\nprintf '%s|' \"$@\"; cat\n", true) + " ignored"}, {"cli_style", "go"}};
  EXPECT_EQ(value(rig.call(how, arguments)), "call|here|here.tool|--a|1|--b|x|{\"a\":1,\"b\":\"x\"}");
}

TEST(cli_call, sends_arguments_on_stdin_when_told_to) {
  cli_rig rig;
  json how = odd_words("copy");
  how["arguments_on_stdin"] = true;
  const json arguments{{"big", std::string(3'000'000, 'x')}};
  EXPECT_EQ(value(rig.call(how, arguments)), arguments);
}

TEST(cli_call, too_large_an_argument_names_the_way_out) {
  cli_rig rig;
  const json arguments{{"big", std::string(200'000, 'x')}};
  auto out = rig.call(odd_words("arguments"), arguments);
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::too_large);
  EXPECT_THAT(out.error().message, HasSubstr("arguments_on_stdin"));
}

TEST(cli_call, v0_gives_any_json_and_text) {
  cli_rig rig;
  EXPECT_EQ(value(rig.call(odd_words("print '{\"a\": [1]}'"))), json::parse("{\"a\":[1]}"));
  EXPECT_EQ(value(rig.call(odd_words("print ' 12 '"))), 12);
  EXPECT_EQ(value(rig.call(odd_words("print true"))), true);
  EXPECT_EQ(value(rig.call(odd_words("print ' two words '"))), "two words");
  EXPECT_EQ(value(rig.call(odd_words("print ' '"))), "");
}

TEST(cli_call, v1_gives_objects_and_arrays_as_json) {
  cli_rig rig;
  EXPECT_EQ(value(rig.call(script({"echo '{\"a\": 1}'"}))), json::parse("{\"a\":1}"));
  EXPECT_EQ(value(rig.call(script({"echo '[1]'"}))), json::parse("[1]"));
  EXPECT_EQ(value(rig.call(script({"echo 12"}))), "12");
  EXPECT_EQ(value(rig.call(script({"echo '{broken'"}))), "{broken");
  EXPECT_EQ(value(rig.call(script({":"}))), "");
}

TEST(cli_call, steps_share_one_shell) {
  cli_rig rig;
  EXPECT_EQ(value(rig.call(script({"cd /usr; export A=1; f() { echo f-$1; }; b=2", "pwd; echo $A $b; f x"}))), "/usr\n1 2\nf-x");
}

TEST(cli_call, only_the_steps_asked_for_are_in_the_result) {
  cli_rig rig;
  json how = script({"echo one", "echo two", "printf three"});
  EXPECT_EQ(value(rig.call(how)), "three");
  how["commands"][0]["append_to_final_output"] = true;
  EXPECT_EQ(value(rig.call(how)), "one\nthree");
  how["commands"][2]["append_to_final_output"] = false;
  EXPECT_EQ(value(rig.call(how)), "one");
}

TEST(cli_call, a_later_step_has_the_output_of_an_earlier_one) {
  cli_rig rig;
  json how = script({"printf 'a\\n\\n'", "echo \"got $CMD_0_OUTPUT\"; echo err >&2", "echo \"[$CMD_0_OUTPUT] [${CMD_1_OUTPUT}]\""});
  EXPECT_EQ(value(rig.call(how)), "[a] [got a\nerr]");
  how = script({"head -c 3000000 /dev/zero | tr '\\0' x", "echo ${#CMD_0_OUTPUT}"});
  EXPECT_EQ(value(rig.call(how)), "3000000");
}

TEST(cli_call, survives_comments_and_redirected_and_odd_steps) {
  cli_rig rig;
  EXPECT_EQ(value(rig.call(script({"echo a # don't stop )}", "echo b"}))), "b");
  EXPECT_EQ(value(rig.call(script({"exec >/dev/null", "echo still here"}))), "still here");
  EXPECT_EQ(value(rig.call(script({"echo x > /dev/stderr; echo y > /dev/stdout; echo z | tee /dev/stderr"}))), "x\ny\nz\nz");
  EXPECT_EQ(value(rig.call(script({"ls /no/such/file; echo b"}))).get<std::string>().find("ls: cannot access"), 0u);  // all of a step's stderr
  EXPECT_EQ(value(rig.call(script({"exec 3</etc/hostname; read x <&3; echo ok"}))), "ok");
  EXPECT_EQ(value(rig.call(script({"cat <<E\nhi $((1+1))\nE"}))), "hi 2");
}

TEST(cli_call, the_exit_status_of_the_last_step_counts) {
  cli_rig rig;
  EXPECT_EQ(value(rig.call(script({"false", "echo fine"}))), "fine");
  auto out = rig.call(script({"echo one", "echo two; (exit 4)"}));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::remote_failed);
  EXPECT_EQ(out.error().remote["exit_code"], 4);
  EXPECT_EQ(out.error().remote["stdout"], "two\n");
  json how = script({"echo two; (exit 4)"});
  how["stderr_as_result"] = true;  // as python-utcp, which loses the status
  EXPECT_EQ(value(rig.call(how)), "two");
}

TEST(cli_call, a_step_may_end_the_script) {
  cli_rig rig;
  auto out = rig.call(script({"echo early; exit 3", "echo never"}));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error().remote["exit_code"], 3);
  EXPECT_EQ(out.error().remote["stdout"], "early\n");
}

TEST(cli_call, a_syntax_error_is_told_with_what_bash_said) {
  cli_rig rig;
  auto out = rig.call(script({"if"}));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::remote_failed);
  EXPECT_THAT(out.error().remote["stderr"].get<std::string>(), HasSubstr("syntax error"));
}

TEST(cli_call, failure_is_an_error_with_what_the_program_said) {
  cli_rig rig;
  auto out = rig.call(odd_words("fail"));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::remote_failed);
  EXPECT_THAT(out.error().message, HasSubstr("exit status 3"));
  EXPECT_EQ(out.error().message.find("broke"), std::string::npos);
  const json said{{"exit_code", 3}, {"stdout", "partial answer\n"}, {"stderr", "it broke\n"}};
  EXPECT_EQ(out.error().remote, said);
  json how = odd_words("fail");
  how["stderr_as_result"] = true;
  EXPECT_EQ(value(rig.call(how)), "it broke");
}

TEST(cli_call, tells_how_it_went_when_asked) {
  cli_rig rig;
  rig.context.want_meta = true;
  auto out = rig.call(script({"(exit 2)", "echo x"}));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->meta["exit_code"], 0);
  EXPECT_EQ(out->meta["step_exit_codes"], json::array({2, 0}));
  EXPECT_GT(out->meta["duration_ms"].get<double>(), 0);
}

TEST(cli_call, the_environment_is_a_list_of_what_is_allowed) {
  ::setenv("UTCP_TEST_SECRET", "s3cret", 1);
  cli_rig rig;
  json how = odd_words("environment");
  how["env_vars"] = {{"EXTRA", "1"}};
  auto text = value(rig.call(how)).get<std::string>();
  EXPECT_THAT(text, HasSubstr("PATH="));
  EXPECT_THAT(text, HasSubstr("EXTRA=1"));
  EXPECT_EQ(text.find("UTCP_TEST_SECRET"), std::string::npos);
  how["inherit_env_vars"] = json::array();
  EXPECT_EQ(value(rig.call(how)), "EXTRA=1");
  how["inherit_env_vars"] = {"UTCP_TEST_SECRET"};
  EXPECT_EQ(value(rig.call(how)), "EXTRA=1\nUTCP_TEST_SECRET=s3cret");
  json commands = script({"echo ${UTCP_TEST_SECRET-unset}"});
  EXPECT_EQ(value(rig.call(commands)), "unset");
  commands["inherit_env_vars"] = {"UTCP_TEST_SECRET"};
  EXPECT_EQ(value(rig.call(commands)), "s3cret");
}

TEST(cli_call, a_template_that_a_program_wrote_takes_no_variables_for_itself) {
  ::setenv("UTCP_TEST_SECRET", "s3cret", 1);
  cli_rig rig;
  json how = odd_words("environment");
  how["inherit_env_vars"] = {"UTCP_TEST_SECRET"};
  auto out = run(rig.io, rig.via->call(cli_rig::made(how, json::object(), trust::remote), rig.context));
  ASSERT_TRUE(out.has_error());
  EXPECT_EQ(out.error(), errc::not_allowed);
  how["inherit_env_vars"] = {"HOME"};
  EXPECT_TRUE(run(rig.io, rig.via->call(cli_rig::made(how, json::object(), trust::remote), rig.context)));
}

TEST(cli_call, working_dir_starts_at_the_folder_of_the_configuration) {
  temporary_folder folder;
  std::filesystem::create_directory(folder.path / "sub");
  cli_rig rig;
  rig.services.root_dir = folder.path;
  rig.via = make_cli_transport()(rig.services);
  json how = odd_words("folder");
  how["working_dir"] = "sub";
  EXPECT_EQ(value(rig.call(how)), (folder.path / "sub").string());
  how["working_dir"] = "/usr";
  EXPECT_EQ(value(rig.call(how)), "/usr");
  folder.write("sub/tool", "#!/bin/sh\necho local\n", true);
  EXPECT_EQ(value(rig.call(json{{"command_name", "./tool"}, {"working_dir", "sub"}})), "local");
}

TEST(cli_call, runs_only_the_programs_the_client_allows) {
  cli_options options;
  options.allowed_programs = {UTCP_ODD_PROGRAM, "echo"};
  cli_rig rig(options);
  EXPECT_TRUE(rig.call(odd_words("exit 0")));
  EXPECT_TRUE(rig.call(json{{"command_name", "echo x"}}));
  for (json how : {json{{"command_name", "cat x"}}, json{{"command_name", "/usr/bin/env"}}, script({"echo x"})}) {
    auto out = rig.call(how);
    ASSERT_TRUE(out.has_error()) << how;
    EXPECT_EQ(out.error(), errc::not_allowed) << how;
  }
  // An allowed name is not what a template's own PATH makes of it.
  temporary_folder folder;
  folder.write("echo", "#!/bin/sh\necho evil\n", true);
  EXPECT_EQ(value(rig.call(json{{"command_name", "echo good"}, {"env_vars", {{"PATH", folder.path.string()}}}})), "good");
}

TEST(cli_call, a_relative_program_is_the_allowed_one_of_the_same_name) {
  temporary_folder folder;
  std::filesystem::create_directory(folder.path / "bin");
  folder.write("bin/tool", "#!/bin/sh\necho local\n", true);
  auto config = read_config(json{{"allowed_programs", {"./bin/tool"}}, {"providers", json::array()}}, folder.path);
  ASSERT_TRUE(config) << config.error().message;
  cli_rig rig;
  rig.services.root_dir = config->root_dir;
  rig.services.allowed_programs = config->allowed_programs;
  rig.via = make_cli_transport()(rig.services);
  EXPECT_EQ(value(rig.call(json{{"command_name", "./bin/tool"}})), "local");
  EXPECT_THAT(rig.call(json{{"command_name", "./bin/other"}}).error().message, HasSubstr((folder.path / "bin/other").string()));
}

TEST(cli_call, a_configuration_lists_the_programs_of_its_client) {
  const json document{{"allowed_programs", {"echo", "cat"}}, {"providers", json::array()}};
  auto config = read_config(document, ".");
  ASSERT_TRUE(config) << config.error().message;
  cli_options options;
  options.allowed_programs = {"echo", "true"};
  client_options parts;
  parts.registry.add("cli", make_cli_transport(options));
  const auto provider = [](const std::string& name, const std::string& command) {
    // Its output is the manual of a tool that has no template of its own and so takes the provider's.
    const json how{{"name", name}, {"provider_type", "cli"}, {"command_name", command}};
    return *read_call_template(how, trust::configuration, "test");
  };
  for (const auto& [name, command] : std::vector<std::pair<std::string, std::string>>{{"a", "echo '{\"tools\":[{\"name\":\"t\"}]}'"}, {"b", "cat /dev/null"}, {"c", "true"}, {"d", "env"}}) {
    configured_manual added;
    added.name = name;
    added.how = provider(name, command);
    config->manuals.push_back(std::move(added));
  }
  auto made = sync_client::create(std::move(*config), std::move(parts));
  ASSERT_TRUE(made) << made.error().message;
  const auto& reports = made->registered();
  ASSERT_EQ(reports.size(), 4u);
  EXPECT_TRUE(reports[0].ok()) << reports[0].failure->message;
  EXPECT_EQ(*reports[1].failure, errc::not_allowed);  // the application's list has it not
  EXPECT_EQ(*reports[2].failure, errc::not_allowed);  // nor the configuration's
  EXPECT_THAT(reports[2].failure->message, HasSubstr("\"allowed_programs\" of the configuration"));
  EXPECT_EQ(*reports[3].failure, errc::not_allowed);
}

TEST(cli_call, bad_templates_name_the_field) {
  cli_rig rig;
  for (const auto& [how, field] : std::vector<std::pair<json, std::string>>{{{{"command_name", ""}}, "command_name"},
                                                                            {{{"command_name", "a 'b"}}, "command_name"},
                                                                            {{{"commands", json::array()}}, "must have at least one command"},
                                                                            {{{"command_name", "a"}, {"cli_style", "perl"}}, "cli_style"},
                                                                            {{{"command_name", "a"}, {"sandbox", "yes"}}, "sandbox"},
                                                                            {{{"command_name", "a"}, {"supervise", 3}}, "supervise"}}) {
    auto out = rig.call(how);
    ASSERT_TRUE(out.has_error()) << how;
    EXPECT_EQ(out.error(), errc::invalid_config) << how;
    EXPECT_THAT(out.error().message, HasSubstr(field)) << how;
  }
}

TEST(cli_call, preview_shows_what_would_run_and_runs_nothing) {
  cli_rig rig;
  const json arguments{{"a", 1}};
  auto words = rig.via->preview(cli_rig::made(odd_words("x"), arguments), rig.context);
  ASSERT_TRUE(words);
  EXPECT_EQ((*words)["arguments"], json::array({UTCP_ODD_PROGRAM, "x", "--a", "1"}));
  auto steps = rig.via->preview(cli_rig::made(script({"echo UTCP_ARG_a_UTCP_END"}), arguments), rig.context);
  ASSERT_TRUE(steps);
  EXPECT_THAT((*steps)["script"].get<std::string>(), HasSubstr("echo \"$__UTCP_ARG_"));
}

TEST(cli_stream, gives_each_line_as_it_comes) {
  cli_rig rig;
  std::optional<error> failure;
  const auto lines = rig.stream(odd_words("lines 3"), failure);
  EXPECT_FALSE(failure);
  EXPECT_THAT(lines, ElementsAre(json{{"line", 0}}, json{{"line", 1}}, json{{"line", 2}}));
  EXPECT_THAT(rig.stream(script({"echo no", "echo a; echo; printf 'b c'"}), failure), ElementsAre(json("a"), json("b c")));
  EXPECT_THAT(rig.stream(script({"echo 5", "for i in 1 2; do echo $CMD_0_OUTPUT$i; done"}), failure), ElementsAre(json("51"), json("52")));
}

TEST(cli_stream, ends_with_the_failure_of_the_program) {
  cli_rig rig;
  std::optional<error> failure;
  EXPECT_THAT(rig.stream(odd_words("fail"), failure), ElementsAre(json("partial answer")));
  ASSERT_TRUE(failure);
  EXPECT_EQ(*failure, errc::remote_failed);
}

TEST(cli_stream, a_line_without_end_is_too_large) {
  cli_rig rig;
  rig.context.max_response_bytes = 100'000;
  std::optional<error> failure;
  EXPECT_TRUE(rig.stream(odd_words("flood 1000000000"), failure).empty());
  ASSERT_TRUE(failure);
  EXPECT_EQ(*failure, errc::too_large);
}

TEST(cli_discovery, reads_the_programs_manual_with_banners) {
  temporary_folder folder;
  folder.write("manual.json", R"({"version": "1", "tools": [{"name": "add", "description": "adds", "tool_provider": {"provider_type": "cli", "command_name": "calc add"}}, {"name": 5}]})");
  cli_rig rig;
  auto found = rig.discover(json{{"command_name", "cat " + (folder.path / "manual.json").string()}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 1u);
  EXPECT_EQ(found->found.tools[0]->tool_call_template->origin, trust::remote);
  EXPECT_EQ(found->notices.size(), 1u);
  auto v1 = rig.discover(script({"cd " + folder.path.string(), "echo starting; cat manual.json"}));
  ASSERT_TRUE(v1) << v1.error().message;
  EXPECT_EQ(v1->found.tools.size(), 1u);
}

TEST(cli_discovery, reads_stderr_when_the_program_fails_as_the_peers_do) {
  temporary_folder folder;
  const auto program = folder.write("tool", "#!/bin/sh\necho '{\"name\":\"t\",\"description\":\"d\"}' >&2\nexit 1\n", true);
  cli_rig rig;
  auto found = rig.discover(json{{"command_name", program}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->found.tools.size(), 1u);
  EXPECT_EQ(found->notices.size(), 1u);
}

TEST(cli_discovery, go_style_asks_for_the_list) {
  temporary_folder folder;
  const auto program = folder.write("tool", "#!/bin/sh\n[ \"$1\" = list-tools ] && echo '[{\"name\":\"t\",\"description\":\"d\"}]'\n", true);
  cli_rig rig;
  auto found = rig.discover(json{{"command_name", program}, {"cli_style", "go"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->found.tools.size(), 1u);
}

TEST(cli_discovery, a_failing_program_without_a_manual_is_a_remote_failure) {
  cli_rig rig;
  auto found = rig.discover(odd_words("fail"));
  ASSERT_TRUE(found.has_error());
  EXPECT_EQ(found.error(), errc::remote_failed);
  EXPECT_EQ(found.error().remote["stderr"], "it broke\n");
  auto silent = rig.discover(odd_words("exit 0"));
  ASSERT_TRUE(silent.has_error());
  EXPECT_EQ(silent.error(), errc::invalid_config);
}

}  // namespace
