// Answers that contradict themselves, from a real socket; after each the connection or a new one serves the next call.
#include "http_fixture.hpp"

namespace utcp::testing {
namespace {

class http_answer_test : public http_transport_test {
 protected:
  result<tool_result> answered_with(scripted_reply reply) {
    next = std::move(reply);
    auto answer = call({{"url", server.url("/odd")}});
    const auto after = call({{"url", server.url("/good")}});
    EXPECT_TRUE(after && after->to_json() == json({{"good", true}})) << (after ? "another answer" : after.error().message);
    return answer;
  }
  static scripted_reply raw(std::string text, scripted_reply::ending end = scripted_reply::ending::whole) {
    scripted_reply out;
    out.raw = std::move(text);
    out.end = end;
    return out;
  }

  scripted_reply next;
  loopback_http_server server{[this](const recorded_request& request) { return request.target == "/odd" ? next : json_reply(R"({"good":true})"); }};
};

TEST_F(http_answer_test, a_status_without_body_has_none_whatever_follows) {
  for (const char* text : {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n",
                           "HTTP/1.1 204 No Content\r\nContent-Length: 8\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}"}) {
    const auto answer = answered_with(raw(text));
    ASSERT_TRUE(answer) << text << answer.error().message;
    EXPECT_EQ(answer->to_json(), "") << text;
  }
  const auto unchanged = answered_with(raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 8\r\nContent-Type: application/json\r\n\r\n{\"a\": 1}"));
  ASSERT_FALSE(unchanged);
  EXPECT_EQ(unchanged.error(), errc::remote_failed);
  EXPECT_TRUE(unchanged.error().remote["body"].is_null());
}

TEST_F(http_answer_test, a_wrong_content_type_is_taken_at_its_word_and_loses_nothing) {
  struct row { const char* type; const char* body; json value; };
  const row table[] = {
      {"application/json", "{\"a\": 1", "{\"a\": 1"},
      {"application/json", "<html>gateway</html>", "<html>gateway</html>"},
      {"application/json", "{'a': 1}", "{'a': 1}"},
      {"application/json", "NaN", "NaN"},
      {"application/json", "{\"a\":1}{\"b\":2}", "{\"a\":1}{\"b\":2}"},
      {"application/json; charset=nonsense", "{\"a\":1}", {{"a", 1}}},
      {"APPLICATION/Vnd.x+JSON;v=1", "{\"a\":1}", {{"a", 1}}},
      {"text/html", "{\"a\":1}", "{\"a\":1}"},
      {"image/png", "{\"a\":1}", "eyJhIjoxfQ=="},
      {"nonsense", "{\"a\":1}", "eyJhIjoxfQ=="},
      {"", "{\"a\":1}", {{"a", 1}}},
      {";;;", "{\"a\":1}", {{"a", 1}}},
  };
  for (const row& each : table) {
    const auto answer = answered_with(scripted_reply(each.body).type(each.type));
    ASSERT_TRUE(answer) << each.type << answer.error().message;
    EXPECT_EQ(answer->to_json(), each.value) << each.type << " " << each.body;
  }
}

TEST_F(http_answer_test, a_problem_document_is_json_in_the_error) {
  const auto answer = answered_with(scripted_reply(422, R"({"type":"about:blank","title":"No"})").type("application/problem+json"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().remote, json::parse(R"({"status":422,"body":{"type":"about:blank","title":"No"}})"));
  const auto other = answered_with(scripted_reply(500, "caf\xe9").type("text/plain; charset=iso-8859-1"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().remote["body"], "caf\u00e9");
}

TEST_F(http_answer_test, text_is_read_in_its_charset) {
  EXPECT_EQ(answered_with(scripted_reply("\x93\xfa\x96\x7b").type("text/plain; charset=Shift_JIS"))->to_json(), "\u65e5\u672c");
  EXPECT_EQ(answered_with(scripted_reply(std::string("\xff\xfe[\0001\0]\0", 8)).type("application/json; charset=utf-16"))->to_json(), json({1}));
}

}  // namespace
}  // namespace utcp::testing
