#include "rpc_values.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace utcp::grpc_transport {
namespace {

using steady = std::chrono::steady_clock;

constexpr int batch_size = 64;
// Longer than that nobody polls for an answer, or for the next call.
constexpr std::chrono::nanoseconds patience = std::chrono::microseconds(400);
constexpr std::chrono::nanoseconds patience_without_calls = std::chrono::microseconds(50);

void complete(void* tag, bool ok) { completion::of(tag).complete(ok); }

}  // namespace

struct rpc_engine::core {
  /// The thread's work.
  void run() {
    void* tag = nullptr;
    for (bool ok = false;;) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return !lent; });
      }
      if (!queue.Next(&tag, &ok)) return;
      complete(tag, ok);
    }
  }

  /// How many answers were there.
  int take() {
    const gpr_timespec now = gpr_inf_past(GPR_CLOCK_MONOTONIC);
    void* tag = nullptr;
    bool ok = false;
    int count = 0;
    for (; count < batch_size && queue.AsyncNext(&tag, &ok, now) == ::grpc::CompletionQueue::GOT_EVENT; ++count) complete(tag, ok);
    return count;
  }

  /// An answer is here. Whether the one before came so quickly that polling for the next one pays.
  bool is_quick(const rpc_call& answered) {
    const auto now = steady::now();
    const auto waited = std::min<std::chrono::nanoseconds>(now - std::max(last_answer, answered.began), 2 * patience);
    last_answer = now;
    usual_wait += (waited - usual_wait) / 8;
    return usual_wait < patience;
  }

  void give_back() {
    std::lock_guard lock(mutex);
    lent = false;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  boost::intrusive::list<rpc_call> calls;
  bool lent = false;
  bool closing = false;
  steady::time_point last_answer;
  std::chrono::nanoseconds usual_wait = patience;  // of late, for the next answer
  ::grpc::CompletionQueue queue;
};

rpc_engine::rpc_engine() : core_(std::make_shared<core>()), thread_([of = core_] { of->run(); }) {}

rpc_engine::~rpc_engine() {
  std::vector<std::shared_ptr<rpc_call>> left;
  {
    std::lock_guard lock(core_->mutex);
    core_->closing = true;
    core_->lent = false;  // the executor may be waiting for us
    core_->changed.notify_all();
    for (rpc_call& each : core_->calls) left.push_back(each.share());
  }
  for (const auto& each : left) each->stop();
  left.clear();
  {
    std::unique_lock lock(core_->mutex);
    core_->changed.wait(lock, [this] { return core_->calls.empty(); });
  }
  core_->queue.Shutdown();  // nothing may be begun on it from here on
  thread_.join();
}

::grpc::CompletionQueue& rpc_engine::queue() { return core_->queue; }

void rpc_engine::add(rpc_call& call) {
  call.began = steady::now();
  std::lock_guard lock(core_->mutex);
  core_->calls.push_back(call);
}

void rpc_engine::remove(rpc_call& call) {
  std::lock_guard lock(core_->mutex);
  core_->calls.erase(core_->calls.iterator_to(call));
  if (core_->calls.empty()) core_->changed.notify_all();
}

std::optional<polling_turn> rpc_engine::lend(const rpc_call& answered, const boost::asio::any_io_executor& executor) {
  static const bool has_several_cpus = std::thread::hardware_concurrency() > 1;  // else polling would keep the server from answering
  std::lock_guard lock(core_->mutex);
  if (!core_->is_quick(answered) || core_->lent || core_->closing || !has_several_cpus) return std::nullopt;
  core_->lent = true;
  return polling_turn(core_, executor);
}

polling_turn::polling_turn(std::shared_ptr<rpc_engine::core> of, const boost::asio::any_io_executor& executor) : of_(std::move(of)), executor_(executor) {}

polling_turn::~polling_turn() {
  if (of_) of_->give_back();
}

void polling_turn::operator()() {
  bool has_calls = false;
  {
    std::lock_guard lock(of_->mutex);
    if (!of_->lent || of_->closing) return;
    has_calls = !of_->calls.empty();
  }
  if (has_calls && of_->take() > 0) {
    idle_since_.reset();
  } else {
    const auto now = steady::now();
    if (!idle_since_) idle_since_ = now;
    else if (now - *idle_since_ > (has_calls ? patience : patience_without_calls)) return;
  }
  auto executor = executor_;
  boost::asio::post(executor, std::move(*this));
}

}  // namespace utcp::grpc_transport
