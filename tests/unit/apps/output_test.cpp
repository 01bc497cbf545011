#include "output.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace utcp::app {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path fresh(const char* name) {
  const auto file = fs::path(::testing::TempDir()) / name;
  fs::remove(file);
  return file;
}

TEST(output, an_error_is_one_document) {
  EXPECT_EQ(error_document(error(errc::remote_failed, "failed", json{{"why", "x"}})),
            json::parse(R"({"error":{"code":"remote_failed","message":"failed","remote":{"why":"x"}}})"));
  EXPECT_TRUE(error_document(error(errc::timed_out, "late"))["error"]["remote"].is_null());
}

TEST(output, meta_begins_with_the_status_and_cannot_break_its_lines) {
  const json meta = json::parse(R"({"headers":{"A":"1","B":["2","3\nC: 4"]},"status":200,"took_ms":1.5})");
  EXPECT_EQ(meta_lines(meta), "status: 200\nA: 1\nB: 2\nB: 3 C: 4\ntook_ms: 1.5\n");
  EXPECT_EQ(meta_lines(json()), "");
}

TEST(output, a_file_appears_when_it_is_finished) {
  const auto file = fresh("utcp_output_test.json");
  console io;
  {
    result_sink sink(io, false);
    ASSERT_TRUE(sink.to_file(file.string()));
    ASSERT_TRUE(sink.whole(tool_result(json{{"a", 1}})));
    EXPECT_FALSE(fs::exists(file));
    ASSERT_TRUE(sink.finish());
  }
  EXPECT_EQ(contents(file), "{\n  \"a\": 1\n}\n");
  fs::remove(file);
}

TEST(output, a_failed_call_leaves_the_file_as_it_was) {
  const auto file = fresh("utcp_output_kept.json");
  std::ofstream(file) << "before";
  console io;
  {
    result_sink sink(io, false);
    ASSERT_TRUE(sink.to_file(file.string()));
  }
  EXPECT_EQ(contents(file), "before");
  EXPECT_FALSE(fs::exists(file.string() + ".part"));
  fs::remove(file);
}

TEST(output, bytes_and_text_go_to_a_file_as_they_are) {
  const auto file = fresh("utcp_output_bytes");
  console io;
  result_sink sink(io, false);
  ASSERT_TRUE(sink.to_file(file.string()));
  ASSERT_TRUE(sink.whole(tool_result(bytes{std::byte{0}, std::byte{255}})));
  ASSERT_TRUE(sink.whole(tool_result(std::string("text\x1b"))));
  ASSERT_TRUE(sink.finish());
  EXPECT_EQ(contents(file), std::string("\0\xff" "text\x1b", 7));
  fs::remove(file);
}

TEST(output, items_are_one_a_line) {
  const auto file = fresh("utcp_output_items");
  console io;
  result_sink sink(io, false);
  ASSERT_TRUE(sink.to_file(file.string()));
  ASSERT_TRUE(sink.item(tool_result(json{{"a", 1}})));
  ASSERT_TRUE(sink.item(tool_result(std::string("text"))));
  ASSERT_TRUE(sink.item(tool_result(std::string("line\n"))));
  ASSERT_TRUE(sink.finish());
  EXPECT_EQ(contents(file), "{\"a\":1}\ntext\nline\n");
  fs::remove(file);
}

TEST(output, json_writes_text_and_bytes_as_json) {
  const auto file = fresh("utcp_output_as_json");
  console io;
  result_sink sink(io, true);
  ASSERT_TRUE(sink.to_file(file.string()));
  ASSERT_TRUE(sink.whole(tool_result(std::string("a\"b"))));
  ASSERT_TRUE(sink.whole(tool_result(bytes{std::byte{'h'}, std::byte{'i'}})));
  ASSERT_TRUE(sink.finish());
  EXPECT_EQ(contents(file), "\"a\\\"b\"\n\"aGk=\"\n");
  fs::remove(file);
}

TEST(output, a_device_is_not_replaced) {
  console io;
  result_sink sink(io, false);
  ASSERT_TRUE(sink.to_file("/dev/null"));
  ASSERT_TRUE(sink.whole(tool_result(std::string("x"))));
  ASSERT_TRUE(sink.finish());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(output, an_answer_that_cannot_be_written_is_no_wrong_usage) {
  console io;
  result_sink sink(io, false);
  ASSERT_TRUE(sink.to_file("/dev/full"));
  result<void> written = sink.whole(tool_result(std::string("x")));
  if (written) written = sink.finish();
  ASSERT_FALSE(written);
  EXPECT_EQ(exit_code_for(written.error().code), exit_code::tool_failed);
}

TEST(output, a_file_that_cannot_be_opened_is_wrong_usage) {
  console io;
  result_sink sink(io, false);
  auto opened = sink.to_file(::testing::TempDir() + "/utcp_no_such_folder/x");
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error() == errc::invalid_argument);
}

}  // namespace
}  // namespace utcp::app
