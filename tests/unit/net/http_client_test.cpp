#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/net/http_client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;
namespace asio = boost::asio;

// Every behaviour twice: by the client's own plain HTTP, and by libcurl.
class http_client_test : public ::testing::TestWithParam<bool> {
 protected:
  asio::io_context io;
  std::shared_ptr<http_client> client = make_client();

  std::shared_ptr<http_client> make_client(std::size_t max_connections_per_host = 128) {
    http_client_options options;
    options.libcurl_only = GetParam();
    options.max_connections_per_host = max_connections_per_host;
    return std::make_shared<http_client>(io.get_executor(), options);
  }

  static http_request get(const std::string& target) {
    http_request request;
    request.target = *url::parse(target);
    return request;
  }
  result<http_response> send(http_request request) { return run(io, client->send(std::move(request))); }

  // Starts the request and cancels it when `when` has posted the emission.
  result<http_response> send_until(http_request request, asio::cancellation_signal& stop) {
    std::optional<result<http_response>> out;
    asio::co_spawn(io, client->send(std::move(request)), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e, result<http_response> r) {
                     EXPECT_FALSE(e);
                     out = std::move(r);
                   }));
    io.restart();
    io.run();
    return std::move(out).value();
  }
};

TEST_P(http_client_test, sends_and_reads_a_simple_exchange) {
  loopback_http_server server([](const recorded_request&) { return json_reply("{\"a\":1}").with("X-Two", "x").with("X-Two", "y"); });
  auto request = get(server.url("/path?x=1"));
  request.headers.set("X-Custom", "value");
  request.headers.set("X-Empty", "");
  const auto answer = send(std::move(request));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->version, "1.1");
  EXPECT_EQ(answer->reason, "Scripted");
  EXPECT_EQ(answer->body, "{\"a\":1}");
  EXPECT_EQ(answer->fields.find("content-type"), "application/json");
  EXPECT_EQ(answer->fields.find("x-two"), "x");
  EXPECT_EQ(answer->request.target.text(), server.url("/path?x=1"));
  const auto seen = server.last();
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/path?x=1");
  EXPECT_EQ(seen.header("X-Custom"), "value");
  EXPECT_EQ(seen.header("X-Empty"), "");
  EXPECT_TRUE(seen.header("User-Agent")->starts_with("utcp/"));
  EXPECT_FALSE(seen.header("Content-Type"));
}

TEST_P(http_client_test, speaks_every_method_one_after_another_on_one_handle) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  const std::vector<std::pair<std::string, const char*>> table = {{"GET", nullptr},  {"HEAD", nullptr}, {"POST", "b"},   {"GET", nullptr}, {"HEAD", nullptr}, {"PUT", "b"},    {"POST", nullptr}, {"DELETE", nullptr},
                                                                  {"DELETE", "b"},   {"GET", "b"},      {"PATCH", "b"},  {"HEAD", nullptr}, {"OPTIONS", nullptr}, {"PUT", nullptr}, {"GET", nullptr},  {"POST", ""}};
  for (const auto& [method, body] : table) {
    auto request = get(server.url());
    request.method = method;
    if (body) request.body = std::make_shared<const std::string>(body);
    const auto answer = send(std::move(request));
    ASSERT_TRUE(answer) << method << ": " << answer.error().message;
    EXPECT_EQ(answer->body, method == "HEAD" ? "" : "ok");
    const auto seen = server.last();
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.body, body ? body : "") << method;
    EXPECT_FALSE(seen.header("Content-Type")) << method;
    EXPECT_FALSE(seen.header("Expect")) << method;
    const bool has_length = body || method == "POST" || method == "PUT" || method == "PATCH";
    EXPECT_EQ(seen.header("Content-Length").has_value(), has_length) << method;
  }
  EXPECT_EQ(server.requests().size(), table.size());
  EXPECT_EQ(server.connections(), 1u);
}

TEST_P(http_client_test, does_not_wait_for_100_continue_with_a_big_body) {
  loopback_http_server server([](const recorded_request& r) { return scripted_reply(std::to_string(r.body.size())); });
  auto request = get(server.url());
  request.method = "POST";
  request.body = std::make_shared<const std::string>(std::string(3'000'000, 'x'));
  const auto answer = send(std::move(request));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "3000000");
  EXPECT_FALSE(server.last().header("Expect"));
}

TEST_P(http_client_test, keeps_connections) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send(get(server.url("/" + std::to_string(i)))));
  EXPECT_EQ(server.connections(), 1u);
}

TEST_P(http_client_test, opens_another_connection_when_the_server_closed_the_kept_one) {
  loopback_http_server server([](const recorded_request&) {
    auto reply = scripted_reply("ok");
    reply.end = scripted_reply::ending::close;
    return reply;
  });
  for (int i = 0; i < 5; ++i) {
    const auto answer = send(get(server.url()));
    ASSERT_TRUE(answer) << answer.error().message;
  }
  EXPECT_EQ(server.connections(), 5u);
}

TEST_P(http_client_test, serves_64_at_once_many_times) {
  loopback_http_server server([](const recorded_request& r) { return scripted_reply(r.target); });
  int done = 0;
  auto worker = [](std::shared_ptr<http_client> on, std::string base, int* count) -> task<void> {
    for (int i = 0; i < 20; ++i) {
      http_request request;
      request.target = *url::parse(base + std::to_string(i));
      auto answer = co_await on->send(std::move(request));
      EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
      if (answer) {
        EXPECT_TRUE(answer->body.ends_with("/" + std::to_string(i))) << answer->body;
        ++*count;
      }
    }
  };
  for (int w = 0; w < 64; ++w)
    asio::co_spawn(io, worker(client, server.url("/w" + std::to_string(w) + "/"), &done), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  io.run();
  EXPECT_EQ(done, 64 * 20);
  EXPECT_LE(server.connections(), 64u);
}

TEST_P(http_client_test, keeps_to_the_connection_limit_of_a_host) {
  client = make_client(2);
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  int done = 0;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, client->send(get(server.url())), [&](std::exception_ptr, result<http_response> r) { done += r ? 1 : 0; });
  io.run();
  EXPECT_EQ(done, 20);
  EXPECT_LE(server.connections(), 2u);
}

TEST_P(http_client_test, reads_chunked_and_dripping_answers) {
  loopback_http_server server([](const recorded_request& r) {
    scripted_reply reply("a body of some length");
    reply.chunked = r.target == "/chunked";
    reply.drip = r.target == "/drip";
    return reply;
  });
  EXPECT_EQ(send(get(server.url("/chunked")))->body, "a body of some length");
  EXPECT_EQ(send(get(server.url("/drip")))->body, "a body of some length");
}

// 100,000 times `x` as gzip.
std::string gzipped_xs() {
  const std::string hex =
      "1f8b0800000000000203edc13101000000c2a0da8b6f0d0fa0000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000805703711107fea0860100";
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

TEST_P(http_client_test, decompresses_and_limits_what_comes_out) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply(gzipped_xs()).with("Content-Encoding", "gzip"); });
  auto fine = send(get(server.url()));
  ASSERT_TRUE(fine) << fine.error().message;
  EXPECT_EQ(fine->body.size(), 100'000u);
  auto request = get(server.url());
  request.max_response_bytes = 50'000;
  const auto bomb = send(std::move(request));
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error(), errc::too_large);
}

TEST_P(http_client_test, limits_the_body_with_and_without_a_length) {
  loopback_http_server server([](const recorded_request& r) {
    scripted_reply reply(std::string(1000, 'x'));
    reply.chunked = r.target == "/chunked";
    return reply;
  });
  for (const char* path : {"/", "/chunked"}) {
    auto request = get(server.url(path));
    request.max_response_bytes = 999;
    const auto answer = send(std::move(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), errc::too_large);
    EXPECT_NE(answer.error().message.find("max_response_bytes"), std::string::npos);
    auto exact = get(server.url(path));
    exact.max_response_bytes = 1000;
    EXPECT_TRUE(send(std::move(exact)));
  }
}

TEST_P(http_client_test, limits_the_header_fields) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply("ok");
    for (int i = 0; i < 50; ++i) reply.with("X-" + std::to_string(i), std::string(10'000, 'x'));
    return reply;
  });
  const auto answer = send(get(server.url()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::too_large);
}

TEST_P(http_client_test, limits_each_header_line) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok").with("X-Long", std::string(150'000, 'x')); });
  const auto answer = send(get(server.url()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::too_large);
  EXPECT_NE(answer.error().message.find("header line"), std::string::npos) << answer.error().message;
}

TEST_P(http_client_test, asks_the_same_machine_for_no_compression) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  ASSERT_TRUE(send(get(server.url())));
  EXPECT_FALSE(server.last().header("Accept-Encoding"));
  auto own = get(server.url());
  own.headers.set("Accept-Encoding", "br");
  ASSERT_TRUE(send(std::move(own)));
  EXPECT_EQ(server.last().header("Accept-Encoding"), "br");
}

TEST_P(http_client_test, names_broken_answers) {
  using ending = scripted_reply::ending;
  loopback_http_server server([](const recorded_request& r) {
    scripted_reply reply("half of this is missing");
    if (r.target.starts_with("/mid")) reply.end = ending::close_mid_body;
    if (r.target.starts_with("/chunked")) reply.end = ending::close_mid_body, reply.chunked = true;
    if (r.target.starts_with("/none")) reply.end = ending::close_at_once;
    if (r.target.starts_with("/junk")) reply.raw = "this is no HTTP\r\n\r\n", reply.end = ending::close;
    return reply;
  });
  const std::pair<const char*, errc> table[] = {{"/mid?secret", errc::connection_failed}, {"/chunked?secret", errc::connection_failed}, {"/none?secret", errc::connection_failed}, {"/junk?secret", errc::protocol_error}};
  for (const auto& [path, code] : table) {
    const auto answer = send(get(server.url(path)));
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error(), code) << path << ": " << answer.error().message;
    EXPECT_EQ(answer.error().message.find("secret"), std::string::npos) << answer.error().message;
    EXPECT_NE(answer.error().message.find("127.0.0.1:" + std::to_string(server.port())), std::string::npos) << answer.error().message;
  }
  EXPECT_EQ(send(get(server.url("/fine")))->status, 200);
}

TEST_P(http_client_test, says_when_nothing_listens) {
  std::string gone;
  {
    loopback_http_server server([](const recorded_request&) { return scripted_reply(); });
    gone = server.url();
  }
  const auto answer = send(get(gone));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::connection_failed);
}

TEST_P(http_client_test, does_not_resolve_what_cannot_exist) {
  const auto answer = send(get("https://does-not-exist.invalid/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::connection_failed) << answer.error().message;
}

TEST_P(http_client_test, refuses_headers_that_would_break_the_request) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply(); });
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: z"}, {"X\r\nY", "a"}, {"Content-Length", "3"}}) {
    auto request = get(server.url());
    request.headers.set(name, value);
    const auto answer = send(std::move(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), errc::invalid_argument);
  }
  auto head = get(server.url());
  head.method = "HEAD";
  head.body = std::make_shared<const std::string>("x");
  EXPECT_EQ(send(std::move(head)).error(), errc::unsupported);
  EXPECT_TRUE(server.requests().empty());
}

TEST_P(http_client_test, ends_at_the_deadline_before_and_in_the_body) {
  loopback_http_server server([](const recorded_request& r) {
    scripted_reply reply("some text");
    reply.end = r.target == "/mid" ? scripted_reply::ending::hang_mid_body : scripted_reply::ending::hang;
    return reply;
  });
  for (const char* path : {"/", "/mid"}) {
    auto request = get(server.url(path));
    request.deadline = time_point::clock::now() + std::chrono::milliseconds(60);
    const auto answer = send(std::move(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), errc::timed_out);
    EXPECT_LT(time_point::clock::now() - request.deadline, std::chrono::seconds(5));
  }
  auto late = get(server.url());
  late.deadline = time_point::clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(send(std::move(late)).error(), errc::timed_out);
}

TEST_P(http_client_test, can_be_cancelled_while_it_waits_for_the_answer_and_in_the_body) {
  asio::cancellation_signal stop;
  loopback_http_server server([&](const recorded_request& r) {
    asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    scripted_reply reply("some text");
    reply.end = r.target == "/mid" ? scripted_reply::ending::hang_mid_body : scripted_reply::ending::hang;
    return reply;
  });
  for (const char* path : {"/", "/mid"}) {
    const auto answer = send_until(get(server.url(path)), stop);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), errc::cancelled);
  }
}

TEST_P(http_client_test, can_be_cancelled_before_anything_happened) {
  asio::cancellation_signal stop;
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  // Posted twice, so that the request has begun: before that Asio itself refuses the co_await.
  asio::post(io, [&] { asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); }); });
  const auto answer = send_until(get(server.url()), stop);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), errc::cancelled);
}

TEST_P(http_client_test, can_be_cancelled_while_a_name_is_looked_up) {
  asio::cancellation_signal stop;
  asio::post(io, [&] { asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); }); });
  const auto answer = send_until(get("http://does-not-exist.invalid/"), stop);
  ASSERT_FALSE(answer);  // cancelled, or already known not to exist
}

TEST_P(http_client_test, cancelling_one_leaves_the_others) {
  asio::cancellation_signal stop;
  loopback_http_server server([&](const recorded_request& r) {
    scripted_reply reply("ok");
    if (r.target != "/hang") return reply;
    asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); });
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  int fine = 0;
  for (int i = 0; i < 10; ++i)
    asio::co_spawn(io, client->send(get(server.url("/" + std::to_string(i)))), [&](std::exception_ptr, result<http_response> r) { fine += r ? 1 : 0; });
  EXPECT_EQ(send_until(get(server.url("/hang")), stop).error(), errc::cancelled);
  EXPECT_EQ(fine, 10);
}

TEST_P(http_client_test, a_late_cancellation_does_not_hit_the_next_request_of_the_handle) {
  asio::cancellation_signal stop;
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  ASSERT_TRUE(send_until(get(server.url()), stop));
  bool fine = false;
  asio::co_spawn(io, client->send(get(server.url())), [&](std::exception_ptr, result<http_response> r) { fine = r.has_value(); });
  asio::post(io, [&stop] { stop.emit(asio::cancellation_type::terminal); });
  io.restart();
  io.run();
  EXPECT_TRUE(fine);
}

TEST(http_client_lifetime, an_io_context_that_goes_takes_waiting_coroutines_with_it) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply;
    reply.end = scripted_reply::ending::hang;
    return reply;
  });
  auto watch = std::make_shared<int>(0);
  {
    asio::io_context io;
    auto client = std::make_shared<http_client>(io.get_executor());
    auto waiting = [](std::shared_ptr<http_client> on, std::string at, std::shared_ptr<int>) -> task<void> {
      http_request request;
      request.target = *url::parse(at);
      (void)co_await on->send(std::move(request));
    };
    asio::co_spawn(io, waiting(client, server.url(), watch), [](std::exception_ptr) {});
    for (int i = 0; i < 20; ++i) io.poll();
    client.reset();
    EXPECT_GT(watch.use_count(), 1);
  }
  EXPECT_EQ(watch.use_count(), 1);
}

TEST_P(http_client_test, requests_under_way_outlive_the_handle_of_the_client) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  bool fine = false;
  asio::co_spawn(io, client->send(get(server.url())), [&](std::exception_ptr, result<http_response> r) { fine = r.has_value(); });
  client.reset();
  io.run();
  EXPECT_TRUE(fine);
}

TEST_P(http_client_test, measures_when_asked) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply("ok"); });
  auto request = get(server.url());
  request.want_timings = true;
  const auto answer = send(std::move(request));
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->timings.total.count(), 0);
  EXPECT_GE(answer->timings.total, answer->timings.first_byte);
}

TEST_P(http_client_test, skips_informational_answers) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply reply;
    reply.raw = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nX-Real: 1\r\nContent-Length: 2\r\n\r\nok";
    return reply;
  });
  const auto answer = send(get(server.url()));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->fields.size(), 2u);
  EXPECT_EQ(answer->body, "ok");
}

INSTANTIATE_TEST_SUITE_P(engines, http_client_test, ::testing::Bool(), [](const auto& each) { return std::string(each.param ? "libcurl" : "plain"); });

}  // namespace
