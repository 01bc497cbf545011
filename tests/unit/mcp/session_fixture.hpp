#pragma once

#include <utcp/mcp/session.hpp>

#include "run.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

namespace utcp::mcp {

using utcp::testing::run;

/// A session with the odd server, or with a URL, on a loop of its own.
class session_test : public ::testing::Test {
 protected:
  session_test() {
    options.request_timeout = std::chrono::seconds(20);
    options.callbacks.on_notice = [this](notice told) { notices.push_back(told.message); };
  }

  ~session_test() override {
    if (session_) run(io, close(session_));
  }

  static stdio_server odd(const std::string& mode) {
    stdio_server out;
    out.process.program = UTCP_ODD_MCP_SERVER;
    out.process.arguments = {"odd-mcp-server", mode};
    out.process.supervisor = UTCP_SUPERVISOR;
    out.process.grace = std::chrono::milliseconds(100);
    out.exit_patience = std::chrono::milliseconds(500);
    return out;
  }

  session& with(server_address server) {
    session_ = std::make_shared<session>(io.get_executor(), std::move(server), options);
    return *session_;
  }
  session& with_odd(const std::string& mode) { return with(odd(mode)); }

  result<call_result> call(const std::string& text, request_options how = request_options()) {
    json arguments = json::object();
    arguments["text"] = text;
    return run(io, session_->call_tool("echo", std::move(arguments), std::move(how)));
  }

  static task<bool> close(std::shared_ptr<session> which) {
    co_await which->close();
    co_return true;
  }

  boost::asio::io_context io{1};
  session_options options;
  std::vector<std::string> notices;
  std::shared_ptr<session> session_;
};

}  // namespace utcp::mcp
