#include "script_output.hpp"

#include <algorithm>

namespace utcp::cli {
namespace {

// As `$( … )` gives an output to a shell.
std::string_view without_line_ends(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

script_output::script_output(std::vector<shell_step> steps, const shell_script& script, net::descriptor answer_file, net::descriptor answer_pipe)
    : steps_(std::move(steps)),
      answered_(script.answered),
      answer_file_(std::move(answer_file)),
      answer_pipe_(std::move(answer_pipe)),
      outputs_(steps_.size()),
      splitter_(script.mark) {
  splitter_.on_output = [this](std::size_t step, std::string_view bytes) { output(step, bytes); };
  splitter_.on_end = [this](std::size_t step, int status) { ended(step, status); };
}

result<void> script_output::feed(std::string_view bytes) {
  splitter_.feed(bytes);
  if (failure_) return *failure_;
  return {};
}

void script_output::output(std::size_t step, std::string_view bytes) {
  step = std::min(step, steps_.size() - 1);  // an exit trap prints after the last step
  if (on_result && steps_[step].in_result) on_result(bytes);
  if (!on_result || answered_[step]) outputs_[step] += bytes;
}

void script_output::ended(std::size_t step, int status) {
  statuses_.push_back(status);
  if (step >= steps_.size() || !answered_[step]) return;
  std::string text(without_line_ends(outputs_[step]));
  std::erase(text, '\0');
  if (auto written = net::rewrite_memory_file(answer_file_, text); !written) failure_ = written.error();
  net::write_without_signal(answer_pipe_.get(), "\n");
}

std::string script_output::result_text() const {
  std::string out;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool cut_short = i == statuses_.size();
    if (!steps_[i].in_result && !cut_short) continue;
    const auto text = without_line_ends(outputs_[i]);
    if (i > statuses_.size() || (cut_short && text.empty())) continue;
    out += text;
    out += '\n';
  }
  return out;
}

}  // namespace utcp::cli
