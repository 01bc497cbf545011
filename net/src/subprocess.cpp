#include <utcp/net/subprocess.hpp>

#include "subprocess_core.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp::net {

subprocess& subprocess::operator=(subprocess&& other) noexcept {
  if (core_ && core_ != other.core_) core_->stop(errc::cancelled);
  core_ = std::move(other.core_);
  return *this;
}

subprocess::~subprocess() {
  if (core_) core_->stop(errc::cancelled);
}

result<subprocess> subprocess::start(boost::asio::any_io_executor executor, process_description what) {
  auto process = spawn(what);
  if (!process) return process.error();
  auto core = std::make_shared<process_core>(std::move(executor), std::move(what), std::move(*process));
  core->begin();
  return subprocess(std::move(core));
}

task<result<std::string>> subprocess::read() {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(result<std::string>)>(
      [core = core_](auto handler) { core->start_read(std::move(handler)); }, boost::asio::use_awaitable);
}

task<result<process_end>> subprocess::wait() {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(result<process_end>)>(
      [core = core_](auto handler) { core->start_wait(std::move(handler)); }, boost::asio::use_awaitable);
}

void subprocess::write(std::string_view bytes) { core_->write(bytes); }
void subprocess::close_input() { core_->close_input(); }
std::size_t subprocess::unwritten() const noexcept { return core_->unwritten(); }
void subprocess::stop(errc reason) { core_->stop(reason); }
const std::string& subprocess::error_output() const noexcept { return core_->error_output(); }
int subprocess::id() const noexcept { return core_->id(); }

task<result<process_output>> run_process(boost::asio::any_io_executor executor, process_description what, std::size_t max_output_bytes) {
  auto process = subprocess::start(std::move(executor), std::move(what));
  if (!process) co_return std::move(process).error();
  process_output out;
  for (;;) {
    auto chunk = co_await process->read();
    if (!chunk) co_return std::move(chunk).error();
    if (chunk->empty()) break;
    if (chunk->size() > max_output_bytes - out.out.size()) {
      process->stop(errc::too_large);
      auto gone = co_await process->wait();
      if (gone) co_return error(errc::too_large, "printed more than allowed");
      co_return std::move(gone).error();
    }
    out.out += *chunk;
  }
  auto end = co_await process->wait();
  if (!end) co_return std::move(end).error();
  out.end = *end;
  out.err = process->error_output();
  co_return out;
}

}  // namespace utcp::net
