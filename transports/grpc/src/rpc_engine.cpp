#include "rpc_values.hpp"

#include <vector>

namespace utcp::grpc_transport {

rpc_engine::rpc_engine()
    : thread_([this] {
        void* tag = nullptr;
        for (bool ok = false; queue_.Next(&tag, &ok);) static_cast<completion*>(tag)->complete(ok);
      }) {}

rpc_engine::~rpc_engine() {
  std::vector<std::shared_ptr<rpc_call>> left;
  {
    std::lock_guard lock(mutex_);
    for (rpc_call& each : calls_) left.push_back(each.share());
  }
  for (const auto& each : left) each->stop();
  left.clear();
  {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [this] { return calls_.empty(); });
  }
  queue_.Shutdown();  // nothing may be begun on it from here on
  thread_.join();
}

void rpc_engine::add(rpc_call& call) {
  std::lock_guard lock(mutex_);
  calls_.push_back(call);
}

void rpc_engine::remove(rpc_call& call) {
  std::lock_guard lock(mutex_);
  calls_.erase(calls_.iterator_to(call));
  if (calls_.empty()) none_left_.notify_all();
}

}  // namespace utcp::grpc_transport
