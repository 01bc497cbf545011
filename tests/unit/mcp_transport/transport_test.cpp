#include <utcp/observer.hpp>
#include <utcp/transports/mcp.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>

#include <optional>

namespace utcp {
namespace {

using ::testing::ElementsAre;

class mcp_transport_test : public ::testing::Test {
 protected:
  mcp_transport_test() {
    services.executor = io.get_executor();
    services.clock = system_clock();
    services.shared = std::make_shared<shared_services>();
    mcp_options options;
    options.supervisor = std::string(UTCP_SUPERVISOR);
    via = make_mcp_transport(options)(services);
    context.manual = "m";
    context.observer = std::make_shared<observer>();
  }
  ~mcp_transport_test() override { run(release()); }

  task<bool> release() {
    co_await via->release("m");
    co_return true;
  }

  template <class T>
  T run(task<T> work) {
    std::optional<T> value;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr, T v) { value.emplace(std::move(v)); });
    io.restart();
    while (!value && io.run_one() > 0) {
    }
    return std::move(*value);
  }

  static call_template provider(json servers) {
    call_template out;
    out.name = "m";
    out.protocol = "mcp";
    out.options["config"]["mcpServers"] = std::move(servers);
    return out;
  }
  static json odd(const char* mode) { return {{"command", UTCP_ODD_MCP_SERVER}, {"args", {mode}}}; }

  result<tool_result> call(const call_template& how, const std::string& name, json arguments = json::object()) {
    auto made = std::make_shared<tool>();
    made->name = name;
    tool_call what;
    what.tool = made;
    what.how = std::make_shared<const call_template>(how);
    what.arguments = std::move(arguments);
    return run(via->call(std::move(what), context));
  }

  boost::asio::io_context io{1};
  transport_services services;
  std::shared_ptr<transport> via;
  call_context context;
};

struct changes final : catalogue_events {
  void manual_changed(std::string name) override { names.push_back(std::move(name)); }
  std::vector<std::string> names;
};

TEST_F(mcp_transport_test, two_servers_may_have_a_tool_of_one_name) {
  const auto how = provider({{"a", odd("legacy")}, {"b", odd("tool_fails")}});
  auto found = run(via->discover(how, context, nullptr));
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::string> names;
  for (const auto& each : found->found.tools) names.push_back(each->name);
  EXPECT_THAT(names, ElementsAre("a.echo", "b.echo"));
  EXPECT_EQ(call(how, "m.a.echo", {{"text", "x"}})->to_json(), "x");
  EXPECT_EQ(call(how, "m.b.echo").error(), errc::remote_failed);
}

TEST_F(mcp_transport_test, a_resource_that_is_described_wrong_hides_no_server) {
  auto how = provider({{"a", odd("legacy")}, {"b", odd("resources")}});
  how.options["register_resources_as_tools"] = true;
  auto found = run(via->discover(how, context, nullptr));
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::string> names;
  for (const auto& each : found->found.tools) names.push_back(each->name);
  EXPECT_THAT(names, ElementsAre("a.echo", "b.echo", "b.resource_big", "b.resource_silent"));
}

TEST_F(mcp_transport_test, the_limits_of_a_call_hold_for_resources) {
  json server = odd("resources");
  server["timeout"] = 0.05;
  auto how = provider({{"a", std::move(server)}});
  how.options["register_resources_as_tools"] = true;
  ASSERT_TRUE(run(via->discover(how, context, nullptr)));
  EXPECT_TRUE(call(how, "m.a.resource_big"));
  context.max_response_bytes = 1'000;
  EXPECT_EQ(call(how, "m.a.resource_big").error(), errc::too_large);
  EXPECT_EQ(call(how, "m.a.resource_silent").error(), errc::timed_out);
}

TEST_F(mcp_transport_test, calls_share_one_program_which_a_new_discovery_keeps) {
  const auto how = provider({{"a", odd("legacy")}});
  ASSERT_TRUE(run(via->discover(how, context, nullptr)));
  const json pid = call(how, "m.a.echo", {{"text", "pid"}})->to_json();
  ASSERT_TRUE(run(via->discover(how, context, nullptr)));
  EXPECT_EQ(call(how, "m.a.echo", {{"text", "pid"}})->to_json(), pid);
}

TEST_F(mcp_transport_test, a_changed_list_is_told) {
  const auto how = provider({{"a", odd("changes")}});
  const auto told = std::make_shared<changes>();
  ASSERT_TRUE(run(via->discover(how, context, told)));
  ASSERT_TRUE(call(how, "m.a.echo"));
  EXPECT_THAT(told->names, ElementsAre("m"));
}

TEST_F(mcp_transport_test, a_name_that_leads_nowhere_is_an_unknown_tool) {
  const auto how = provider({{"a", odd("legacy")}, {"b", odd("legacy")}});
  EXPECT_EQ(call(how, "m.c.echo").error(), errc::unknown_tool);
}

TEST_F(mcp_transport_test, a_fetched_template_starts_no_program) {
  auto how = provider({{"a", odd("legacy")}});
  how.origin = trust::remote;
  EXPECT_EQ(call(how, "m.a.echo").error(), errc::not_allowed);
}

TEST_F(mcp_transport_test, a_program_outside_the_list_is_not_started) {
  services.allowed_programs = std::vector<std::string>{"/bin/true"};
  via = make_mcp_transport()(services);
  EXPECT_EQ(run(via->discover(provider({{"a", odd("legacy")}}), context, nullptr)).error(), errc::not_allowed);
}

}  // namespace
}  // namespace utcp
