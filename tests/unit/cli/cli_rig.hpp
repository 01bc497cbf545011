#pragma once

#include "run.hpp"

#include <utcp/dialect.hpp>
#include <utcp/transports/cli.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace utcp::testing {

/// A cli transport of its own and short ways to call it.
class cli_rig {
 public:
  explicit cli_rig(cli_options options = {}) {
    services.executor = boost::asio::make_strand(io);
    services.clock = system_clock();
    services.root_dir = ".";
    services.shared = std::make_shared<shared_services>();
    via = make_cli_transport(std::move(options))(services);
    context.manual = "here";
  }

  static tool_call made(json how, json arguments, trust origin = trust::configuration) {
    how["call_template_type"] = "cli";
    auto read = read_call_template(how, origin, "test");
    if (!read) throw std::runtime_error(read.error().message);
    tool_call out;
    auto described = std::make_shared<tool>();
    described->name = "here.tool";
    described->tool_call_template = std::make_shared<const call_template>(std::move(*read));
    out.how = described->tool_call_template;
    out.tool = described;
    out.arguments = std::move(arguments);
    return out;
  }

  result<tool_result> call(json how, json arguments = json::object()) { return run(io, via->call(made(std::move(how), std::move(arguments)), context)); }

  result<discovery> discover(json how) {
    call_template provider = *made(std::move(how), json::object()).how;
    provider.name = "here";
    return run(io, via->discover(std::move(provider), context, nullptr));
  }

  /// Calls, and cancels after that time.
  result<tool_result> call_and_cancel(json how, std::chrono::milliseconds after) {
    boost::asio::cancellation_signal signal;
    boost::asio::steady_timer timer(services.executor, after);
    timer.async_wait([&](boost::system::error_code failed) {
      if (!failed) signal.emit(boost::asio::cancellation_type::terminal);
    });
    std::optional<result<tool_result>> value;
    auto done = [&](std::exception_ptr, result<tool_result> v) {
      value = std::move(v);
      timer.cancel();
    };
    boost::asio::co_spawn(services.executor, via->call(made(std::move(how), json::object()), context), boost::asio::bind_cancellation_slot(signal.slot(), done));
    io.restart();
    io.run();
    return std::move(*value);
  }

  /// The items of a stream up to its end or its failure; `failure` says which.
  std::vector<json> stream(json how, std::optional<error>& failure, std::size_t most = 1000) {
    auto read_all = [this, &failure, most](tool_call what) -> task<std::vector<json>> {
      std::vector<json> out;
      auto opened = co_await via->open_stream(std::move(what), context);
      if (!opened) {
        failure = opened.error();
        co_return out;
      }
      while (out.size() < most) {
        auto item = co_await (*opened)->next();
        if (!item) {
          failure = item.error();
          break;
        }
        if (!*item) break;
        out.push_back((*item)->to_json());
      }
      co_return out;
    };
    return run(io, read_all(made(std::move(how), json::object())));
  }

  boost::asio::io_context io;
  transport_services services;
  std::shared_ptr<transport> via;
  call_context context;
};

/// A command line of the odd program (tests/unit/subprocess/odd_program.cpp).
inline json odd_words(const std::string& words) { return json{{"command_name", std::string(UTCP_ODD_PROGRAM) + " " + words}}; }

/// v1 commands; only the last is part of the result.
inline json script(std::vector<std::string> commands) {
  json steps = json::array();
  for (auto& each : commands) steps.push_back(json{{"command", std::move(each)}});
  return json{{"commands", std::move(steps)}};
}

/// A folder that goes with the test.
class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "utcp-cli-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string write(const std::string& name, const std::string& text, bool executable = false) const {
    const auto file = path / name;
    std::ofstream(file) << text;
    if (executable) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }

  std::filesystem::path path;
};

}  // namespace utcp::testing
