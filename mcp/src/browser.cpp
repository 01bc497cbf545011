#include <utcp/mcp/browser.hpp>

#include "oauth_request.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>

namespace asio = boost::asio;

namespace utcp::mcp {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t max_connections = 16;
constexpr std::size_t max_request_bytes = 16u << 10;
constexpr std::chrono::seconds request_patience{10};
constexpr std::chrono::milliseconds accept_rest{50};
constexpr std::string_view callback_path = "/callback";

std::string page(const char* status, const char* text) {
  const std::string body = std::string("<!doctype html><meta charset=\"utf-8\"><title>utcp</title><p>") + text + "</p>\n";
  return std::string("HTTP/1.1 ") + status + "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
         "Content-Security-Policy: default-src 'none'\r\n\r\n" + body;
}

std::optional<std::string> state_of(std::string_view query) {
  const auto pairs = read_query(query);
  if (!pairs) return std::nullopt;
  for (const auto& [name, value] : *pairs)
    if (name == "state") return value;
  return std::nullopt;
}

// The listener of one visit. Its coroutines hold it; `close` lets them end.
struct listener : std::enable_shared_from_this<listener> {
  explicit listener(const asio::any_io_executor& executor) : acceptor(executor), arrived(executor, asio::steady_timer::time_point::max()) {}

  void close() {
    error_code ignored;
    acceptor.close(ignored);
    for (tcp::socket* each : open) each->close(ignored);
    arrived.cancel();
    closed = true;
  }

  // What a request is answered; a redirect that is the answer to ours ends the wait.
  std::string answer(std::string_view request) {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) return page("400 Bad Request", "This is no request.");
    if (line.substr(0, first) != "GET") return page("405 Method Not Allowed", "Only GET is answered here.");
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const auto mark = std::min(target.find('?'), target.size());
    if (target.substr(0, mark) != callback_path) return page("404 Not Found", "There is nothing here.");
    const std::string_view found = target.substr(std::min(mark + 1, target.size()));
    if (query || !state || state_of(found) != state) return page("400 Bad Request", "This does not belong to an authorization that is under way.");
    query = std::string(found);
    return page("200 OK", "The program has its answer. You can close this window.");
  }

  tcp::acceptor acceptor;
  asio::steady_timer arrived;
  std::list<tcp::socket*> open;
  std::optional<std::string> state;  // of the authorization that is waited for
  std::optional<std::string> query;
  bool closed = false;
};

task<void> serve(std::shared_ptr<listener> self, tcp::socket socket) {
  const auto place = self->open.insert(self->open.end(), &socket);
  asio::steady_timer late(socket.get_executor(), request_patience);
  late.async_wait([weak = std::weak_ptr<listener>(self), at = &socket](error_code failed) {
    const auto still = weak.lock();
    if (failed || !still || std::find(still->open.begin(), still->open.end(), at) == still->open.end()) return;
    error_code ignored;
    at->close(ignored);
  });
  std::string request;
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  auto buffer = asio::dynamic_buffer(request, max_request_bytes);
  co_await asio::async_read_until(socket, buffer, "\r\n\r\n", token);
  if (!failed || failed == asio::error::not_found) {
    const bool arrived_before = self->query.has_value();
    const std::string reply = failed ? page("431 Request Header Fields Too Large", "The request is too large.") : self->answer(request);
    co_await asio::async_write(socket, asio::buffer(reply), token);
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    if (self->query && !arrived_before) self->arrived.cancel();
  }
  self->open.erase(place);
}

task<void> accept_all(std::shared_ptr<listener> self) {
  asio::steady_timer rest(self->acceptor.get_executor());
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  while (!self->closed && !self->query) {
    tcp::socket socket = co_await self->acceptor.async_accept(token);
    if (self->closed) co_return;
    if (failed) {  // out of descriptors, perhaps
      rest.expires_after(accept_rest);
      co_await rest.async_wait(token);
      continue;
    }
    if (self->open.size() >= max_connections) continue;  // the newcomer is hung up on
    asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
  }
}

class loopback_visit final : public browser_visit {
 public:
  loopback_visit(std::shared_ptr<listener> on, std::uint16_t port, std::function<void(const std::string&)> show)
      : listener_(std::move(on)), show_(std::move(show)), redirect_uri_("http://127.0.0.1:" + std::to_string(port) + std::string(callback_path)) {}
  ~loopback_visit() override { listener_->close(); }

  const std::string& redirect_uri() const noexcept override { return redirect_uri_; }
  task<result<std::string>> go(std::string url) override { return wait(listener_, show_, std::move(url)); }

 private:
  static task<result<std::string>> wait(std::shared_ptr<listener> on, std::function<void(const std::string&)> show, std::string url) {
    const auto mark = std::min(url.find('?'), url.size());
    on->state = state_of(std::string_view(url).substr(std::min(mark + 1, url.size())));
    asio::co_spawn(on->acceptor.get_executor(), accept_all(on), asio::detached);
    show(url);
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    if (!on->query) co_await on->arrived.async_wait(token);
    if (!on->query) co_return error(errc::cancelled, "the wait for the browser was cancelled");
    co_return *on->query;
  }

  std::shared_ptr<listener> listener_;
  std::function<void(const std::string&)> show_;
  std::string redirect_uri_;
};

// The port of `http://127.0.0.1:PORT/callback`, else 0: the system chooses.
std::uint16_t port_of(const std::string& redirect_uri) {
  const auto parsed = net::url::parse(redirect_uri);
  return parsed && parsed->scheme() == "http" && parsed->host() == "127.0.0.1" && parsed->path() == callback_path ? parsed->port() : std::uint16_t{0};
}

class loopback_browser final : public browser {
 public:
  loopback_browser(asio::any_io_executor executor, std::function<void(const std::string&)> show) : executor_(std::move(executor)), show_(std::move(show)) {}

  result<std::unique_ptr<browser_visit>> open(std::string before) override {
    const std::uint16_t wanted = port_of(before);
    auto made = std::make_shared<listener>(executor_);
    auto failed = listen(*made, wanted);
    if (failed && wanted != 0) failed = listen(*made, 0);
    if (failed) return error(errc::unavailable, "no port of 127.0.0.1 to listen on for the browser: " + failed.message());
    const std::uint16_t port = made->acceptor.local_endpoint(failed).port();
    return std::unique_ptr<browser_visit>(new loopback_visit(std::move(made), port, show_));
  }

 private:
  static error_code listen(listener& on, std::uint16_t port) {
    error_code failed;
    if (on.acceptor.is_open()) on.acceptor.close(failed);
    const tcp::endpoint place(asio::ip::address_v4::loopback(), port);
    on.acceptor.open(place.protocol(), failed);
    if (!failed) on.acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) on.acceptor.bind(place, failed);
    if (!failed) on.acceptor.listen(static_cast<int>(max_connections), failed);
    return failed;
  }

  asio::any_io_executor executor_;
  std::function<void(const std::string&)> show_;
};

class callback_browser final : public browser {
 public:
  using callback = std::function<task<result<std::string>>(std::string)>;
  callback_browser(std::string redirect_uri, callback go) : redirect_uri_(std::move(redirect_uri)), go_(std::move(go)) {}

  result<std::unique_ptr<browser_visit>> open(std::string) override { return std::unique_ptr<browser_visit>(new visit(redirect_uri_, go_)); }

 private:
  class visit final : public browser_visit {
   public:
    visit(std::string redirect_uri, callback go) : redirect_uri_(std::move(redirect_uri)), go_(std::move(go)) {}
    const std::string& redirect_uri() const noexcept override { return redirect_uri_; }
    task<result<std::string>> go(std::string url) override { return go_(std::move(url)); }

   private:
    std::string redirect_uri_;
    callback go_;
  };

  std::string redirect_uri_;
  callback go_;
};

}  // namespace

std::shared_ptr<browser> make_loopback_browser(asio::any_io_executor executor, std::function<void(const std::string&)> show) {
  return std::make_shared<loopback_browser>(std::move(executor), std::move(show));
}

std::shared_ptr<browser> make_callback_browser(std::string redirect_uri, std::function<task<result<std::string>>(std::string)> go) {
  return std::make_shared<callback_browser>(std::move(redirect_uri), std::move(go));
}

}  // namespace utcp::mcp
