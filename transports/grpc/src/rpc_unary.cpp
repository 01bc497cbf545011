#include "rpc_values.hpp"
#include "waiting_calls.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>

namespace utcp::grpc_transport {
namespace {

class unary_state final : public completion, public rpc_call, public waiting_call, public std::enable_shared_from_this<unary_state> {
 public:
  unary_state(std::shared_ptr<rpc_channel> over, const asio::any_io_executor& executor) : over_(std::move(over)), calls_(&waiting_calls::of(executor)), done_(executor) {}

  void start(const rpc_start& how, std::string message, asio::any_completion_handler<void(unary_answer)> handler) {
    prepare(context_, how);
    want_metadata_ = how.want_metadata;
    self_ = shared_from_this();
    {
      std::lock_guard lock(mutex_);
      done_.set(std::move(handler), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->stop();
      });
    }
    calls_->add(*this);
    over_->engine().add(*this);
    reader_ = over_->stub().PrepareUnaryCall(&context_, how.path, buffer_of(std::move(message)), &over_->engine().queue());
    reader_->StartCall();
    reader_->Finish(&response_, &status_, tag());
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
  std::shared_ptr<rpc_call> share() override { return shared_from_this(); }
  std::shared_ptr<waiting_call> hold() override { return shared_from_this(); }

  void complete(bool) override {
    const std::shared_ptr<unary_state> last = std::move(self_);
    finish();
    over_->engine().remove(*this);
  }

 private:
  void finish() {
    unary_answer out;
    out.end = end_of(context_, status_, cancelled_, want_metadata_);
    if (status_.ok() && response_.Valid()) out.message = text_of(response_);
    std::lock_guard lock(mutex_);
    if (!calls_) return;
    done_.complete(std::move(out));
    if (auto turn = over_->engine().lend(*this, done_.executor())) asio::post(done_.executor(), *std::move(turn));
    done_.close();
    std::exchange(calls_, nullptr)->remove(*this);
  }

  std::shared_ptr<rpc_channel> over_;
  std::shared_ptr<unary_state> self_;  // until the call is over
  std::mutex mutex_;
  waiting_calls* calls_;  // null: abandoned or over
  std::atomic<bool> cancelled_ = false;
  bool want_metadata_ = false;
  awaited<unary_answer> done_;
  ::grpc::ClientContext context_;
  ::grpc::Status status_;
  ::grpc::ByteBuffer response_;
  std::unique_ptr<::grpc::ClientAsyncResponseReader<::grpc::ByteBuffer>> reader_;
};

}  // namespace

task<unary_answer> call_unary(std::shared_ptr<rpc_channel> over, asio::any_io_executor executor, rpc_start start, std::string message) {
  auto state = std::make_shared<unary_state>(std::move(over), executor);
  return asio::async_initiate<const asio::use_awaitable_t<>, void(unary_answer)>(
      [](auto handler, std::shared_ptr<unary_state> of, rpc_start how, std::string what) { of->start(how, std::move(what), std::move(handler)); },
      asio::use_awaitable, std::move(state), std::move(start), std::move(message));
}

}  // namespace utcp::grpc_transport
