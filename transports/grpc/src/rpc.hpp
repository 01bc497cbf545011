#pragma once

#include "grpc_settings.hpp"

#include <utcp/clock.hpp>
#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <grpcpp/generic/generic_stub.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace utcp::grpc_transport {

/// A call that is about to be made.
struct rpc_start {
  rpc_start() = default;

  std::string path;                      ///< "/package.Service/Method"
  metadata_list metadata;
  time_point deadline = time_point::max();
  compression compress = compression::none;
  bool want_metadata = false;            ///< fill rpc_end
};

/// How a call ended, by the server's word or gRPC's own.
struct rpc_end {
  rpc_end() = default;

  ::grpc::Status status;
  bool from_server = false;              ///< the status is the server's own word
  metadata_list headers, trailers;
};

struct unary_answer {
  unary_answer() = default;

  rpc_end end;
  std::optional<std::string> message;    ///< where the status is OK; nothing: the server sent none
};

/// A call that is under way.
class rpc_call : public boost::intrusive::list_base_hook<> {
 public:
  rpc_call() = default;
  rpc_call(const rpc_call&) = delete;
  rpc_call& operator=(const rpc_call&) = delete;
  virtual ~rpc_call() = default;
  virtual std::shared_ptr<rpc_call> share() = 0;
  /// Cancels it. On any thread.
  virtual void stop() = 0;

  std::chrono::steady_clock::time_point began;  ///< the engine's note
};

class polling_turn;

/// Waits for the answers of all calls of a client, on a thread of its own. As long as answers come quickly it lends this to the executor that they
/// go to, which then polls: that costs less than to wake two threads for each. Its end cancels the calls that are left and waits until they are over.
class rpc_engine {
 public:
  rpc_engine();
  ~rpc_engine();
  rpc_engine(const rpc_engine&) = delete;
  rpc_engine& operator=(const rpc_engine&) = delete;

  ::grpc::CompletionQueue& queue();
  void add(rpc_call& call);
  /// When nothing is begun any more.
  void remove(rpc_call& call);
  /// For who has just given the answer of a call to `executor`, and posts there what this gives.
  std::optional<polling_turn> lend(const rpc_call& answered, const boost::asio::any_io_executor& executor);

 private:
  friend class polling_turn;
  struct core;

  std::shared_ptr<core> core_;
  std::thread thread_;
};

/// The right and duty to wait for answers. Ends with the object.
class polling_turn {
 public:
  polling_turn(std::shared_ptr<rpc_engine::core> of, const boost::asio::any_io_executor& executor);
  polling_turn(polling_turn&&) noexcept = default;
  polling_turn& operator=(polling_turn&&) = delete;
  ~polling_turn();
  /// Takes what is there, and posts itself again, unless nothing came for a while.
  void operator()();

 private:
  std::shared_ptr<rpc_engine::core> of_;  // null: moved from
  boost::asio::any_io_executor executor_;
  std::optional<std::chrono::steady_clock::time_point> idle_since_;
};

/// A connection to a server, shared by its calls. gRPC connects when the first call is made and again after a loss.
class rpc_channel {
 public:
  rpc_channel(rpc_engine& engine, const server_address& server, std::shared_ptr<::grpc::Channel> channel);

  /// `target` in gRPC's syntax, such as "dns:///host:port". Fails with errc::invalid_config: a file of certificates that cannot be read.
  static result<std::shared_ptr<rpc_channel>> open(rpc_engine& engine, const server_address& server, const std::string& target);

  ::grpc::GenericStub& stub() { return stub_; }
  rpc_engine& engine() { return engine_; }
  const std::string& shown() const { return shown_; }
  bool is_tls() const { return tls_; }

 private:
  rpc_engine& engine_;
  std::string shown_;
  bool tls_;
  ::grpc::GenericStub stub_;
};

/// Sends one message and waits for one. Never fails itself: what went wrong is in the status. Cancellation reaches the server.
task<unary_answer> call_unary(std::shared_ptr<rpc_channel> over, boost::asio::any_io_executor executor, rpc_start start, std::string message);

class stream_state;

/// A call with streams in both directions, of which either may have one message. One reader and one writer at a time, on the
/// executor. Destruction cancels the call.
class rpc_stream {
 public:
  rpc_stream(std::shared_ptr<rpc_channel> over, boost::asio::any_io_executor executor, rpc_start start);
  rpc_stream(rpc_stream&&) noexcept = default;
  rpc_stream& operator=(rpc_stream&&) = delete;
  ~rpc_stream();

  /// The next message; nothing at the end, where `end` says how it went. A cancelled read cancels the call.
  task<std::optional<std::string>> read();
  /// A message that is here already.
  std::optional<std::string> take_ready();
  /// What the server sent before its first message; empty as long as nothing has come.
  metadata_list headers() const;
  /// False when the call is over.
  task<bool> write(std::string message);
  /// No more will be written.
  void close_writing();
  void cancel();
  /// Valid once `read` gave nothing.
  const rpc_end& end() const;

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<stream_state> state_;
};

}  // namespace utcp::grpc_transport
