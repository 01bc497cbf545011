// utcp-bench-spawn [SECONDS_EACH]: /bin/true through the cli transport, with and without the supervisor, beside a plain
// posix_spawn and waitpid loop. The three take turns, so that a busy machine slows them alike; medians count.

#include <utcp/transports/cli.hpp>

#include <utcp/dialect.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

extern char** environ;

namespace {

using namespace utcp;
using steady = std::chrono::steady_clock;

constexpr int rounds = 9;

double plain(std::chrono::duration<double> how_long) {
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  const auto began = steady::now();
  long calls = 0;
  while (steady::now() - began < how_long) {
    pid_t id = 0;
    if (::posix_spawn(&id, program, nullptr, nullptr, arguments, environ) != 0) std::exit(1);
    int status = 0;
    ::waitpid(id, &status, 0);
    ++calls;
  }
  return static_cast<double>(calls) / std::chrono::duration<double>(steady::now() - began).count();
}

tool_call true_call(bool supervised) {
  const json how{{"call_template_type", "cli"}, {"command_name", "/bin/true"}, {"supervise", supervised}};
  tool_call out;
  out.how = std::make_shared<const call_template>(read_call_template(how, trust::configuration, "bench").value());
  auto described = std::make_shared<tool>();
  described->name = "bench.true";
  described->tool_call_template = out.how;
  out.tool = described;
  return out;
}

task<long> repeat(std::shared_ptr<transport> via, tool_call what, std::chrono::duration<double> how_long) {
  const call_context context;
  const auto began = steady::now();
  long calls = 0;
  while (steady::now() - began < how_long) {
    auto out = co_await via->call(what, context);
    if (!out) std::exit(1);
    ++calls;
  }
  co_return calls;
}

double through(bool supervised, std::chrono::duration<double> how_long) {
  boost::asio::io_context io(1);
  transport_services services;
  services.executor = io.get_executor();
  services.clock = system_clock();
  services.shared = std::make_shared<shared_services>();
  long calls = 0;
  const auto began = steady::now();
  boost::asio::co_spawn(io, repeat(make_cli_transport()(services), true_call(supervised), how_long), [&calls](std::exception_ptr, long made) { calls = made; });
  io.run();
  return static_cast<double>(calls) / std::chrono::duration<double>(steady::now() - began).count();
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const std::chrono::duration<double> each(count > 1 ? std::atof(arguments[1]) : 0.5);
  std::vector<double> bare, alone, supervised, ratio_alone, ratio_supervised;
  for (int i = 0; i < rounds; ++i) {
    bare.push_back(plain(each));
    alone.push_back(through(false, each));
    supervised.push_back(through(true, each));
    ratio_alone.push_back(alone.back() / bare.back());
    ratio_supervised.push_back(supervised.back() / bare.back());
  }
  std::printf("posix_spawn and waitpid   %7.0f calls/s\n", median(bare));
  std::printf("cli transport             %7.0f calls/s   %.2f\n", median(alone), median(ratio_alone));
  std::printf("cli transport, supervised %7.0f calls/s   %.2f\n", median(supervised), median(ratio_supervised));
}
