// Calls of an MCP server's `echo`: `utcp-bench-mcp stdio|http legacy|auto CALLS IN_FLIGHT COMMAND… | URL` prints one JSON line.
// 300 calls warm up. The process's own CPU time counts, the server's does not.

#include "cpu_time.hpp"

#include <utcp/document.hpp>
#include <utcp/mcp/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace utcp;
using steady = std::chrono::steady_clock;

struct run {
  long left = 0;
  long failed = 0;
  int working = 0;
  std::vector<double> latencies_ms;
};

task<void> work(mcp::session& over, run& all) {
  while (all.left > 0) {
    --all.left;
    const auto began = steady::now();
    json arguments = json::object();
    arguments["message"] = "hello";
    auto got = co_await over.call_tool("echo", std::move(arguments));
    if (!got || got->text() != "Echo: hello") {
      if (!got) std::fprintf(stderr, "%s\n", got.error().message.c_str());
      ++all.failed;
    }
    all.latencies_ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
  }
}

void repeat(boost::asio::io_context& io, mcp::session& over, run& all, int in_flight) {
  all.working = in_flight;
  for (int i = 0; i < in_flight; ++i) boost::asio::co_spawn(io, work(over, all), [&](std::exception_ptr) { --all.working; });
  io.restart();
  while (all.working > 0 && io.run_one() > 0) {
  }
}

mcp::server_address address_of(const std::string& kind, int count, char** words) {
  if (kind == "http") {
    mcp::http_server out;
    out.url = words[0];
    return out;
  }
  mcp::stdio_server out;
  const char* path = std::getenv("PATH");
  auto program = net::find_program(words[0], path ? path : "", ".");
  if (!program) {
    std::fprintf(stderr, "%s\n", program.error().message.c_str());
    std::exit(1);
  }
  out.process.program = *program;
  out.process.arguments.assign(words, words + count);
  out.process.environment.push_back(std::string("PATH=") + (path ? path : ""));
  return out;
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) {
    std::fprintf(stderr, "usage: utcp-bench-mcp stdio|http legacy|auto CALLS IN_FLIGHT COMMAND... | URL\n");
    return 2;
  }
  const std::string kind = words[1];
  const long calls = std::atol(words[3]);
  const int in_flight = std::atoi(words[4]);
  boost::asio::io_context io(1);
  mcp::session_options options;
  if (std::string(words[2]) == "legacy") options.era = mcp::era_choice::legacy;
  mcp::session session(io.get_executor(), address_of(kind, count - 5, words + 5), options);
  run warm;
  warm.left = 300;
  repeat(io, session, warm, 1);
  run all;
  all.left = calls;
  all.latencies_ms.reserve(static_cast<std::size_t>(calls));
  const double cpu_before = bench::cpu_us();
  const auto began = steady::now();
  repeat(io, session, all, in_flight);
  const double wall = std::chrono::duration<double>(steady::now() - began).count();
  const double cpu = bench::cpu_us() - cpu_before;
  auto& sorted = all.latencies_ms;
  if (sorted.empty()) return 1;
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(sorted.size());
  std::printf("{\"cps\":%.1f,\"p50\":%.4f,\"p99\":%.4f,\"cpu_us\":%.2f,\"failed\":%ld,\"version\":\"%s\"}\n", n / wall, sorted[sorted.size() / 2],
              sorted[static_cast<std::size_t>(n * 0.99)], cpu / n, warm.failed + all.failed, session.server().revision.c_str());
  std::fflush(stdout);
  std::_Exit(warm.failed + all.failed == 0 ? 0 : 1);
}
