#pragma once

#include "subprocess_spawn.hpp"
#include "wait_policy.hpp"

#include <utcp/net/completion.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace utcp::net {

/// One running process. Lives as long as a handle or an operation of its own does; everything runs on its executor.
///
/// Life: running → (exited: the program is a zombie, output may still come) → ended (reaped, its group killed).
class process_core : public std::enable_shared_from_this<process_core> {
 public:
  template <class T>
  using handler = completion_handler<T>;

  process_core(boost::asio::any_io_executor executor, process_description what, spawned process);
  ~process_core();
  process_core(const process_core&) = delete;
  process_core& operator=(const process_core&) = delete;

  void begin();
  void start_read(handler<std::string> done);
  void start_wait(handler<process_end> done);
  void write(std::string_view bytes);
  void close_input();
  void stop(errc reason);

  std::size_t unwritten() const noexcept { return pending_.size(); }
  const std::string& error_output() const noexcept { return error_output_; }
  int id() const noexcept { return pid_; }

 private:
  using stream = boost::asio::posix::stream_descriptor;

  /// Held by the handlers that wait for the next thing to happen. Destroyed unused, it says that the executor is gone.
  class lifeline {
   public:
    explicit lifeline(std::shared_ptr<process_core> core) noexcept : core_(std::move(core)) {}
    lifeline(lifeline&&) noexcept = default;
    ~lifeline() {
      if (core_) core_->executor_gone();
    }
    std::shared_ptr<process_core> use() noexcept { return std::move(core_); }

   private:
    std::shared_ptr<process_core> core_;
  };
  lifeline hold() { return lifeline(shared_from_this()); }

  bool supervised() const noexcept { return control_.get() >= 0; }
  void executor_gone() noexcept;
  void watch_exit();
  void read_output();
  bool take_output();
  void output_came(boost::system::error_code failed, std::size_t size);
  void read_errors();
  void pump_input();
  void await_answer();
  void poll();
  void on_exit();
  void end_if_drained();
  void finish();
  void send(int signal) const noexcept;
  void arm(std::chrono::milliseconds after, void (process_core::*then)());
  void finish_read();
  void finish_wait();
  void kill_now();
  error why_stopped() const;
  template <class T>
  void complete(handler<T>& waiting, result<T> value);
  template <class T>
  bool accept(handler<T>& slot, handler<T>& done);

  boost::asio::any_io_executor executor_;
  boost::asio::any_completion_executor completion_executor_;  // what handlers without an executor of their own run on
  process_description what_;
  std::chrono::steady_clock::time_point began_;
  pid_t pid_;
  stream exit_;
  stream out_;
  stream err_;
  std::optional<stream> in_;
  descriptor control_;
  std::optional<boost::asio::steady_timer> timer_;
  std::unique_ptr<char[]> out_buffer_;
  std::unique_ptr<char[]> err_buffer_;
  std::string error_output_;
  std::string pending_;          // input the program has not taken
  wait_policy policy_;
  std::chrono::steady_clock::time_point wait_began_;
  handler<std::string> reader_;
  handler<process_end> waiter_;
  process_end end_;
  std::optional<errc> stopped_;
  std::optional<error> failure_;  // the supervisor could not start the program
  bool may_poll_ = false;
  bool awaiting_ = false;        // an interactive program's answer
  bool polls_ = false;
  bool reading_ = false;         // what comes on stdout is wanted
  bool watching_ = false;        // the event loop looks at stdout
  bool out_ended_ = false;
  bool err_ended_ = false;
  bool close_when_written_ = false;
  bool writing_ = false;
  bool exited_ = false;
  bool killed_ = false;
  bool ended_ = false;
};

}  // namespace utcp::net
