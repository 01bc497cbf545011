// What an argument holds stays within the place that the template gives it: looked at on the wire.
#include "http_fixture.hpp"

namespace utcp::testing {
namespace {

class http_injection_test : public http_transport_test {
 protected:
  json post(std::string path, json more = json::object()) const {
    json how = {{"url", server.url(path)}, {"http_method", "POST"}};
    how.update(more);
    return how;
  }

  void expect_refused(const json& how, const json& arguments, errc code) {
    const auto before = server.requests().size();
    const auto answer = call(how, arguments);
    ASSERT_FALSE(answer) << how << arguments;
    EXPECT_EQ(answer.error(), code) << how << arguments << ": " << answer.error().message;
    EXPECT_EQ(server.requests().size(), before) << "nothing may be sent: " << how << arguments;
    EXPECT_EQ(answer.error().message.find_first_of("\r\n"), std::string::npos);
  }

  loopback_http_server server{[](const recorded_request&) { return scripted_reply("ok"); }};
};

struct smuggled {
  std::string value;
  const char* in_path;   ///< null: refused
  const char* in_query;
};

const std::vector<smuggled>& values() {
  static const std::vector<smuggled> all = {
      {"a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n", "a%0D%0AX-Evil%3A%201%0D%0A%0D%0AGET%20%2Fevil%20HTTP%2F1.1%0D%0A", "a%0D%0AX-Evil%3A+1%0D%0A%0D%0AGET+%2Fevil+HTTP%2F1.1%0D%0A"},
      {"a\nb", "a%0Ab", "a%0Ab"},
      {std::string("a\0b", 3), "a%00b", "a%00b"},
      {"a b\tc", "a%20b%09c", "a+b%09c"},
      {"?admin=1", "%3Fadmin%3D1", "%3Fadmin%3D1"},
      {"#frag", "%23frag", "%23frag"},
      {"a&b=c;d", "a%26b%3Dc%3Bd", "a%26b%3Dc%3Bd"},
      {"@evil.example", "%40evil.example", "%40evil.example"},
      {"//evil.example/x", "%2F%2Fevil.example%2Fx", "%2F%2Fevil.example%2Fx"},
      {"\\\\evil", "%5C%5Cevil", "%5C%5Cevil"},
      {"http://evil.example/", "http%3A%2F%2Fevil.example%2F", "http%3A%2F%2Fevil.example%2F"},
      {"%2e%2e", "%252e%252e", "%252e%252e"},
      {"%0d%0aX-Evil:1", "%250d%250aX-Evil%3A1", "%250d%250aX-Evil%3A1"},
      {"\xc4\x8a", "%C4%8A", "%C4%8A"},  // U+010A: its low byte is a line feed
      {"..", nullptr, ".."},
      {".", nullptr, "."},
      {"../x", nullptr, "..%2Fx"},
      {"x/../../y", nullptr, "x%2F..%2F..%2Fy"},
      {"..\\x", nullptr, "..%5Cx"},
  };
  return all;
}

TEST_F(http_injection_test, a_path_value_stays_one_segment) {
  for (const auto& [value, in_path, in_query] : values())
    for (const char* around : {"/{v}", "/u/{v}/z", "/u/pre-{v}"}) {
      std::string path = around;
      if (!in_path) {
        if (path.find('-') == std::string::npos) expect_refused(post(path), {{"v", value}}, errc::invalid_argument);
        continue;
      }
      ASSERT_TRUE(call(post(path), {{"v", value}})) << value;
      const auto seen = server.last();
      EXPECT_EQ(seen.target, path.replace(path.find("{v}"), 3, in_path));
      EXPECT_EQ(seen.method, "POST");
      EXPECT_EQ(seen.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
      EXPECT_FALSE(seen.header("X-Evil"));
    }
}

TEST_F(http_injection_test, a_query_value_and_name_stay_one_pair) {
  for (const auto& [value, in_path, in_query] : values()) {
    ASSERT_TRUE(call(post("/q?fixed=1"), {{"v", value}}));
    EXPECT_EQ(server.last().target, std::string("/q?fixed=1&v=") + in_query);
    ASSERT_TRUE(call(post("/q"), {{value, "w"}}));
    EXPECT_EQ(server.last().target, std::string("/q?") + in_query + "=w");
    EXPECT_FALSE(server.last().header("X-Evil"));
    EXPECT_EQ(server.last().body, "");
  }
}

TEST_F(http_injection_test, a_value_in_the_authority_is_refused_unless_it_is_a_label) {
  const std::string base = "http://127.0.0.1";
  for (const char* value : {"/x", "?x", "#x", "@evil.example", ":1@evil.example", ".evil.example", "\\x", "\r\nX: y", "a b", "%2f", "[::1]", "\xc3\xa9"})
    for (const std::string& text : {std::string("http://127{v}"), std::string("http://h{v}/"), "http://{v}:" + std::to_string(server.port()) + "/", std::string("http://u:{v}@127.0.0.1/"), base + ":{v}/"})
      expect_refused({{"url", text}}, {{"v", value}}, errc::invalid_argument);
  expect_refused({{"url", base + "{v}:" + std::to_string(server.port()) + "/"}}, {{"v", "1"}}, errc::invalid_config);
}

TEST_F(http_injection_test, a_header_value_cannot_end_its_line) {
  const json how = post("/h", {{"header_fields", {"X-A"}}});
  for (const std::string& value : {std::string("a\r\nX-Evil: 1"), std::string("a\nX-Evil: 1"), std::string("a\rX-Evil: 1"), std::string("\n"), std::string("a\0b", 3)})
    for (const json& given : {json(value), json{"x", value}}) expect_refused(how, {{"X-A", given}}, errc::invalid_argument);
  ASSERT_TRUE(call(how, {{"X-A", json{{"k", "a\r\nX-Evil: 1"}}}}));
  EXPECT_EQ(server.last().header("X-A"), R"({"k":"a\r\nX-Evil: 1"})");
  EXPECT_FALSE(server.last().header("X-Evil"));
  for (const char* name : {"X-A\r\nX-Evil", "X A", "X-A:", "", "X-\xc3\xa9"}) expect_refused(post("/h", {{"header_fields", {name}}}), {{name, "v"}}, errc::invalid_argument);
}

TEST_F(http_injection_test, an_argument_cannot_set_what_frames_the_message) {
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "TE", "Trailer", "Upgrade", "Expect"})
    expect_refused(post("/h", {{"header_fields", {name}}}), {{name, "chunked"}, {"body", "x"}}, errc::invalid_argument);
}

TEST_F(http_injection_test, a_content_type_cannot_end_its_line) {
  for (const std::string& type : {std::string("text/plain\r\nX-Evil: 1"), std::string("text/plain\n"), std::string("text/plain\0", 11), std::string("multipart/form-data; boundary=a\r\nX-Evil: 1")}) {
    expect_refused(post("/b", {{"content_type", type}}), {{"body", "x"}}, errc::invalid_config);
    expect_refused(post("/b", {{"headers", {{"Content-Type", type}}}}), {{"body", "x"}}, errc::invalid_config);
    expect_refused(post("/b", {{"header_fields", {"Content-Type"}}}), {{"Content-Type", type}, {"body", "x"}}, errc::invalid_argument);
    expect_refused(post("/b", {{"content_type", "multipart/form-data"}}), {{"body", {{"f", {{"content_type", type}, {"data", "x"}}}}}}, errc::invalid_argument);
  }
  // A file that is the whole body brings its own type.
  expect_refused(post("/b"), {{"body", {{"content_type", "a/b\r\nX-Evil: 1"}, {"data", json::binary({1})}}}}, errc::invalid_argument);
}

TEST_F(http_injection_test, a_part_cannot_begin_another) {
  const json evil = {{"a\"; filename=\"x\r\n\r\nevil", "v"}, {"f", {{"filename", "x\"\r\nContent-Type: text/html\r\n\r\n"}, {"data", "d"}}}};
  ASSERT_TRUE(call(post("/m", {{"content_type", "multipart/form-data; boundary=B"}}), {{"body", evil}}));
  EXPECT_EQ(server.last().body,
            "--B\r\nContent-Disposition: form-data; name=\"a%22; filename=%22x%0D%0A%0D%0Aevil\"\r\n\r\nv\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x%22%0D%0AContent-Type: text/html%0D%0A%0D%0A\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nd\r\n--B--\r\n");
  expect_refused(post("/m", {{"content_type", "multipart/form-data; boundary=B"}}), {{"body", {{"f", "x\r\n--B\r\nContent-Disposition: form-data; name=\"evil\"\r\n\r\n1"}}}}, errc::invalid_argument);
}

TEST_F(http_injection_test, a_body_cannot_become_a_second_request) {
  const std::string evil = "x\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const char* type : {"text/plain", "application/json", "application/octet-stream"}) {
    ASSERT_TRUE(call(post("/b", {{"content_type", type}}), {{"body", evil}}));
    EXPECT_EQ(server.last().target, "/b");
    EXPECT_EQ(server.last().header("Content-Length"), std::to_string(server.last().body.size()));
  }
  for (const auto& seen : server.requests()) EXPECT_NE(seen.target, "/evil");
}

}  // namespace
}  // namespace utcp::testing
