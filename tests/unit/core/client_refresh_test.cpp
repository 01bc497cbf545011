#include "client_fixture.hpp"

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a transport tells while tools change.
class refreshing : public client_test {
 protected:
  static task<result<discovery>> fail(errc code, std::string message) { co_return error(code, std::move(message)); }
  static task<result<discovery>> give(std::vector<tool_ptr> tools) { co_return found_tools(std::move(tools)); }
};

TEST_F(refreshing, a_changed_manual_is_read_again) {
  std::vector<tool_ptr> now{make_tool("one")};
  fake->on_discover = [&](call_template, call_context) { return give(now); };
  client c = make({provider("m")});
  const catalogue_ptr before = c.tools();
  now = {make_tool("two")};
  fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_EQ(c.tool("m.one"), nullptr);
  EXPECT_NE(c.tool("m.two"), nullptr);
  EXPECT_NE(before->find_tool("m.one"), nullptr) << "a snapshot never changes";
}

TEST_F(refreshing, the_application_can_ask_for_it_and_is_told_what_came) {
  std::vector<tool_ptr> now{make_tool("one")};
  bool asked_before = false;
  fake->on_discover = [&](call_template, call_context context) {
    asked_before = context.may_be_unchanged;
    return give(now);
  };
  client c = make({provider("m")});
  EXPECT_FALSE(asked_before);
  now = {make_tool("two"), make_tool("three")};
  const manual_report report = run(io, c.refresh_manual("m"));
  EXPECT_TRUE(report.ok());
  EXPECT_FALSE(report.unchanged);
  EXPECT_EQ(report.tools, 2u);
  EXPECT_TRUE(asked_before);
  EXPECT_NE(c.tool("m.two"), nullptr);
  EXPECT_EQ(*run(io, c.refresh_manual("other")).failure, errc::unknown_tool);
}

TEST_F(refreshing, an_unchanged_manual_keeps_its_tools) {
  bool unchanged = false;
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    discovery out;
    if (unchanged) out.unchanged = true;
    else out = found_tools({make_tool("one")});
    co_return out;
  };
  client c = make({provider("m")});
  unchanged = true;
  const manual_report report = run(io, c.refresh_manual("m"));
  EXPECT_TRUE(report.unchanged);
  EXPECT_EQ(report.tools, 1u);
  EXPECT_NE(c.tool("m.one"), nullptr);
  fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_NE(c.tool("m.one"), nullptr);
}

TEST_F(refreshing, what_an_application_has_kept_is_asked_for_news_only) {
  std::map<std::string, std::pair<bool, manual_version>> asked;
  fake->on_discover = [&](call_template from, call_context context) -> task<result<discovery>> {
    asked[from.name] = {context.may_be_unchanged, context.known_version};
    discovery out;
    if (context.known_version.entity_tag == "kept") out.unchanged = true;
    else out = found_tools({make_tool("one")});
    out.version = manual_version("now", "");
    co_return out;
  };
  client_options with = options();
  with.known_versions = {{"kept", manual_version("kept", "")}, {"old", manual_version("", "yesterday")}, {"silent", manual_version()}};
  client c = make(config_of({provider("kept"), provider("old"), provider("silent"), provider("new")}), std::move(with));
  EXPECT_TRUE(asked["kept"].first);
  EXPECT_EQ(asked["old"].second, manual_version("", "yesterday"));
  EXPECT_FALSE(asked["silent"].first);
  EXPECT_FALSE(asked["new"].first);
  const auto& reports = c.registered();
  EXPECT_TRUE(reports.at(0).unchanged && reports.at(0).ok());
  EXPECT_EQ(reports.at(0).version.entity_tag, "now");
  EXPECT_EQ(c.tools()->find_manual("kept"), nullptr);
  EXPECT_FALSE(reports.at(1).unchanged);
  EXPECT_EQ(reports.at(1).version.entity_tag, "now");
  EXPECT_NE(c.tool("old.one"), nullptr);
}

TEST_F(refreshing, changes_during_a_refresh_are_coalesced_into_one_more) {
  std::unique_ptr<gate> hold = std::make_unique<gate>(io.get_executor());
  hold->open();
  int discoveries = 0;
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    ++discoveries;
    co_await hold->wait();
    co_return discovery();
  };
  client c = make({provider("m")});
  auto opened = std::move(hold);
  hold = std::make_unique<gate>(io.get_executor());
  for (int i = 0; i < 5; ++i) fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_EQ(discoveries, 2);
  for (int i = 0; i < 5; ++i) fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_EQ(discoveries, 2);
  hold->open();
  settle_all(io);
  EXPECT_EQ(discoveries, 3);
}

TEST_F(refreshing, a_refresh_that_fails_keeps_the_tools_and_tells_the_observer) {
  bool broken = false;
  fake->on_discover = [&](call_template, call_context) {
    if (broken) return fail(errc::unavailable, "later");
    return give({make_tool("one")});
  };
  client c = make({provider("m")});
  broken = true;
  fake->events->manual_changed("m");
  settle_all(io);
  EXPECT_NE(c.tool("m.one"), nullptr);
  EXPECT_THAT(seen->notices, ElementsAre(HasSubstr("later")));
}

TEST_F(refreshing, a_change_of_a_manual_that_is_gone_or_unknown_is_nothing) {
  client c = make({provider("m")});
  auto events = fake->events;
  ASSERT_TRUE(run(io, c.deregister_manual("m")));
  events->manual_changed("m");
  events->manual_changed("other");
  settle_all(io);
  EXPECT_EQ(c.tools()->tool_count(), 0u);
  c = client();
  settle_all(io);
  events->manual_changed("m");
  settle_all(io);
}

TEST_F(refreshing, a_manual_deregistered_during_its_refresh_does_not_come_back) {
  std::unique_ptr<gate> hold = std::make_unique<gate>(io.get_executor());
  hold->open();
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    co_await hold->wait();
    co_return found_tools(std::vector<tool_ptr>(1, make_tool("one")));
  };
  client c = make({provider("m")});
  auto opened = std::move(hold);
  hold = std::make_unique<gate>(io.get_executor());
  fake->events->manual_changed("m");
  settle_all(io);
  std::optional<result<void>> gone;
  c.async_deregister_manual("m", [&](result<void> r) { gone = std::move(r); });
  settle_all(io);
  hold->open();
  settle_all(io);
  ASSERT_TRUE(gone);
  EXPECT_EQ(c.tool("m.one"), nullptr);
}

TEST_F(refreshing, tells_the_observer_of_skipped_and_dropped_tools_with_their_places) {
  environment["KEY"] = "sesame-123";
  bool changed = false;
  fake->on_discover = [&](call_template how, call_context) -> task<result<discovery>> {
    discovery out = found_tools(std::vector<tool_ptr>(1, make_tool("one")));
    out.notices.emplace_back("/tools/3", "skipped: has no name, in " + how.options["key"].get<std::string>());
    if (changed) out.found.tools.push_back(make_tool("two", "cli", trust::remote));
    co_return out;
  };
  client c = make({provider("m", "fake", {{"key", "${KEY}"}})});
  EXPECT_THAT(seen->notices, ElementsAre()) << "those of a registration are in its report";
  changed = true;
  fake->events->manual_changed("m");
  settle_all(io);
  ASSERT_EQ(seen->notices.size(), 2u);
  EXPECT_EQ(seen->notices[0], "m#/tools/3: skipped: has no name, in ***");
  EXPECT_THAT(seen->notices[1], HasSubstr("m: 1 tool dropped: protocol \"cli\""));
}

}  // namespace
}  // namespace utcp::testing
