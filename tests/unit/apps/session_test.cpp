#include "session.hpp"

#include <gtest/gtest.h>

#include <utcp/builtin.hpp>

#include <fstream>

namespace utcp::app {
namespace {

configured_manual entry(const char* name) {
  configured_manual out;
  out.name = name;
  return out;
}

client_config three() {
  client_config out;
  out.manuals = {entry("weather"), entry("my-api.v2"), entry("")};
  return out;
}

TEST(event_loop, lets_a_session_end_that_takes_a_moment) {
  bool ended = false;
  {
    event_loop loop;
    auto moment = std::make_shared<boost::asio::steady_timer>(loop.executor(), std::chrono::milliseconds(300));
    moment->async_wait([moment, &ended](boost::system::error_code failed) { ended = !failed; });
  }
  EXPECT_TRUE(ended);
}

TEST(session, a_call_needs_only_the_provider_of_its_tool) {
  auto config = three();
  EXPECT_TRUE(keep_provider_of(config, "weather.current.now"));
  ASSERT_EQ(config.manuals.size(), 1u);
  EXPECT_EQ(config.manuals.front().name, "weather");
}

TEST(session, the_provider_is_found_by_its_normalised_name) {
  auto config = three();
  EXPECT_TRUE(keep_provider_of(config, "my_api_v2.x"));
  EXPECT_EQ(config.manuals.size(), 1u);
}

TEST(session, an_unknown_name_needs_all_providers) {
  auto config = three();
  EXPECT_FALSE(keep_provider_of(config, "other.x"));
  EXPECT_EQ(config.manuals.size(), 3u);
}

TEST(session, two_providers_of_one_name_both_stay) {
  client_config config;
  config.manuals = {entry("a"), entry("a"), entry("b")};
  EXPECT_TRUE(keep_provider_of(config, "a.x"));
  EXPECT_EQ(config.manuals.size(), 2u);
}

TEST(session, a_failure_is_one_line_with_name_why_and_how_long) {
  manual_report report;
  report.name = "weather";
  report.failure = error(errc::connection_failed, "connection refused");
  report.took = std::chrono::milliseconds(1200);
  EXPECT_EQ(failure_line(report), "weather: connection refused (after 1.2 s)");
}

TEST(session, a_time_of_the_command_line_bounds_every_provider) {
  const auto file = ::testing::TempDir() + "/utcp_timeouts.json";
  std::ofstream(file) << R"([{"name":"a","provider_type":"text","file_path":"a.json","timeout_ms":20000}])";
  global_options how;
  how.config = file;
  EXPECT_TRUE(read_configuration(how, builtin_registry())->manuals.front().how->options.contains("timeout_ms"));
  how.timeout = std::chrono::milliseconds(3000);
  const auto bounded = read_configuration(how, builtin_registry());
  EXPECT_FALSE(bounded->manuals.front().how->options.contains("timeout_ms"));
  EXPECT_EQ(bounded->defaults.discovery_timeout, std::chrono::seconds(3));
}

TEST(session, options_of_the_command_line_go_into_the_configuration) {
  global_options how;
  how.config = ::testing::TempDir() + "/utcp_no_such_file.json";
  auto missing = read_configuration(how, builtin_registry());
  ASSERT_FALSE(missing.has_value());
  EXPECT_TRUE(missing.error() == errc::invalid_config);
  EXPECT_NE(missing.error().message.find("--config"), std::string::npos);
}

}  // namespace
}  // namespace utcp::app
