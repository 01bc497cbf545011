#pragma once

#include "shell_script.hpp"

#include <utcp/net/descriptor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace utcp::cli {

/// Gathers the outputs of a script's steps, and gives the shell those that later steps use.
class script_output {
 public:
  script_output(std::vector<shell_step> steps, const shell_script& script, net::descriptor answer_file, net::descriptor answer_pipe);
  script_output(script_output&&) = delete;

  /// When set, bytes of steps in the result go there as they come, and are not kept.
  std::function<void(std::string_view)> on_result;

  /// Fails with errc::unavailable when an answer cannot be given.
  result<void> feed(std::string_view bytes);
  void finish() { splitter_.finish(); }

  /// The outputs in the result, in order, each without its last line ends and followed by one. The step that ended the
  /// script before its time counts, too.
  std::string result_text() const;
  /// Exit statuses of the steps that ended.
  const std::vector<int>& statuses() const noexcept { return statuses_; }

 private:
  void output(std::size_t step, std::string_view bytes);
  void ended(std::size_t step, int status);

  std::vector<shell_step> steps_;
  std::vector<bool> answered_;
  net::descriptor answer_file_;
  net::descriptor answer_pipe_;
  std::vector<std::string> outputs_;
  std::vector<int> statuses_;
  std::optional<error> failure_;
  step_splitter splitter_;
};

}  // namespace utcp::cli
