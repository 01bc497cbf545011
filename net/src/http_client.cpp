#include <utcp/net/http_client.hpp>

#include "http_engine.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace utcp::net {
namespace {

// Plain functions: g++ 12 miscompiles an initiation that is written inside a coroutine.
task<result<http_response>> start_send(std::shared_ptr<http_engine> engine, http_request request) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<http_response>)>(
      [](auto handler, std::shared_ptr<http_engine> on, http_request what) { on->send(std::move(what), std::move(handler)); },
      asio::use_awaitable, std::move(engine), std::move(request));
}

task<result<opened_stream>> start_open(std::shared_ptr<http_engine> engine, http_request request) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<opened_stream>)>(
      [](auto handler, std::shared_ptr<http_engine> on, http_request what) { on->open(std::move(what), std::move(handler)); },
      asio::use_awaitable, std::move(engine), std::move(request));
}

task<result<http_stream>> open_with(std::shared_ptr<http_engine> engine, http_request request) {
  http_stream stream;
  stream.request = request;
  auto opened = co_await start_open(engine, std::move(request));
  if (!opened) co_return opened.error();
  stream.head = std::move(opened->head);
  stream.body = std::make_unique<http_body_stream>(engine, opened->transfer, opened->plain);
  co_return std::move(stream);
}

}  // namespace

http_client::http_client(asio::any_io_executor executor, const http_client_options& options)
    : engine_(std::make_shared<http_engine>(std::move(executor), options)) {}
http_client::http_client(asio::any_io_executor executor) : http_client(std::move(executor), http_client_options()) {}
http_client::~http_client() = default;

task<result<http_response>> http_client::send(http_request request) { return start_send(engine_, std::move(request)); }
task<result<http_stream>> http_client::open(http_request request) { return open_with(engine_, std::move(request)); }

http_body_stream::http_body_stream(std::shared_ptr<http_engine> engine, http_transfer* transfer, plain_exchange* plain) noexcept
    : engine_(std::move(engine)), transfer_(transfer), plain_(plain) {}
http_body_stream::~http_body_stream() {
  if (plain_) engine_->drop(*plain_);
  else engine_->drop(*transfer_);
}

task<result<std::optional<std::string>>> http_body_stream::read() {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<std::optional<std::string>>)>(
      [](auto handler, std::shared_ptr<http_engine> on, http_transfer* from, plain_exchange* plain) {
        if (plain) on->plain().read(*plain, std::move(handler));
        else on->read(*from, std::move(handler));
      },
      asio::use_awaitable, engine_, transfer_, plain_);
}

}  // namespace utcp::net
