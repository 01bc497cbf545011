#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/net/http_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;
namespace asio = boost::asio;

struct read_all { std::string body; std::optional<error> failure; int reads = 0; std::size_t largest = 0; };

task<result<read_all>> read_stream(std::shared_ptr<http_client> on, http_request request, int stop_after) {
  auto opened = co_await on->open(std::move(request));
  if (!opened) co_return opened.error();
  read_all out;
  while (out.reads != stop_after) {
    auto chunk = co_await opened->body->read();
    if (!chunk) {
      out.failure = chunk.error();
      break;
    }
    if (!*chunk) break;
    out.body += **chunk;
    out.largest = std::max(out.largest, (*chunk)->size());
    ++out.reads;
  }
  co_return out;
}

class http_stream_test : public ::testing::Test {
 protected:
  asio::io_context io;
  std::shared_ptr<http_client> client = std::make_shared<http_client>(io.get_executor());

  result<read_all> read(const std::string& target, int stop_after = -1, std::size_t limit = std::size_t(-1)) {
    http_request request;
    request.target = *url::parse(target);
    request.max_response_bytes = limit;
    return run(io, read_stream(client, std::move(request), stop_after));
  }
};

TEST_F(http_stream_test, pulls_a_big_body_through_a_small_window) {
  std::string text;
  for (int i = 0; text.size() < 20'000'000; ++i) text += std::to_string(i) + ",";
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(text); });
  const auto got = read(server.url());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->failure);
  EXPECT_TRUE(got->body == text);
  EXPECT_LE(got->largest, 256u << 10);
}

TEST_F(http_stream_test, ends_cleanly_and_can_be_dropped_half_way) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(std::string(5'000'000, 'x')); });
  const auto some = read(server.url(), 2);
  ASSERT_TRUE(some);
  EXPECT_EQ(some->reads, 2);
  EXPECT_TRUE(read(server.url(), 0));
  EXPECT_EQ(read(server.url())->body.size(), 5'000'000u);
}

TEST_F(http_stream_test, opens_before_the_body_is_there_and_ends_with_an_error_when_it_breaks_off) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply("half of this");
    reply.end = scripted_reply::ending::close_mid_body;
    return reply;
  });
  const auto got = read(server.url());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "half o");
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(*got->failure, errc::connection_failed);
}

TEST_F(http_stream_test, drops_a_stream_that_hangs) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply("half of this");
    reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  EXPECT_EQ(read(server.url(), 1)->body, "half o");
}

TEST_F(http_stream_test, limits_what_is_read) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply(std::string(1'000'000, 'x'));
    reply.chunked = true;
    return reply;
  });
  const auto got = read(server.url(), -1, 300'000);
  ASSERT_TRUE(got);
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(*got->failure, errc::too_large);
}

TEST_F(http_stream_test, gives_an_empty_body_as_the_end) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(204, ""); });
  const auto got = read(server.url());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->reads, 0);
  EXPECT_FALSE(got->failure);
}

TEST_F(http_stream_test, fails_to_open_when_there_is_no_answer) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::close_at_once;
    return reply;
  });
  const auto got = read(server.url());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), errc::connection_failed);
}

task<void> read_until_it_fails(std::shared_ptr<http_client> on, http_request request, std::shared_ptr<read_all> out) {
  auto opened = co_await on->open(std::move(request));
  while (opened) {
    auto chunk = co_await opened->body->read();
    if (!chunk) {
      out->failure = chunk.error();
      co_return;
    }
    ++out->reads;
  }
}

TEST_F(http_stream_test, a_read_that_is_cancelled_twice_ends_once) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply("half of this");
    reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  for (int i = 0; i < 3; ++i) {
    http_request request;
    request.target = *url::parse(server.url());
    asio::cancellation_signal stop;
    auto got = std::make_shared<read_all>();
    asio::co_spawn(io, read_until_it_fails(client, std::move(request), got), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    io.restart();
    while (got->reads == 0) io.run_one();
    io.poll();
    stop.emit(asio::cancellation_type::terminal);
    stop.emit(asio::cancellation_type::terminal);
    io.run();
    ASSERT_TRUE(got->failure);
    EXPECT_EQ(*got->failure, errc::cancelled);
  }
}

}  // namespace
