#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace utcp::testing {

/// A request as it came over the wire.
struct recorded_request {
  std::string method;
  std::string target;  ///< path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t connection = 0;  ///< counted from 0

  /// By name ignoring case; nothing when absent.
  std::optional<std::string> header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// What the server does with a request.
struct scripted_reply {
  enum class ending {
    whole,            ///< the whole answer, the connection is kept
    close,            ///< the whole answer, then the connection is closed
    close_mid_body,   ///< half of the body, then closed
    close_at_once,    ///< no answer
    reset,            ///< the whole of `raw`, if there is one, then the connection is reset
    hang,             ///< no answer, the connection stays open
    hang_mid_body,    ///< half of the body, then silence until the client has gone
    hang_after_body,  ///< the body, then silence until the client has gone; Content-Length promises more
  };

  scripted_reply() = default;
  explicit scripted_reply(std::string text) : body(std::move(text)) {}
  scripted_reply(int code, std::string text) : status(code), body(std::move(text)) {}

  scripted_reply& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  scripted_reply& type(std::string value) { return with("Content-Type", std::move(value)); }

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  ending end = ending::whole;
  bool chunked = false;
  bool drip = false;                 ///< one byte at a time
  std::optional<std::string> raw;    ///< sent as it is instead of all the above
};

scripted_reply json_reply(std::string body);
scripted_reply redirect_to(int status, std::string location);

/// An HTTP/1.1 server on a free loopback port, with threads of its own. `answer` is called for one request at a time.
class loopback_http_server {
 public:
  using script = std::function<scripted_reply(const recorded_request&)>;

  explicit loopback_http_server(script answer);
  ~loopback_http_server();
  loopback_http_server(loopback_http_server&&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// `http://127.0.0.1:PORT` and the path.
  std::string url(std::string_view path = "/") const;
  std::vector<recorded_request> requests() const;
  recorded_request last() const;
  std::size_t connections() const;
  /// Answers that hang in the middle now.
  std::size_t hanging() const noexcept { return hanging_; }

 private:
  void accept_all();
  void serve(int socket, std::size_t number);
  bool send_reply(int socket, const scripted_reply& reply, bool head_only);
  void wait_for_stop();
  void wait_until_gone(int socket);

  std::atomic<std::size_t> hanging_{0};
  script answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::mutex script_mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::vector<recorded_request> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace utcp::testing
