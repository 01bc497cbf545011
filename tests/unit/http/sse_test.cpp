#include "http_fixture.hpp"

#include <utcp/transports/sse.hpp>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;

struct heard {
  explicit heard(pulled all) : failure(std::move(all.failure)) {
    for (tool_result& each : all.items) {
      items.push_back(each.to_json());
      metas.push_back(std::move(each.meta));
    }
  }

  std::vector<json> items;
  std::vector<json> metas;
  std::optional<error> failure;
};

class sse_test : public http_transport_test {
 protected:
  sse_test() {
    services.clock = system_clock();  // a reconnection waits for no time in most of these tests
    services.shared = std::make_shared<shared_services>();
    via = make_sse_transport()(services);
  }

  static scripted_reply events(std::string text) { return scripted_reply(std::move(text)).type("text/event-stream"); }
  static scripted_reply broken_off(std::string text) {
    scripted_reply out;
    out.raw = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000000\r\n\r\n" + text;
    out.end = scripted_reply::ending::close;
    return out;
  }

  result<heard> hear(json options, json arguments = json::object(), std::size_t most = std::size_t(-1)) {
    auto all = run(io, pull(via, call_of(std::move(options), std::move(arguments)), context, most));
    if (!all) return all.error();
    return heard(*std::move(all));
  }
};

TEST_F(sse_test, gives_each_events_data_as_json_or_as_text) {
  loopback_http_server server([](const recorded_request&) {
    return events(": hello\n\ndata: {\"n\":1}\n\ndata: plain\ndata: words\n\ndata: 7\n\nevent: ping\nid: 5\n\ndata: unfinished");
  });
  const auto got = hear({{"url", server.url()}});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->failure);
  EXPECT_THAT(got->items, ElementsAre(json{{"n", 1}}, json("plain\nwords"), json(7)));
  EXPECT_EQ(server.last().header("Accept"), "text/event-stream");
  EXPECT_EQ(server.last().method, "GET");
}

TEST_F(sse_test, keeps_only_events_of_the_wanted_type_where_an_unnamed_one_is_a_message) {
  const std::string text = "data: 1\n\nevent: tick\ndata: 2\n\nevent: message\ndata: 3\n\nevent: tick\r\ndata: 4\r\n\r\n";
  loopback_http_server server([&](const recorded_request&) { return events(text); });
  EXPECT_THAT(hear({{"url", server.url()}, {"event_type", "tick"}})->items, ElementsAre(2, 4));
  EXPECT_THAT(hear({{"url", server.url()}, {"event_type", "message"}})->items, ElementsAre(1, 3));
}

TEST_F(sse_test, collects_the_events_of_a_plain_call) {
  loopback_http_server server([](const recorded_request&) { return events("data: 1\n\ndata: \"two\"\n\n"); });
  const auto got = call({{"url", server.url()}});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->to_json(), json::parse(R"([1, "two"])"));
}

TEST_F(sse_test, tells_status_and_the_events_name_and_id_to_who_asks) {
  loopback_http_server server([](const recorded_request&) { return events("id: a\nevent: x\ndata: 1\n\ndata: 2\n\n").with("X-Who", "me"); });
  context.want_meta = true;
  const auto got = hear({{"url", server.url()}});
  ASSERT_EQ(got->metas.size(), 2u);
  EXPECT_EQ(got->metas[0]["status"], 200);
  EXPECT_EQ(got->metas[0]["headers"]["x-who"], "me");
  EXPECT_EQ(got->metas[0]["event"], "x");
  EXPECT_EQ(got->metas[0]["id"], "a");
  EXPECT_FALSE(got->metas[1].contains("status"));
  EXPECT_EQ(got->metas[1]["event"], "message");
}

TEST_F(sse_test, posts_a_body_as_json_and_leaves_the_rest_to_the_query) {
  loopback_http_server server([](const recorded_request&) { return events("data: 1\n\n"); });
  ASSERT_TRUE(hear({{"url", server.url("/s")}, {"body_field", "q"}}, {{"q", {{"a", 1}}}, {"n", 2}}));
  EXPECT_EQ(server.last().method, "POST");
  EXPECT_EQ(server.last().target, "/s?n=2");
  EXPECT_EQ(server.last().body, R"({"a":1})");
  EXPECT_EQ(server.last().header("Content-Type"), "application/json");
}

TEST_F(sse_test, connects_again_with_the_last_id_when_the_connection_is_lost) {
  loopback_http_server server([](const recorded_request& request) {
    const std::string last = request.header("Last-Event-ID").value_or("none");
    if (last == "none") return broken_off("retry: 0\nid: 1\ndata: \"first\"\n\ndata: half of an ev");
    return events("id: 2\ndata: \"after " + last + "\"\n\n");
  });
  const auto got = hear({{"url", server.url()}});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_FALSE(got->failure) << got->failure->message;
  EXPECT_THAT(got->items, ElementsAre("first", "after 1"));
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(sse_test, gives_up_after_so_many_reconnections_without_an_event) {
  loopback_http_server server([](const recorded_request&) { return broken_off(": nothing\n"); });
  const auto got = hear({{"url", server.url()}, {"retry_timeout", 0}, {"max_reconnects", 3}});
  ASSERT_TRUE(got);
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(*got->failure, errc::connection_failed);
  EXPECT_EQ(server.requests().size(), 4u);
}

TEST_F(sse_test, does_not_connect_again_when_told_so_or_when_the_request_had_a_body) {
  loopback_http_server server([](const recorded_request&) { return broken_off("data: 1\n\n"); });
  for (json options : {json{{"reconnect", false}}, json{{"body_field", "b"}}}) {
    options["url"] = server.url();
    options["retry_timeout"] = 0;
    const std::size_t before = server.requests().size();
    const auto got = hear(options, {{"b", 1}});
    EXPECT_THAT(got->items, ElementsAre(1));
    EXPECT_EQ(*got->failure, errc::connection_failed);
    EXPECT_EQ(server.requests().size(), before + 1);
  }
}

TEST_F(sse_test, is_at_its_end_when_the_server_ends_it_or_has_nothing_more) {
  int asked = 0;
  loopback_http_server server([&](const recorded_request&) { return asked++ == 0 ? broken_off("id: 1\ndata: 1\n\n") : scripted_reply(204, ""); });
  const auto got = hear({{"url", server.url()}, {"retry_timeout", 0}});
  EXPECT_FALSE(got->failure);
  EXPECT_THAT(got->items, ElementsAre(1));
  EXPECT_EQ(asked, 2);
}

TEST_F(sse_test, waits_as_long_as_the_server_asked_before_it_connects_again) {
  services.clock = clock;
  services.shared = std::make_shared<shared_services>();
  via = make_sse_transport()(services);
  loopback_http_server server([](const recorded_request& request) {
    return request.header("Last-Event-ID") ? events("data: 2\n\n") : broken_off("retry: 7000\nid: 1\ndata: 1\n\n");
  });
  std::optional<result<pulled>> got;
  asio::co_spawn(io, pull(via, call_of({{"url", server.url()}}, json::object()), context, 2), [&](std::exception_ptr, result<pulled> value) { got = std::move(value); });
  while (clock->alarms() == 0) io.run_one();  // until it waits
  EXPECT_FALSE(got);
  clock->advance(std::chrono::milliseconds(6999));
  io.poll();
  EXPECT_EQ(clock->alarms(), 1u);
  EXPECT_EQ(server.requests().size(), 1u);
  clock->advance(std::chrono::milliseconds(1));
  while (!got) io.run_one();
  EXPECT_THAT(heard(**got).items, ElementsAre(1, 2));
}

TEST_F(sse_test, refuses_an_answer_that_is_no_event_stream) {
  loopback_http_server server([](const recorded_request& request) {
    return request.target == "/json" ? json_reply("{}") : request.target == "/500" ? scripted_reply(500, "broken") : scripted_reply(429, "").with("Retry-After", "3");
  });
  const auto wrong = hear({{"url", server.url("/json")}});
  EXPECT_EQ(wrong.error(), errc::protocol_error);
  EXPECT_THAT(wrong.error().message, HasSubstr("application/json"));
  const auto failed = hear({{"url", server.url("/500")}});
  EXPECT_EQ(failed.error(), errc::remote_failed);
  EXPECT_EQ(failed.error().remote["body"], "broken");
  EXPECT_EQ(hear({{"url", server.url("/429")}}).error(), errc::rate_limited);
}

TEST_F(sse_test, refuses_an_event_beyond_the_limit_and_keeps_the_pool_usable) {
  loopback_http_server server([](const recorded_request& request) {
    return request.target == "/big" ? events("data: " + std::string(3'000'000, 'x')) : events("data: 1\n\n");
  });
  context.max_response_bytes = 1'000'000;
  const auto got = hear({{"url", server.url("/big")}});
  ASSERT_TRUE(got);
  EXPECT_EQ(*got->failure, errc::too_large);
  EXPECT_THAT(hear({{"url", server.url("/fine")}})->items, ElementsAre(1));
}

TEST_F(sse_test, closes_the_connection_when_the_stream_is_dropped) {
  loopback_http_server server([](const recorded_request& request) {
    auto reply = events("data: 1\n\n" + std::string(request.target == "/endless" ? 1 : 0, ':') + std::string(100, ' '));
    if (request.target == "/endless") reply.end = scripted_reply::ending::hang_mid_body;
    return reply;
  });
  EXPECT_THAT(hear({{"url", server.url("/endless")}}, json::object(), 1)->items, ElementsAre(1));
  EXPECT_THAT(hear({{"url", server.url("/ended")}})->items, ElementsAre(1));
}

TEST_F(sse_test, discovers_by_a_get_for_json) {
  loopback_http_server server([](const recorded_request&) { return json_reply(R"({"utcp_version":"1.0.1","tools":[{"name":"t"}]})"); });
  const auto found = discover({{"url", server.url("/utcp")}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->found.tools.size(), 1u);
  EXPECT_EQ(server.last().method, "GET");
  EXPECT_NE(server.last().header("Accept").value_or(""), "text/event-stream");
  ASSERT_TRUE(discover({{"url", server.url("/utcp")}, {"headers", {{"Accept", "application/json"}}}}));
  EXPECT_EQ(server.last().header("Accept"), "application/json");
}

}  // namespace
}  // namespace utcp::testing
