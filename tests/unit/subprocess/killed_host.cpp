// Starts the odd program's process tree, supervised or not, prints its output, and waits to be killed.

#include "odd_process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

namespace {

utcp::task<void> show(boost::asio::any_io_executor executor) {
  auto process = utcp::net::subprocess::start(executor, utcp::testing::supervised(utcp::testing::odd({"tree"})));
  for (;;) {
    auto chunk = co_await process->read();
    if (!chunk || chunk->empty()) co_return;
    if (::write(1, chunk->data(), chunk->size()) < 0) co_return;
  }
}

}  // namespace

int main() {
  boost::asio::io_context io;
  boost::asio::co_spawn(io, show(io.get_executor()), [](std::exception_ptr) {});
  io.run();
}
