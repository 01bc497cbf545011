// Sessions over HTTP with a server that answers as it is told.

#include "session_fixture.hpp"

#include "loopback_http_server.hpp"

namespace utcp::mcp {
namespace {

using ::testing::HasSubstr;
using utcp::testing::loopback_http_server;
using utcp::testing::recorded_request;
using utcp::testing::scripted_reply;

json result_of(const json& asked, json value) { return {{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", std::move(value)}}; }
json failure_of(const json& asked, int code, json data = nullptr) {
  json out{{"jsonrpc", "2.0"}, {"id", asked.value("id", json())}, {"error", {{"code", code}, {"message", "no"}}}};
  if (!data.is_null()) out["error"]["data"] = std::move(data);
  return out;
}
scripted_reply as_json(int status, const json& what) { return scripted_reply(status, what.dump()).type("application/json"); }
scripted_reply as_events(std::string text) { return scripted_reply(std::move(text)).type("text/event-stream"); }
const json echo_tool{{"name", "echo"}, {"description", "d"}, {"inputSchema", {{"type", "object"}, {"properties", {{"text", {{"type", "string"}, {"x-mcp-header", "Text"}}}}}}}};
json text_answer(const std::string& text) { return {{"content", json::array({{{"type", "text"}, {"text", text}}})}}; }

class url_session : public session_test {
 protected:
  using script = std::function<scripted_reply(const recorded_request&, const json& asked)>;

  session& with_script(script answer) {
    server_ = std::make_unique<loopback_http_server>([answer = std::move(answer)](const recorded_request& request) {
      const json asked = json::parse(request.body, nullptr, false);
      return answer(request, asked.is_object() ? asked : json::object());
    });
    http_server to;
    to.url = server_->url("/mcp");
    to.authorization = authorization_;
    to.kind = flavour_;
    return with(std::move(to));
  }

  /// A handshake server with a session; `on_call` answers tools/call.
  script legacy(script on_call) {
    return [this, on_call = std::move(on_call)](const recorded_request& request, const json& asked) {
      const std::string method = asked.value("method", "");
      if (request.method == "DELETE") return scripted_reply(200, "");
      if (request.method == "GET") return scripted_reply(405, "");
      if (method == "server/discover") return as_json(400, failure_of(json::object(), -32000));
      if (method == "initialize")
        return as_json(200, result_of(asked, {{"protocolVersion", "2025-06-18"}, {"capabilities", {{"tools", json::object()}}}, {"serverInfo", {{"name", "s"}, {"version", "1"}}}}))
            .with("Mcp-Session-Id", "session-" + std::to_string(++sessions_));
      if (!asked.contains("id")) return scripted_reply(202, "");
      if (method == "tools/list") return as_json(200, result_of(asked, {{"tools", json::array({echo_tool})}}));
      return on_call(request, asked);
    };
  }

  script modern(script on_call) {
    return [on_call = std::move(on_call)](const recorded_request& request, const json& asked) {
      const std::string method = asked.value("method", "");
      if (method == "server/discover") return as_json(200, result_of(asked, {{"supportedVersions", json::array({"2026-07-28"})}, {"capabilities", {{"tools", json::object()}}}}));
      if (method == "tools/list") return as_json(200, result_of(asked, {{"tools", json::array({echo_tool})}, {"ttlMs", 60'000}}));
      return on_call(request, asked);
    };
  }

  std::size_t count(const std::string& method) const {
    std::size_t out = 0;
    for (const auto& each : server_->requests()) out += each.body.find("\"method\":\"" + method + "\"") != std::string::npos;
    return out;
  }

  std::unique_ptr<loopback_http_server> server_;
  std::shared_ptr<authorizer> authorization_;
  http_server::flavour flavour_ = http_server::flavour::automatic;
  int sessions_ = 0;
};

TEST_F(url_session, carries_the_session_and_the_revision_after_the_handshake) {
  options.listen = false;  // its GET may come last
  with_script(legacy([](const recorded_request& request, const json& asked) {
    return as_json(200, result_of(asked, text_answer(request.header("Mcp-Session-Id").value_or("none") + " " + request.header("MCP-Protocol-Version").value_or("none"))));
  }));
  EXPECT_EQ(call("x")->text(), "session-1 2025-06-18");
  EXPECT_EQ(server_->last().header("Accept"), "application/json, text/event-stream");
  EXPECT_FALSE(server_->last().header("Mcp-Method"));
}

TEST_F(url_session, reads_an_answer_out_of_events_with_carriage_returns_and_an_empty_one) {
  with_script(legacy([](const recorded_request&, const json& asked) {
    return as_events("data: \r\nid: 1\r\n\r\n: hi\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\r\n\r\ndata: " + result_of(asked, text_answer("seen")).dump() + "\r\n\r\n");
  }));
  EXPECT_EQ(call("x")->text(), "seen");
  EXPECT_THAT(notices, ::testing::IsEmpty());
}

TEST_F(url_session, answers_only_so_many_pings_at_once) {
  with_script(legacy([](const recorded_request&, const json& asked) {
    if (!asked.contains("method")) return scripted_reply(202, "");
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += "data: {\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(i) + ",\"method\":\"ping\"}\n\n";
    return as_events(text + "data: " + result_of(asked, text_answer("pinged")).dump() + "\n\n");
  }));
  EXPECT_EQ(call("x")->text(), "pinged");
  EXPECT_LT(server_->requests().size(), 2'000u);
  EXPECT_THAT(notices, ::testing::ElementsAre(HasSubstr("was lost")));
}

TEST_F(url_session, waits_for_no_end_of_a_body_that_nobody_reads) {
  const auto inner = legacy([](const recorded_request&, const json& asked) { return as_json(200, result_of(asked, text_answer("ok"))); });
  with_script([inner](const recorded_request& request, const json& asked) {
    scripted_reply out = inner(request, asked);
    if (asked.value("method", "") == "notifications/initialized") out.end = scripted_reply::ending::hang_after_body;
    return out;
  });
  EXPECT_TRUE(call("x"));
}

scripted_reply endless_refusal_of_get(const recorded_request& request, const json&) {
  scripted_reply out(404, "no");
  if (request.method == "GET") out.end = scripted_reply::ending::hang_after_body;
  return out;
}

TEST_F(url_session, does_not_read_the_second_refusal) {
  with_script(endless_refusal_of_get);
  EXPECT_EQ(call("x").error().remote["status"], 404);
}

TEST_F(url_session, tells_a_refusal_whose_words_never_end) {
  options.probe_timeout = options.connect_timeout = std::chrono::milliseconds(50);
  flavour_ = http_server::flavour::events;
  with_script(endless_refusal_of_get);
  EXPECT_EQ(call("x").error().remote["status"], 404);
  EXPECT_EQ(call("x").error().remote["status"], 404);
}

TEST_F(url_session, takes_null_for_no_structured_content_before_the_stateless_protocol) {
  const auto answer = [](const recorded_request&, const json& asked) {
    json out = text_answer("words");
    out["structuredContent"] = nullptr;
    return as_json(200, result_of(asked, std::move(out)));
  };
  with_script(legacy(answer));
  EXPECT_FALSE(call("x")->structured);
  run(io, close(session_));
  with_script(modern(answer));
  EXPECT_TRUE(call("x")->structured);
}

TEST_F(url_session, begins_a_new_session_when_the_server_forgot_the_old_one) {
  for (const int status : {404, 400}) {
    with_script(legacy([status](const recorded_request& request, const json& asked) {
      if (request.header("Mcp-Session-Id") == "session-1") return as_json(status, failure_of(json::object(), -32000));
      return as_json(200, result_of(asked, text_answer("fine")));
    }));
    sessions_ = 0;
    const auto got = call("x");
    ASSERT_TRUE(got) << status << got.error().message;
    EXPECT_EQ(got->text(), "fine");
    EXPECT_EQ(count("initialize"), 2u);
    EXPECT_EQ(count("server/discover"), 1u) << "the verdict is remembered";
    run(io, close(session_));
  }
}

TEST_F(url_session, does_not_begin_sessions_for_ever) {
  with_script(legacy([](const recorded_request&, const json&) { return scripted_reply(404, ""); }));
  EXPECT_FALSE(call("x"));
  EXPECT_LE(count("initialize"), 3u);
}

TEST_F(url_session, sends_the_headers_of_the_stateless_protocol) {
  with_script(modern([](const recorded_request&, const json& asked) { return as_json(200, result_of(asked, text_answer("ok"))); }));
  ASSERT_TRUE(call("ü"));
  const auto last = server_->last();
  EXPECT_EQ(last.header("MCP-Protocol-Version"), "2026-07-28");
  EXPECT_EQ(last.header("Mcp-Method"), "tools/call");
  EXPECT_EQ(last.header("Mcp-Name"), "echo");
  EXPECT_EQ(last.header("Mcp-Param-Text"), "=?base64?w7w=?=");
  EXPECT_FALSE(last.header("Mcp-Session-Id"));
}

TEST_F(url_session, asks_for_a_list_again_only_when_it_is_stale) {
  with_script(modern([](const recorded_request&, const json& asked) { return as_json(200, result_of(asked, text_answer("ok"))); }));
  ASSERT_TRUE(run(io, session_->list_tools()));
  ASSERT_TRUE(run(io, session_->list_tools()));
  EXPECT_EQ(count("tools/list"), 1u);
}

TEST_F(url_session, reads_the_list_again_when_the_headers_do_not_fit_and_tries_once_more) {
  int calls = 0;
  with_script(modern([&](const recorded_request&, const json& asked) {
    if (++calls == 1) return as_json(400, failure_of(asked, -32020));
    return as_json(200, result_of(asked, text_answer("ok")));
  }));
  EXPECT_TRUE(call("x"));
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(count("tools/list"), 2u);
}

TEST_F(url_session, takes_no_outage_for_an_era) {
  with_script([](const recorded_request&, const json&) { return scripted_reply(503, ""); });
  EXPECT_EQ(call("x").error(), errc::unavailable);
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(url_session, takes_no_refusal_for_an_era) {
  with_script([](const recorded_request&, const json&) { return scripted_reply(401, "").with("WWW-Authenticate", "Bearer"); });
  EXPECT_EQ(call("x").error(), errc::unauthorized);
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(url_session, says_when_there_is_no_mcp_server_at_all) {
  with_script([](const recorded_request&, const json&) { return scripted_reply(200, "<html></html>").type("text/html"); });
  EXPECT_EQ(call("x").error(), errc::protocol_error);
}

class scripted_authorizer final : public authorizer {
 public:
  explicit scripted_authorizer(bool never_tires) : never_tires_(never_tires) {}
  task<result<std::optional<secret>>> authorization() override {
    if (tokens == 0) co_return std::optional<secret>();
    co_return std::optional<secret>(secret("Bearer t" + std::to_string(tokens)));
  }
  task<result<bool>> refused(refusal what) override {
    challenges.push_back(what.www_authenticate);
    ++tokens;
    co_return never_tires_ || tokens < 3;
  }
  int tokens = 0;
  std::vector<std::string> challenges;

 private:
  bool never_tires_;
};

TEST_F(url_session, gets_authorization_and_sends_the_request_again) {
  const auto how = std::make_shared<scripted_authorizer>(false);
  authorization_ = how;
  with_script([answer = modern([](const recorded_request&, const json& asked) { return as_json(200, result_of(asked, text_answer("ok"))); })](const recorded_request& request, const json& asked) {
    if (request.header("Authorization") != "Bearer t1") return scripted_reply(401, "").with("WWW-Authenticate", "Bearer a=\"1\"").with("WWW-Authenticate", "Basic");
    return answer(request, asked);
  });
  EXPECT_TRUE(call("x"));
  EXPECT_THAT(how->challenges, ::testing::ElementsAre("Bearer a=\"1\", Basic"));
}

TEST_F(url_session, ends_a_loop_of_refusals) {
  authorization_ = std::make_shared<scripted_authorizer>(true);
  with_script([](const recorded_request&, const json&) { return scripted_reply(401, ""); });
  EXPECT_EQ(call("x").error(), errc::unauthorized);
  EXPECT_LE(server_->requests().size(), 12u);
}

TEST_F(url_session, fails_when_an_answer_is_too_large) {
  options.max_message_bytes = 10'000;
  with_script(modern([](const recorded_request&, const json& asked) { return as_json(200, result_of(asked, text_answer(std::string(100'000, 'x')))); }));
  EXPECT_EQ(call("x").error(), errc::too_large);
}

TEST_F(url_session, fails_when_an_event_is_too_large) {
  options.max_message_bytes = 10'000;
  with_script(modern([](const recorded_request&, const json&) { return as_events("data: " + std::string(100'000, 'x')); }));
  EXPECT_EQ(call("x").error(), errc::too_large);
}

TEST_F(url_session, loses_a_call_whose_stream_ends_early) {
  with_script(modern([](const recorded_request&, const json&) { return as_events("id: 1\ndata:\n\n"); }));
  EXPECT_EQ(call("x").error(), errc::connection_failed);
}

TEST_F(url_session, takes_a_stream_up_again_where_it_ended) {
  int gets = 0;
  std::string seen;
  json asked_last;
  const auto inner = legacy([&](const recorded_request&, const json& asked) {
    asked_last = asked;
    return as_events("id: 7\nretry: 20\ndata:\n\n");
  });
  with_script([&, inner](const recorded_request& request, const json& asked) {
    const auto last = request.header("Last-Event-ID");
    if (request.method != "GET" || !last) return inner(request, asked);
    seen = *last;
    if (++gets == 1) return as_events("id: 8\nretry: 20\ndata:\n\n");
    return as_events("data: " + result_of(asked_last, text_answer("resumed")).dump() + "\n\n");
  });
  const auto got = call("x");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text(), "resumed");
  EXPECT_EQ(seen, "8");
}

TEST_F(url_session, does_not_take_up_a_stream_for_ever) {
  const auto inner = legacy([](const recorded_request&, const json&) { return as_events("id: 7\nretry: 1\ndata:\n\n"); });
  with_script([inner](const recorded_request& request, const json& asked) {
    if (request.method == "GET" && request.header("Last-Event-ID")) return as_events("retry: 1\n\n");
    return inner(request, asked);
  });
  EXPECT_EQ(call("x").error(), errc::connection_failed);
}

TEST_F(url_session, fails_when_a_request_is_accepted_without_an_answer) {
  with_script(modern([](const recorded_request&, const json&) { return scripted_reply(202, ""); }));
  EXPECT_EQ(call("x").error(), errc::protocol_error);
}

TEST_F(url_session, fails_when_the_body_answers_another_request) {
  with_script(modern([](const recorded_request&, const json&) { return as_json(200, json{{"jsonrpc", "2.0"}, {"id", 999}, {"result", json::object()}}); }));
  EXPECT_EQ(call("x").error(), errc::protocol_error);
}

TEST_F(url_session, stops_waiting_in_time_and_hangs_up_on_a_stateless_server) {
  with_script(modern([](const recorded_request&, const json&) {
    scripted_reply out;
    out.end = scripted_reply::ending::hang;
    return out;
  }));
  ASSERT_TRUE(run(io, session_->list_tools()));
  request_options how;
  how.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(call("x", how).error(), errc::timed_out);
  EXPECT_EQ(count("notifications/cancelled"), 0u);
}

TEST_F(url_session, refuses_to_post_to_another_origin_than_that_of_its_event_stream) {
  with_script([](const recorded_request& request, const json&) {
    if (request.method != "GET") return scripted_reply(405, "");
    scripted_reply out = as_events("event: endpoint\ndata: http://localhost:1/steal\n\n");
    return out;
  });
  EXPECT_EQ(call("x").error(), errc::not_allowed);
}

TEST_F(url_session, turns_to_the_older_transport_where_a_post_is_answered_with_its_stream) {
  with_script([](const recorded_request& request, const json&) {
    scripted_reply out = as_events("event: endpoint\ndata: " + std::string(request.method == "GET" ? "http://localhost:1/steal" : "/messages?session=1") + "\n\n");
    if (request.method != "GET") out.end = scripted_reply::ending::hang_after_body;
    return out;
  });
  EXPECT_EQ(call("x").error(), errc::not_allowed) << "the answer to the GET";
}

TEST_F(url_session, sends_nothing_over_plain_http_to_another_machine) {
  http_server to;
  to.url = "http://mcp.example/";
  with(std::move(to));
  EXPECT_EQ(call("x").error(), errc::not_allowed);
}

TEST_F(url_session, sends_its_headers_to_no_other_origin) {
  std::optional<std::string> leaked;
  loopback_http_server other([&](const recorded_request& request) {
    leaked = request.header("X-Plain");
    return scripted_reply(404, "");
  });
  server_ = std::make_unique<loopback_http_server>([&](const recorded_request&) { return utcp::testing::redirect_to(307, "http://localhost:" + std::to_string(other.port()) + "/mcp"); });
  http_server to;
  to.url = server_->url("/mcp");
  to.headers.set("X-Plain", "mine");
  with(std::move(to));
  EXPECT_FALSE(call("x"));
  EXPECT_FALSE(leaked);
  for (const auto& each : other.requests()) EXPECT_EQ(each.body, "");
}

}  // namespace
}  // namespace utcp::mcp
