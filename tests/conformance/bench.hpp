#pragma once

#include "rig.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <stdexcept>

namespace utcp::conformance {

/// A client with the rig's transport and provider, whose event loop a test turns by hand.
class bench {
 public:
  explicit bench(const rig& of) : bench(of, of.provider) {}
  bench(const rig& of, json provider);
  ~bench();
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;

  client& user() noexcept { return client_; }
  manual_report report() const { return client_.registered().front(); }

  /// Something under way, and the means to stop it.
  template <class T>
  struct pending {
    explicit pending(boost::asio::io_context& on) : context(on) {}

    boost::asio::io_context& context;
    std::optional<T> value;
    boost::asio::cancellation_signal stop;
    bool owned_by_asio = false;  // the slot is co_spawn's: it may be used only where the coroutine runs, and only until it ends

    void cancel(std::shared_ptr<pending> self) {
      if (!owned_by_asio) return stop.emit(boost::asio::cancellation_type::terminal);
      boost::asio::post(context, [self] {
        if (!self->value) self->stop.emit(boost::asio::cancellation_type::terminal);
      });
    }
  };
  template <class T>
  using pending_ptr = std::shared_ptr<pending<T>>;
  using call_answer = result<tool_result>;

  pending_ptr<call_answer> start_call(const tool_use& use, call_options options = {});
  /// Opens a stream and reads it to its end, or `most` items, into an array.
  pending_ptr<call_answer> start_stream(const tool_use& use, std::size_t most = 1000);
  pending_ptr<manual_report> start_registration(const json& provider);

  call_answer call(const tool_use& use, call_options options = {}) { return wait(start_call(use, std::move(options))); }
  result<result_stream> open(const tool_use& use);
  result<std::optional<tool_result>> next(result_stream& from);
  manual_report register_manual(const json& provider) { return wait(start_registration(provider)); }
  result<void> deregister(const std::string& name);

  /// Turns the loop until the value is there. A minute without is a failure of the test.
  template <class T>
  T wait(pending_ptr<T> of) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!of->value) {
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("nothing came for a minute");
      context_.run_one_for(std::chrono::milliseconds(100));
    }
    return std::move(*of->value);
  }

  /// Runs at most `steps` handlers; false when nothing more was to be done for a while.
  bool turn(std::size_t steps);

 private:

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  client client_;
};

/// The largest block that the calling thread has asked operator new for since `reset_largest_allocation`.
std::size_t largest_allocation() noexcept;
void reset_largest_allocation() noexcept;

std::size_t open_descriptors();

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

}  // namespace utcp::conformance
