#pragma once

#include <utcp/net/http_message.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::net {

class http_engine;
class http_transfer;
struct plain_exchange;

/// What `http_client::open` begins with. One of the two engines has the rest.
struct opened_stream {
  http_head head;
  http_transfer* transfer = nullptr;
  plain_exchange* plain = nullptr;
};

template <class T>
using completion = boost::asio::any_completion_handler<void(result<T>)>;
using response_handler = completion<http_response>;
using open_handler = completion<opened_stream>;
using chunk_handler = completion<std::optional<std::string>>;

/// One curl easy handle with its buffers. It is used again and again, so options that stay the same are set once and
/// buffers keep their memory.
class http_transfer {
 public:
  explicit http_transfer(http_engine& owner);
  ~http_transfer();
  http_transfer(http_transfer&&) = delete;

  /// Sets what differs from the last request. Fails with errc::invalid_argument, unsupported or timed_out.
  result<void> prepare(http_request request, bool streaming);
  /// What a finished exchange gave; leaves the handle ready for the next.
  result<http_response> finish(CURLcode code);
  /// Why it failed, or nothing.
  std::optional<error> failure_of(CURLcode code) const;
  /// The deadline of most streams holds until they open.
  void lift_deadline();
  /// Whether the request may go to that address.
  bool may_connect(const sockaddr& address);
  /// Lets go of the request and of what came.
  void clear();

  CURL* handle() const noexcept { return easy_; }
  http_engine& owner() const noexcept { return owner_; }
  bool streaming() const noexcept { return streaming_; }
  bool head_complete() const noexcept { return head_complete_; }
  http_head take_head();
  const http_request& request() const noexcept { return request_; }

  // The engine's own notes.
  response_handler on_response;
  open_handler on_open;
  chunk_handler on_chunk;
  std::uint64_t serial = 0;      ///< of the use; a late cancellation of an earlier one is told apart by it
  std::size_t index = 0;         ///< in the engine's list
  bool in_multi = false;
  bool is_ready = false;         ///< in the list of streams with news
  bool paused = false;
  bool opened = false;           ///< the head was handed out
  std::optional<CURLcode> ended;
  std::string buffer;            ///< of a stream, not read yet
  std::shared_ptr<boost::asio::cancellation_signal> upload_wait;  ///< while the upload has no bytes

 private:
  enum class shape { none, head, fields, upload };
  enum class trouble { none, body_too_large, head_too_large, upload_failed, exception };

  static std::size_t on_header_bytes(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_body_bytes(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_upload(char* to, std::size_t, std::size_t room, void* self);
  static int on_upload_seek(void* self, curl_off_t offset, int origin);
  static int on_request(void* self, char* peer, char*, int, int);
  std::size_t take_header(std::string_view line);
  std::size_t take_body(std::string_view bytes);
  void begin_head(std::string_view status_line);
  bool note_length(std::string_view value);
  result<void> write_headers(bool body_expected);
  void set_method(bool with_body);
  void set_target();
  void set_connection();
  void set_address_rule();
  void note_peer();

  http_engine& owner_;
  CURL* easy_;
  http_request request_;
  http_response response_;
  std::size_t received_ = 0;
  std::size_t head_bytes_ = 0;
  std::size_t window_;
  bool streaming_ = false;
  bool head_complete_ = false;
  trouble trouble_ = trouble::none;
  std::optional<error> upload_failure_;
  std::optional<boost::asio::ip::address> refused_;  ///< by may_connect

  // What the handle is set to now.
  std::string url_;
  connection_ptr connection_;
  std::string proxy_;
  bool checks_addresses_ = false;
  std::string custom_method_;
  shape shape_ = shape::none;
  bool pipe_wait_ = false;
  bool announces_length_ = false;

  // The header lines: one text with NULs, and list nodes of our own that point into it. curl only reads them.
  std::string lines_;
  std::vector<std::size_t> line_starts_;
  std::vector<curl_slist> nodes_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
};

}  // namespace utcp::net
