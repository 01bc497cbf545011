// Speaks the side-by-side protocol: utcp-bench SCENARIO DIR ARGS… prints one JSON line.
// Only public headers and the default client, as an application would use them.

#include "cpu_time.hpp"
#include "memory_figure.hpp"

#include <utcp/builtin.hpp>
#include <utcp/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using seconds = std::chrono::duration<double>;

double since(std::chrono::steady_clock::time_point start) { return seconds(std::chrono::steady_clock::now() - start).count(); }

utcp::task<utcp::client> make_client(std::string dir, std::size_t tools) {
  utcp::client_options options(utcp::builtin_registry());
  auto config = utcp::load_config(dir + "/providers_" + std::to_string(tools) + ".json", options.registry.documents);
  auto made = co_await utcp::client::create(std::move(config).value(), std::move(options));
  utcp::client client = std::move(made).value();
  if (client.tools()->tool_count() != tools) {
    for (const auto& report : client.registered())
      if (report.failure) std::cerr << report.name << ": " << report.failure->message << '\n';
    throw std::runtime_error("not all tools are there");
  }
  co_return client;
}

/// Resident memory as multiples of the manual's bytes: the peak, and what stays while the client is alive, has its index and is idle.
utcp::task<utcp::json> measure_memory(std::string dir, std::size_t tools) {
  const auto bytes = std::filesystem::file_size(dir + "/manual_v0_" + std::to_string(tools) + ".json");
  auto client = co_await make_client(dir, tools);
  client.search_tools("weather forecast").value();  // waits for the index, which belongs to what stays
  // What a client still does after it is ready, such as closing connections, is no part of what stays.
  asio::steady_timer idle(co_await asio::this_coro::executor, std::chrono::milliseconds(200));
  co_await idle.async_wait(asio::use_awaitable);
  utcp::json out;
  out["manual_bytes"] = bytes;
  for (const auto& [name, figure] : {std::pair("peak", "VmHWM"), std::pair("settled", "VmRSS")}) {
    const auto resident = utcp::bench::memory_figure(figure);
    out[std::string(name) + "_bytes"] = resident;
    out[std::string(name) + "_ratio"] = static_cast<double>(resident) / static_cast<double>(bytes);
  }
  out["tools"] = client.tools()->tool_count();
  co_return out;
}

std::string first_tool(const utcp::client& client) { return client.tools()->manuals().front()->tools().front()->name; }

utcp::task<void> call(utcp::client client, std::string tool, std::size_t i) {
  utcp::json arguments = utcp::json::object();
  arguments["id"] = std::to_string(i);
  auto answer = co_await client.call_tool(tool, std::move(arguments));
  answer.value();
}

utcp::task<void> call_many(utcp::client client, std::string tool, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) co_await call(client, tool, i);
}

/// `calls` calls, `at_once` at a time.
utcp::task<void> call_at_once(utcp::client client, std::string tool, std::size_t calls, std::size_t at_once) {
  auto executor = co_await asio::this_coro::executor;
  std::size_t left = at_once;
  asio::steady_timer all_done(executor, std::chrono::steady_clock::time_point::max());
  for (std::size_t k = at_once; k > 0; --k) {
    auto one_done = [&](std::exception_ptr failed) {
      if (failed) std::rethrow_exception(failed);
      if (--left == 0) all_done.cancel();
    };
    asio::co_spawn(executor, call_many(client, tool, calls / at_once), one_done);
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await all_done.async_wait(token);
}

/// Resident memory in bytes after 10,000 calls, and after each fifth of `calls` more.
utcp::task<utcp::json> watch_memory(utcp::client client, std::size_t calls, std::size_t at_once) {
  constexpr std::size_t steps = 5;
  const std::string tool = first_tool(client);
  utcp::json out = utcp::json::array();
  co_await call_at_once(client, tool, 10'000, at_once);
  out.push_back(utcp::bench::memory_figure("VmRSS"));
  for (std::size_t i = 0; i < steps; ++i) {
    co_await call_at_once(client, tool, calls / steps, at_once);
    out.push_back(utcp::bench::memory_figure("VmRSS"));
  }
  co_return out;
}

utcp::task<utcp::json> run(std::vector<std::string> args) {
  const std::string scenario = args.at(1);
  const std::string dir = args.at(2);
  auto number = [&](std::size_t at) { return static_cast<std::size_t>(std::stoull(args.at(at))); };
  utcp::json out;
  out["peer"] = "utcp";
  out["scenario"] = scenario;
  auto start = std::chrono::steady_clock::now();
  if (scenario == "cold") {
    auto client = co_await make_client(dir, 1);
    co_await call(client, first_tool(client), 1);
    out["s"] = since(start);
  } else if (scenario == "register") {
    auto client = co_await make_client(dir, number(3));
    out["s"] = since(start);
  } else if (scenario == "memory") {
    auto figures = co_await measure_memory(dir, number(3));
    out.update(figures);
  } else if (scenario == "seq") {
    auto client = co_await make_client(dir, 1);
    const std::string tool = first_tool(client);
    co_await call(client, tool, 0);
    const double cpu = utcp::bench::cpu_us();
    start = std::chrono::steady_clock::now();
    co_await call_many(client, tool, number(3));
    out["calls_per_s"] = static_cast<double>(number(3)) / since(start);
    out["cpu_us_per_call"] = (utcp::bench::cpu_us() - cpu) / static_cast<double>(number(3));
  } else if (scenario == "conc") {
    auto client = co_await make_client(dir, 1);
    const std::string tool = first_tool(client);
    const std::size_t each = number(3) / number(4);
    const double cpu = utcp::bench::cpu_us();
    start = std::chrono::steady_clock::now();
    co_await call_at_once(client, tool, number(3), number(4));
    out["calls_per_s"] = static_cast<double>(each * number(4)) / since(start);
    out["cpu_us_per_call"] = (utcp::bench::cpu_us() - cpu) / static_cast<double>(each * number(4));
  } else if (scenario == "calls") {
    auto client = co_await make_client(dir, 1);
    auto resident = co_await watch_memory(client, number(3), number(4));
    out["resident_bytes"] = std::move(resident);
  } else if (scenario == "search") {
    auto client = co_await make_client(dir, number(3));
    const std::vector<std::string> sentences = {"get current weather in London", "create invoice", "list archived repository issues", "send message to channel"};
    start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < number(4); ++i) out["hits"] = client.search_tools(sentences[i % 4] + " " + std::to_string(i)).value().size();
    out["queries_per_s"] = static_cast<double>(number(4)) / since(start);
  } else {
    throw std::runtime_error("unknown scenario " + scenario);
  }
  co_return out;
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> args(argv, argv + argc);
  if (args.size() < 3) throw std::runtime_error("usage: utcp-bench SCENARIO DIR ARGS…");
  asio::io_context context(1);
  utcp::json out;
  std::exception_ptr failed;
  auto done = [&](std::exception_ptr e, utcp::json line) {
    failed = e;
    out = std::move(line);
  };
  asio::co_spawn(context, run(std::move(args)), done);
  context.run();
  if (failed) std::rethrow_exception(failed);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out["rss_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
  std::cout << out.dump() << '\n';
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
