#include "call_gate.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp {
namespace {

std::string in_milliseconds(std::chrono::nanoseconds span) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(span).count()) + " ms";
}

/// Failures that say that there is no working server.
bool tells_of_outage(const error& e) { return e == errc::connection_failed || e == errc::unavailable || e == errc::timed_out; }

/// Failures in which the server did take part.
bool tells_of_answer(const error& e) {
  return e == errc::remote_failed || e == errc::unauthorized || e == errc::rate_limited || e == errc::too_large || e == errc::protocol_error;
}

class held_stream final : public tool_stream {
 public:
  held_stream(std::unique_ptr<tool_stream> inner, call_permit permit) : permit_(std::move(permit)), inner_(std::move(inner)) {}

  task<result<std::optional<tool_result>>> next() override {
    auto item = co_await inner_->next();
    if (!item || !*item) permit_.release();
    co_return item;
  }
  std::optional<tool_result> take_ready() override { return inner_->take_ready(); }

 private:
  call_permit permit_;  // goes after the stream
  std::unique_ptr<tool_stream> inner_;
};

}  // namespace

std::unique_ptr<tool_stream> hold_while_open(std::unique_ptr<tool_stream> inner, call_permit permit) {
  return std::make_unique<held_stream>(std::move(inner), std::move(permit));
}

call_permit::call_permit(std::shared_ptr<call_gate> gate, breaker_state::ticket ticket, time_point deadline)
    : gate_(std::move(gate)), ticket_(ticket), deadline_(deadline) {}

call_permit& call_permit::operator=(call_permit&& other) noexcept {
  if (this == &other) return *this;
  release();
  gate_ = std::move(other.gate_);
  ticket_ = other.ticket_;
  deadline_ = other.deadline_;
  judged_ = other.judged_;
  return *this;
}

void call_permit::judge(const error& outcome) {
  if (!gate_ || judged_) return;
  judged_ = true;
  gate_->judge(ticket_, outcome, deadline_);
}

void call_permit::release() {
  if (!gate_) return;
  // Nobody judged: the call was cut short.
  judge(error(errc::cancelled, {}));
  auto gate = std::move(gate_);
  gate->leave();
}

/// Stands in the line as long as it lives. A turn that came and was not used is given back.
class call_gate::place_in_line {
 public:
  explicit place_in_line(std::shared_ptr<call_gate> gate)
      : gate_(std::move(gate)), who_(std::make_shared<waiter>(gate_->strand_)), at_(gate_->waiting_.insert(gate_->waiting_.end(), who_)) {}
  place_in_line(const place_in_line&) = delete;
  place_in_line& operator=(const place_in_line&) = delete;
  ~place_in_line() {
    if (used_) return;
    if (who_->granted) {
      gate_->leave();
    } else {
      gate_->waiting_.erase(at_);
      gate_->serve();
    }
  }

  boost::asio::steady_timer& bell() noexcept { return who_->bell; }
  bool use() noexcept { return used_ = who_->granted; }

 private:
  std::shared_ptr<call_gate> gate_;
  std::shared_ptr<waiter> who_;
  line::iterator at_;  // valid until granted
  bool used_ = false;
};

call_gate::call_gate(std::string manual, const call_limits& limits, std::shared_ptr<clock> clock, boost::asio::any_io_executor strand)
    : manual_(std::move(manual)),
      limits_(limits),
      clock_(std::move(clock)),
      strand_(std::move(strand)),
      alarm_(clock_->make_alarm(strand_)),
      tokens_(limits.rate),
      breaker_(limits.breaker) {}

task<result<call_permit>> call_gate::enter(time_point deadline) {
  const auto self = shared_from_this();
  const time_point now = clock_->now();
  if (!breaker_.admits(now)) co_return refusal(now);
  if (waiting_.empty() && has_place() && (!tokens_.limits() || tokens_.next(now) <= now)) {
    take(now);
    co_return call_permit(self, breaker_.admit(), deadline);
  }
  if (tokens_.limits() && tokens_.next(now, waiting_.size()) > deadline) co_return too_fast(now, waiting_.size());

  place_in_line place(self);
  serve();
  boost::system::error_code ignored;
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
  co_await place.bell().async_wait(token);
  const time_point woken = clock_->now();
  if (!place.use()) {
    if (woken < deadline) co_return error(errc::cancelled, "cancelled while waiting for a turn to call manual \"" + manual_ + "\"");
    if (tokens_.limits() && has_place()) co_return too_fast(woken, 0);
    co_return too_many();
  }
  // The breaker may have opened while this call waited.
  if (!breaker_.admits(woken)) {
    leave();
    co_return refusal(woken);
  }
  co_return call_permit(self, breaker_.admit(), deadline);
}

void call_gate::take(time_point now) {
  ++active_;
  if (tokens_.limits()) tokens_.take(now);
}

void call_gate::leave() {
  --active_;
  serve();
}

void call_gate::serve() {
  if (waiting_.empty()) return alarm_->disarm();
  const time_point now = clock_->now();
  while (!waiting_.empty() && has_place()) {
    if (tokens_.limits()) {
      if (const time_point when = tokens_.next(now); when > now) {
        return alarm_->arm(when, [weak = weak_from_this()] {
          if (auto self = weak.lock()) self->serve();
        });
      }
    }
    const std::shared_ptr<waiter> first = std::move(waiting_.front());
    waiting_.pop_front();
    take(now);
    first->granted = true;
    first->bell.cancel();
  }
}

error call_gate::refusal(time_point now) const {
  const auto until = breaker_.open_until().value_or(now);
  std::string message = "manual \"" + manual_ + "\" is not called: its circuit breaker is open after calls that found no working server; ";
  message += until > now ? "it is tried again in " + in_milliseconds(until - now) : std::string("one call is on its way to find out whether it works again");
  return error(errc::unavailable, std::move(message));
}

error call_gate::too_many() const {
  return error(errc::timed_out, "no turn to call manual \"" + manual_ + "\" came before the deadline: it takes " + std::to_string(limits_.max_concurrent_calls) +
                                      " calls at once (\"max_concurrent_calls\")");
}

error call_gate::too_fast(time_point now, std::size_t ahead) const {
  return error(errc::rate_limited, "manual \"" + manual_ + "\" is called " + std::to_string(limits_.rate.calls) + " times per " + std::to_string(limits_.rate.per.count()) +
                                       " ms at most (\"rate_limit\"); the next turn is in " + in_milliseconds(tokens_.next(now, ahead) - now) + ", after the deadline");
}

void call_gate::judge(breaker_state::ticket ticket, const error& outcome, time_point deadline) {
  if (!outcome.code || tells_of_answer(outcome)) return breaker_.succeeded(ticket);
  const time_point now = clock_->now();
  // The deadline ends a call by cancelling it.
  if (tells_of_outage(outcome) || (outcome == errc::cancelled && now >= deadline)) return breaker_.failed(ticket, now);
  breaker_.forgotten(ticket);
}

}  // namespace utcp
