#pragma once

#include "http_transfer.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::net {

class http_engine;
struct plain_connection;
struct plain_exchange;
struct plain_host;

/// Plain HTTP/1.1 to an address or to localhost, without a proxy. There a call costs little but what the client does, and this
/// does half of what libcurl does. See docs/adr/0006-plain-http.md.
///
/// A part of the engine: its sockets are in the engine's epoll set, and the engine calls the handlers.
class plain_http {
 public:
  explicit plain_http(http_engine& owner);
  ~plain_http();
  plain_http(plain_http&&) = delete;

  /// False, and nothing is touched: this request is not for us.
  bool send(http_request& request, response_handler& handler);
  /// The same for an answer whose body is pulled. The head is given by `tell_news`.
  bool open(http_request& request, open_handler& handler);
  /// The next bytes of an open stream.
  void read(plain_exchange& stream, chunk_handler handler);
  /// A stream's owner has gone.
  void drop(plain_exchange& stream);
  bool has_news() const noexcept { return !news_.empty(); }
  /// Calls the handlers of streams for which something came.
  void tell_news();
  /// Writes the requests that were sent while handlers were called.
  void start_delayed();
  void on_event(plain_connection& connection, std::uint32_t events);
  /// Reads for the only request under way, without asking epoll first. False: there are more requests, or nothing came.
  bool read_the_only_one();
  /// Ends what is late. The next time to look, if any.
  std::optional<time_point> expire(time_point now);

  bool busy() const noexcept { return !active_.empty(); }
  /// Hands out the handlers of all that is under way.
  void abandon(std::vector<response_handler>& responses, std::vector<open_handler>& opens, std::vector<chunk_handler>& chunks);

 private:
  plain_host* host_for(const http_request& request);
  plain_host* host_at(const url& target);
  template <class T>
  bool take(http_request& request, completion<T>& handler, completion<T> plain_exchange::*slot);
  plain_exchange& take_exchange();
  void recycle(plain_exchange& exchange);
  void leave(plain_exchange& exchange);
  void write_head(plain_exchange& exchange);
  void start(plain_exchange& exchange);
  plain_connection* kept_connection(plain_exchange& exchange);
  void connect(plain_exchange& exchange);
  void try_endpoints(plain_connection& connection, int why);
  void connected(plain_connection& connection);
  void write(plain_connection& connection);
  bool read(plain_connection& connection);
  void ended_by_peer(plain_connection& connection, int reason);
  void answered(plain_connection& connection);
  void fail(plain_exchange& exchange, error why);
  void let_go(plain_connection& connection, bool keep);
  void watch(plain_connection& connection);
  void not_understood(plain_exchange& exchange, error why);
  void hand_over(plain_exchange& exchange, result<http_response> outcome);
  void release(plain_connection& connection);
  void close(plain_connection& connection);
  void start_next(plain_host& host);
  void forget(plain_exchange& exchange);
  void cancel(plain_exchange& exchange, std::uint64_t serial);

  void note_progress(plain_connection& connection);
  void end_stream(plain_exchange& stream);
  void note_news(plain_exchange& stream);
  void tell(plain_exchange& stream);
  void forget_stream(plain_exchange& stream);

  http_engine& owner_;
  std::map<std::string, std::unique_ptr<plain_host>, std::less<>> hosts_;  // by "host:port"
  plain_host* last_host_ = nullptr;
  std::vector<plain_exchange*> active_;
  std::vector<plain_exchange*> delayed_;
  std::vector<plain_exchange*> news_;
  std::vector<plain_exchange*> free_;
  std::vector<std::unique_ptr<plain_exchange>> exchanges_;  // all; they live as long as we do
  std::size_t idle_connections_ = 0;
  std::uint64_t next_serial_ = 0;
  std::string buffer_;  // what is read goes through it
  std::string key_;
};

}  // namespace utcp::net
