#pragma once

#include <utcp/mcp/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace utcp::mcp {

/// Runs one coroutine to its end. A session with a program never leaves the loop without work, so that the loop is left then.
template <class T>
T run(boost::asio::io_context& io, task<T> work) {
  std::optional<T> value;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr e, T v) {
    thrown = e;
    value.emplace(std::move(v));
  });
  io.restart();
  while (!value && io.run_one() > 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
  if (!value) throw std::logic_error("the io_context ran dry before the coroutine ended");
  return std::move(*value);
}

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
