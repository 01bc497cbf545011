#include "plain_http.hpp"

#include "http_engine.hpp"
#include "http_rules.hpp"
#include "plain_exchange.hpp"

#include <utcp/net/redirect.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/ip/address.hpp>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace utcp::net {

namespace {

constexpr std::size_t read_size = 64u << 10;
constexpr std::size_t little_read_size = 4u << 10;
constexpr int reads_at_once = 16;
constexpr std::size_t max_hosts = 1024;  // then those without connections are forgotten

// An address in its usual spelling, or localhost.
std::vector<asio::ip::address> addresses_of(std::string_view host) {
  if (host == "localhost") return {asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()};
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec || (address.is_v6() && address.to_v6().scope_id() != 0)) return {};
  return {address};
}

result<void> check(const http_request& request, time_point now) {
  if (auto fine = check_body_allowed(request); !fine) return fine;
  for (const http_header& header : request.headers)
    if (auto fine = check_header(header.name, header.value); !fine) return fine;
  if (request.deadline <= now) return deadline_passed(request, false);
  return {};
}

std::chrono::microseconds micros(time_point from, time_point to) {
  return to > from ? std::chrono::duration_cast<std::chrono::microseconds>(to - from) : std::chrono::microseconds(0);
}

}  // namespace

plain_http::plain_http(http_engine& owner) : owner_(owner) {}

plain_http::~plain_http() {
  for (const auto& [key, host] : hosts_)
    for (const auto& connection : host->connections) ::close(connection->fd);
}

plain_host* plain_http::host_for(const http_request& request) {
  const url& target = request.target;
  if (target.scheme() != "http" || request.upload || request.public_addresses_only || target.has_userinfo()) return nullptr;
  if (request.headers.find("Accept-Encoding")) return nullptr;  // libcurl undoes more codings
  const http_client_options& options = owner_.options();
  const connection_options& how = request.connection ? *request.connection : *options.connection;
  if (options.libcurl_only || !options.resolve.empty() || !how.unix_socket.empty() || (how.proxy && !how.proxy->reveal().empty())) return nullptr;
  plain_host* host = host_at(target);
  return host && !host->left_to_libcurl && (host->is_loopback || how.proxy || owner_.proxies().proxy_for(target).empty()) ? host : nullptr;
}

plain_host* plain_http::host_at(const url& target) {
  key_.assign(target.host());
  key_ += ' ';
  key_ += std::to_string(target.port());
  if (last_host_ && last_host_->key == key_) return last_host_;
  auto found = hosts_.find(key_);
  if (found == hosts_.end()) {
    const auto addresses = addresses_of(target.host());
    if (addresses.empty()) return nullptr;
    if (hosts_.size() >= max_hosts) std::erase_if(hosts_, [](const auto& entry) { return entry.second->connections.empty() && entry.second->exchanges == 0; });
    auto host = std::make_unique<plain_host>();
    host->key = key_;
    host->field = target.host();
    if (host->field.find(':') != std::string::npos) host->field = "[" + host->field + "]";
    if (target.port() != 80) host->field += ":" + std::to_string(target.port());
    for (const auto& address : addresses) host->endpoints.emplace_back(address, target.port());
    host->is_loopback = is_loopback_like(target.host());
    found = hosts_.emplace(key_, std::move(host)).first;
  }
  return last_host_ = found->second.get();
}

bool plain_http::send(http_request& request, response_handler& handler) { return take(request, handler, &plain_exchange::handler); }

template <class T>
bool plain_http::take(http_request& request, completion<T>& handler, completion<T> plain_exchange::*slot) {
  plain_host* host = host_for(request);
  if (!host) return false;
  const time_point now = time_point::clock::now();
  if (auto fine = check(request, now); !fine) {
    owner_.post<T>(std::move(handler), std::move(fine).error());
    return true;
  }
  plain_exchange& exchange = take_exchange();
  exchange.request = std::move(request);
  exchange.host = host;
  ++host->exchanges;
  exchange.began = now;
  exchange.due = exchange.end();
  exchange.streaming = std::is_same_v<T, opened_stream>;
  exchange.reader.begin(exchange.request, exchange.streaming);
  write_head(exchange);
  owner_.on_cancellation(handler, [&exchange, serial = exchange.serial](http_engine& engine) { engine.plain().cancel(exchange, serial); });
  (exchange.*slot).swap(handler);
  if (owner_.telling()) delayed_.push_back(&exchange);
  else start(exchange);
  owner_.ring_by(exchange.due);
  return true;
}

template bool plain_http::take(http_request&, open_handler&, open_handler plain_exchange::*);

plain_exchange& plain_http::take_exchange() {
  if (free_.empty()) {
    exchanges_.push_back(std::make_unique<plain_exchange>());
    free_.push_back(exchanges_.back().get());
  }
  plain_exchange& exchange = *free_.back();
  free_.pop_back();
  exchange.serial = ++next_serial_;
  exchange.index = active_.size();
  active_.push_back(&exchange);
  return exchange;
}

void plain_http::recycle(plain_exchange& exchange) {
  --exchange.host->exchanges;
  exchange.serial = 0;
  exchange.on = nullptr;
  exchange.retried = false;
  exchange.request.body.reset();
  exchange.was_connected = exchange.first_byte = time_point();
  if (exchange.streaming) forget_stream(exchange);
  leave(exchange);
  free_.push_back(&exchange);
}

// It is no longer under way.
void plain_http::leave(plain_exchange& exchange) {
  if (exchange.index == plain_exchange::none) return;
  active_[exchange.index] = active_.back();
  active_[exchange.index]->index = exchange.index;
  active_.pop_back();
  exchange.index = plain_exchange::none;
}

void plain_http::write_head(plain_exchange& exchange) {
  const http_request& request = exchange.request;
  std::string& out = exchange.head;
  const auto field = [&out](std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  };
  out.assign(request.method);
  out += ' ';
  out += request.target.path();
  if (const std::string_view query = request.target.query(); !query.empty()) {
    out += '?';
    out += query;
  }
  out += " HTTP/1.1\r\n";
  const auto absent = [&](std::string_view name) { return !request.headers.find(name); };
  if (absent("Host")) field("Host", exchange.host->field);
  if (absent("User-Agent")) field("User-Agent", "utcp/" UTCP_VERSION);
  if (absent("Accept")) field("Accept", "*/*");
  // To compress for the same machine is a waste. What is compressed all the same is still read.
  if (!exchange.host->is_loopback) field("Accept-Encoding", "gzip, deflate");
  for (const http_header& header : request.headers) field(header.name, header.value);
  if (announces_length(request)) field("Content-Length", std::to_string(request.body ? request.body->size() : 0));
  out += "\r\n";
}

void plain_http::start_delayed() {
  for (std::size_t i = 0; i < delayed_.size(); ++i)
    if (plain_exchange* exchange = delayed_[i]) start(*exchange);
  delayed_.clear();
}

void plain_http::start(plain_exchange& exchange) {
  plain_host& host = *exchange.host;
  if (plain_connection* kept = kept_connection(exchange)) {
    kept->serves = &exchange;
    kept->written = 0;
    exchange.on = kept;
    write(*kept);
  } else if (host.connections.size() < owner_.options().max_connections_per_host) {
    connect(exchange);
  } else {
    host.waiting.push_back(&exchange);
  }
}

void plain_http::on_event(plain_connection& connection, std::uint32_t events) {
  if (!connection.serves) return close(connection);  // an idle one was closed by the server, or got what nobody asked for
  if (connection.connecting) {
    int why = 0;
    socklen_t size = sizeof why;
    ::getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &why, &size);
    if (why == 0) return connected(connection);
    owner_.forget_plain(connection.fd);
    ::close(std::exchange(connection.fd, -1));
    connection.connecting = false;
    return try_endpoints(connection, why);
  }
  if (events & EPOLLOUT) {
    const std::uint64_t serial = connection.serves->serial;
    plain_exchange* exchange = connection.serves;
    write(connection);
    if (exchange->serial != serial || exchange->on != &connection) return;  // it failed
  }
  if (events & ~std::uint32_t{EPOLLOUT}) (void)read(connection);
}

void plain_http::write(plain_connection& connection) {
  plain_exchange& exchange = *connection.serves;
  const std::size_t size = exchange.size();
  while (connection.written < size) {
    std::array<iovec, 2> parts{};
    std::size_t count = 0;
    const auto add = [&](const std::string& text, std::size_t from) {
      if (from < text.size()) parts[count++] = {const_cast<char*>(text.data()) + from, text.size() - from};
    };
    const std::size_t head = exchange.head.size();
    add(exchange.head, connection.written);
    if (exchange.request.body) add(*exchange.request.body, connection.written > head ? connection.written - head : 0);
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(connection.fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      connection.written += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      if (!std::exchange(connection.watches_output, true)) watch(connection);
      return;
    } else if (errno != EINTR) {
      // The server may have answered before it closed.
      const int reason = errno;
      if (!read(connection)) ended_by_peer(connection, reason);
      return;
    }
  }
  if (std::exchange(connection.watches_output, false)) watch(connection);
}

void plain_http::watch(plain_connection& connection) { owner_.watch_plain(connection.fd, connection, connection.watches_input, connection.watches_output); }

// False: nothing came.
bool plain_http::read(plain_connection& connection) {
  plain_exchange& exchange = *connection.serves;
  if (buffer_.empty()) buffer_.resize(read_size);
  // A little compressed is much decompressed, and the window of a stream is to bound that.
  const bool little = exchange.streaming && (!exchange.reader.head_complete() || exchange.reader.is_coded());
  const std::size_t size = little ? little_read_size : buffer_.size();
  for (int i = 0; i < reads_at_once; ++i) {
    const ssize_t got = ::recv(connection.fd, buffer_.data(), size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return i > 0;
    if (got <= 0) {
      ended_by_peer(connection, got < 0 ? errno : 0);
      return true;
    }
    if (exchange.request.want_timings && exchange.first_byte == time_point()) exchange.first_byte = time_point::clock::now();
    auto done = exchange.reader.feed(std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
    if (!done) {
      not_understood(exchange, std::move(done).error());
      return true;
    }
    if (exchange.streaming) note_progress(connection);
    if (*done) {
      answered(connection);
      return true;
    }
    if (static_cast<std::size_t>(got) < size || !connection.watches_input) return true;
  }
  return true;
}

bool plain_http::read_the_only_one() {
  if (active_.size() != 1) return false;
  plain_connection* connection = active_.front()->on;
  return connection && !connection->connecting && !connection->watches_output && connection->watches_input && read(*connection);
}

// `reason`: errno, or 0 for an orderly end.
void plain_http::ended_by_peer(plain_connection& connection, int reason) {
  plain_exchange& exchange = *connection.serves;
  if (!exchange.reader.started()) {
    // A kept connection may have been closed while the request was on its way.
    const bool again = connection.served > 0 && !exchange.retried && (is_idempotent(exchange.request.method) || connection.written == 0);
    if (!again) return fail(exchange, closed_without_answer(exchange.request));
    exchange.retried = true;
    let_go(connection, false);
    return start(exchange);
  }
  if (reason != 0) return fail(exchange, exchange_failed(exchange.request, errc::connection_failed, "the connection broke before the whole answer came: " + std::generic_category().message(reason)));
  if (auto whole = exchange.reader.end(); !whole) return fail(exchange, std::move(whole).error());
  answered(connection);
}

void plain_http::answered(plain_connection& connection) {
  plain_exchange& exchange = *connection.serves;
  const bool keep = exchange.reader.keeps_connection() && connection.written == exchange.size();
  if (exchange.streaming) {
    let_go(connection, keep);
    return end_stream(exchange);
  }
  http_response response = exchange.reader.take();
  const http_request& request = exchange.request;
  if (request.want_peer || is_redirect(response.status)) response.peer = owner_.options().scope_of(connection.peer.address());
  if (request.want_timings) {
    response.timings.connected = micros(exchange.began, exchange.was_connected);
    response.timings.first_byte = micros(exchange.began, exchange.first_byte);
    response.timings.total = micros(exchange.began, time_point::clock::now());
  }
  response.request = std::move(exchange.request);
  let_go(connection, keep);
  hand_over(exchange, std::move(response));
}

void plain_http::fail(plain_exchange& exchange, error why) {
  if (exchange.on) let_go(*exchange.on, false);
  if (!exchange.streaming) return hand_over(exchange, std::move(why));
  exchange.failure = std::move(why);
  end_stream(exchange);
}

// Ends what the connection served.
void plain_http::let_go(plain_connection& connection, bool keep) {
  connection.serves->on = nullptr;
  connection.serves = nullptr;
  if (keep) release(connection);
  else close(connection);
}

// libcurl takes what the parser here is too strict for (line ends, other content codings), so it has this host from now on.
void plain_http::not_understood(plain_exchange& exchange, error why) {
  if (!exchange.reader.may_be_readable()) return fail(exchange, std::move(why));
  exchange.host->left_to_libcurl = true;
  if (!is_idempotent(exchange.request.method) || exchange.opened || exchange.head_read) return fail(exchange, std::move(why));
  let_go(*exchange.on, false);
  response_handler handler;
  handler.swap(exchange.handler);
  open_handler on_open;
  on_open.swap(exchange.on_open);
  http_request request = std::move(exchange.request);
  const bool streaming = exchange.streaming;
  recycle(exchange);
  if (streaming) owner_.open_by_curl(std::move(request), std::move(on_open));
  else owner_.send_by_curl(std::move(request), std::move(handler));
}

void plain_http::hand_over(plain_exchange& exchange, result<http_response> outcome) {
  response_handler handler;
  handler.swap(exchange.handler);
  recycle(exchange);
  owner_.finish(std::move(outcome), handler);
}

void plain_http::release(plain_connection& connection) {
  ++connection.served;
  plain_host& host = *connection.host;
  if (host.waiting.empty() && idle_connections_ >= owner_.options().max_connections) return close(connection);
  connection.idle_since = time_point::clock::now();
  host.idle.push_back(&connection);
  ++idle_connections_;
  start_next(host);
}

void plain_http::close(plain_connection& connection) {
  plain_host& host = *connection.host;
  if (connection.fd >= 0) {
    owner_.forget_plain(connection.fd);
    ::close(connection.fd);
  }
  idle_connections_ -= std::erase(host.idle, &connection);
  std::erase_if(host.connections, [&](const auto& one) { return one.get() == &connection; });
  start_next(host);
}

// Put off: starting it here would recurse, request by request, where connections fail at once.
void plain_http::start_next(plain_host& host) {
  if (host.waiting.empty()) return;
  delayed_.push_back(host.waiting.front());
  host.waiting.pop_front();
  owner_.post_progress();
}

std::optional<time_point> plain_http::expire(time_point now) {
  std::vector<std::pair<plain_exchange*, std::uint64_t>> late;
  for (plain_exchange* exchange : active_)
    if (exchange->due <= now) late.emplace_back(exchange, exchange->serial);
  for (const auto& [exchange, serial] : late) {
    if (exchange->serial != serial) continue;
    const bool connecting = exchange->request.deadline > now;
    forget(*exchange);
    fail(*exchange, connecting ? exchange_failed(exchange->request, errc::connection_failed, "no connection within " + std::to_string(owner_.options().connect_timeout.count()) + " ms")
                               : deadline_passed(exchange->request, exchange->reader.head_complete()));
  }
  std::optional<time_point> next;
  for (const plain_exchange* exchange : active_)
    if (exchange->due != time_point::max() && (!next || exchange->due < *next)) next = exchange->due;
  return next;
}

// Takes it out of the lists of those that wait.
void plain_http::forget(plain_exchange& exchange) {
  std::erase(exchange.host->waiting, &exchange);
  std::replace(delayed_.begin(), delayed_.end(), &exchange, static_cast<plain_exchange*>(nullptr));
}

void plain_http::cancel(plain_exchange& exchange, std::uint64_t serial) {
  if (exchange.serial != serial) return;
  if (exchange.opened) {  // only a read is given up; the stream's owner decides about the rest
    if (exchange.on_chunk) owner_.post<std::optional<std::string>>(std::exchange(exchange.on_chunk, nullptr), request_cancelled());
    return;
  }
  forget(exchange);
  if (exchange.on) let_go(*exchange.on, false);
  response_handler handler;
  handler.swap(exchange.handler);
  open_handler on_open;
  on_open.swap(exchange.on_open);
  recycle(exchange);
  if (handler) owner_.post<http_response>(std::move(handler), request_cancelled());
  if (on_open) owner_.post<opened_stream>(std::move(on_open), request_cancelled());
  owner_.settle();
}

void plain_http::abandon(std::vector<response_handler>& responses, std::vector<open_handler>& opens, std::vector<chunk_handler>& chunks) {
  for (const auto& exchange : exchanges_) {
    if (exchange->serial == 0) continue;
    responses.emplace_back().swap(exchange->handler);
    opens.emplace_back().swap(exchange->on_open);
    chunks.emplace_back().swap(exchange->on_chunk);
  }
}

}  // namespace utcp::net
