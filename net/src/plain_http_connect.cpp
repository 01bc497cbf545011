// How plain HTTP gets its connections: one that was kept, or a new one.
#include "plain_http.hpp"

#include "http_engine.hpp"
#include "http_rules.hpp"
#include "plain_exchange.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace utcp::net {
namespace {

// A connection that was used a moment ago is still there; one that was not is looked at first.
constexpr std::chrono::seconds trusted_for{1};

bool is_closed(int fd) {
  char byte = 0;
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);  // bytes that nobody asked for are no better
}

error connect_failed(const plain_exchange& exchange, int why) {
  return exchange_failed(exchange.request, errc::connection_failed,
                         why == ECONNREFUSED ? "nobody listens there" : "cannot connect: " + std::generic_category().message(why));
}

}  // namespace

// A request that must not be sent twice goes to no connection that the server may have closed.
plain_connection* plain_http::kept_connection(plain_exchange& exchange) {
  auto& idle = exchange.host->idle;
  while (!idle.empty()) {
    plain_connection& connection = *idle.back();
    const bool trusted = !exchange.retried && is_idempotent(exchange.request.method) && exchange.began - connection.idle_since < trusted_for;
    if (!trusted && is_closed(connection.fd)) {
      close(connection);
      continue;
    }
    idle.pop_back();
    --idle_connections_;
    return &connection;
  }
  return nullptr;
}

void plain_http::connect(plain_exchange& exchange) {
  plain_host& host = *exchange.host;
  plain_connection& connection = *host.connections.emplace_back(std::make_unique<plain_connection>());
  connection.host = &host;
  connection.first_endpoint = host.preferred;
  connection.serves = &exchange;
  exchange.on = &connection;
  exchange.due = std::min(exchange.end(), time_point::clock::now() + owner_.options().connect_timeout);
  owner_.ring_by(exchange.due);
  try_endpoints(connection, 0);
}

// `why` the last one failed.
void plain_http::try_endpoints(plain_connection& connection, int why) {
  const auto& endpoints = connection.host->endpoints;
  while (connection.endpoints_tried < endpoints.size()) {
    connection.peer = endpoints[(connection.first_endpoint + connection.endpoints_tried++) % endpoints.size()];
    connection.fd = ::socket(connection.peer.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) {
      why = errno;
      continue;
    }
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(connection.fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    const bool done = ::connect(connection.fd, connection.peer.data(), static_cast<socklen_t>(connection.peer.size())) == 0;
    why = errno;
    if (done || why == EINPROGRESS) {
      connection.connecting = connection.watches_output = !done;
      watch(connection);
      return done ? connected(connection) : void();
    }
    ::close(std::exchange(connection.fd, -1));
  }
  plain_exchange& exchange = *connection.serves;
  fail(exchange, connect_failed(exchange, why));
}

void plain_http::connected(plain_connection& connection) {
  connection.connecting = false;
  plain_host& host = *connection.host;
  host.preferred = static_cast<std::size_t>(std::find(host.endpoints.begin(), host.endpoints.end(), connection.peer) - host.endpoints.begin());
  plain_exchange& exchange = *connection.serves;
  exchange.due = exchange.end();
  if (exchange.request.want_timings) exchange.was_connected = time_point::clock::now();
  write(connection);
}

}  // namespace utcp::net
