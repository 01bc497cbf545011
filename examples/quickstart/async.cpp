// The same on an event loop of the application's own: every operation is a coroutine, or takes any Asio completion token.
#include <utcp/builtin.hpp>
#include <utcp/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>

// [async]
utcp::task<int> run() {
  utcp::client_options options(utcp::builtin_registry());
  auto config = utcp::load_config("providers.json", options.registry.documents);
  if (!config) {
    std::cerr << config.error().message << "\n";
    co_return 1;
  }
  auto client = co_await utcp::client::create(std::move(*config), std::move(options));
  if (!client) {
    std::cerr << client.error().message << "\n";
    co_return 1;
  }
  utcp::json arguments{{"city", "Oslo"}};  // named first: see docs/toolchain.md
  auto weather = co_await client->call_tool("weather.get_current", std::move(arguments));
  if (!weather) {
    std::cerr << weather.error().message << "\n";
    co_return 1;
  }
  std::cout << weather->to_json().dump(2) << "\n";
  co_return 0;
}

int main() {
  boost::asio::io_context io;
  auto exit_code = boost::asio::co_spawn(io, run(), boost::asio::use_future);
  io.run();
  return exit_code.get();
}
// [/async]
