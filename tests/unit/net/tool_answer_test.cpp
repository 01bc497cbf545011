#include <utcp/net/tool_answer.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp;
using namespace utcp::net;

http_response answer(int status, const char* type, std::string body) {
  http_response out;
  out.status = status;
  out.version = "1.1";
  out.request.target = *url::parse("https://h.example/p?secret=1");
  if (type) out.fields.add("Content-Type", type);
  out.body = std::move(body);
  return out;
}

TEST(decode_answer, follows_the_content_type) {
  struct row { const char* type; std::string body; json value; };
  const std::vector<row> table = {
      {"application/json", R"({"a":1})", {{"a", 1}}},
      {"application/json; charset=utf-8", "[1,2]", {1, 2}},
      {"application/problem+json", R"({"a":1})", {{"a", 1}}},
      {"application/json", "5", 5},
      {"application/json", "{broken", "{broken"},
      {"application/json", "", ""},
      {"text/plain", R"({"a":1})", R"({"a":1})"},
      {"text/html", "<p>\xc3\xa9</p>", "<p>\xc3\xa9</p>"},
      {"image/svg+xml", "<svg/>", "<svg/>"},
      {nullptr, R"( {"a":1})", {{"a", 1}}},
      {nullptr, "[1]", {1}},
      {nullptr, "5", "5"},
      {nullptr, "{broken", "{broken"},
      {nullptr, "", ""},
      {"text/plain; charset=ISO-8859-1", "caf\xe9", "caf\xc3\xa9"},
  };
  for (const row& each : table) {
    const tool_result out = decode_answer(answer(200, each.type, each.body));
    EXPECT_FALSE(std::holds_alternative<bytes>(out.value)) << each.body;
    EXPECT_EQ(out.to_json(), each.value) << (each.type ? each.type : "none") << ": " << each.body;
  }
}

TEST(decode_answer, reads_text_and_json_in_the_charset_that_is_said) {
  struct row { const char* type; std::string body; json value; };
  const std::string wide(R"({"a":"x"})"), le = [&] { std::string out; for (char c : wide) out.append({c, '\0'}); return out; }();
  std::string be = le;
  for (std::size_t i = 0; i < be.size(); i += 2) std::swap(be[i], be[i + 1]);
  const std::vector<row> table = {
      {"text/plain; charset=windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
      {"text/html;charset=\"Shift_JIS\"", "\x93\xfa\x96\x7b", "日本"},
      {"text/plain; charset=iso-8859-1", "\x93quoted\x94", "\u201cquoted\u201d"},
      {"text/plain; charset=iso-8859-1", "caf\xc3\xa9", "caf\u00e9"},
      {"text/plain; charset=iso-8859-15", "5 \xa4", "5 \u20ac"},
      {"text/plain; charset=utf-8", "a\xff" "b", "a\ufffd" "b"},
      {"text/plain; charset=utf-16", le, wide},
      {"application/json; charset=utf-16", le, {{"a", "x"}}},
      {"application/json; charset=utf-16", be, {{"a", "x"}}},
      {"application/json; charset=UTF-16BE", be, {{"a", "x"}}},
      {"application/json; charset=utf-16", "\xff\xfe" + le, {{"a", "x"}}},
      {"application/json; charset=utf-8", "\xef\xbb\xbf{\"a\":1}", {{"a", 1}}},
      {"application/json", "\xef\xbb\xbf{\"a\":1}", {{"a", 1}}},
      {"application/json; charset=utf-32", std::string("1\0\0\0" "2\0\0\0", 8), 12},
      {"application/json; charset=iso-8859-1", "{\"a\":\"caf\xe9\"}", {{"a", "caf\u00e9"}}},
      {"application/json; charset=iso-8859-1", "{\"a\":\"caf\xc3\xa9\"}", {{"a", "caf\u00e9"}}},
      {"application/json; charset=utf-16", "{broken", "\u627b\u6f72\u656b\ufffd"},
      {"application/json; charset=utf-16", "", ""},
      {"text/plain; charset=nonsense", "caf\xc3\xa9", "caf\u00e9"},
  };
  for (const row& each : table) {
    const tool_result out = decode_answer(answer(200, each.type, each.body));
    EXPECT_FALSE(std::holds_alternative<bytes>(out.value)) << each.type;
    EXPECT_EQ(out.to_json(), each.value) << each.type;
  }
}

TEST(decode_answer, leaves_text_of_an_unknown_charset_as_bytes) {
  for (const char* charset : {"nonsense", "utf-7", "unicode//translit", "", "../../lib", "ibm037"})
    EXPECT_TRUE(std::holds_alternative<bytes>(decode_answer(answer(200, ("text/plain; charset=" + std::string(charset)).c_str(), "caf\xe9")).value)) << charset;
  EXPECT_TRUE(std::holds_alternative<bytes>(decode_answer(answer(200, "image/png; charset=iso-8859-1", "\xe9")).value));
}

TEST(decode_answer, gives_bytes_for_everything_else) {
  const std::string raw("\x89PNG\0\xff", 6);
  const char* types[] = {"image/png", "application/octet-stream", "application/pdf", "text/plain", nullptr};
  for (const char* type : types) {
    const tool_result out = decode_answer(answer(200, type, raw));
    ASSERT_TRUE(std::holds_alternative<bytes>(out.value));
    EXPECT_EQ(std::get<bytes>(out.value).size(), raw.size());
    EXPECT_EQ(std::get<bytes>(out.value)[4], std::byte{0});
  }
}

TEST(status_error, maps_each_status_to_one_meaning) {
  const std::pair<int, errc> table[] = {{400, errc::remote_failed}, {401, errc::unauthorized}, {403, errc::unauthorized}, {404, errc::remote_failed}, {407, errc::unauthorized},
                                        {408, errc::timed_out},     {422, errc::remote_failed}, {429, errc::rate_limited}, {500, errc::remote_failed}, {502, errc::unavailable},
                                        {503, errc::unavailable},   {504, errc::unavailable},  {304, errc::remote_failed}, {302, errc::remote_failed}, {599, errc::remote_failed}};
  for (const auto& [status, code] : table) EXPECT_EQ(status_error(answer(status, nullptr, "")), code) << status;
}

TEST(status_error, keeps_what_the_server_says_out_of_the_message) {
  auto from = answer(422, "application/json", R"({"detail":"the body"})");
  from.fields.add("Retry-After", "7");
  const error e = status_error(std::move(from));
  EXPECT_EQ(e.message, "GET https://h.example/p: HTTP 422 Unprocessable Content");
  EXPECT_EQ(e.remote, json::parse(R"({"status":422,"body":{"detail":"the body"},"retry_after":7.0})"));
  EXPECT_EQ(e.message.find("secret"), std::string::npos);
}

TEST(status_error, bounds_the_excerpt) {
  const error e = status_error(answer(500, "text/plain", std::string(65535, 'x') + "\xc3\xa9" + std::string(1000, 'x')));
  EXPECT_EQ(e.remote["body"].get_ref<const std::string&>().size(), 65535u);
  EXPECT_EQ(status_error(answer(500, "image/png", std::string("\xff\0", 2))).remote["body"], "(2 bytes of image/png)");
  EXPECT_TRUE(status_error(answer(500, nullptr, "")).remote["body"].is_null());
}

TEST(describe_answer, joins_repeated_headers) {
  auto from = answer(200, "text/plain", "");
  from.fields.add("X-A", "1");
  from.fields.add("x-a", "2");
  from.timings.total = std::chrono::microseconds(1500);
  const json meta = describe_answer(from);
  EXPECT_EQ(meta["status"], 200);
  EXPECT_EQ(meta["http_version"], "1.1");
  EXPECT_EQ(meta["headers"], json::parse(R"({"content-type":"text/plain","x-a":"1, 2"})"));
  EXPECT_EQ(meta["timings_ms"]["total"], 1.5);
}

TEST(retry_after, reads_seconds_and_dates) {
  const auto now = std::chrono::system_clock::from_time_t(1445412480);  // Wed, 21 Oct 2015 07:28:00 GMT
  EXPECT_EQ(retry_after_seconds("120", now), 120.0);
  EXPECT_EQ(retry_after_seconds("Wed, 21 Oct 2015 07:28:10 GMT", now), 10.0);
  EXPECT_EQ(retry_after_seconds("Wed, 21 Oct 2015 07:00:00 GMT", now), 0.0);
  EXPECT_EQ(retry_after_seconds("Wednesday, 21-Oct-15 07:28:10 GMT", now), 10.0);
  EXPECT_EQ(retry_after_seconds("Wed Oct 21 07:28:10 2015", now), 10.0);
  EXPECT_EQ(retry_after_seconds("Thu Oct  1 07:28:10 2015", now), 0.0);
  EXPECT_EQ(retry_after_seconds("Sunday, 06-Nov-94 08:49:37 GMT", now), 0.0);
  for (const char* bad : {"", "-1", "soon", "inf", "nan", "Wed, 21 Foo 2015 07:28:10 GMT", "5 s", "Wed, 21 Oct", "Wed Oct 21", "Wed, 21 ctN 2015 07:28:10 GMT", "Wed, 21  2015 07:28:10 GMT"}) EXPECT_FALSE(retry_after_seconds(bad, now)) << bad;
}

}  // namespace
