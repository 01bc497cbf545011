#include "http_fixture.hpp"

#include <utcp/transports/http_stream.hpp>
#include <utcp/transports/sse.hpp>

#include <filesystem>

namespace utcp::testing {
namespace {

using ending = scripted_reply::ending;

scripted_reply raw(std::string bytes, ending how = ending::close) {
  scripted_reply out;
  out.raw = std::move(bytes);
  out.end = how;
  return out;
}

std::string endless_header_fields() {
  std::string out = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; out.size() < (1u << 20); ++i) out += "X-" + std::to_string(i) + ": and another\r\n";
  return out;
}

struct hostile {
  const char* path;
  scripted_reply reply;
  std::vector<errc> may_fail_with;  ///< empty: no failure
};

const std::vector<errc> broken{errc::connection_failed, errc::protocol_error};

scripted_reply hanging(scripted_reply out, ending how) {
  out.end = how;
  return out;
}

/// What any of the three transports may meet.
std::vector<hostile> hostile_answers() {
  std::vector<hostile> out{
      {"/reset-before-the-answer", raw("", ending::reset), broken},
      {"/reset-in-the-status-line", raw("HTTP/1.", ending::reset), broken},
      {"/reset-in-a-header-field", raw("HTTP/1.1 200 OK\r\nContent-Ty", ending::reset), broken},
      {"/reset-after-the-header-fields", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", ending::reset), broken},
      {"/reset-in-the-body", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234", ending::reset), broken},
      {"/reset-in-a-chunk", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234", ending::reset), broken},
      {"/closed-without-an-answer", hanging(scripted_reply(), ending::close_at_once), broken},
      {"/closed-in-the-body", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234"), broken},
      {"/closed-in-a-chunk", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1234"), broken},
      {"/closed-before-the-last-chunk", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n"), broken},
      {"/a-chunk-size-of-letters", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n1234\r\n0\r\n\r\n"), broken},
      {"/a-chunk-size-beyond-all", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n1234\r\n"), broken},
      {"/a-negative-chunk-size", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\n1234\r\n"), broken},
      {"/a-length-of-letters", raw("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n1234"), {errc::protocol_error, errc::connection_failed}},
      {"/no-http", raw("\x16\x03\x01\x02 no HTTP at all\r\n\r\n"), broken},
      {"/http-9", raw("HTTP/9.9 200 OK\r\n\r\n"), broken},
      {"/endless-header-fields", raw(endless_header_fields()), {errc::too_large}},
      {"/a-header-field-without-an-end", raw("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x')), {errc::too_large}},
      {"/silence", hanging(scripted_reply(), ending::hang), {errc::timed_out}},
      {"/silence-in-the-header-fields", hanging(raw("HTTP/1.1 200 OK\r\nX: 1"), ending::whole), {errc::timed_out}},
      {"/broken-gzip", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip !"), broken},
      {"/an-unknown-coding", raw("HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 4\r\n\r\nabcd"), broken},
      {"/a-redirect-to-itself", redirect_to(302, "/a-redirect-to-itself"), {errc::remote_failed}},
      {"/a-redirect-to-nowhere", scripted_reply(302, ""), {errc::remote_failed}},
      {"/a-redirect-to-a-file", redirect_to(302, "file:///etc/passwd"), {errc::not_allowed}},
      {"/too-many-requests", scripted_reply(429, "later").with("Retry-After", "7"), {errc::rate_limited}},
      {"/unavailable", scripted_reply(503, "later"), {errc::unavailable}},
  };
  return out;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class http_hostile_test : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr std::string_view mark = "_by_libcurl";
  static bool by_libcurl() { return std::string_view(GetParam()).ends_with(mark); }
  static std::string protocol() {
    std::string out = GetParam();
    if (by_libcurl()) out.resize(out.size() - mark.size());
    return out;
  }

  transport_factory factory() const {
    const std::string protocol = this->protocol();
    return protocol == "sse" ? make_sse_transport() : protocol == "http_stream" ? make_http_stream_transport() : make_http_transport();
  }

  scripted_reply fine_answer() const {
    if (protocol() == "sse") return scripted_reply("data: \"fine\"\n\n").type("text/event-stream");
    return json_reply("\"fine\"");
  }

  // Event streams say what they are, so that what follows is met at all.
  scripted_reply as_this_protocol(scripted_reply reply) const {
    if (protocol() == "sse" && reply.raw) {
      const std::string status = "HTTP/1.1 200 OK\r\n";
      if (reply.raw->starts_with(status)) reply.raw->insert(status.size(), "Content-Type: text/event-stream\r\n");
    }
    return reply;
  }
};

TEST_P(http_hostile_test, each_hostile_answer_has_its_errc_and_leaves_the_pool_usable_and_nothing_open) {
  const auto answers = hostile_answers();
  const std::size_t before = open_descriptors();
  {
    asio::io_context io;
    transport_services services;
    services.executor = io.get_executor();
    services.clock = system_clock();
    services.shared = std::make_shared<shared_services>();
    if (by_libcurl()) services.http["libcurl_only"] = true;
    const auto via = factory()(services);
    const auto call = [&](const std::string& url, std::chrono::milliseconds patience) {
      tool_call what;
      auto named = std::make_shared<tool>();
      named->name = "m.t";
      what.tool = named;
      call_template how;
      how.options = {{"url", url}, {"reconnect", false}};
      what.how = std::make_shared<const call_template>(std::move(how));
      call_context context;
      context.deadline = services.clock->now() + patience;
      return run(io, via->call(std::move(what), std::move(context)));
    };
    for (const hostile& each : answers) {
      // A server for each, since one that answered badly is left to libcurl.
      loopback_http_server server([&](const recorded_request& request) { return request.target == each.path ? as_this_protocol(each.reply) : fine_answer(); });
      const bool waits = each.may_fail_with.front() == errc::timed_out;
      const auto got = call(server.url(each.path), std::chrono::milliseconds(waits ? 50 : 20'000));
      ASSERT_FALSE(got) << each.path;
      EXPECT_TRUE(std::any_of(each.may_fail_with.begin(), each.may_fail_with.end(), [&](errc may) { return got.error() == may; }))
          << each.path << ": " << got.error().code.message() << ", " << got.error().message;
      EXPECT_THAT(got.error().message, HasSubstr("127.0.0.1")) << each.path;
      const auto fine = call(server.url("/fine"), std::chrono::milliseconds(20'000));
      EXPECT_TRUE(fine) << "after " << each.path << ": " << fine.error().message;
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(all, http_hostile_test, ::testing::Values("http", "http_by_libcurl", "http_stream", "http_stream_by_libcurl", "sse", "sse_by_libcurl"), [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace utcp::testing
