#include "rpc.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace utcp::grpc_transport {
namespace {

namespace asio = boost::asio;

// How much is read ahead of a stream's reader.
constexpr std::size_t ahead_messages = 256;
constexpr std::size_t ahead_bytes = 4u << 20;
constexpr std::size_t copied_bytes = 16u << 10;

/// A call that waits for a gRPC thread and may have to be given up before that.
class waiting_call {
 public:
  virtual ~waiting_call() = default;
  /// Drops all handlers; the executor is not touched any more.
  virtual void abandon() = 0;
};

/// The calls of an execution context. When that ends, gRPC's threads must not touch it any more: a call does so, and lets go of its executors,
/// only with its own mutex locked and as long as it stands here. `abandon` locks the same mutex, and so waits for it.
class waiting_calls final : public asio::execution_context::service {
 public:
  using key_type = waiting_calls;
  inline static asio::execution_context::id id;

  explicit waiting_calls(asio::execution_context& of) : service(of) {}

  static waiting_calls& of(const asio::any_io_executor& executor) { return asio::use_service<waiting_calls>(asio::query(executor, asio::execution::context)); }

  void add(const std::shared_ptr<waiting_call>& one) {
    std::lock_guard lock(mutex_);
    all_.emplace(one.get(), one);
  }
  void remove(waiting_call* one) {
    std::lock_guard lock(mutex_);
    all_.erase(one);
  }

 private:
  void shutdown() override {
    std::unordered_map<waiting_call*, std::weak_ptr<waiting_call>> left;
    {
      std::lock_guard lock(mutex_);
      left.swap(all_);
    }
    for (const auto& [ignored, each] : left)
      if (const auto still = each.lock()) still->abandon();
  }

  std::mutex mutex_;
  std::unordered_map<waiting_call*, std::weak_ptr<waiting_call>> all_;
};

::grpc::ByteBuffer buffer_of(std::string message) {
  if (message.size() <= copied_bytes) {
    const ::grpc::Slice slice(message.data(), message.size());
    return ::grpc::ByteBuffer(&slice, 1);
  }
  auto* kept = new std::string(std::move(message));
  const ::grpc::Slice slice(kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); }, kept);
  return ::grpc::ByteBuffer(&slice, 1);
}

std::string text_of(const ::grpc::ByteBuffer& buffer) {
  ::grpc::Slice whole;
  if (buffer.TrySingleSlice(&whole).ok()) return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
  std::vector<::grpc::Slice> parts;
  if (!buffer.Dump(&parts).ok()) return "";
  std::string out;
  out.reserve(buffer.Length());
  for (const ::grpc::Slice& each : parts) out.append(reinterpret_cast<const char*>(each.begin()), each.size());
  return out;
}

metadata_list list_of(const std::multimap<::grpc::string_ref, ::grpc::string_ref>& entries) {
  metadata_list out;
  out.reserve(entries.size());
  for (const auto& [name, value] : entries) out.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  return out;
}

rpc_end end_of(const ::grpc::ClientContext& context, const ::grpc::Status& status, bool cancelled) {
  rpc_end out;
  out.status = status;
  out.headers = list_of(context.GetServerInitialMetadata());
  out.trailers = list_of(context.GetServerTrailingMetadata());
  out.from_server = !status.ok() && !(cancelled && status.error_code() == ::grpc::StatusCode::CANCELLED) && context.debug_error_string().find("received from peer") != std::string::npos;
  return out;
}

void prepare(::grpc::ClientContext& context, const rpc_start& start) {
  for (const auto& [name, value] : start.metadata) context.AddMetadata(name, value);
  if (start.deadline != time_point::max()) context.set_deadline(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(start.deadline - time_point::clock::now()));
  if (start.compress == compression::gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  if (start.compress == compression::deflate) context.set_compression_algorithm(GRPC_COMPRESS_DEFLATE);
}

/// A handler that a gRPC thread completes on the executor. Its owner locks, and closes it before the executor may end.
template <class... Values>
class awaited {
 public:
  using handler = asio::any_completion_handler<void(Values...)>;

  explicit awaited(const asio::any_io_executor& executor) : executor_(executor) {}

  bool is_set() const { return handler_ != nullptr; }

  /// `cancelled` runs on the executor.
  template <class Cancelled>
  void set(handler of, Cancelled cancelled) {
    if (auto slot = asio::get_associated_cancellation_slot(of); slot.is_connected()) slot.assign([cancelled = std::move(cancelled)](asio::cancellation_type) { cancelled(); });
    handler_ = std::make_unique<handler>(std::move(of));
    work_.emplace(*executor_);
  }

  void complete(Values... values) {
    if (!handler_) return;
    asio::post(*executor_, [what = std::move(handler_), ... values = std::move(values)]() mutable {
      handler last(std::move(*what));
      what.reset();
      asio::get_associated_cancellation_slot(last).clear();
      std::move(last)(std::move(values)...);
    });
    work_.reset();
  }

  /// Nothing can be completed any more. What is given back is to be destroyed without the owner's lock.
  std::unique_ptr<handler> close() {
    work_.reset();
    executor_.reset();
    return std::move(handler_);
  }

 private:
  std::optional<asio::any_io_executor> executor_;
  std::unique_ptr<handler> handler_;
  std::optional<asio::executor_work_guard<asio::any_io_executor>> work_;
};

/// What the engine's thread is told when an operation is done.
class completion {
 public:
  virtual ~completion() = default;
  virtual void complete(bool ok) = 0;
};

class unary_state final : public completion, public rpc_call, public waiting_call, public std::enable_shared_from_this<unary_state> {
 public:
  unary_state(std::shared_ptr<rpc_channel> over, const asio::any_io_executor& executor) : over_(std::move(over)), calls_(&waiting_calls::of(executor)), done_(executor) {}

  void start(const rpc_start& how, std::string message, asio::any_completion_handler<void(unary_answer)> handler) {
    prepare(context_, how);
    self_ = shared_from_this();
    {
      std::lock_guard lock(mutex_);
      done_.set(std::move(handler), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->stop();
      });
    }
    calls_->add(self_);
    over_->engine().add(self_);
    reader_ = over_->stub().PrepareUnaryCall(&context_, how.path, buffer_of(std::move(message)), &over_->engine().queue());
    reader_->StartCall();
    reader_->Finish(&response_, &status_, static_cast<completion*>(this));
  }

  void abandon() override {
    std::unique_ptr<asio::any_completion_handler<void(unary_answer)>> dropped;
    {
      std::lock_guard lock(mutex_);
      calls_ = nullptr;
      dropped = done_.close();
    }
    stop();
  }

  void stop() override {
    cancelled_ = true;
    context_.TryCancel();
  }

  void complete(bool) override {
    const std::shared_ptr<unary_state> last = std::move(self_);
    finish();
    over_->engine().remove(this);
  }

 private:
  void finish() {
    unary_answer out;
    out.end = end_of(context_, status_, cancelled_);
    if (status_.ok() && response_.Valid()) out.message = text_of(response_);
    std::lock_guard lock(mutex_);
    if (!calls_) return;
    done_.complete(std::move(out));
    done_.close();
    std::exchange(calls_, nullptr)->remove(this);
  }

  std::shared_ptr<rpc_channel> over_;
  std::shared_ptr<unary_state> self_;  // until the call is over
  std::mutex mutex_;
  waiting_calls* calls_;  // null: abandoned or over
  std::atomic<bool> cancelled_ = false;
  awaited<unary_answer> done_;
  ::grpc::ClientContext context_;
  ::grpc::Status status_;
  ::grpc::ByteBuffer response_;
  std::unique_ptr<::grpc::ClientAsyncResponseReader<::grpc::ByteBuffer>> reader_;
};

}  // namespace

rpc_engine::rpc_engine()
    : thread_([this] {
        void* tag = nullptr;
        for (bool ok = false; queue_.Next(&tag, &ok);) static_cast<completion*>(tag)->complete(ok);
      }) {}

rpc_engine::~rpc_engine() {
  {
    std::unique_lock lock(mutex_);
    const auto left = calls_;
    lock.unlock();
    for (const auto& [ignored, each] : left)
      if (const auto still = each.lock()) still->stop();
    lock.lock();
    none_left_.wait(lock, [this] { return calls_.empty(); });
  }
  queue_.Shutdown();  // nothing may be begun on it from here on
  thread_.join();
}

void rpc_engine::add(const std::shared_ptr<rpc_call>& call) {
  std::lock_guard lock(mutex_);
  calls_.emplace(call.get(), call);
}

void rpc_engine::remove(rpc_call* call) {
  std::lock_guard lock(mutex_);
  calls_.erase(call);
  if (calls_.empty()) none_left_.notify_all();
}

task<unary_answer> call_unary(std::shared_ptr<rpc_channel> over, asio::any_io_executor executor, rpc_start start, std::string message) {
  auto state = std::make_shared<unary_state>(std::move(over), executor);
  return asio::async_initiate<const asio::use_awaitable_t<>, void(unary_answer)>(
      [](auto handler, std::shared_ptr<unary_state> of, rpc_start how, std::string what) { of->start(how, std::move(what), std::move(handler)); },
      asio::use_awaitable, std::move(state), std::move(start), std::move(message));
}

/// One read and one write at most are under way; when a read has failed, the status is asked for. Lives until all that was begun is done.
class stream_state final : public rpc_call, public waiting_call, public std::enable_shared_from_this<stream_state> {
 public:
  stream_state(std::shared_ptr<rpc_channel> over, const asio::any_io_executor& executor) : over_(std::move(over)), calls_(&waiting_calls::of(executor)), reader_(executor), writer_(executor) {}

  void start(const rpc_start& how) {
    prepare(context_, how);
    calls_->add(shared_from_this());
    over_->engine().add(shared_from_this());
    std::lock_guard lock(mutex_);
    self_ = shared_from_this();
    stream_ = over_->stub().PrepareCall(&context_, how.path, &over_->engine().queue());
    stream_->StartCall(begin(start_));
  }

  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    if (received_.empty()) return std::nullopt;
    const ::grpc::ByteBuffer first = std::move(received_.front());
    received_.pop_front();
    received_bytes_ -= first.Length();
    if (received_.size() < ahead_messages / 2 && received_bytes_ < ahead_bytes / 2) read_on();
    lock.unlock();
    return text_of(first);
  }

  bool has_ended() {
    std::lock_guard lock(mutex_);
    return done_ && received_.empty();
  }

  /// On the executor, as is `write`; the state's own one may be closed.
  void wait(const asio::any_io_executor& executor, asio::any_completion_handler<void()> handler) {
    std::lock_guard lock(mutex_);
    if (done_ || !received_.empty()) asio::post(executor, std::move(handler));
    else reader_.set(std::move(handler), canceller());
  }

  void write(const asio::any_io_executor& executor, std::string message, asio::any_completion_handler<void(bool)> handler) {
    std::lock_guard lock(mutex_);
    if (over_reading_ || no_more_) {
      asio::post(executor, [what = std::move(handler)]() mutable { std::move(what)(false); });
      return;
    }
    writer_.set(std::move(handler), canceller());
    outgoing_ = buffer_of(std::move(message));
    write_on();
  }

  void close_writing() {
    std::lock_guard lock(mutex_);
    if (no_more_) return;
    no_more_ = true;
    write_on();
  }

  void stop() override {
    cancelled_ = true;
    context_.TryCancel();
    std::lock_guard lock(mutex_);
    read_on();  // fails, which tells of the end
  }

  /// Nobody reads any more.
  void drop() {
    {
      std::lock_guard lock(mutex_);
      dropped_ = true;
      received_.clear();
      if (calls_) std::exchange(calls_, nullptr)->remove(this);
    }
    abandon();
    stop();
  }

  void abandon() override {
    std::unique_ptr<asio::any_completion_handler<void()>> reader;  // destroyed without the lock
    std::unique_ptr<asio::any_completion_handler<void(bool)>> writer;
    std::lock_guard lock(mutex_);
    calls_ = nullptr;
    reader = reader_.close();
    writer = writer_.close();
    cancelled_ = true;
    context_.TryCancel();
  }

  const rpc_end& end() const { return end_; }

  metadata_list headers() {
    std::lock_guard lock(mutex_);
    return headers_;
  }

 private:
  class operation final : public completion {
   public:
    operation(stream_state& of, void (stream_state::*then)(bool)) : of_(of), then_(then) {}
    void complete(bool ok) override { of_.finished(then_, ok); }

   private:
    stream_state& of_;
    void (stream_state::*then_)(bool);
  };

  completion* begin(operation& what) {
    ++under_way_;
    return &what;
  }

  void finished(void (stream_state::*then)(bool), bool ok) {
    std::shared_ptr<stream_state> last;
    {
      std::lock_guard lock(mutex_);
      --under_way_;
      (this->*then)(ok);
      if (done_ && under_way_ == 0) last = std::move(self_);
    }
    if (last) over_->engine().remove(this);
  }

  void read_on() {
    if (!started_ || reading_ || over_reading_) return;
    reading_ = true;
    stream_->Read(&incoming_, begin(read_));
  }

  /// What is to be written, or that nothing more is.
  void write_on() {
    if (!started_ || writing_ || over_reading_) return;
    if (outgoing_) {
      writing_ = true;
      stream_->Write(*outgoing_, begin(write_));
    } else if (no_more_ && !std::exchange(closed_, true)) {
      writing_ = true;
      stream_->WritesDone(begin(write_));
    }
  }

  void on_started(bool ok) {
    started_ = true;
    if (!ok) return finish();
    read_on();
    write_on();
  }

  void on_read(bool ok) {
    reading_ = false;
    if (!std::exchange(has_headers_, true)) headers_ = list_of(context_.GetServerInitialMetadata());
    if (!ok) return finish();
    if (!dropped_) {
      received_bytes_ += incoming_.Length();
      received_.emplace_back();
      received_.back().Swap(&incoming_);
    }
    incoming_.Clear();
    if (received_.size() < ahead_messages && received_bytes_ < ahead_bytes) read_on();
    reader_.complete();
  }

  void on_written(bool ok) {
    writing_ = false;
    if (outgoing_) {
      outgoing_.reset();
      writer_.complete(ok);
    }
    write_on();
  }

  void finish() {
    over_reading_ = true;
    stream_->Finish(&status_, begin(finish_));
  }

  void on_finished(bool) {
    end_ = end_of(context_, status_, cancelled_);
    done_ = true;
    if (!calls_) return;
    reader_.complete();
    writer_.complete(false);
    reader_.close();
    writer_.close();
    std::exchange(calls_, nullptr)->remove(this);
  }

  std::function<void()> canceller() {
    return [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->stop();
    };
  }

  std::shared_ptr<rpc_channel> over_;
  std::shared_ptr<stream_state> self_;
  std::mutex mutex_;
  waiting_calls* calls_;  // null: abandoned or over
  awaited<> reader_;
  awaited<bool> writer_;
  ::grpc::ClientContext context_;
  ::grpc::Status status_;
  std::unique_ptr<::grpc::GenericClientAsyncReaderWriter> stream_;
  operation start_{*this, &stream_state::on_started}, read_{*this, &stream_state::on_read}, write_{*this, &stream_state::on_written}, finish_{*this, &stream_state::on_finished};
  int under_way_ = 0;
  ::grpc::ByteBuffer incoming_;
  std::optional<::grpc::ByteBuffer> outgoing_;
  std::deque<::grpc::ByteBuffer> received_;
  std::size_t received_bytes_ = 0;
  std::atomic<bool> cancelled_ = false;
  bool started_ = false;
  bool reading_ = false;
  bool over_reading_ = false;  // nothing can be begun any more
  bool writing_ = false;
  bool no_more_ = false;       // to be written
  bool closed_ = false;        // and the server is told so
  bool has_headers_ = false;
  bool dropped_ = false;
  bool done_ = false;
  metadata_list headers_;
  rpc_end end_;
};

namespace {

task<void> wait_for(std::shared_ptr<stream_state> state, asio::any_io_executor executor) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>([](auto handler, std::shared_ptr<stream_state> of, const asio::any_io_executor& on) { of->wait(on, std::move(handler)); },
                                                                     asio::use_awaitable, std::move(state), std::move(executor));
}

task<std::optional<std::string>> read_from(std::shared_ptr<stream_state> state, asio::any_io_executor executor) {
  for (;;) {
    if (auto message = state->take()) co_return message;
    if (state->has_ended()) co_return std::nullopt;
    co_await wait_for(state, executor);
  }
}

}  // namespace

rpc_stream::rpc_stream(std::shared_ptr<rpc_channel> over, asio::any_io_executor executor, rpc_start start) : executor_(std::move(executor)), state_(std::make_shared<stream_state>(std::move(over), executor_)) { state_->start(start); }
rpc_stream::~rpc_stream() {
  if (state_) state_->drop();
}

task<std::optional<std::string>> rpc_stream::read() { return read_from(state_, executor_); }
std::optional<std::string> rpc_stream::take_ready() { return state_->take(); }
metadata_list rpc_stream::headers() const { return state_->headers(); }
task<bool> rpc_stream::write(std::string message) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
      [](auto handler, std::shared_ptr<stream_state> of, const asio::any_io_executor& on, std::string what) { of->write(on, std::move(what), std::move(handler)); }, asio::use_awaitable, state_, executor_, std::move(message));
}
void rpc_stream::close_writing() { state_->close_writing(); }
void rpc_stream::cancel() { state_->stop(); }
const rpc_end& rpc_stream::end() const { return state_->end(); }

}  // namespace utcp::grpc_transport
