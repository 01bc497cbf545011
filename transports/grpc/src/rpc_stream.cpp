#include "rpc_values.hpp"
#include "waiting_calls.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <deque>
#include <functional>

namespace utcp::grpc_transport {
namespace {

// How much is read ahead of a stream's reader.
constexpr std::size_t ahead_messages = 256;
constexpr std::size_t ahead_bytes = 4u << 20;

}  // namespace

/// One read and one write at most are under way; when a read has failed, the status is asked for. Lives until all that was begun is done.
class stream_state final : public rpc_call, public waiting_call, public std::enable_shared_from_this<stream_state> {
 public:
  stream_state(std::shared_ptr<rpc_channel> over, const asio::any_io_executor& executor) : over_(std::move(over)), calls_(&waiting_calls::of(executor)), reader_(executor), writer_(executor) {}

  void start(const rpc_start& how) {
    prepare(context_, how);
    want_metadata_ = how.want_metadata;
    std::lock_guard lock(mutex_);
    self_ = shared_from_this();
    calls_->add(*this);
    over_->engine().add(*this);
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

  std::shared_ptr<rpc_call> share() override { return shared_from_this(); }
  std::shared_ptr<waiting_call> hold() override { return shared_from_this(); }

  /// Nobody reads any more.
  void drop() {
    {
      std::lock_guard lock(mutex_);
      dropped_ = true;
      received_.clear();
      if (calls_) std::exchange(calls_, nullptr)->remove(*this);
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

  void* begin(operation& what) {
    ++under_way_;
    return what.tag();
  }

  void finished(void (stream_state::*then)(bool), bool ok) {
    std::shared_ptr<stream_state> last;
    {
      std::lock_guard lock(mutex_);
      --under_way_;
      (this->*then)(ok);
      if (done_ && under_way_ == 0) last = std::move(self_);
    }
    if (last) over_->engine().remove(*this);
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
    if (want_metadata_ && !std::exchange(has_headers_, true)) headers_ = list_of(context_.GetServerInitialMetadata());
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
    end_ = end_of(context_, status_, cancelled_, want_metadata_);
    done_ = true;
    if (!calls_) return;
    reader_.complete();
    writer_.complete(false);
    reader_.close();
    writer_.close();
    std::exchange(calls_, nullptr)->remove(*this);
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
  bool want_metadata_ = false;
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
