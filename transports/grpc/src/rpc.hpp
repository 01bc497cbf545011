#pragma once

#include "grpc_settings.hpp"

#include <utcp/clock.hpp>
#include <utcp/error.hpp>
#include <utcp/task.hpp>

#include <grpcpp/generic/generic_stub.h>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace utcp::grpc_transport {

/// A call that is about to be made.
struct rpc_start {
  rpc_start() = default;

  std::string path;                      ///< "/package.Service/Method"
  metadata_list metadata;
  time_point deadline = time_point::max();
  compression compress = compression::none;
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

/// A connection to a server, shared by its calls. gRPC connects when the first call is made and again after a loss.
class rpc_channel {
 public:
  rpc_channel(const server_address& server, std::shared_ptr<::grpc::Channel> channel);

  /// gRPC joins its threads when the last channel goes, so none may go on one of them: a call leaves its channel here when it has ended,
  /// and one that begins lets go of those that are left.
  static void leave(std::shared_ptr<rpc_channel> channel);
  static void release_left();

  /// `target` in gRPC's syntax, such as "dns:///host:port". Fails with errc::invalid_config: a file of certificates that cannot be read.
  static result<std::shared_ptr<rpc_channel>> open(const server_address& server, const std::string& target);

  ::grpc::GenericStub& stub() { return stub_; }
  const std::string& shown() const { return shown_; }
  bool is_tls() const { return tls_; }

 private:
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
