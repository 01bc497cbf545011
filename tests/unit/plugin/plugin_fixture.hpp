#pragma once

#include <fake_clock.hpp>
#include <run.hpp>

#include <utcp/client.hpp>
#include <utcp/plugin_loader.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace utcp::testing {

class recording_observer final : public observer {
 public:
  std::vector<notice> notices;
  void on_notice(const notice& n) override { notices.push_back(n); }
};

/// A client with the plug-in `misbehaving` and the provider "m", on a clock that stands still.
class misbehaving_plugin : public ::testing::Test {
 protected:
  ~misbehaving_plugin() override {
    client_ = client();
    settle_all(io);
  }

  const client& connect(json provider = {{"name", "m"}, {"call_template_type", "misbehaving"}}) {
    client_options options;
    options.observer = seen;
    options.clock = time;
    EXPECT_TRUE(add_plugin(options.registry, UTCP_MISBEHAVING_PLUGIN).has_value());
    auto config = read_config(json::array({std::move(provider)}), "/");
    auto made = run(io, client::create(std::move(config).value(), std::move(options)));
    client_ = std::move(made).value();
    return client_;
  }

  result<tool_result> call(const std::string& tool, json arguments = json::object(), call_options options = {}) {
    return run(io, client_.call_tool("m." + tool, std::move(arguments), std::move(options)));
  }
  json value_of(const std::string& tool, json arguments = json::object()) { return call(tool, std::move(arguments)).value().to_json(); }
  error failure_of(const std::string& tool, json arguments = json::object()) {
    auto answer = call(tool, std::move(arguments));
    return answer ? error() : answer.error();
  }

  /// Begins a call and lets it come as far as it does.
  struct running {
    std::optional<result<tool_result>> answer;
    boost::asio::cancellation_signal stop;
  };
  std::shared_ptr<running> start(const std::string& tool, call_options options = {}) {
    auto out = std::make_shared<running>();
    auto done = [out](result<tool_result> got) { out->answer = std::move(got); };
    client_.async_call_tool("m." + tool, json::object(), std::move(options), boost::asio::bind_cancellation_slot(out->stop.slot(), std::move(done)));
    settle_all(io);
    return out;
  }

  boost::asio::io_context io;
  std::shared_ptr<fake_clock> time = std::make_shared<fake_clock>();
  std::shared_ptr<recording_observer> seen = std::make_shared<recording_observer>();
  client client_;
};

}  // namespace utcp::testing
