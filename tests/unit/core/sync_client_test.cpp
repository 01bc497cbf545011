#include "fake_transport.hpp"

#include <utcp/sync_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace utcp::testing {
namespace {

/// Suspends once before each answer, so that calls of several threads overlap. Has no members that calls change.
class overlapping_transport final : public transport {
 public:
  task<result<discovery>> discover(call_template, call_context, std::shared_ptr<catalogue_events>) override {
    std::vector<tool_ptr> tools(1, make_tool("echo"));
    co_return found_tools(std::move(tools));
  }
  task<result<tool_result>> call(tool_call what, call_context) override {
    boost::asio::steady_timer once(co_await boost::asio::this_coro::executor, std::chrono::seconds(0));
    co_await once.async_wait(boost::asio::use_awaitable);
    if (what.arguments.contains("fail")) co_return error(errc::remote_failed, "asked to");
    co_return tool_result(std::move(what.arguments));
  }
  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context) override {
    std::vector<scripted_stream::step> steps;
    for (int i = 0; i < 3; ++i) steps.push_back(scripted_stream::item(i));
    if (what.arguments.contains("fail")) steps.push_back(scripted_stream::failure(errc::protocol_error, "half"));
    co_return std::unique_ptr<tool_stream>(std::make_unique<scripted_stream>(std::move(steps)));
  }
};

/// Leaves a session that takes a moment to end.
class leaving_transport final : public transport {
 public:
  leaving_transport(boost::asio::any_io_executor executor, std::shared_ptr<bool> ended) : executor_(std::move(executor)), ended_(std::move(ended)) {}
  ~leaving_transport() override {
    auto moment = std::make_shared<boost::asio::steady_timer>(executor_, std::chrono::milliseconds(20));
    moment->async_wait([moment, ended = ended_](boost::system::error_code failed) { *ended = !failed; });
  }
  task<result<discovery>> discover(call_template, call_context, std::shared_ptr<catalogue_events>) override {
    std::vector<tool_ptr> tools(1, make_tool("echo"));
    co_return found_tools(std::move(tools));
  }
  task<result<tool_result>> call(tool_call what, call_context) override { co_return tool_result(std::move(what.arguments)); }

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<bool> ended_;
};

client_options overlapping() {
  client_options out;
  out.registry.add("fake", [](const transport_services&) { return std::make_shared<overlapping_transport>(); });
  return out;
}

sync_client make(std::vector<std::string> names) {
  client_config config;
  for (std::string& each : names) {
    configured_manual added;
    added.name = each;
    added.how = provider(each);
    config.manuals.push_back(std::move(added));
  }
  auto made = sync_client::create(std::move(config), overlapping());
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

TEST(a_sync_client, does_what_a_client_does_without_an_event_loop) {
  sync_client c = make({"m"});
  ASSERT_EQ(c.registered().size(), 1u);
  EXPECT_TRUE(c.registered()[0].ok());
  EXPECT_EQ(c.call_tool("m.echo", {{"a", 1}})->to_json()["a"], 1);
  EXPECT_TRUE(c.call_tool("m.echo"));
  EXPECT_EQ(c.call_tool("m.none").error(), errc::unknown_tool);
  EXPECT_TRUE(c.register_manual(provider("n")).ok());
  EXPECT_EQ(c.register_manuals({provider("o"), provider("o")}).size(), 2u);
  EXPECT_EQ(c.tools()->manuals().size(), 3u);
  EXPECT_NE(c.tool("n.echo"), nullptr);
  EXPECT_TRUE(c.deregister_manual("n"));
  EXPECT_EQ(c.deregister_manual("n").error(), errc::unknown_tool);
  EXPECT_EQ(c.search_tools("x").error(), errc::unsupported);
  EXPECT_TRUE(c.preview("m.echo", json::object()));
  EXPECT_TRUE(c.required_variables().empty());
  std::vector<notice> notices;
  EXPECT_EQ(c.export_manual(dialect::v1, fidelity::full, notices)["tools"].size(), 2u);
}

TEST(a_sync_client, reads_its_configuration_from_a_file) {
  const auto folder = std::filesystem::temp_directory_path() / ("utcp_sync_client_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "providers.json") << R"([{"name": "m", "provider_type": "fake"}])";
  auto made = sync_client::create(folder / "providers.json", overlapping());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->call_tool("m.echo"));
  auto missing = sync_client::create(folder / "none.json", overlapping());
  EXPECT_EQ(missing.error(), errc::invalid_config);
  std::filesystem::remove_all(folder);
}

TEST(a_sync_client, fails_to_be_made_as_a_client_does) {
  client_config config;
  config.tool_repository = {{"tool_repository_type", "sql"}};
  EXPECT_EQ(sync_client::create(std::move(config), overlapping()).error(), errc::invalid_config);
}

TEST(a_sync_client, serves_many_threads_at_once) {
  sync_client c = make({"m"});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const int n = t * 1000 + i;
        auto answer = c.call_tool("m.echo", {{"n", n}});
        if (answer && answer->to_json()["n"] == n) ++good;
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(good, 400);
}

TEST(a_sync_client, serves_calls_streams_and_registrations_of_many_threads_at_once) {
  sync_client c = make({"m"});
  std::vector<std::thread> threads;
  std::atomic<int> items{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const std::string own = "own" + std::to_string(t);
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(c.register_manual(provider(own)).ok());
        EXPECT_TRUE(c.call_tool(own + ".echo"));
        auto stream = c.call_tool_streaming("m.echo");
        ASSERT_TRUE(stream);
        for (auto& item : *stream) items += item.has_value();
        EXPECT_TRUE(c.deregister_manual(own));
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(items, 8 * 10 * 3);
}

TEST(a_sync_client, gives_a_stream_as_a_range) {
  sync_client c = make({"m"});
  auto stream = c.call_tool_streaming("m.echo");
  ASSERT_TRUE(stream);
  std::vector<json> got;
  for (auto& item : *stream) got.push_back(item->to_json());
  EXPECT_THAT(got, ::testing::ElementsAre(0, 1, 2));
  auto after = stream->next();
  ASSERT_TRUE(after);
  EXPECT_FALSE(*after);
}

TEST(a_sync_client, ends_the_range_after_a_failed_item) {
  sync_client c = make({"m"});
  auto stream = c.call_tool_streaming("m.echo", {{"fail", true}});
  ASSERT_TRUE(stream);
  std::vector<bool> got;
  for (auto& item : *stream) got.push_back(item.has_value());
  EXPECT_EQ(got, (std::vector<bool>{true, true, true, false}));
}

TEST(a_sync_client, lets_sessions_end) {
  const auto ended = std::make_shared<bool>(false);
  client_options options;
  options.registry.add("fake", [ended](const transport_services& services) { return std::make_shared<leaving_transport>(services.executor, ended); });
  {
    auto made = sync_client::create(client_config(), std::move(options));
    ASSERT_TRUE(made);
    ASSERT_TRUE(made->register_manual(provider("m")).ok());
  }
  EXPECT_TRUE(*ended);
}

TEST(a_sync_client, may_go_before_its_streams) {
  std::optional<sync_stream> stream;
  {
    sync_client c = make({"m"});
    auto opened = c.call_tool_streaming("m.echo");
    ASSERT_TRUE(opened);
    stream.emplace(std::move(*opened));
    EXPECT_TRUE(stream->next());
  }
  auto after = stream->next();
  EXPECT_TRUE(!after || !*after || after->has_value());
}

TEST(a_sync_client, may_be_copied_moved_and_assigned) {
  sync_client a = make({"m"});
  sync_client b = make({"n"});
  sync_client copy = a;
  a = b;
  EXPECT_TRUE(copy.call_tool("m.echo"));
  EXPECT_TRUE(a.call_tool("n.echo"));
  b = std::move(copy);
  EXPECT_TRUE(b.call_tool("m.echo"));
  a = make({"o"});
  EXPECT_TRUE(a.call_tool("o.echo"));
  sync_client moved = std::move(a);
  EXPECT_TRUE(moved.call_tool("o.echo"));
}

TEST(a_sync_client, streams_may_be_assigned) {
  sync_client a = make({"m"});
  auto first = a.call_tool_streaming("m.echo");
  {
    sync_client b = make({"n"});
    auto second = b.call_tool_streaming("n.echo");
    *first = std::move(*second);
  }
  *first = *a.call_tool_streaming("m.echo");
  EXPECT_TRUE(first->next());
}

}  // namespace
}  // namespace utcp::testing
