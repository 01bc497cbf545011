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

// Every behaviour twice: by the client's own plain HTTP, and by libcurl.
class http_stream_test : public ::testing::TestWithParam<bool> {
 protected:
  asio::io_context io;
  std::shared_ptr<http_client> client = make_client();

  std::shared_ptr<http_client> make_client() {
    http_client_options options;
    options.libcurl_only = GetParam();
    return std::make_shared<http_client>(io.get_executor(), options);
  }

  /// Without waiting for what else is under way, such as a stream that nobody reads.
  template <class T>
  T soon(task<T> what) {
    std::optional<T> out;
    asio::co_spawn(io, std::move(what), [&out](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    io.restart();
    while (!out) io.run_one();
    return *std::move(out);
  }

  result<read_all> read(const std::string& target, int stop_after = -1, std::size_t limit = std::size_t(-1)) {
    http_request request;
    request.target = *url::parse(target);
    request.max_response_bytes = limit;
    return run(io, read_stream(client, std::move(request), stop_after));
  }
};

TEST_P(http_stream_test, pulls_a_big_body_through_a_small_window) {
  std::string text;
  for (int i = 0; text.size() < 20'000'000; ++i) text += std::to_string(i) + ",";
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(text); });
  const auto got = read(server.url());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->failure);
  EXPECT_TRUE(got->body == text);
  EXPECT_LE(got->largest, 256u << 10);
}

TEST_P(http_stream_test, ends_cleanly_and_can_be_dropped_half_way) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(std::string(5'000'000, 'x')); });
  const auto some = read(server.url(), 2);
  ASSERT_TRUE(some);
  EXPECT_EQ(some->reads, 2);
  EXPECT_TRUE(read(server.url(), 0));
  EXPECT_EQ(read(server.url())->body.size(), 5'000'000u);
}

TEST_P(http_stream_test, opens_before_the_body_is_there_and_ends_with_an_error_when_it_breaks_off) {
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

TEST_P(http_stream_test, drops_a_stream_that_hangs) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply("half of this");
    reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  EXPECT_EQ(read(server.url(), 1)->body, "half o");
}

TEST_P(http_stream_test, limits_what_is_read) {
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

TEST_P(http_stream_test, gives_an_empty_body_as_the_end) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(204, ""); });
  const auto got = read(server.url());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->reads, 0);
  EXPECT_FALSE(got->failure);
}

TEST_P(http_stream_test, fails_to_open_when_there_is_no_answer) {
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

TEST_P(http_stream_test, a_read_that_is_cancelled_twice_ends_once) {
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

TEST_P(http_stream_test, keeps_the_connection_of_a_stream_that_was_read_to_its_end) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply(std::string(300'000, 'x'));
    reply.chunked = true;
    return reply;
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(read(server.url())->body.size(), 300'000u);
  EXPECT_EQ(server.connections(), 1u);
}

TEST_P(http_stream_test, gives_head_and_failure_of_an_answer_that_is_no_success) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(503, "later").with("Retry-After", "3"); });
  http_request request;
  request.target = *url::parse(server.url("/x?secret"));
  auto stream = soon(client->open(std::move(request)));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->head.status, 503);
  EXPECT_EQ(stream->head.fields.find("retry-after"), "3");
  EXPECT_EQ(stream->request.target.path(), "/x");
  EXPECT_EQ(*soon(stream->body->read()).value(), "later");
  EXPECT_FALSE(soon(stream->body->read()).value());
  EXPECT_FALSE(soon(stream->body->read()).value()) << "the end stays the end";
}

TEST_P(http_stream_test, a_stream_that_nobody_reads_holds_the_server_back_and_nothing_spins) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(std::string(30'000'000, 'x')); });
  http_request request;
  request.target = *url::parse(server.url());
  auto stream = soon(client->open(std::move(request)));
  ASSERT_TRUE(stream);
  io.restart();
  const auto turns = io.run_for(std::chrono::milliseconds(200));
  EXPECT_LT(turns, 4000u);
  std::size_t got = 0;
  while (auto chunk = soon(stream->body->read()).value()) got += chunk->size();
  EXPECT_EQ(got, 30'000'000u);
}

TEST_P(http_stream_test, an_opening_that_is_cancelled_or_late_ends_at_once) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  http_request request;
  request.target = *url::parse(server.url());
  request.deadline = time_point::clock::now() + std::chrono::milliseconds(50);
  EXPECT_EQ(run(io, client->open(request)).error(), errc::timed_out);
  asio::cancellation_signal stop;
  std::optional<error> failure;
  request.deadline = time_point::max();
  asio::co_spawn(io, client->open(request), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<http_stream> answer) {
    if (!answer) failure = answer.error();
  }));
  io.restart();
  io.run_for(std::chrono::milliseconds(20));
  stop.emit(asio::cancellation_type::terminal);
  io.restart();
  io.run_for(std::chrono::milliseconds(200));
  ASSERT_TRUE(failure);
  EXPECT_EQ(*failure, errc::cancelled);
}

TEST_P(http_stream_test, a_deadline_may_cover_the_whole_stream) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply("half of this");
    reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  for (bool covers : {true, false}) {
    http_request request;
    request.target = *url::parse(server.url());
    request.deadline = time_point::clock::now() + std::chrono::milliseconds(80);
    request.deadline_covers_stream = covers;
    auto stream = soon(client->open(std::move(request)));
    ASSERT_TRUE(stream);
    EXPECT_EQ(*soon(stream->body->read()).value(), "half o");
    if (!covers) continue;
    EXPECT_EQ(soon(stream->body->read()).error(), errc::timed_out);
  }
}

TEST_P(http_stream_test, the_deadline_covers_what_a_failure_says) {
  loopback_http_server server([&](const recorded_request&) {
    scripted_reply reply(503, "half of this");
    reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  http_request request;
  request.target = *url::parse(server.url());
  request.deadline = time_point::clock::now() + std::chrono::milliseconds(80);
  auto stream = soon(client->open(std::move(request)));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*soon(stream->body->read()).value(), "half o");
  EXPECT_EQ(soon(stream->body->read()).error(), errc::timed_out);
}

TEST_P(http_stream_test, streams_outlive_their_client) {
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(std::string(2'000'000, 'x')); });
  http_request request;
  request.target = *url::parse(server.url());
  auto stream = soon(client->open(std::move(request)));
  ASSERT_TRUE(stream);
  client.reset();
  std::size_t got = 0;
  while (auto chunk = soon(stream->body->read()).value()) got += chunk->size();
  EXPECT_EQ(got, 2'000'000u);
}

INSTANTIATE_TEST_SUITE_P(engines, http_stream_test, ::testing::Bool(), [](const auto& each) { return std::string(each.param ? "libcurl" : "plain"); });

}  // namespace
