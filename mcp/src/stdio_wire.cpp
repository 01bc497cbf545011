#include "stdio_wire.hpp"

#include <utcp/net/media_type.hpp>
#include <utcp/utf8.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <csignal>
#include <cstring>

namespace utcp::mcp {
namespace {

constexpr unsigned max_noise_told = 5;      // lines that are no messages; the others are skipped in silence
constexpr std::size_t max_told_bytes = 120;
constexpr std::size_t max_reason_bytes = 300;
constexpr unsigned max_untaken = 64;           // of what the program is only told
constexpr std::size_t max_last_words = 2'000;  // of stderr, in the error of a program that ended

std::string excerpt(std::string_view text, std::size_t max_bytes = max_told_bytes) {
  std::string out(net::utf8_prefix(text, max_bytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  if (!is_utf8(out)) return "(no UTF-8)";
  return out.size() < text.size() ? out + "…" : out;
}

/// The line of a program's last words that says most: of a stack trace that with the error's name, else the last one.
std::string_view reason_in(std::string_view words) {
  std::string_view last;
  for (std::size_t end = words.size(); end != std::string_view::npos && end > 0;) {
    const std::size_t before = words.rfind('\n', end - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    std::string_view each = words.substr(begin, end - begin);
    if (each.ends_with('\r')) each.remove_suffix(1);
    end = before;
    if (each.empty() || each.front() == ' ' || each.front() == '\t') continue;
    if (each.find("rror") != std::string_view::npos) return each;
    if (last.empty()) last = each;
  }
  return last;
}

error ended_error(const result<net::process_end>& end, const std::string& said) {
  if (!end) {
    if (end.error() == errc::invalid_config) return end.error();  // the supervisor could not start it
    return error(errc::connection_failed, "the MCP server was stopped: " + end.error().message);
  }
  json remote = json::object();
  std::string how = "exit status " + std::to_string(end->code);
  if (end->signal != 0) {
    const char* name = ::sigabbrev_np(end->signal);
    how = name ? "SIG" + std::string(name) : "signal " + std::to_string(end->signal);
  }
  remote["end"] = how;
  std::string words = said.size() > max_last_words ? said.substr(said.size() - max_last_words) : said;
  std::string text = "the MCP server ended (" + how + ")";
  if (!words.empty() && is_utf8(words)) {
    if (const auto reason = reason_in(words); !reason.empty()) text += ": " + excerpt(reason, max_reason_bytes);
    remote["stderr"] = std::move(words);
  }
  return error(errc::connection_failed, std::move(text), std::move(remote));
}

/// Tells the sink when the reader is destroyed unfinished, which happens with the executor's end.
struct drop_guard {
  explicit drop_guard(std::weak_ptr<wire_sink> s, std::shared_ptr<occasion> o) : sink(std::move(s)), ended(std::move(o)) {}
  drop_guard(const drop_guard&) = delete;
  ~drop_guard() {
    if (finished) return;
    ended->drop();
    if (auto still = sink.lock()) still->on_dropped();
  }
  std::weak_ptr<wire_sink> sink;
  std::shared_ptr<occasion> ended;
  bool finished = false;
};

}  // namespace

result<std::shared_ptr<wire>> stdio_wire::start(const stdio_server& server, wire_context context) {
  net::process_description what;
  what.program = server.process.program;
  what.arguments = server.process.arguments;
  what.environment = server.process.environment;
  what.working_dir = server.process.working_dir;
  what.grace = server.process.grace;
  what.drain = server.process.drain;
  what.supervisor = server.process.supervisor;
  what.interactive = true;
  what.max_error_bytes = 16u << 10;
  what.on_error_output = context.options->callbacks.on_stderr;
  auto process = net::subprocess::start(context.executor, std::move(what));
  if (!process) return process.error();
  auto self = std::make_shared<stdio_wire>(std::move(*process), server.exit_patience, context);
  boost::asio::co_spawn(context.executor, read_all(self), boost::asio::detached);
  return std::shared_ptr<wire>(std::move(self));
}

stdio_wire::stdio_wire(net::subprocess process, std::chrono::milliseconds exit_patience, wire_context context)
    : process_(std::move(process)),
      exit_patience_(exit_patience),
      context_(std::move(context)),
      lines_(context_.options->max_message_bytes),
      ended_(std::make_shared<occasion>(context_.executor)) {}

result<void> stdio_wire::write(std::string message) {
  if (process_.unwritten() > context_.options->max_unsent_bytes)
    return error(errc::unavailable, "the MCP server has not read what was sent to it: " + std::to_string(process_.unwritten()) + " bytes wait");
  message += '\n';
  process_.write(message);
  return {};
}

void stdio_wire::send(outgoing what) {
  if (auto written = write(std::move(what.message)); !written) {
    boost::asio::post(context_.executor, [sink = context_.sink, id = what.id, why = written.error()] {
      if (auto still = sink.lock()) still->on_failed(id, why);
    });
  }
}

task<result<void>> stdio_wire::tell(std::string message) { return tell_now(shared_from_this(), std::move(message)); }

task<result<void>> stdio_wire::tell_now(std::shared_ptr<stdio_wire> self, std::string message) {
  if (self->process_.unwritten() == 0) self->untaken_ = 0;
  if (self->untaken_ >= max_untaken) co_return error(errc::unavailable, "the MCP server has not read the last " + std::to_string(max_untaken) + " messages that it was told");
  ++self->untaken_;
  co_return self->write(std::move(message));
}

void stdio_wire::take(std::string_view bytes) {
  lines_.feed(bytes);
  while (auto next = lines_.next()) {
    take_line(*next);
    if (closing_) return;
  }
}

void stdio_wire::take_line(const line& what) {
  const auto sink = context_.sink.lock();
  if (!sink) return;
  if (what.cut) {
    error why(errc::too_large, "a message of the MCP server has more than " + std::to_string(context_.options->max_message_bytes) + " bytes and was dropped");
    if (const auto id = id_in_pieces(what.text, what.tail)) sink->on_failed(*id, std::move(why));
    else sink->on_notice(std::move(why.message));
    return;
  }
  read_.clear();
  if (auto fine = read_messages(what.text, context_.options->limits, read_); !fine) {
    if (fine.error() == errc::too_large) {
      const std::size_t size = what.text.size();
      if (const auto id = id_in_pieces(what.text.substr(0, std::min<std::size_t>(size, 512)), what.text.substr(size - std::min<std::size_t>(size, 512)))) return sink->on_failed(*id, fine.error());
    }
    if (noise_told_++ < max_noise_told) sink->on_notice("skipped a line of the MCP server that is no message: " + excerpt(what.text));
    return;
  }
  for (message& each : std::exchange(read_, {})) {
    if (closing_) return;
    sink->on_message(std::move(each), 0);
  }
}

task<void> stdio_wire::read_all(std::shared_ptr<stdio_wire> self) {
  drop_guard guard(self->context_.sink, self->ended_);
  for (;;) {
    auto chunk = co_await self->process_.read();
    if (!chunk || chunk->empty()) break;
    if (!self->closing_) self->take(*chunk);
  }
  self->begin_end();
  const auto end = co_await self->process_.wait();
  guard.finished = true;
  self->patience_.reset();
  if (auto sink = self->context_.sink.lock(); sink && !self->closing_) sink->on_lost(ended_error(end, self->process_.error_output()));
  self->ended_->happen(result<void>());
}

/// The program is to end now: by itself, or it is made to.
void stdio_wire::begin_end() {
  process_.close_input();
  if (patience_) return;
  patience_ = context_.options->clock->make_alarm(context_.executor);
  patience_->arm(context_.options->clock->now() + exit_patience_, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->process_.stop(errc::cancelled);
  });
}

task<void> stdio_wire::close() { return close_down(shared_from_this()); }

task<void> stdio_wire::close_down(std::shared_ptr<stdio_wire> self) {
  self->closing_ = true;
  self->begin_end();
  (void)co_await occasion::wait(self->ended_);
}

}  // namespace utcp::mcp
