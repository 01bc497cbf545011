#pragma once

#include "console.hpp"
#include "exit_code.hpp"

#include <utcp/tool_result.hpp>

#include <fstream>
#include <filesystem>
#include <optional>
#include <string>

namespace utcp::app {

/// Where the results of a call go: standard output, or a file that appears only when all of it is there.
class result_sink {
 public:
  result_sink(console& io, bool as_json) : io_(io), as_json_(as_json) {}
  ~result_sink();
  result_sink(const result_sink&) = delete;
  result_sink& operator=(const result_sink&) = delete;

  /// Sends what follows to a file. Fails with errc::invalid_argument when it cannot be opened.
  result<void> to_file(const std::string& path);

  /// The one result of a call: JSON indented (compact with `--json`), text and bytes as they are.
  /// Fails with errc::internal for bytes on a terminal and for a file that cannot be written.
  result<void> whole(const tool_result& value);
  /// One of many: a line of compact JSON, or of text; bytes as they are.
  result<void> item(const tool_result& value);
  /// A piece of one body: text and bytes as they are, JSON as `whole`, or with `one_line` as `item`.
  result<void> piece(const tool_result& value, bool one_line);
  /// Puts the file in its place.
  result<void> finish();

 private:
  enum class form { whole, line, piece };
  result<void> write(const tool_result& value, form how);
  result<void> bytes_out(std::string_view data);

  console& io_;
  bool as_json_;
  std::string path_;
  std::filesystem::path partial_;  // empty: written in place
  std::ofstream file_;
  bool mid_line_ = false;  // a piece of text on the terminal did not end its line
};

/// The lines that `-i` shows: `status: 200`, then the headers, then what else the transport told.
std::string meta_lines(const json& meta);

/// `{"error":{"code":…,"message":…,"remote":…}}`.
json error_document(const error& e);

/// Tells a failure: for people on standard error, with `--json` also as a document on standard output.
exit_code report(console& io, bool as_json, const error& e);

}  // namespace utcp::app
