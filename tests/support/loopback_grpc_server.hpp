#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace utcp::testing {

/// What the server does with a call.
struct grpc_script {
  std::vector<std::string> answers;      ///< messages, sent after the first request or the end of the requests
  bool echo = false;                     ///< each request is an answer
  bool after_all = false;                ///< answers are sent when all requests have come
  bool hang = false;                     ///< no status until the call is cancelled
  ::grpc::Status status = ::grpc::Status::OK;
  std::vector<std::pair<std::string, std::string>> headers, trailers;
  /// Makes the answer to each request; in the place of `answers`.
  std::function<std::string(const std::string& request)> answer;
};

/// What has come with a call.
struct grpc_received {
  std::string path;
  std::multimap<std::string, std::string> metadata;
  std::vector<std::string> requests;
  double seconds_left = 0;               ///< of its deadline; huge when there is none
};

/// A real gRPC server on a free port of 127.0.0.1 that knows no message type: bytes in, bytes out. It reflects (v1) the files that it is
/// given. Thread-safe.
class loopback_grpc_server {
 public:
  using behaviour = std::function<grpc_script(const grpc_received&)>;

  /// `files` are texts of .proto files by their names. `behave` is asked when a call comes, on a gRPC thread.
  loopback_grpc_server(const std::map<std::string, std::string>& files, behaviour behave);
  ~loopback_grpc_server();

  int port() const;
  /// Calls that have no status yet; without reflection.
  int open_calls() const;
  std::vector<grpc_received> received() const;
  /// JSON as a message of one of the files, by protobuf's own json_util, and back.
  std::string encode(const std::string& type, const std::string& json) const;
  std::string decode(const std::string& type, const std::string& bytes) const;
  /// The files and what they import as a FileDescriptorSet.
  std::string descriptor_set() const;
  /// Ends all calls with UNAVAILABLE and closes the port.
  void stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace utcp::testing
