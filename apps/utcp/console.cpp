#include "console.hpp"

#include "interrupt.hpp"
#include "terminal_text.hpp"

#include <utcp/document.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace utcp::app {
namespace {

constexpr std::size_t flush_at = 64u << 10;

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  if (const char* text = std::getenv("COLUMNS")) {
    const long columns = std::strtol(text, nullptr, 10);
    if (columns > 0 && columns < 10'000) return static_cast<std::size_t>(columns);
  }
  return 80;
}

bool set_and_not_empty(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// Writes all; 0, or errno. EINTR is an end only when the user asked for it.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(descriptor, bytes.data(), bytes.size());
    if (n >= 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR || interrupt::arrived() != 0) return errno;
  }
  return 0;
}

}  // namespace

console::console() {
  out_is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  err_is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  const char* kind = std::getenv("TERM");
  colour_ = out_is_terminal_ && !set_and_not_empty("NO_COLOR") && !(kind != nullptr && std::strcmp(kind, "dumb") == 0);
  if (out_is_terminal_) width_ = terminal_columns(STDOUT_FILENO);
  if (err_is_terminal_) err_width_ = terminal_columns(STDERR_FILENO);
}

console::~console() {
  progress({});
  flush();
}

void console::raw(std::string_view bytes) {
  if (closed_) return;
  buffer_ += bytes;
  if (buffer_.size() >= flush_at) flush();
}

void console::text(std::string_view text) {
  if (out_is_terminal_) raw(make_harmless(text, harmless::text));
  else raw(text);
}

void console::json_line(const json& value, bool pretty) {
  const std::string written = write_json(value, pretty ? 2 : -1);
  raw(out_is_terminal_ ? make_harmless(written, harmless::json) : written);
  raw("\n");
}

void console::json_part(const json& value) {
  const std::string written = write_json(value);
  raw(out_is_terminal_ ? make_harmless(written, harmless::json) : written);
}

void console::flush() {
  if (closed_ || buffer_.empty()) return;
  progress({});
  const int failed = write_all(STDOUT_FILENO, buffer_);
  buffer_.clear();
  if (failed == 0) return;
  closed_ = true;
  if (failed != EPIPE && failed != EINTR) failure_ = std::strerror(failed);
}

void console::note(std::string_view message) { err_line("utcp: " + std::string(message)); }

void console::err_line(std::string_view message) {
  progress({});
  // What was printed before a message must also appear before it.
  if (out_is_terminal_) flush();
  write_err(make_harmless(message, harmless::text) + "\n");
}

void console::progress(std::string_view line) {
  if (!err_is_terminal_ || (line.empty() && !progress_shown_)) return;
  progress_shown_ = !line.empty();
  write_err("\r\x1b[K" + cut_to_width(make_harmless(line, harmless::line), err_width_ - 1));
}

// A message that cannot be written has nobody left to be told of it.
void console::write_err(std::string_view text) { write_all(STDERR_FILENO, text); }

}  // namespace utcp::app
