#pragma once

#include "http_transfer.hpp"
#include "response_reader.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::net {

struct plain_exchange;
struct plain_host;

struct plain_connection {
  plain_host* host = nullptr;
  plain_exchange* serves = nullptr;  ///< null: idle
  boost::asio::ip::tcp::endpoint peer;
  std::size_t first_endpoint = 0;    ///< of the host's, tried before the others
  std::size_t endpoints_tried = 0;
  std::size_t written = 0;           ///< of the exchange's head and body
  std::size_t served = 0;            ///< exchanges before this one
  time_point idle_since;
  int fd = -1;
  bool connecting = false;
  bool watches_output = false;
  bool watches_input = true;
};

/// A host and a port.
struct plain_host {
  std::string key;
  std::string field;                    ///< the Host field
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  std::size_t preferred = 0;            ///< the endpoint that was reached last
  bool is_loopback = false;
  bool left_to_libcurl = false;         ///< it answers in ways that only libcurl understands
  std::size_t exchanges = 0;            ///< under way
  std::vector<std::unique_ptr<plain_connection>> connections;
  std::vector<plain_connection*> idle;  ///< used last at the end
  std::deque<plain_exchange*> waiting;  ///< for a connection
};

struct plain_exchange {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  // So that a caller with the same deadline has the first word, on a busy machine too.
  static constexpr std::chrono::milliseconds grace{20};

  time_point end() const { return request.deadline == time_point::max() ? request.deadline : request.deadline + grace; }

  http_request request;
  std::string head;
  response_reader reader;
  response_handler handler;
  plain_host* host = nullptr;
  plain_connection* on = nullptr;
  std::uint64_t serial = 0;  ///< 0: not in use
  std::size_t index = 0;     ///< in the list of those under way, or `none`
  time_point due;            ///< the deadline, or before it the end of the time to connect
  time_point began, was_connected, first_byte;
  bool retried = false;

  // Of a stream.
  bool streaming = false;
  open_handler on_open;
  chunk_handler on_chunk;
  std::optional<http_head> head_read;  ///< until it is handed out
  std::optional<error> failure;
  bool opened = false;    ///< the head was handed out
  bool ended = false;     ///< nothing more will come
  bool is_ready = false;  ///< in the list of streams with news

  std::size_t size() const noexcept { return head.size() + (request.body ? request.body->size() : 0); }
};

}  // namespace utcp::net
