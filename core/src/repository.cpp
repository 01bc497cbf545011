#include <utcp/repository.hpp>

#include <algorithm>
#include <mutex>

namespace utcp {
namespace {

class in_memory_repository final : public repository {
 public:
  catalogue_ptr snapshot() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  result<void> save(manual_ptr manual) override {
    std::lock_guard lock(mutex_);
    auto manuals = now_->manuals();
    auto same = std::find_if(manuals.begin(), manuals.end(), [&](const manual_ptr& m) { return m->name() == manual->name(); });
    if (same != manuals.end()) *same = std::move(manual);
    else manuals.push_back(std::move(manual));
    now_ = std::make_shared<const catalogue>(std::move(manuals));
    return {};
  }

  result<bool> remove(std::string_view name) override {
    std::lock_guard lock(mutex_);
    auto manuals = now_->manuals();
    if (std::erase_if(manuals, [&](const manual_ptr& m) { return m->name() == name; }) == 0) return false;
    now_ = std::make_shared<const catalogue>(std::move(manuals));
    return true;
  }

 private:
  mutable std::mutex mutex_;  // held to copy or swap one pointer, or the list of manuals
  catalogue_ptr now_ = std::make_shared<const catalogue>();
};

}  // namespace

std::shared_ptr<repository> make_in_memory_repository() { return std::make_shared<in_memory_repository>(); }

}  // namespace utcp
