#include "plugin_instance.hpp"

#include <utcp/observer.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace utcp {
namespace {

// A plug-in that is wrong at every call is not worth more words.
constexpr unsigned max_complaints = 20;

}  // namespace

result<std::shared_ptr<plugin_instance>> plugin_instance::start(std::shared_ptr<plugin_library> library) {
  auto* made = new plugin_instance;
  std::shared_ptr<plugin_instance> out(made, retire);
  made->library_ = std::move(library);
  made->name_ = made->library_->file().filename().string();
  made->host_.size = sizeof(utcp_host);
  made->host_.abi = UTCP_PLUGIN_ABI;
  made->host_.context = made;
  made->host_.complete = [](void* context, std::uint64_t operation, const utcp_outcome* outcome) {
    static_cast<plugin_instance*>(context)->complete(operation, outcome);
  };
  made->host_.manual_changed = [](void* context, utcp_view manual) { static_cast<plugin_instance*>(context)->changed(manual); };
  try {
    made->plugin_ = made->library_->entry()(&made->host_);
  } catch (...) {
    return error(errc::protocol_error, made->library_->file().string() + ": utcp_plugin_entry threw an exception; nothing may be thrown across the C interface");
  }
  if (auto fine = made->check(); !fine) {
    made->plugin_ = nullptr;  // what is not understood is not called, not even to destroy it
    return fine.error();
  }
  made->name_ = made->plugin_->name;
  return out;
}

result<void> plugin_instance::check() const {
  const std::string file = library_->file().string();
  if (!plugin_) return error(errc::unsupported, file + ": the plug-in says that it cannot run with this utcp (ABI " + std::to_string(UTCP_PLUGIN_ABI) + ")");
  constexpr std::size_t head = offsetof(utcp_plugin, abi) + sizeof(plugin_->abi);
  if (plugin_->size >= head && plugin_->abi != UTCP_PLUGIN_ABI)
    return error(errc::unsupported, file + ": the plug-in is of ABI " + std::to_string(plugin_->abi) + ", this utcp of ABI " + std::to_string(UTCP_PLUGIN_ABI) +
                                        "; build it with the utcp/plugin.h of this version");
  if (plugin_->size < sizeof(utcp_plugin))
    return error(errc::protocol_error, file + ": utcp_plugin has " + std::to_string(plugin_->size) + " bytes where ABI 1 has " + std::to_string(sizeof(utcp_plugin)) +
                                           "; set its size to sizeof(utcp_plugin)");
  const char* missing = !plugin_->name || !*plugin_->name                  ? "name"
                        : !plugin_->protocols || !plugin_->protocols[0]    ? "protocols"
                        : !plugin_->discover                               ? "discover"
                        : !plugin_->call                                   ? "call"
                        : !plugin_->open_stream != !plugin_->next          ? "open_stream or next, which come together"
                        : !plugin_->cancel                                 ? "cancel"
                        : !plugin_->release                                ? "release"
                        : !plugin_->destroy                                ? "destroy"
                                                                           : nullptr;
  if (missing) return error(errc::protocol_error, file + ": the plug-in leaves out " + missing + " in utcp_plugin");
  return {};
}

result<void> plugin_instance::threw() const {
  return error(errc::protocol_error, describe() + " threw an exception; nothing may be thrown across the C interface");
}

void plugin_instance::retire(plugin_instance* instance) {
  {
    // From here on late completions and events reach nobody.
    std::lock_guard lock(instance->mutex_);
    instance->listeners_.clear();
    instance->observer_.reset();
    instance->executor_ = {};
  }
  bool destroyed = true;
  if (instance->plugin_) destroyed = instance->ask(instance->plugin_->destroy).has_value();
  bool quiet = false;
  {
    std::lock_guard lock(instance->mutex_);
    quiet = destroyed && instance->owed_.empty();
  }
  if (quiet) {
    delete instance;
    return;
  }
  // The plug-in may yet complete what it owes: its host and its code stay. Kept reachable, so that leak checkers agree.
  static std::mutex mutex;
  static auto* const kept = new std::vector<plugin_instance*>;
  std::lock_guard lock(mutex);
  kept->push_back(instance);
}

void plugin_instance::report_to(std::shared_ptr<observer> who, boost::asio::any_io_executor on) {
  std::lock_guard lock(mutex_);
  observer_ = std::move(who);
  executor_ = std::move(on);
}

void plugin_instance::listen(const std::string& manual, std::shared_ptr<catalogue_events> events) {
  std::lock_guard lock(mutex_);
  listeners_[manual] = std::move(events);
}

void plugin_instance::forget(const std::string& manual) {
  std::lock_guard lock(mutex_);
  listeners_.erase(manual);
}

std::uint64_t plugin_instance::begin(std::shared_ptr<plugin_operation> operation) {
  std::lock_guard lock(mutex_);
  owed_.emplace(next_number_, std::move(operation));
  return next_number_++;
}

void plugin_instance::withdraw(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  owed_.erase(number);
}

void plugin_instance::complete(std::uint64_t number, const utcp_outcome* outcome) {
  std::shared_ptr<plugin_operation> operation;
  bool known = false;
  {
    std::lock_guard lock(mutex_);
    known = number != 0 && number < next_number_;
    if (auto owed = owed_.extract(number)) operation = std::move(owed.mapped());
  }
  if (!operation) {
    complain(known ? "completed operation " + std::to_string(number) + " a second time; ignored" : "completed operation " + std::to_string(number) + ", which does not exist; ignored");
    return;
  }
  {
    std::lock_guard lock(operation->mutex);
    if (operation->abandoned) return;
  }
  auto answer = read_outcome(outcome, *operation, describe());
  std::lock_guard lock(operation->mutex);
  if (operation->abandoned) return;
  operation->answer = std::move(answer);
  if (!operation->executor) return;  // completed before the coroutine went to sleep
  // Posted under the lock: the sleeper cannot leave, nor its io_context go, before this is done.
  boost::asio::post(operation->executor, [operation] {
    std::lock_guard awake(operation->mutex);
    if (operation->wake) operation->wake->cancel();
  });
}

void plugin_instance::changed(utcp_view manual) {
  const std::string name(text_of(manual));
  std::lock_guard lock(mutex_);
  // Told under the lock, so that the client's executor is still there.
  if (auto at = listeners_.find(name); at != listeners_.end()) at->second->manual_changed(name);
}

void plugin_instance::complain(std::string what) {
  std::lock_guard lock(mutex_);
  if (!observer_ || ++complaints_ > max_complaints) return;
  auto tell = [who = observer_, told = notice(describe(), std::move(what))] { who->on_notice(told); };
  boost::asio::post(executor_, std::move(tell));
}

}  // namespace utcp
