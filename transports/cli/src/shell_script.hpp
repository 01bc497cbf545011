#pragma once

#include <utcp/json.hpp>
#include <utcp/error.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::cli {

struct shell_step {
  std::string command;
  bool in_result = false;  ///< its output is part of the result
};

/// One bash script made of the steps of a call.
struct shell_script {
  std::string text;
  std::string mark;                      ///< what the shell prints after each step, see `step_splitter`
  std::vector<std::string> environment;  ///< values of arguments, `NAME=value`
  std::string spilled;                   ///< values too large for the environment, each ended by NUL; descriptor 3
  std::vector<bool> answered;            ///< steps whose output the shell waits for, to have it as CMD_<n>_OUTPUT
  bool waits = false;                    ///< any of them: the next two descriptors are the answer's file and a pipe
};

/// Writes the script. Steps run in one shell, so `cd` and `export` last; each in a brace group, with stderr in stdout.
/// Arguments arrive as variables (`rewrite_placeholders`); `python_values`: true, false and null as True, False, None.
/// Fails with errc::invalid_argument for values that no variable can hold (NUL) or that shell arithmetic would run, and
/// errc::invalid_config as `rewrite_placeholders`.
result<shell_script> write_script(const std::vector<shell_step>& steps, const json& arguments, bool python_values);

/// The text of a value as a command sees it: strings as they are, numbers, lists and objects as compact JSON.
std::string argument_text(const json& value, bool python_values);

/// Splits what the shell prints into the outputs of the steps. Sans-io.
class step_splitter {
 public:
  explicit step_splitter(std::string mark) : mark_(std::move(mark)) {}

  std::function<void(std::size_t step, std::string_view bytes)> on_output;
  std::function<void(std::size_t step, int status)> on_end;

  void feed(std::string_view bytes);
  /// What still looked like the beginning of a mark is output.
  void finish();
  std::size_t step() const noexcept { return step_; }

 private:
  std::string mark_;
  std::string held_;
  std::size_t step_ = 0;
};

/// `bytes` random bytes from the kernel, in hexadecimal.
std::string random_name(std::size_t bytes);

}  // namespace utcp::cli
