#include <utcp/sync_client.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace utcp {

/// An event loop without a thread: one of the threads that wait for a result runs it, the others sleep.
class sync_loop {
 public:
  ~sync_loop() {
    work_.reset();
    context_.run_for(client_end_patience);
  }

  boost::asio::any_io_executor executor() { return context_.get_executor(); }

  /// Calls `start(handler)` and runs the loop until the handler has its value.
  template <class T, class Start>
  T wait(Start start) {
    struct outcome {
      std::optional<T> value;
      std::atomic<bool> done{false};
    };
    auto state = std::make_shared<outcome>();
    start([this, state](T value) {
      state->value = std::move(value);
      std::lock_guard lock(mutex_);
      state->done = true;
      if (sleepers_ != 0) changed_.notify_all();
    });
    run_until(state->done);
    return std::move(*state->value);
  }

 private:
  void run_until(const std::atomic<bool>& done) {
    std::unique_lock lock(mutex_);
    while (!done) {
      if (led_) {
        ++sleepers_;
        changed_.wait(lock);
        --sleepers_;
        continue;
      }
      led_ = true;
      lock.unlock();
      while (!done) context_.run_one();
      lock.lock();
      led_ = false;
      if (sleepers_ != 0) changed_.notify_all();
    }
  }

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool led_ = false;
  std::size_t sleepers_ = 0;
};

sync_stream::sync_stream(std::shared_ptr<sync_loop> loop, result_stream stream) : loop_(std::move(loop)), stream_(std::move(stream)) {}

sync_stream& sync_stream::operator=(sync_stream other) noexcept {
  std::swap(loop_, other.loop_);
  std::swap(stream_, other.stream_);
  return *this;
}

result<std::optional<tool_result>> sync_stream::next() {
  return loop_->wait<result<std::optional<tool_result>>>([&](auto handler) { stream_.async_next(std::move(handler)); });
}

void sync_stream::iterator::advance() {
  if (item_ && !*item_) {  // a failure was the last item
    from_ = nullptr;
    return;
  }
  auto item = from_->next();
  if (!item) item_.emplace(std::move(item).error());
  else if (*item) item_.emplace(std::move(**item));
  else from_ = nullptr;
}

sync_client& sync_client::operator=(sync_client other) noexcept {
  std::swap(loop_, other.loop_);
  std::swap(client_, other.client_);
  return *this;
}

result<sync_client> sync_client::create(client_config config, client_options options) {
  auto loop = std::make_shared<sync_loop>();
  auto made = loop->wait<result<client>>([&](auto handler) { client::async_create(loop->executor(), std::move(config), std::move(options), std::move(handler)); });
  if (!made) return std::move(made).error();
  return sync_client(std::move(loop), std::move(*made));
}

result<sync_client> sync_client::create(const std::filesystem::path& config_file, client_options options) {
  auto config = load_config(config_file, options.registry.documents);
  if (!config) return std::move(config).error();
  return create(std::move(*config), std::move(options));
}

const client::reports& sync_client::registered() const noexcept { return client_.registered(); }

manual_report sync_client::register_manual(call_template manual) {
  return loop_->wait<manual_report>([&](auto handler) { client_.async_register_manual(std::move(manual), std::move(handler)); });
}

client::reports sync_client::register_manuals(std::vector<call_template> manuals) {
  return loop_->wait<client::reports>([&](auto handler) { client_.async_register_manuals(std::move(manuals), std::move(handler)); });
}

result<void> sync_client::deregister_manual(std::string name) {
  return loop_->wait<result<void>>([&](auto handler) { client_.async_deregister_manual(std::move(name), std::move(handler)); });
}

manual_report sync_client::refresh_manual(std::string name) {
  return loop_->wait<manual_report>([&](auto handler) { client_.async_refresh_manual(std::move(name), std::move(handler)); });
}

result<tool_result> sync_client::call_tool_full(std::string name, json arguments, call_options options) {
  options.want_meta = true;
  return call_tool(std::move(name), std::move(arguments), std::move(options));
}

result<tool_result> sync_client::call_tool(std::string name, json arguments, call_options options) {
  return loop_->wait<result<tool_result>>(
      [&](auto handler) { client_.async_call_tool(std::move(name), std::move(arguments), std::move(options), std::move(handler)); });
}

result<sync_stream> sync_client::call_tool_streaming(std::string name, json arguments, call_options options) {
  auto opened = loop_->wait<result<result_stream>>(
      [&](auto handler) { client_.async_call_tool_streaming(std::move(name), std::move(arguments), std::move(options), std::move(handler)); });
  if (!opened) return std::move(opened).error();
  return sync_stream(loop_, std::move(*opened));
}

result<std::vector<tool_match>> sync_client::search_tools(std::string_view query, const search_options& options) const {
  return client_.search_tools(query, options);
}
catalogue_ptr sync_client::tools() const { return client_.tools(); }
tool_ptr sync_client::tool(std::string_view full_name) const { return client_.tool(full_name); }
result<json> sync_client::preview(std::string_view name, const json& arguments) const { return client_.preview(name, arguments); }
std::vector<std::string> sync_client::required_variables() const { return client_.required_variables(); }
json sync_client::export_manual(dialect as, fidelity how, std::vector<notice>& notices) const { return client_.export_manual(as, how, notices); }

}  // namespace utcp
