#include "cli_call.hpp"

#include "manual_text.hpp"

#include <cstring>

namespace utcp::cli {
namespace {

// Of a failed program's output: its last words say why.
constexpr std::size_t max_told_bytes = 16u << 10;

std::string last_part(const std::string& text) {
  return as_utf8(text.size() <= max_told_bytes ? text : "…" + text.substr(text.size() - max_told_bytes));
}

error too_much(std::size_t limit) {
  return error(errc::too_large, "the program printed more than " + std::to_string(limit) + " bytes and was killed; read it as a stream, or raise the limit");
}

/// JSON where it is JSON, else text. v1 takes only objects and arrays as JSON: a command that prints `5` means text.
tool_result value_of(std::string text, bool scripted) {
  text = as_utf8(std::string(trimmed(text)));
  if (!text.empty() && (!scripted || text.front() == '{' || text.front() == '[')) {
    auto parsed = parse_json(text);
    if (parsed) return tool_result(std::move(*parsed));
  }
  return tool_result(std::move(text));
}

task<result<void>> read_all(std::shared_ptr<net::subprocess> process, script_output* script, std::string* out, std::size_t limit) {
  std::size_t size = 0;
  for (;;) {
    auto chunk = co_await process->read();
    if (!chunk) co_return std::move(chunk).error();
    if (chunk->empty()) co_return result<void>();
    size += chunk->size();
    if (size > limit) {
      process->stop(errc::too_large);
      (void)co_await process->wait();
      co_return too_much(limit);
    }
    if (script) {
      if (auto fed = script->feed(*chunk); !fed) co_return std::move(fed).error();
    } else {
      *out += *chunk;
    }
  }
}

/// Lines of stdout, one item each.
class line_stream final : public tool_stream {
 public:
  line_stream(net::subprocess process, bool scripted, bool ignore_failure, std::string tool, std::size_t limit)
      : process_(std::move(process)), scripted_(scripted), ignore_failure_(ignore_failure), tool_(std::move(tool)), limit_(limit) {}

  void use_script(std::unique_ptr<script_output> script) {
    script_ = std::move(script);
    script_->on_result = [this](std::string_view bytes) { held_ += bytes; };
  }

  task<result<std::optional<tool_result>>> next() override {
    using item = std::optional<tool_result>;
    while (!done_) {
      if (auto line = take_line()) co_return item(value_of(std::move(*line), scripted_));
      if (held_.size() > limit_) co_return fail(error(errc::too_large, tool_ + ": a line has more than " + std::to_string(limit_) + " bytes; raise the limit"));
      auto chunk = co_await process_.read();
      if (!chunk) co_return fail(std::move(chunk).error());
      if (chunk->empty()) {
        auto end = co_await process_.wait();
        co_return finish(std::move(end));
      }
      if (!script_) {
        held_ += *chunk;
      } else if (auto fed = script_->feed(*chunk); !fed) {
        co_return fail(std::move(fed).error());
      }
    }
    if (auto line = take_line()) co_return item(value_of(std::move(*line), scripted_));
    if (failure_) co_return *std::exchange(failure_, std::nullopt);
    co_return item();
  }

 private:
  /// The next line that is not blank.
  std::optional<std::string> take_line() {
    for (;;) {
      auto end = held_.find('\n', at_);
      if (end == std::string::npos && (!done_ || at_ == held_.size())) {
        held_.erase(0, std::exchange(at_, 0));
        return std::nullopt;
      }
      end = std::min(end, held_.size());
      std::string line = held_.substr(at_, end - at_);
      at_ = std::min(end + 1, held_.size());
      if (!trimmed(line).empty()) return line;
    }
  }

  error fail(error why) {
    done_ = true;
    held_.clear();
    at_ = 0;
    process_.stop(errc::cancelled);
    return why;
  }

  result<std::optional<tool_result>> finish(result<net::process_end> end) {
    if (!end) return fail(std::move(end).error());
    if (script_) script_->finish();
    done_ = true;
    finished_command whole;
    whole.end = *end;
    whole.err = process_.error_output();
    if (!ignore_failure_) failure_ = failure_of(whole, tool_);
    if (auto line = take_line()) return std::optional<tool_result>(value_of(std::move(*line), scripted_));
    if (failure_) return *std::exchange(failure_, std::nullopt);
    return std::optional<tool_result>();
  }

  net::subprocess process_;
  std::unique_ptr<script_output> script_;
  bool scripted_;
  bool ignore_failure_;
  std::string tool_;
  std::size_t limit_;
  std::string held_;
  std::size_t at_ = 0;
  std::optional<error> failure_;
  bool done_ = false;
};

}  // namespace

task<result<finished_command>> run_command(boost::asio::any_io_executor executor, std::shared_ptr<clock> time, planned_command what, std::vector<shell_step> steps,
                                           call_context context) {
  std::unique_ptr<script_output> script;
  if (what.script) script = std::make_unique<script_output>(std::move(steps), *what.script, std::move(what.answer_file), std::move(what.answer_pipe));
  auto started = net::subprocess::start(executor, std::move(what.process));
  if (!started) co_return std::move(started).error();
  auto process = std::make_shared<net::subprocess>(std::move(*started));
  std::unique_ptr<alarm> bell;
  if (context.deadline != time_point::max()) {
    bell = time->make_alarm(executor);
    bell->arm(context.deadline, [weak = std::weak_ptr<net::subprocess>(process)] {
      if (auto still = weak.lock()) still->stop(errc::timed_out);
    });
  }
  finished_command out;
  auto all = co_await read_all(process, script.get(), &out.out, context.max_response_bytes);
  if (!all) co_return std::move(all).error();
  auto end = co_await process->wait();
  if (!end) co_return std::move(end).error();
  out.end = *end;
  out.err = process->error_output();
  if (script) {
    script->finish();
    out.out = script->result_text();
    out.statuses = script->statuses();
  }
  co_return out;
}

result<std::unique_ptr<tool_stream>> stream_command(boost::asio::any_io_executor executor, planned_command what, const cli_settings& settings, std::string tool, std::size_t max_line_bytes) {
  std::unique_ptr<script_output> script;
  if (what.script) script = std::make_unique<script_output>(settings.steps, *what.script, std::move(what.answer_file), std::move(what.answer_pipe));
  auto process = net::subprocess::start(std::move(executor), std::move(what.process));
  if (!process) return process.error();
  auto stream = std::make_unique<line_stream>(std::move(*process), !settings.steps.empty(), settings.stderr_as_result, std::move(tool), max_line_bytes);
  if (script) stream->use_script(std::move(script));
  return std::unique_ptr<tool_stream>(std::move(stream));
}

std::optional<error> failure_of(const finished_command& what, const std::string& tool) {
  if (what.end.signal == 0 && what.end.code == 0) return std::nullopt;
  json said = json::object();
  std::string how;
  if (what.end.signal != 0) {
    const char* name = ::sigabbrev_np(what.end.signal);
    said["signal"] = name ? "SIG" + std::string(name) : std::to_string(what.end.signal);
    how = "the program was killed by " + said["signal"].get<std::string>();
  } else {
    said["exit_code"] = what.end.code;
    how = "the program ended with exit status " + std::to_string(what.end.code);
  }
  said["stdout"] = last_part(what.out);
  said["stderr"] = last_part(what.err);
  if (what.end.code == 1 && what.err.starts_with("bwrap: "))
    return error(errc::unsupported, tool + ": the sandbox could not be set up on this machine (user namespaces may be switched off)", std::move(said));
  return error(errc::remote_failed, tool + ": " + how, std::move(said));
}

result<tool_result> result_of(finished_command what, const cli_settings& settings, const std::string& tool, bool want_meta) {
  const bool scripted = !settings.steps.empty();
  auto failure = failure_of(what, tool);
  if (failure && !settings.stderr_as_result) return std::move(*failure);
  const bool use_errors = scripted ? trimmed(what.out).empty() : failure.has_value();
  json meta;
  if (want_meta) {
    meta = {{"exit_code", what.end.code}, {"duration_ms", std::chrono::duration<double, std::milli>(what.end.took).count()}};
    if (what.end.signal != 0) meta["signal"] = what.end.signal;
    if (scripted) meta["step_exit_codes"] = what.statuses;
    if (!what.err.empty()) meta["stderr"] = last_part(what.err);
  }
  tool_result out = value_of(use_errors ? std::move(what.err) : std::move(what.out), scripted);
  out.meta = std::move(meta);
  return out;
}

}  // namespace utcp::cli
