// How fast streams are read, and in how much memory: utcp-bench-streams SCENARIO DIR prints one JSON line. stream_data.py writes DIR.
//
//   events   a million small events (sse), one next() each
//   lines    a million JSON lines (http_stream), one next() each
//   octets   2 GiB of octets (http_stream)
//
// With a trailing "push" the items are pushed to a callback.

#include "cpu_time.hpp"
#include "memory_figure.hpp"

#include <utcp/builtin.hpp>
#include <utcp/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;

utcp::task<utcp::client> make_client(std::string dir) {
  utcp::client_options options(utcp::builtin_registry());
  auto config = utcp::load_config(dir + "/config.json", options.registry.documents);
  auto made = co_await utcp::client::create(std::move(config).value(), std::move(options));
  utcp::client client = std::move(made).value();
  for (const auto& report : client.registered())
    if (report.failure) throw std::runtime_error(report.name + ": " + report.failure->message);
  co_return client;
}

struct counted {
  std::size_t items = 0;
  std::size_t bytes = 0;

  void add(const utcp::tool_result& item) {
    ++items;
    if (const auto* octets = std::get_if<utcp::bytes>(&item.value)) bytes += octets->size();
  }
};

utcp::call_options without_deadline() {
  utcp::call_options options;
  options.timeout = std::chrono::hours(1);
  return options;
}

utcp::task<counted> pull(utcp::client client, std::string tool) {
  utcp::json none = utcp::json::object();
  auto options = without_deadline();
  auto opened = co_await client.call_tool_streaming(tool, std::move(none), std::move(options));
  utcp::result_stream stream = std::move(opened).value();
  counted all;
  for (;;) {
    auto item = co_await stream.next();
    if (!item.value()) co_return all;
    all.add(**item);
  }
}

utcp::task<counted> push(utcp::client client, std::string tool) {
  utcp::json none = utcp::json::object();
  auto options = without_deadline();
  auto all = std::make_shared<counted>();
  utcp::client::item_callback add = [all](utcp::tool_result item) {
    all->add(item);
    return true;
  };
  auto done = co_await client.async_for_each_item(tool, std::move(none), std::move(options), std::move(add), asio::use_awaitable);
  done.value();
  co_return *all;
}

utcp::task<utcp::json> run(std::string scenario, std::string dir, bool pushes) {
  utcp::client client = co_await make_client(dir);
  const double cpu = utcp::bench::cpu_us();
  const auto start = std::chrono::steady_clock::now();
  const std::string tool = "m." + scenario;
  counted all;
  if (pushes) all = co_await push(client, tool);
  else all = co_await pull(client, tool);
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu_took = utcp::bench::cpu_us() - cpu;
  utcp::json out;
  out["peer"] = "utcp";
  out["scenario"] = scenario;
  out["items"] = all.items;
  out["items_per_s"] = static_cast<double>(all.items) / took;
  out["cpu_us_per_item"] = cpu_took / static_cast<double>(all.items);
  if (all.bytes > 0) out["mb_per_s"] = static_cast<double>(all.bytes) / 1e6 / took;
  out["peak_rss_mb"] = static_cast<double>(utcp::bench::memory_figure("VmHWM")) / (1 << 20);
  co_return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> args(argv, argv + argc);
  if (args.size() < 3) throw std::runtime_error("usage: utcp-bench-streams events|lines|octets DIR [push]");
  asio::io_context context(1);
  std::exception_ptr failed;
  auto done = [&](std::exception_ptr e, const utcp::json& line) {
    failed = e;
    if (!e) std::cout << line.dump() << '\n';
  };
  asio::co_spawn(context, run(args[1], args[2], args.size() > 3 && args[3] == "push"), done);
  context.run();
  if (failed) std::rethrow_exception(failed);
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
