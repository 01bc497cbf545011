#include "subprocess_core.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <csignal>
#include <utility>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace utcp::net {
namespace {

constexpr std::size_t out_chunk = 64u << 10;
constexpr std::size_t err_chunk = 8u << 10;

// For an interactive program's answer: about what falling asleep and being woken costs. Where both share a CPU, the polling is what
// the program waits for.
constexpr std::chrono::microseconds poll_time{50};

// How long the supervisor may take over its own SIGKILL round before it is killed itself.
constexpr std::chrono::milliseconds supervisor_patience{3'000};

}  // namespace

process_core::process_core(boost::asio::any_io_executor executor, process_description what, spawned process)
    : executor_(std::move(executor)),
      completion_executor_(executor_),
      what_(std::move(what)),
      began_(std::chrono::steady_clock::now()),
      pid_(process.pid),
      exit_(executor_, process.exit.release()),
      out_(executor_, process.out.release()),
      err_(executor_, process.err.release()),
      control_(std::move(process.control)),
      out_buffer_(new char[out_chunk]),
      err_buffer_(new char[err_chunk]) {
  if (process.in) in_.emplace(executor_, process.in.release());
  may_poll_ = what_.interactive && has_several_cpus();
}

process_core::~process_core() {
  if (!ended_) executor_gone();
}

// Handlers are destroyed, not run: nobody will end the process later but its supervisor, which keeps the grace. The waiting
// operations are dropped here, too: their coroutines hold handles to this object, which they are held by.
void process_core::executor_gone() noexcept {
  if (!ended_) {
    ended_ = true;
    out_ended_ = true;
    if (supervised()) send(SIGTERM);
    else ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  auto reader = std::move(reader_);
  auto waiter = std::move(waiter_);
}

void process_core::begin() {
  watch_exit();
  read_errors();
  if (in_ && what_.input) write(*what_.input);
  what_.input.reset();
}

void process_core::watch_exit() {
  exit_.async_wait(stream::wait_read, [held = hold()](boost::system::error_code failed) mutable {
    auto self = held.use();
    if (!failed) self->on_exit();
  });
}

template <class T>
bool process_core::accept(handler<T>& slot, handler<T>& done) {
  if (slot) {
    boost::asio::post(executor_, [self = shared_from_this(), done = std::move(done)]() mutable {
      self->complete(done, result<T>(error(errc::invalid_argument, "another operation of this kind is waiting on the process already")));
    });
    return false;
  }
  slot.swap(done);  // Boost 1.81: the move assignment of any_completion_handler never returns
  if (auto cancel = boost::asio::get_associated_cancellation_slot(slot); cancel.is_connected())
    cancel.assign([weak = weak_from_this()](boost::asio::cancellation_type) {
      if (auto self = weak.lock()) self->stop(errc::cancelled);
    });
  return true;
}

template <class T>
void process_core::complete(handler<T>& waiting, result<T> value) {
  handler<T> done = std::move(waiting);
  waiting = nullptr;
  net::complete(std::move(done), std::move(value), completion_executor_);
}

void process_core::start_read(handler<std::string> done) {
  if (!accept(reader_, done)) return;
  if (ended_ || out_ended_) {
    boost::asio::post(executor_, [held = hold()]() mutable { held.use()->finish_read(); });
  } else if (!reading_) {
    read_output();
  }
}

/// Completes a read after the end, or after the end of stdout. What is left in the pipe counts.
void process_core::finish_read() {
  if (stopped_ && ended_) return complete(reader_, result<std::string>(why_stopped()));
  if (stopped_) return;  // completes once the processes are gone
  if (!out_ended_) {
    const auto left = ::read(out_.native_handle(), out_buffer_.get(), out_chunk);
    if (left > 0) return complete(reader_, result<std::string>(std::string(out_buffer_.get(), static_cast<std::size_t>(left))));
    out_ended_ = true;
  }
  complete(reader_, result<std::string>(std::string()));
}

void process_core::read_output() {
  reading_ = true;
  if (watching_) return;
  watching_ = true;
  out_.async_wait(stream::wait_read, [self = shared_from_this()](boost::system::error_code failed) {
    self->watching_ = false;
    if (!self->reading_) return;  // polling was quicker, and nobody wants more
    if (failed) self->output_came(failed, 0);
    else if (!self->take_output()) self->read_output();
  });
}

/// Reads what is there, if anything is. The event loop only says when, so that no byte can overtake another.
bool process_core::take_output() {
  const auto size = ::read(out_.native_handle(), out_buffer_.get(), out_chunk);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size > 0) output_came({}, static_cast<std::size_t>(size));
  else output_came(boost::asio::error::eof, 0);
  return true;
}

void process_core::output_came(boost::system::error_code failed, std::size_t size) {
  reading_ = false;
  if (std::exchange(awaiting_, false)) policy_.ended(std::exchange(polls_, false), std::chrono::steady_clock::now() - wait_began_);
  if (failed && failed != boost::asio::error::operation_aborted) out_ended_ = true;
  if (failed == boost::asio::error::operation_aborted) {
    if (stopped_) return;
    // Cut off after the exit: what is in the pipe counts, what a process left behind may still write does not.
    const auto left = ::read(out_.native_handle(), out_buffer_.get(), out_chunk);
    if (left > 0) size = static_cast<std::size_t>(left);
    else out_ended_ = true;
  }
  if (stopped_) {
    if (out_ended_) end_if_drained();
    else read_output();  // dropped: it only shows when the last writer is gone
    return;
  }
  if (out_ended_) {
    complete(reader_, result<std::string>(std::string()));
    end_if_drained();
    return;
  }
  complete(reader_, result<std::string>(std::string(out_buffer_.get(), size)));
}

void process_core::read_errors() {
  err_.async_read_some(boost::asio::buffer(err_buffer_.get(), err_chunk), [self = shared_from_this()](boost::system::error_code failed, std::size_t size) {
    const std::size_t room = self->what_.max_error_bytes - self->error_output_.size();
    self->error_output_.append(self->err_buffer_.get(), std::min(size, room));
    if (size > 0 && self->what_.on_error_output) self->what_.on_error_output(std::string_view(self->err_buffer_.get(), size));
    if (!failed) return self->read_errors();
    self->err_ended_ = true;
    self->end_if_drained();
  });
}

void process_core::start_wait(handler<process_end> done) {
  if (!accept(waiter_, done) || !ended_) return;
  boost::asio::post(executor_, [held = hold()]() mutable { held.use()->finish_wait(); });
}

void process_core::finish_wait() {
  if (failure_) complete(waiter_, result<process_end>(*failure_));
  else if (stopped_) complete(waiter_, result<process_end>(why_stopped()));
  else complete(waiter_, result<process_end>(end_));
}

void process_core::write(std::string_view bytes) {
  if (!in_ || close_when_written_) return;
  pending_ += bytes;
  if (!writing_) pump_input();
  if (may_poll_ && !awaiting_) await_answer();
}

/// As the answers of HTTP servers: to be woken costs more than a quick answer takes, see wait_policy.
void process_core::await_answer() {
  awaiting_ = true;
  wait_began_ = std::chrono::steady_clock::now();
  polls_ = policy_.polls();
  if (polls_) poll();
}

/// Looks each time that the event loop comes around, which does not sleep then and serves the others in between.
void process_core::poll() {
  boost::asio::post(executor_, [self = shared_from_this()] {
    if (!self->polls_ || !self->awaiting_ || !self->reading_ || self->take_output()) return;
    if (std::chrono::steady_clock::now() - self->wait_began_ < poll_time) self->poll();
  });
}

void process_core::close_input() {
  close_when_written_ = true;
  if (!writing_) pump_input();
}

void process_core::pump_input() {
  writing_ = false;
  std::size_t done = 0;
  while (in_ && done < pending_.size()) {
    const long n = write_without_signal(in_->native_handle(), std::string_view(pending_).substr(done));
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      writing_ = true;
      break;
    } else if (errno != EINTR) {
      in_.reset();  // EPIPE: the program does not want more, which is its right
      done = pending_.size();
    }
  }
  pending_.erase(0, done);
  if (writing_) {
    in_->async_wait(stream::wait_write, [self = shared_from_this()](boost::system::error_code failed) {
      if (!failed) self->pump_input();
    });
  } else if (close_when_written_) {
    in_.reset();
  }
}

void process_core::on_exit() {
  exited_ = true;
  in_.reset();
  if (killed_) return finish();
  end_if_drained();
  if (!ended_ && !stopped_) arm(what_.drain, &process_core::finish);  // when stopped, the grace runs: others may be tidying up
}

void process_core::end_if_drained() {
  if (exited_ && !ended_ && out_ended_ && err_ended_) finish();
}

void process_core::kill_now() {
  killed_ = true;
  ::kill(-pid_, SIGKILL);
  if (exited_) finish();
}

void process_core::send(int signal) const noexcept {
  ::kill(supervised() ? pid_ : -pid_, signal);
  ::kill(supervised() ? pid_ : -pid_, SIGCONT);  // a stopped process acts on no signal
}

void process_core::stop(errc reason) {
  if (stopped_ || (ended_ && out_ended_)) return;
  stopped_ = reason;
  if (ended_) {
    if (reader_) boost::asio::post(executor_, [held = hold()]() mutable { held.use()->finish_read(); });
    return;
  }
  in_.reset();
  send(SIGTERM);
  // The supervisor keeps the grace itself.
  arm(supervised() ? what_.grace + supervisor_patience : what_.grace, &process_core::kill_now);
  if (!reading_ && !out_ended_) read_output();
}

void process_core::arm(std::chrono::milliseconds after, void (process_core::*then)()) {
  if (!timer_) timer_.emplace(executor_);
  timer_->expires_after(after);
  timer_->async_wait([held = hold(), then](boost::system::error_code failed) mutable {
    auto self = held.use();
    if (!failed && !self->ended_) (self.get()->*then)();
  });
}

void process_core::finish() {
  if (ended_) return;
  // The zombie still holds the group's number, so this can hit nobody else.
  ::kill(-pid_, SIGKILL);
  siginfo_t how{};
  int waited = 0;
  while ((waited = ::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED)) < 0 && errno == EINTR) {
  }
  ended_ = true;
  end_.took = std::chrono::steady_clock::now() - began_;
  if (waited < 0) failure_ = error(errc::internal, what_.program + ": its exit status was taken by another part of this process (SIGCHLD ignored, or wait for any child)");
  else if (how.si_code == CLD_EXITED) end_.code = how.si_status;
  else end_.signal = how.si_status;
  if (supervised()) {
    int code = 0;
    if (::recv(control_.get(), &code, sizeof code, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof code)) failure_ = cannot_start(what_, code);
  }
  if (timer_) timer_->cancel();
  boost::system::error_code ignored;
  err_.cancel(ignored);
  exit_.close(ignored);
  if (watching_) out_.cancel(ignored);
  if (!reading_ && stopped_) out_ended_ = true;
  if (stopped_) complete(reader_, result<std::string>(why_stopped()));
  finish_wait();
}

error process_core::why_stopped() const {
  switch (*stopped_) {
    case errc::cancelled: return error(errc::cancelled, what_.program + ": cancelled; the process was killed");
    case errc::timed_out: return error(errc::timed_out, what_.program + ": did not end in time and was killed");
    case errc::too_large: return error(errc::too_large, what_.program + ": printed more than allowed and was killed");
    default: return error(*stopped_, what_.program + ": was stopped");
  }
}

}  // namespace utcp::net
