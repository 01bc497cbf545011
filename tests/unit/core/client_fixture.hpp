#pragma once

#include "fake_clock.hpp"
#include "fake_transport.hpp"
#include "run.hpp"

#include <utcp/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp::testing {

/// Writes down what a client tells.
class recording_observer final : public observer {
 public:
  void on_manual_registering(const std::string& name) override { lines.push_back("registering " + name); }
  void on_manual_registered(const manual_report& report) override { lines.push_back((report.ok() ? "registered " : "failed ") + report.name); }
  void on_manual_deregistered(const std::string& name) override { lines.push_back("deregistered " + name); }
  void on_call_started(const std::string& tool) override { lines.push_back("started " + tool); }
  void on_call_finished(const std::string& tool, std::chrono::nanoseconds, const error* failure) override {
    lines.push_back("finished " + tool + (failure ? " " + failure->code.message() + ": " + failure->message : ""));
  }
  void on_call_progress(const std::string& tool, double, double, const std::string& message) override { lines.push_back("progress " + tool + ": " + message); }
  void on_notice(const notice& n) override { notices.push_back(n.place + ": " + n.message); }

  std::vector<std::string> lines;
  std::vector<std::string> notices;
};

/// A client of one fake transport, called `fake`, on a clock that stands still.
class client_test : public ::testing::Test {
 protected:
  client_options options() {
    client_options out;
    out.registry.add("fake", factory_of(fake));
    out.clock = clock;
    out.observer = seen;
    out.environment = [this](const std::string& name) -> std::optional<std::string> {
      auto it = environment.find(name);
      return it == environment.end() ? std::nullopt : std::optional<std::string>(it->second);
    };
    return out;
  }

  static client_config config_of(std::vector<call_template> providers) {
    client_config out;
    for (call_template& each : providers) {
      configured_manual added;
      added.name = each.name;
      added.how = std::move(each);
      out.manuals.push_back(std::move(added));
    }
    return out;
  }

  client make(client_config config, client_options with) {
    auto made = run(io, client::create(std::move(config), std::move(with)));
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  client make(std::vector<call_template> providers) { return make(config_of(std::move(providers)), options()); }

  result<tool_result> call(client& c, std::string name, json arguments = json::object(), call_options how = {}) {
    return run(io, c.call_tool(std::move(name), std::move(arguments), std::move(how)));
  }

  /// A call under way: its outcome appears in the result when it ends.
  struct pending {
    boost::asio::cancellation_signal signal;
    std::optional<result<tool_result>> outcome;
  };
  std::shared_ptr<pending> begin_call(client& c, std::string name, call_options how = {}) {
    auto out = std::make_shared<pending>();
    c.async_call_tool(std::move(name), json::object(), std::move(how),
                      boost::asio::bind_cancellation_slot(out->signal.slot(), [out](result<tool_result> r) { out->outcome = std::move(r); }));
    settle_all(io);
    return out;
  }

  /// Whether nothing is left that an io_context would wait for.
  bool is_dry() {
    settle_all(io);
    return io.stopped();
  }

  boost::asio::io_context io;
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  std::shared_ptr<fake_transport> fake = std::make_shared<fake_transport>();
  std::shared_ptr<recording_observer> seen = std::make_shared<recording_observer>();
  std::map<std::string, std::string> environment;
};

}  // namespace utcp::testing
