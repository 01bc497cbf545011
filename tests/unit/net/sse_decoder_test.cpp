#include <utcp/net/sse_decoder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace utcp::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using line = std::string;  // type|data|id

std::vector<line> drain(sse_decoder& decoder) {
  std::vector<line> out;
  for (;;) {
    auto event = decoder.next();
    if (!event) {
      out.push_back("error " + event.error().code.message());
      return out;
    }
    if (!*event) return out;
    out.push_back((*event)->type + "|" + (*event)->data + "|" + (*event)->last_id);
  }
}

std::vector<line> decode(std::string_view text, std::size_t piece = std::string_view::npos) {
  sse_decoder decoder;
  std::vector<line> out;
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) {
    decoder.feed(text.substr(at, piece));
    for (line& each : drain(decoder)) out.push_back(std::move(each));
  }
  return out;
}

TEST(an_event_stream, of_the_specification_is_decoded) {
  EXPECT_THAT(decode("data: YHOO\ndata: +2\ndata: 10\n\n"), ElementsAre("message|YHOO\n+2\n10|"));
  EXPECT_THAT(decode(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
              ElementsAre("message|first event|1", "message|second event|", "message| third event|"));
  EXPECT_THAT(decode("data\n\ndata\ndata\n\ndata:"), ElementsAre("message||", "message|\n|"));
  EXPECT_THAT(decode("data:test\n\ndata: test\n\n"), ElementsAre("message|test|", "message|test|"));
}

TEST(an_event_stream, may_come_in_any_pieces_and_with_any_line_ends) {
  const std::string text = "\xEF\xBB\xBF" "event: a\nid: 7\ndata: gr\xC3\xBC\xC3\x9F\ndata: \xF0\x9F\x98\x80\n: comment\n\nevent: b\ndata: x\n\n";
  for (const char* end : {"\n", "\r", "\r\n"}) {
    std::string with;
    for (char c : text) c == '\n' ? with += end : with += c;
    for (std::size_t piece = 1; piece <= with.size(); ++piece)
      EXPECT_THAT(decode(with, piece), ElementsAre("a|gr\xC3\xBC\xC3\x9F\n\xF0\x9F\x98\x80|7", "b|x|7")) << "pieces of " << piece;
  }
  EXPECT_THAT(decode("data: a\r\n\r\r\ndata: b\n\r"), ElementsAre("message|a|", "message|b|")) << "mixed ends";
}

TEST(an_event_stream, gives_an_event_as_soon_as_its_line_ends) {
  sse_decoder decoder;
  decoder.feed("data: now\r\n\r");
  EXPECT_THAT(drain(decoder), ElementsAre("message|now|")) << "the LF may come much later";
  decoder.feed("\ndata: then\n\n");
  EXPECT_THAT(drain(decoder), ElementsAre("message|then|"));
}

TEST(an_event_stream, ignores_what_it_does_not_know_and_what_is_not_finished) {
  EXPECT_THAT(decode("foo: bar\nData: no\ndata : no\n\n"), IsEmpty());
  EXPECT_THAT(decode("event: a\n\ndata: x\n\n"), ElementsAre("message|x|")) << "an event without data takes its type with it";
  EXPECT_THAT(decode("data: no empty line"), IsEmpty());
  EXPECT_THAT(decode("data: \xEF\xBB\xBFx\n\n"), ElementsAre("message|\xEF\xBB\xBFx|")) << "a mark counts at the beginning only";
  EXPECT_THAT(decode("data: a\xFFz\xC3\n\n"), ElementsAre("message|a\xEF\xBF\xBDz\xEF\xBF\xBD|"));
}

TEST(an_event_stream, keeps_the_last_id_and_the_wait_over_connections) {
  sse_decoder decoder;
  static constexpr char text[] = "id: 5\nretry: 1500\n\nid: a\0b\ndata: x\n\nretry: 9x\nretry: -1\nretry:\nid: 6\ndata: lost";
  decoder.feed(std::string_view(text, sizeof text - 1));
  EXPECT_THAT(drain(decoder), ElementsAre("message|x|5")) << "an id with a NUL is none";
  EXPECT_EQ(decoder.last_id(), "5") << "6 belongs to an event that is not finished";
  EXPECT_EQ(decoder.retry(), std::chrono::milliseconds(1500));
  decoder.reconnect();
  decoder.feed("data: anew\n\n");
  EXPECT_THAT(drain(decoder), ElementsAre("message|anew|5"));
}

TEST(an_event_stream, bounds_an_event) {
  for (const std::string& text : {"data: " + std::string(2000, 'x'), "data: 12345678\n" + std::string(1000, 'y'), std::string(2000, ':')}) {
    sse_decoder decoder(1000);
    decoder.feed(text);
    EXPECT_THAT(drain(decoder), ElementsAre("error too_large")) << text.substr(0, 20);
    decoder.feed("\n\ndata: x\n\n");
    EXPECT_THAT(drain(decoder), ElementsAre("error too_large")) << "for ever";
  }
  sse_decoder decoder(1000);
  for (int i = 0; i < 100; ++i) {
    decoder.feed("data: " + std::string(900, 'x') + "\n\n");
    EXPECT_EQ(drain(decoder).size(), 1u);
  }
  std::string many;
  for (int i = 0; i < 200; ++i) many += "data: twelve bytes\n";
  decoder.feed(many);
  EXPECT_THAT(drain(decoder), ElementsAre("error too_large")) << "many lines of one event";
}

}  // namespace
}  // namespace utcp::net
