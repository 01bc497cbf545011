#include "fake_transport.hpp"

#include <utcp/repository.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;

tool_ptr tool_with(std::string name, std::string description = {}) {
  tool out = *make_tool(std::move(name));
  out.description = std::move(description);
  return std::make_shared<const tool>(std::move(out));
}

manual_ptr manual_with(std::string name, std::vector<tool_ptr> tools) {
  manual published;
  published.tools = std::move(tools);
  return std::make_shared<const registered_manual>(std::make_shared<const call_template>(provider(std::move(name))), std::move(published));
}

TEST(a_registered_manual, finds_its_tools_by_full_name) {
  auto m = manual_with("m", {tool_with("m.a"), tool_with("m.b"), tool_with("m.a.b")});
  EXPECT_EQ(m->name(), "m");
  EXPECT_EQ(m->find("m.a")->name, "m.a");
  EXPECT_EQ(m->find("m.a.b")->name, "m.a.b");
  EXPECT_EQ(m->find("a"), nullptr);
  EXPECT_EQ(m->find(""), nullptr);
}

TEST(a_registered_manual, without_tools_finds_nothing) { EXPECT_EQ(manual_with("m", {})->find("m.a"), nullptr); }

TEST(a_registered_manual, keeps_the_last_of_each_name_in_the_place_of_the_first) {
  auto m = manual_with("m", {tool_with("m.a", "1"), tool_with("m.b", "2"), tool_with("m.a", "3"), tool_with("m.c", "4"), tool_with("m.a", "5"), tool_with("m.b", "6")});
  std::vector<std::string> seen;
  for (const auto& each : m->tools()) seen.push_back(each->name + each->description);
  EXPECT_THAT(seen, ElementsAre("m.a5", "m.b6", "m.c4"));
  EXPECT_EQ(m->find("m.a")->description, "5");
  EXPECT_EQ(m->find("m.c")->description, "4");
}

TEST(a_registered_manual, of_many_tools_finds_each) {
  std::vector<tool_ptr> tools;
  for (int i = 0; i < 20'000; ++i) tools.push_back(tool_with("m.tool_" + std::to_string(i % 15'000)));
  auto m = manual_with("m", std::move(tools));
  EXPECT_EQ(m->tools().size(), 15'000u);
  for (int i = 0; i < 15'000; ++i) ASSERT_NE(m->find("m.tool_" + std::to_string(i)), nullptr);
  EXPECT_EQ(m->find("m.tool_15000"), nullptr);
}

TEST(a_catalogue, finds_by_the_text_before_the_first_dot) {
  catalogue c({manual_with("m", {tool_with("m.a"), tool_with("m.a.b")}), manual_with("n", {tool_with("n.a")})});
  EXPECT_EQ(c.tool_count(), 3u);
  EXPECT_EQ(c.find_tool("m.a.b")->name, "m.a.b");
  EXPECT_EQ(c.find_tool("n.a")->name, "n.a");
  for (const char* none : {"m", "m.", ".a", "n.b", "x.a", "", "."}) EXPECT_EQ(c.find_tool(none), nullptr) << none;
  EXPECT_EQ(c.find_manual("n")->name(), "n");
  EXPECT_EQ(c.find_manual("x"), nullptr);
  EXPECT_EQ(catalogue().tool_count(), 0u);
}

std::vector<std::string> names(const catalogue& c) {
  std::vector<std::string> out;
  for (const auto& each : c.manuals()) out.push_back(each->name());
  return out;
}

TEST(the_repository_in_memory, keeps_the_order_and_replaces_in_place) {
  auto r = make_in_memory_repository();
  for (const char* name : {"c", "a", "b"}) ASSERT_TRUE(r->save(manual_with(name, {})));
  EXPECT_THAT(names(*r->snapshot()), ElementsAre("c", "a", "b"));
  ASSERT_TRUE(r->save(manual_with("a", {tool_with("a.new")})));
  EXPECT_THAT(names(*r->snapshot()), ElementsAre("c", "a", "b"));
  EXPECT_EQ(r->snapshot()->tool_count(), 1u);
  EXPECT_TRUE(*r->remove("c"));
  EXPECT_FALSE(*r->remove("c"));
  EXPECT_THAT(names(*r->snapshot()), ElementsAre("a", "b"));
}

TEST(the_repository_in_memory, gives_snapshots_that_never_change) {
  auto r = make_in_memory_repository();
  ASSERT_TRUE(r->save(manual_with("a", {tool_with("a.x")})));
  auto before = r->snapshot();
  ASSERT_TRUE(r->remove("a"));
  EXPECT_NE(before->find_tool("a.x"), nullptr);
  EXPECT_EQ(r->snapshot()->find_tool("a.x"), nullptr);
}

TEST(the_repository_in_memory, serves_readers_while_many_write) {
  auto r = make_in_memory_repository();
  std::atomic<bool> writing{true};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string name = "m" + std::to_string(t);
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(r->save(manual_with(name, {tool_with(name + ".a"), tool_with(name + ".b")})));
        if (i % 3 == 0) {
          EXPECT_TRUE(r->remove(name));
        }
      }
    });
  threads.emplace_back([&] {
    while (writing) {
      auto now = r->snapshot();
      EXPECT_EQ(now->tool_count(), now->manuals().size() * 2) << "a manual is there with all its tools or not at all";
    }
  });
  for (int t = 0; t < 4; ++t) threads[static_cast<std::size_t>(t)].join();
  writing = false;
  threads.back().join();
}

}  // namespace
}  // namespace utcp::testing
