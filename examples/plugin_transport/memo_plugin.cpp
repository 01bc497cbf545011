// The plug-in face of the memo protocol: the C ABI of utcp over `notebooks`. Needs utcp/plugin.h and nothing else of utcp.
//
// One thread does the work, so that the host's thread never waits, and completes what it is asked.
#include "notebooks.hpp"

#include <utcp/plugin.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace memo {
namespace {

std::string text_of(utcp_view view) { return view.size == 0 ? std::string() : std::string(view.data, view.size); }
utcp_view view_of(const std::string& text) { return utcp_view{text.data(), text.size()}; }

/// Nothing may be thrown to the host, and there is no one to tell.
std::string written(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// A copy of a utcp_request: the host's texts go when the request returns.
struct request {
  explicit request(const utcp_request& from)
      : id(from.operation), manual(text_of(from.manual)), call_template(json::parse(text_of(from.call_template))), tool(text_of(from.tool)),
        arguments(from.arguments.size == 0 ? json::object() : json::parse(text_of(from.arguments))) {}

  std::uint64_t id;
  std::string manual;
  json call_template;
  std::string tool;
  json arguments;
};

/// Jobs in order, on a thread that starts with the first.
class worker {
 public:
  ~worker() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void run(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.notify_one();
  }

 private:
  /// Does what was asked before the end, too: each operation is completed.
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

class instance {
 public:
  explicit instance(const utcp_host* host) : host_(host) {
    table_.size = sizeof(table_);
    table_.abi = UTCP_PLUGIN_ABI;
    table_.name = "memo";
    table_.protocols = protocols;
    table_.self = this;
    table_.discover = [](void* self, const utcp_request* r) { of(self).begin(*r, [](instance& me, request& what) { me.discover(what); }); };
    table_.call = [](void* self, const utcp_request* r) { of(self).begin(*r, [](instance& me, request& what) { me.call(what); }); };
    table_.open_stream = [](void* self, const utcp_request* r) { of(self).begin(*r, [](instance& me, request& what) { me.open_stream(what); }); };
    table_.next = [](void* self, std::uint64_t stream, std::uint64_t id) {
      of(self).run([me = &of(self), stream, id] { me->books_.next(stream, id, me->reply_to(id)); });
    };
    table_.cancel = [](void* self, std::uint64_t id) {
      of(self).run([me = &of(self), id] { me->books_.cancel(id); });
    };
    table_.release = [](void* self, utcp_view manual) {
      of(self).run([me = &of(self), name = text_of(manual)] { me->books_.release(name); });
    };
    table_.destroy = [](void* self) {
      of(self).run([me = &of(self)] { me->books_.cancel_all(); });
      delete &of(self);  // joins the thread
    };
  }

  const utcp_plugin* table() const noexcept { return &table_; }

 private:
  using step = void (*)(instance&, request&);

  static instance& of(void* self) { return *static_cast<instance*>(self); }

  void run(std::function<void()> job) { worker_.run(std::move(job)); }

  /// Copies the request on the host's thread, does the rest on our own.
  void begin(const utcp_request& from, step what) {
    try {
      auto copy = std::make_shared<request>(from);
      run([this, copy, what] { what(*this, *copy); });
    } catch (const std::exception& e) {  // nothing may be thrown to the host
      answer failed;
      failed.error = "internal";
      failed.message = e.what();
      complete(from.operation, failed, UTCP_NOTHING, std::string());
    }
  }

  void discover(request& what) {
    json left_out;
    answer got = books_.discover(what.manual, what.call_template, left_out);
    complete(what.id, got, UTCP_JSON, left_out.empty() ? std::string() : written(left_out));
  }

  void call(request& what) { books_.call(what.id, what.manual, what.call_template, what.tool, what.arguments, reply_to(what.id)); }

  void open_stream(request& what) {
    auto opened = [this, id = what.id](answer got) { complete(id, got, UTCP_NOTHING, std::string()); };
    books_.open_stream(what.id, what.manual, what.call_template, what.tool, what.arguments, std::move(opened));
  }

  reply reply_to(std::uint64_t id) {
    return [this, id](answer got) { complete(id, got, got.end ? UTCP_END : UTCP_JSON, std::string()); };
  }

  void complete(std::uint64_t id, const answer& got, std::uint32_t kind, const std::string& notices) {
    const std::string payload = kind == UTCP_JSON && got.error.empty() ? written(got.value) : std::string();
    const std::string remote = got.remote.is_null() ? std::string() : written(got.remote);
    utcp_outcome out{};
    out.size = sizeof(out);
    out.payload_kind = kind;
    out.payload = view_of(payload);
    out.notices = view_of(notices);
    out.error = view_of(got.error);
    out.message = view_of(got.message);
    out.remote = view_of(remote);
    host_->complete(host_->context, id, &out);
  }

  static constexpr const char* protocols[] = {"memo", nullptr};

  const utcp_host* host_;
  utcp_plugin table_{};
  notebooks books_;  // used on the worker's thread only
  worker worker_;    // the last member: its thread uses the others
};

}  // namespace
}  // namespace memo

extern "C" UTCP_PLUGIN_EXPORT const utcp_plugin* utcp_plugin_entry(const utcp_host* host) {
  if (host->abi != UTCP_PLUGIN_ABI) return nullptr;
  return (new memo::instance(host))->table();
}
