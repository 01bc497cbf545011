#pragma once

#include <utcp/error.hpp>
#include <utcp/json.hpp>
#include <utcp/tool_result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace utcp::app {

/// Standard output and standard error: results on the one, all else on the other. One thread.
///
/// A reader that goes away (`| head`) stops the output quietly: later writes do nothing and `closed()` says so.
class console {
 public:
  console();
  ~console();
  console(const console&) = delete;
  console& operator=(const console&) = delete;

  bool out_is_terminal() const noexcept { return out_is_terminal_; }
  bool err_is_terminal() const noexcept { return err_is_terminal_; }
  /// Standard output may carry colours: a terminal without NO_COLOR, and TERM is not "dumb".
  bool colour() const noexcept { return colour_; }
  /// Columns of the terminal that standard output is; nothing when it is none.
  std::optional<std::size_t> width() const noexcept { return width_; }

  /// Exactly these bytes to standard output.
  void raw(std::string_view bytes);
  /// Text from elsewhere to standard output: made harmless on a terminal, exact otherwise.
  void text(std::string_view text);
  /// JSON and a line break; indented by two when `pretty`.
  void json_line(const json& value, bool pretty);
  /// Compact JSON without a line break.
  void json_part(const json& value);
  /// Hands what is buffered to the system.
  void flush();
  bool closed() const noexcept { return closed_; }
  /// Why standard output could not be written, when it was not only closed by its reader.
  const std::optional<std::string>& write_failure() const noexcept { return failure_; }

  /// `utcp: …` on standard error, always made harmless. A line break is added.
  void note(std::string_view message);
  /// The same without `utcp: `.
  void err_line(std::string_view message);
  /// Replaces the last line of a terminal; an empty text removes it. Does nothing when standard error is no terminal.
  void progress(std::string_view line);

 private:
  void write_err(std::string_view text);

  bool out_is_terminal_ = false;
  bool err_is_terminal_ = false;
  bool colour_ = false;
  std::optional<std::size_t> width_;
  std::size_t err_width_ = 80;
  std::string buffer_;
  bool closed_ = false;
  bool progress_shown_ = false;
  std::optional<std::string> failure_;
};

}  // namespace utcp::app
