#include "response_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace utcp;
using namespace utcp::net;

http_request request_for(const std::string& method = "GET") {
  http_request out;
  out.method = method;
  out.target = *url::parse("http://127.0.0.1/x?secret");
  return out;
}

struct outcome {
  bool complete = false;
  errc failure{};
  std::string message;
  http_response response;
  bool keeps_connection = false;
};

outcome read(const http_request& request, std::string_view bytes, std::size_t piece, bool closes) {
  response_reader reader;
  reader.begin(request);
  outcome out;
  const auto failed = [&](const error& why) {
    out.failure = static_cast<errc>(why.code.value());
    out.message = why.message;
    return out;
  };
  for (std::size_t at = 0; at < bytes.size() && !out.complete; at += piece) {
    auto done = reader.feed(bytes.substr(at, piece));
    if (!done) return failed(done.error());
    out.complete = *done;
  }
  if (!out.complete && closes) {
    if (auto whole = reader.end(); !whole) return failed(whole.error());
    out.complete = true;
  }
  if (out.complete) out.keeps_connection = reader.keeps_connection();
  out.response = reader.take();
  return out;
}

// However the bytes are cut, the same comes out.
outcome read_cut(const http_request& request, std::string_view bytes, bool closes = false) {
  const outcome whole = read(request, bytes, bytes.size(), closes);
  for (std::size_t piece : {1u, 2u, 3u, 7u, 16u}) {
    const outcome cut = read(request, bytes, piece, closes);
    EXPECT_EQ(cut.complete, whole.complete) << "pieces of " << piece;
    EXPECT_EQ(cut.failure, whole.failure) << "pieces of " << piece << ": " << cut.message << " / " << whole.message;
    EXPECT_EQ(cut.response.body, whole.response.body) << "pieces of " << piece;
    EXPECT_EQ(cut.response.status, whole.response.status) << "pieces of " << piece;
  }
  return whole;
}

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

std::string coded(const std::string& coding, const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// "hello, hello, hello" by Python's gzip, zlib and raw deflate.
const std::string gzipped = bytes_of("1f8b0800000000000203cb48cdc9c9d751c840a2009fa1ca0913000000");
const std::string zlib_framed = bytes_of("78dacb48cdc9c9d751c840a200442806d5");
const std::string deflated = bytes_of("cb48cdc9c9d751c840a200");

TEST(response_reader, reads_a_body_of_a_given_length) {
  const auto got = read_cut(request_for(), "HTTP/1.1 201 Made\r\nContent-Length: 5\r\nX: 1\r\nX: 2\r\n\r\nhello");
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.response.status, 201);
  EXPECT_EQ(got.response.reason, "Made");
  EXPECT_EQ(got.response.version, "1.1");
  EXPECT_EQ(got.response.body, "hello");
  EXPECT_EQ(got.response.fields.find("x"), "1");
  EXPECT_TRUE(got.keeps_connection);
}

TEST(response_reader, reads_chunks_and_passes_over_trailers) {
  const auto got = read_cut(request_for(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: 1\r\n\r\n");
  EXPECT_TRUE(got.complete) << got.message;
  EXPECT_EQ(got.response.body, "hello");
  EXPECT_FALSE(got.response.fields.find("X-Trailer"));
  EXPECT_TRUE(got.keeps_connection);
}

TEST(response_reader, reads_to_the_end_of_the_connection_where_no_length_is_given) {
  const auto got = read_cut(request_for(), "HTTP/1.0 200 OK\r\n\r\nhello", true);
  EXPECT_TRUE(got.complete) << got.message;
  EXPECT_EQ(got.response.version, "1.0");
  EXPECT_EQ(got.response.body, "hello");
  EXPECT_FALSE(got.keeps_connection);
}

TEST(response_reader, knows_answers_without_a_body) {
  EXPECT_TRUE(read_cut(request_for("HEAD"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").complete);
  EXPECT_TRUE(read_cut(request_for(), "HTTP/1.1 204 No Content\r\n\r\n").complete);
  EXPECT_TRUE(read_cut(request_for(), "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").complete);
}

TEST(response_reader, does_not_keep_a_connection_that_says_close_or_sends_more) {
  EXPECT_FALSE(read(request_for(), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 1000, false).keeps_connection);
  EXPECT_FALSE(read(request_for(), "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 1000, false).keeps_connection);
  EXPECT_TRUE(read(request_for(), "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 1000, false).keeps_connection);
  EXPECT_FALSE(read(request_for(), "HTTP/1.1 204 No Content\r\n\r\nbut a body", 1000, false).keeps_connection);
}

TEST(response_reader, passes_over_informational_answers_but_not_over_endless_ones) {
  const auto got = read_cut(request_for(), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(got.complete) << got.message;
  EXPECT_EQ(got.response.status, 200);
  EXPECT_FALSE(got.response.fields.find("Link"));
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(read_cut(request_for(), endless).failure, errc::too_large);
  EXPECT_EQ(read_cut(request_for(), "HTTP/1.1 101 Switching Protocols\r\n\r\n").failure, errc::protocol_error);
}

TEST(response_reader, takes_a_status_line_without_reason_and_its_space) {
  for (const std::string before : {"", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100\r\n\r\nHTTP/1.1 103\r\n\r\n"}) {
    SCOPED_TRACE(before);
    const auto got = read_cut(request_for(), before + "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_TRUE(got.complete) << got.message;
    EXPECT_EQ(got.response.reason, "OK");
    EXPECT_EQ(got.response.body, "ok");
  }
}

TEST(response_reader, refuses_a_status_below_100) { EXPECT_EQ(read_cut(request_for(), "HTTP/1.1 024 x\r\n\r\n", true).failure, errc::protocol_error); }

TEST(response_reader, decodes_gzip_and_both_kinds_of_deflate) {
  for (const auto& [coding, body] : std::vector<std::pair<std::string, std::string>>{
           {"gzip", gzipped}, {"X-GZip", gzipped}, {"deflate", zlib_framed}, {"deflate", deflated}, {"identity, gzip", gzipped}, {"gzip", gzipped + std::string(3, '\0')}, {"gzip", gzipped + "\xC2" + gzipped}}) {
    const auto got = read_cut(request_for(), coded(coding, body));
    EXPECT_TRUE(got.complete) << coding << ": " << got.message;
    EXPECT_EQ(got.response.body, "hello, hello, hello") << coding;
  }
  EXPECT_EQ(read_cut(request_for(), coded("gzip", gzipped + gzipped)).response.body, "hello, hello, hellohello, hello, hello");
  const auto nothing = read_cut(request_for(), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(nothing.complete) << nothing.message;
}

TEST(response_reader, notices_a_compressed_body_that_is_wrong_or_ends_early) {
  EXPECT_EQ(read_cut(request_for(), coded("gzip", "no gzip at all")).failure, errc::protocol_error);
  EXPECT_EQ(read_cut(request_for(), coded("gzip", gzipped.substr(0, gzipped.size() - 9))).failure, errc::protocol_error);
  EXPECT_EQ(read_cut(request_for(), coded("gzip", gzipped.substr(0, gzipped.size() - 1))).failure, errc::protocol_error);
  EXPECT_EQ(read_cut(request_for(), coded("rot13", "x")).failure, errc::protocol_error);
  EXPECT_EQ(read_cut(request_for(), coded("gzip, gzip, gzip, gzip, gzip, gzip", gzipped)).failure, errc::protocol_error);
}

TEST(response_reader, decodes_what_comes_after_its_head_was_taken) {
  const http_request request = request_for();
  const std::string answer = coded("gzip", gzipped);
  const auto body = answer.find("\r\n\r\n") + 4;
  response_reader reader;
  reader.begin(request, true);
  EXPECT_FALSE(reader.feed(answer.substr(0, body)).value());
  EXPECT_TRUE(reader.head_complete() && reader.is_coded());
  EXPECT_EQ(reader.take_head().fields.find("content-encoding"), "gzip");
  EXPECT_TRUE(reader.feed(answer.substr(body)).value());
  EXPECT_EQ(reader.take_body(), "hello, hello, hello");
}

TEST(response_reader, decodes_in_pieces_what_was_compressed_once) {
  const http_request request = request_for();
  response_reader reader;
  reader.begin(request, true);
  EXPECT_EQ(reader.feed(coded("gzip, gzip", gzipped)).error(), errc::protocol_error);
  EXPECT_TRUE(reader.may_be_readable());
}

TEST(response_reader, limits_what_comes_out) {
  auto request = request_for();
  request.max_response_bytes = 10;
  for (const std::string& answer : {coded("gzip", gzipped), std::string("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello hello"),
                                    std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello hello\r\n0\r\n\r\n"), std::string("HTTP/1.0 200 OK\r\n\r\nhello hello")}) {
    const auto got = read_cut(request, answer);
    EXPECT_EQ(got.failure, errc::too_large) << answer;
    EXPECT_NE(got.message.find("max_response_bytes"), std::string::npos);
    EXPECT_EQ(got.message.find("secret"), std::string::npos);
  }
}

TEST(response_reader, limits_the_header_fields) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  while (many.size() < (300u << 10)) many += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(read(request_for(), many, 4096, false).failure, errc::too_large);
  EXPECT_EQ(read(request_for(), "HTTP/1.1 200 OK\r\nX: " + std::string(150'000, 'x') + "\r\n\r\n", 4096, false).failure, errc::too_large);
  EXPECT_EQ(read(request_for(), "HTTP/1.1 200 OK\r\nX: " + std::string(400'000, 'x'), 4096, false).failure, errc::too_large);
}

TEST(response_reader, limits_the_heads_of_chunks_and_the_trailer) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(read(request_for(), head + "5;x=" + std::string(400'000, 'a'), 4096, false).failure, errc::too_large);
  std::string trailer = head + "0\r\n";
  while (trailer.size() < 400'000) trailer += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(read(request_for(), trailer, 4096, false).failure, errc::too_large);
}

TEST(response_reader, refuses_what_could_be_read_in_two_ways) {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "this is no HTTP\r\n\r\n"})
    EXPECT_EQ(read_cut(request_for(), answer, true).failure, errc::protocol_error) << answer;
}

TEST(response_reader, says_when_the_peer_closed_too_early) {
  for (const char* answer : {"", "HTTP/1.", "HTTP/1.1 200 OK\r\nX", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                             "HTTP/1.1 100 Continue\r\n\r\n"})
    EXPECT_EQ(read(request_for(), answer, 1000, true).failure, errc::connection_failed) << answer;
}

}  // namespace
