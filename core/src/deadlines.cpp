#include "deadlines.hpp"

#include <boost/asio/post.hpp>

namespace utcp {

deadlines::deadlines(std::shared_ptr<clock> clock, boost::asio::any_io_executor executor)
    : clock_(std::move(clock)), executor_(std::move(executor)), alarm_(clock_->make_alarm(executor_)) {}

deadlines::entry deadlines::add(time_point when, std::function<void()> passed) {
  auto at = pending_.emplace(when, std::move(passed));
  arm();
  return at;
}

void deadlines::remove(entry e) {
  pending_.erase(e);
  if (pending_.empty() && armed_for_ != time_point::max()) disarm_soon();
}

// An alarm that is still set counts as work: an io_context would not run out of it. But one call often follows another, and
// setting the alarm costs two system calls; so what is about to run has its turn first.
void deadlines::disarm_soon() {
  if (std::exchange(*disarm_posted_, true)) return;
  boost::asio::post(executor_, [this, weak = std::weak_ptr<bool>(disarm_posted_)] {
    const auto posted = weak.lock();
    if (!posted) return;  // the deadlines are gone
    *posted = false;
    if (!pending_.empty() || armed_for_ == time_point::max()) return;
    armed_for_ = time_point::max();
    alarm_->disarm();
  });
}

void deadlines::arm() {
  if (pending_.empty() || pending_.begin()->first >= armed_for_) return;
  armed_for_ = pending_.begin()->first;
  alarm_->arm(armed_for_, [this] { ring(); });
}

void deadlines::ring() {
  armed_for_ = time_point::max();
  const time_point now = clock_->now();
  while (!pending_.empty() && pending_.begin()->first <= now) {
    auto passed = std::move(pending_.begin()->second);
    pending_.erase(pending_.begin());
    passed();
  }
  arm();
}

}  // namespace utcp
