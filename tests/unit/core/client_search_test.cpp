#include "call_fixture.hpp"

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;

TEST_F(calls, search_without_a_strategy_is_unsupported) {
  client c = make({provider("m")});
  EXPECT_EQ(c.search_tools("x").error(), errc::unsupported);
}

class snapshot_search final : public search_strategy {
 public:
  void on_snapshot(const catalogue_ptr& now) override { sizes.push_back(now->tool_count()); }
  result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const override {
    std::vector<tool_match> out;
    for (const auto& manual : in->manuals())
      for (const auto& each : manual->tools())
        if (each->name.find(query) != std::string::npos && out.size() < options.limit) out.push_back(tool_match{each, 1.0});
    return out;
  }
  std::vector<std::size_t> sizes;
};

TEST_F(calls, a_search_strategy_is_told_of_each_snapshot_and_asked) {
  auto strategy = std::make_shared<snapshot_search>();
  auto with = options();
  with.search = strategy;
  client c = make(config_of({provider("a"), provider("b")}), std::move(with));
  ASSERT_TRUE(run(io, c.deregister_manual("a")));
  EXPECT_THAT(strategy->sizes, ElementsAre(1, 2, 1));
  auto found = c.search_tools("b.");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].tool->name, "b.echo");
  EXPECT_TRUE(c.search_tools("b.", search_options(0))->empty());
}

}  // namespace
}  // namespace utcp::testing
