#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

namespace utcp::search_detail {

/// Something made once for each living object, kept as long as the object lives and is seen by `sweep`. Thread-safe; only
/// those who want the same thing wait for its making.
template <class Object, class Made>
class index_cache {
 public:
  template <class Make>
  std::shared_ptr<const Made> get(const std::shared_ptr<const Object>& of, Make make) {
    const std::shared_ptr<slot> mine = slot_of(of);
    std::call_once(mine->once, [&] { mine->made = make(); });
    return mine->made;
  }

  /// Drops what was made for objects that are gone.
  void sweep() {
    std::lock_guard lock(mutex_);
    sweep_locked();
  }

 private:
  struct slot {
    std::weak_ptr<const Object> of;
    std::once_flag once;
    std::shared_ptr<const Made> made;
  };

  std::shared_ptr<slot> slot_of(const std::shared_ptr<const Object>& of) {
    std::lock_guard lock(mutex_);
    const auto found = slots_.find(of.get());
    // A dead object's address may have been given to a new one.
    if (found != slots_.end() && !found->second->of.expired()) return found->second;
    if (found == slots_.end() && slots_.size() >= sweep_at_) {
      sweep_locked();
      sweep_at_ = slots_.size() * 2 + 8;
    }
    auto fresh = std::make_shared<slot>();
    fresh->of = of;
    slots_[of.get()] = fresh;
    return fresh;
  }

  void sweep_locked() {
    std::erase_if(slots_, [](const auto& entry) { return entry.second->of.expired(); });
  }

  std::mutex mutex_;
  std::unordered_map<const Object*, std::shared_ptr<slot>> slots_;
  std::size_t sweep_at_ = 8;
};

}  // namespace utcp::search_detail
