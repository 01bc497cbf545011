#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/net/http_client.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace {

using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace asio = boost::asio;
using asio::ip::tcp;

class plain_http_test : public ::testing::Test {
 protected:
  asio::io_context io;
  http_client_options options;
  std::shared_ptr<http_client> client;

  static http_request request_for(const std::string& target, const std::string& method = "GET") {
    http_request request;
    request.method = method;
    request.target = *url::parse(target);
    if (method == "POST") request.body = std::make_shared<const std::string>("body");
    return request;
  }
  result<http_response> send(http_request request) {
    if (!client) client = std::make_shared<http_client>(io.get_executor(), options);
    return run(io, client->send(std::move(request)));
  }
};

// Closes each kept connection when the second request comes over it.
scripted_reply one_answer_a_connection(const recorded_request& request, std::vector<std::size_t>& used) {
  used.resize(std::max(used.size(), request.connection + 1));
  scripted_reply reply("ok");
  if (++used[request.connection] > 1) reply.end = scripted_reply::ending::close_at_once;
  return reply;
}

TEST_F(plain_http_test, sends_again_what_may_be_sent_twice_when_a_kept_connection_was_closed) {
  std::vector<std::size_t> used;
  loopback_http_server server([&](const recorded_request& r) { return one_answer_a_connection(r, used); });
  for (int i = 0; i < 3; ++i) {
    const auto answer = send(request_for(server.url()));
    ASSERT_TRUE(answer) << answer.error().message;
  }
  EXPECT_EQ(server.connections(), 3u);
}

TEST_F(plain_http_test, never_sends_a_post_twice) {
  std::vector<std::size_t> used;
  loopback_http_server server([&](const recorded_request& r) { return one_answer_a_connection(r, used); });
  ASSERT_TRUE(send(request_for(server.url(), "POST")));
  const auto answer = send(request_for(server.url(), "POST"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::connection_failed);
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_TRUE(send(request_for(server.url(), "POST")));
}

TEST_F(plain_http_test, leaves_a_server_that_only_libcurl_understands_to_libcurl) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply;
    reply.raw = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";
    reply.end = scripted_reply::ending::close;
    return reply;
  });
  for (int i = 0; i < 3; ++i) {
    const auto answer = send(request_for(server.url()));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "ok");
  }
  EXPECT_EQ(server.requests().size(), 4u);  // the first came twice

  client.reset();
  const auto first = send(request_for(server.url(), "POST"));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error(), errc::protocol_error);
  EXPECT_TRUE(send(request_for(server.url(), "POST")));
  EXPECT_EQ(server.requests().size(), 6u);
}

TEST_F(plain_http_test, fails_any_number_of_waiting_requests_when_nobody_listens) {
  std::string gone;
  {
    loopback_http_server server([](const recorded_request&) { return scripted_reply(); });
    gone = server.url();
  }
  options.max_connections_per_host = 1;
  client = std::make_shared<http_client>(io.get_executor(), options);
  constexpr int count = 20'000;
  int failed = 0;
  for (int i = 0; i < count; ++i)
    asio::co_spawn(io, client->send(request_for(gone)), [&](std::exception_ptr, result<http_response> r) { failed += !r && r.error() == errc::connection_failed ? 1 : 0; });
  io.run();
  EXPECT_EQ(failed, count);
}

TEST_F(plain_http_test, ends_a_request_at_its_deadline_while_it_waits_for_a_connection) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  options.max_connections_per_host = 1;
  client = std::make_shared<http_client>(io.get_executor(), options);
  int late = 0;
  for (int i = 0; i < 3; ++i) {
    auto request = request_for(server.url());
    request.deadline = time_point::clock::now() + 50ms;
    asio::co_spawn(io, client->send(std::move(request)), [&](std::exception_ptr, result<http_response> r) { late += !r && r.error() == errc::timed_out ? 1 : 0; });
  }
  io.run();
  EXPECT_EQ(late, 3);
}

TEST_F(plain_http_test, reaches_localhost_on_either_address_family) {
  loopback_http_server server([](const recorded_request& r) { return scripted_reply(*r.header("Host")); });
  for (int i = 0; i < 2; ++i) {
    const auto answer = send(request_for("http://localhost:" + std::to_string(server.port()) + "/"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "localhost:" + std::to_string(server.port()));
  }
}

/// Accepts connections one after another, and does something with each.
class raw_server {
 public:
  raw_server(const tcp::endpoint& at, std::function<void(tcp::socket&)> serve) : acceptor_(io_, at), thread_([this, serve = std::move(serve)] {
    for (;;) {
      tcp::socket socket(io_);
      boost::system::error_code ec;
      acceptor_.accept(socket, ec);
      if (stop_) return;
      if (!ec) serve(socket);
    }
  }) {}
  ~raw_server() {
    stop_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(io_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  raw_server(raw_server&&) = delete;
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Reads at least so many bytes; fewer when the peer closes.
std::string read_some(tcp::socket& socket, std::size_t least) {
  std::string out(1 << 16, '\0');
  std::size_t size = 0;
  boost::system::error_code ec;
  while (size < least && !ec) size += socket.read_some(asio::buffer(out.data() + size, out.size() - size), ec);
  out.resize(size);
  return out;
}

void wait_until_closed(tcp::socket& socket) {
  boost::system::error_code ec;
  std::string sink(1 << 16, '\0');
  while (!ec) socket.read_some(asio::buffer(sink), ec);
}

TEST_F(plain_http_test, speaks_to_ipv6_addresses) {
  boost::system::error_code none;
  tcp::socket probe(io);
  probe.open(tcp::v6(), none);
  if (!none) probe.bind(tcp::endpoint(asio::ip::address_v6::loopback(), 0), none);
  if (none) GTEST_SKIP() << "this machine has no IPv6";
  std::string seen;
  raw_server server(tcp::endpoint(asio::ip::address_v6::loopback(), 0), [&](tcp::socket& socket) {
    seen = read_some(socket, 10);
    asio::write(socket, asio::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
    wait_until_closed(socket);
  });
  auto request = request_for("http://[::1]:" + std::to_string(server.port()) + "/");
  request.want_peer = true;
  const auto answer = send(std::move(request));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->peer, address_scope::loopback);
  EXPECT_THAT(seen, HasSubstr("Host: [::1]:" + std::to_string(server.port()) + "\r\n"));
  client.reset();
}

TEST_F(plain_http_test, takes_an_answer_that_comes_before_the_whole_request_was_sent) {
  std::atomic<bool> done{false};
  raw_server server(tcp::endpoint(asio::ip::address_v4::loopback(), 0), [&](tcp::socket& socket) {
    read_some(socket, 1000);
    asio::write(socket, asio::buffer(std::string_view("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")));
    while (!done) std::this_thread::yield();
  });
  auto request = request_for("http://127.0.0.1:" + std::to_string(server.port()) + "/", "POST");
  request.body = std::make_shared<const std::string>(std::string(64u << 20, 'x'));
  const auto answer = send(std::move(request));
  done = true;
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body, "no");
}

TEST_F(plain_http_test, gives_up_connecting_in_time) {
  // A listener whose queue is full answers no more.
  asio::io_context never_run;
  tcp::acceptor full(never_run, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  std::vector<tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(never_run);
    fillers.back().async_connect(full.local_endpoint(), [](boost::system::error_code) {});
  }
  options.connect_timeout = 50ms;
  const auto answer = send(request_for("http://127.0.0.1:" + std::to_string(full.local_endpoint().port()) + "/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::connection_failed);
  EXPECT_THAT(answer.error().message, HasSubstr("no connection within 50 ms"));
}

}  // namespace
