#include "http_fixture.hpp"

#include <utcp/transports/http_stream.hpp>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;

class http_stream_transport_test : public http_transport_test {
 protected:
  http_stream_transport_test() { via = make_http_stream_transport()(services); }

  result<pulled> read(json options, json arguments = json::object(), std::size_t most = std::size_t(-1)) {
    return run(io, pull(via, call_of(std::move(options), std::move(arguments)), context, most));
  }

  static std::vector<json> values(const result<pulled>& got) {
    std::vector<json> out;
    for (const tool_result& each : got->items) out.push_back(each.to_json());
    return out;
  }
};

TEST_F(http_stream_transport_test, gives_a_json_value_a_line) {
  loopback_http_server server([](const recorded_request& request) {
    scripted_reply out("{\"a\":1}\r\n\n  \n[2]\nno json\n\"last\"");
    out.chunked = true;
    out.drip = request.target == "/drip";
    return out.type("application/x-ndjson");
  });
  for (const char* path : {"/whole", "/drip"}) {
    const auto got = read({{"url", server.url(path)}});
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_THAT(values(got), ElementsAre(json{{"a", 1}}, json::array({2}), json("no json"), json("last"))) << path;
  }
  const auto collected = call({{"url", server.url("/whole")}});
  EXPECT_EQ(collected->to_json(), json::parse(R"([{"a":1}, [2], "no json", "last"])"));
}

TEST_F(http_stream_transport_test, gives_json_as_one_value) {
  loopback_http_server server([](const recorded_request&) { return json_reply(R"({"whole": [1, 2]})"); });
  const json whole{{"whole", {1, 2}}};
  EXPECT_THAT(values(read({{"url", server.url()}})), ElementsAre(whole));
  EXPECT_EQ(call({{"url", server.url()}})->to_json(), whole);
}

TEST_F(http_stream_transport_test, gives_bytes_in_chunks_of_the_asked_size_at_most) {
  const std::string data(10'000, '\xfe');
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(data).type("application/octet-stream"); });
  const auto got = read({{"url", server.url()}, {"chunk_size", 1024}});
  std::size_t size = 0;
  for (const tool_result& each : got->items) {
    const auto& part = std::get<bytes>(each.value);
    EXPECT_LE(part.size(), 1024u);
    size += part.size();
  }
  EXPECT_EQ(size, data.size());
  EXPECT_EQ(std::get<bytes>(call({{"url", server.url()}})->value).size(), data.size());
}

TEST_F(http_stream_transport_test, cuts_no_character_of_a_text) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "aé€😀";
  loopback_http_server server([&](const recorded_request&) { return scripted_reply(text).type("text/plain; charset=utf-8"); });
  const auto got = read({{"url", server.url()}, {"chunk_size", 7}});
  std::string joined;
  for (const tool_result& each : got->items) {
    ASSERT_TRUE(std::holds_alternative<std::string>(each.value));
    EXPECT_LE(std::get<std::string>(each.value).size(), 7u);
    joined += std::get<std::string>(each.value);
  }
  EXPECT_EQ(joined, text);
}

TEST_F(http_stream_transport_test, sends_objects_as_json_and_bytes_as_bytes) {
  loopback_http_server server([](const recorded_request&) { return json_reply("1"); });
  const json options{{"url", server.url()}, {"http_method", "POST"}, {"body_field", "b"}};
  ASSERT_TRUE(call(options, {{"b", {{"k", 1}}}}));
  EXPECT_EQ(server.last().header("Content-Type"), "application/json");
  EXPECT_EQ(server.last().body, R"({"k":1})");
  ASSERT_TRUE(call(options, {{"b", json::binary({1, 2, 3})}}));
  EXPECT_EQ(server.last().header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(server.last().body, "\x01\x02\x03");
}

TEST_F(http_stream_transport_test, fails_after_the_items_that_came_when_the_answer_breaks_off) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply out;
    out.raw = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n1\n2\n";
    out.end = scripted_reply::ending::close;
    return out;
  });
  const auto got = read({{"url", server.url()}});
  ASSERT_TRUE(got);
  EXPECT_THAT(values(got), ElementsAre(1, 2));
  EXPECT_EQ(*got->failure, errc::connection_failed);
  EXPECT_EQ(call({{"url", server.url()}}).error(), errc::connection_failed);
}

TEST_F(http_stream_transport_test, bounds_each_item_of_a_stream_and_the_whole_of_a_collected_one) {
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "\"" + std::string(1000, 'x') + "\"\n";
  loopback_http_server server([&](const recorded_request& request) {
    return scripted_reply(request.target == "/long" ? std::string(2'000'000, 'y') : lines).type("application/x-ndjson");
  });
  context.max_response_bytes = 100'000;
  EXPECT_EQ(read({{"url", server.url("/lines")}})->items.size(), 2000u);
  EXPECT_EQ(call({{"url", server.url("/lines")}}).error(), errc::too_large);
  EXPECT_EQ(*read({{"url", server.url("/long")}})->failure, errc::too_large);
}

TEST_F(http_stream_transport_test, ends_a_stream_at_its_own_timeout) {
  loopback_http_server server([](const recorded_request&) {
    scripted_reply out("1\n22222222222222222222");
    out.end = scripted_reply::ending::hang_mid_body;
    return out.type("application/x-ndjson");
  });
  const auto got = read({{"url", server.url()}, {"timeout", 50}});
  ASSERT_TRUE(got);
  EXPECT_THAT(values(got), ElementsAre(1));
  EXPECT_EQ(*got->failure, errc::timed_out);
}

TEST_F(http_stream_transport_test, keeps_what_the_server_said_of_a_failure) {
  loopback_http_server server([](const recorded_request&) { return scripted_reply(422, R"({"why":"n"})").type("application/json"); });
  const auto got = read({{"url", server.url()}});
  EXPECT_EQ(got.error(), errc::remote_failed);
  EXPECT_EQ(got.error().remote["body"], json({{"why", "n"}}));
}

TEST_F(http_stream_transport_test, cancels_a_read_that_waits) {
  loopback_http_server server([&](const recorded_request&) {
    cancel_soon();
    scripted_reply out("1\n22222222222222222222");
    out.end = scripted_reply::ending::hang_mid_body;
    return out.type("application/x-ndjson");
  });
  const auto got = run_cancellable(pull(via, call_of({{"url", server.url()}}, json::object()), context, 9));
  if (got) EXPECT_EQ(*got->failure, errc::cancelled);
  else EXPECT_EQ(got.error(), errc::cancelled);
}

}  // namespace
}  // namespace utcp::testing
