#include "loopback_http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace utcp::testing {
namespace {

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0; }

bool send_all(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool send_paced(int socket, std::string_view data, bool drip) {
  if (!drip) return send_all(socket, data);
  for (std::size_t i = 0; i < data.size(); ++i)
    if (!send_all(socket, data.substr(i, 1))) return false;
  return true;
}

// Reads until `buffer` has `wanted` more bytes or, with `until`, that text.
bool fill(int socket, std::string& buffer, std::size_t wanted) {
  char chunk[16384];
  while (buffer.size() < wanted) {
    const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    buffer.append(chunk, static_cast<std::size_t>(got));
  }
  return true;
}

bool read_line(int socket, std::string& buffer, std::string& line) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n")) == std::string::npos)
    if (!fill(socket, buffer, buffer.size() + 1)) return false;
  line = buffer.substr(0, end);
  buffer.erase(0, end + 2);
  return true;
}

bool read_chunks(int socket, std::string& buffer, std::string& body) {
  std::string line;
  for (;;) {
    if (!read_line(socket, buffer, line)) return false;
    const std::size_t size = std::stoul(line, nullptr, 16);
    if (!fill(socket, buffer, size + 2)) return false;
    body += buffer.substr(0, size);
    buffer.erase(0, size + 2);
    if (size == 0) return true;
  }
}

bool read_request(int socket, std::string& buffer, recorded_request& out) {
  std::size_t head = 0;
  while ((head = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!fill(socket, buffer, buffer.size() + 1)) return false;
  const std::string text = buffer.substr(0, head + 2);
  buffer.erase(0, head + 4);
  std::size_t at = text.find("\r\n");
  const std::string first = text.substr(0, at);
  const std::size_t space = first.find(' ');
  out.method = first.substr(0, space);
  out.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  for (at += 2; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    const std::string line = text.substr(at, end - at);
    const std::size_t colon = line.find(':');
    const std::size_t value = line.find_first_not_of(' ', colon + 1);
    out.headers.emplace_back(line.substr(0, colon), value == std::string::npos ? std::string() : line.substr(value));
    at = end + 2;
  }
  if (out.header("Transfer-Encoding") == "chunked") return read_chunks(socket, buffer, out.body);
  const std::size_t length = std::stoul(out.header("Content-Length").value_or("0"));
  if (!fill(socket, buffer, length)) return false;
  out.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return true;
}

std::string chunked(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, std::max<std::size_t>(1, body.size() / 3));
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    out.append(size).append(piece).append("\r\n");
    body.remove_prefix(piece.size());
  }
  return out + "0\r\n\r\n";
}

// Without closing the descriptor, whose number another would get.
void reset(int socket) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  ::connect(socket, &nobody, sizeof nobody);
}

}  // namespace

std::optional<std::string> recorded_request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same(key, name)) return value;
  return std::nullopt;
}

std::size_t recorded_request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](const auto& h) { return same(h.first, name); }));
}

scripted_reply json_reply(std::string body) { return scripted_reply(std::move(body)).type("application/json"); }
scripted_reply redirect_to(int status, std::string location) { return scripted_reply(status, "").with("Location", std::move(location)); }

loopback_http_server::loopback_http_server(script answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 256) != 0) throw std::runtime_error("no loopback port");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

loopback_http_server::~loopback_http_server() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    for (int each : sockets_) ::shutdown(each, SHUT_RDWR);
  }
  stopped_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& each : threads_) each.join();
  for (int each : sockets_) ::close(each);
}

std::string loopback_http_server::url(std::string_view path) const { return "http://127.0.0.1:" + std::to_string(port_) + std::string(path); }

std::vector<recorded_request> loopback_http_server::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

recorded_request loopback_http_server::last() const {
  std::lock_guard lock(mutex_);
  return requests_.empty() ? recorded_request() : requests_.back();
}

std::size_t loopback_http_server::connections() const {
  std::lock_guard lock(mutex_);
  return sockets_.size();
}

void loopback_http_server::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::lock_guard lock(mutex_);
    if (socket < 0 || stop_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket, number = sockets_.size() - 1] { serve(socket, number); });
  }
}

void loopback_http_server::serve(int socket, std::size_t number) {
  std::string buffer;
  for (;;) {
    recorded_request request;
    request.connection = number;
    if (!read_request(socket, buffer, request)) break;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    scripted_reply reply;
    {
      std::lock_guard lock(script_mutex_);
      reply = answer_(request);
    }
    if (!send_reply(socket, reply, request.method == "HEAD")) break;
  }
  ::shutdown(socket, SHUT_RDWR);  // closed by the destructor, so that the number is not used again meanwhile
}

// Whether the connection goes on.
bool loopback_http_server::send_reply(int socket, const scripted_reply& reply, bool head_only) {
  using ending = scripted_reply::ending;
  if (reply.end == ending::close_at_once) return false;
  if (reply.end == ending::hang) {
    wait_for_stop();
    return false;
  }
  if (reply.end == ending::reset) {
    if (reply.raw) send_paced(socket, *reply.raw, false);
    reset(socket);
    return false;
  }
  if (reply.raw) return send_paced(socket, *reply.raw, reply.drip) && reply.end == ending::whole;
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  const bool bodiless = reply.status == 204 || reply.status == 304;
  if (reply.chunked) head += "Transfer-Encoding: chunked\r\n";
  else if (!bodiless) head += "Content-Length: " + std::to_string(reply.body.size() + (reply.end == ending::hang_after_body ? 1000 : 0)) + "\r\n";
  head += "\r\n";
  if (head_only || bodiless) return send_paced(socket, head, reply.drip);
  const std::string body = reply.chunked ? chunked(reply.body) : reply.body;
  const bool half = reply.end == ending::close_mid_body || reply.end == ending::hang_mid_body;
  const std::string wire = head + body.substr(0, half ? body.size() / 2 : body.size());
  const bool hangs = reply.end == ending::hang_mid_body || reply.end == ending::hang_after_body;
  hanging_ += hangs;  // before the client can know
  const bool sent = send_paced(socket, wire, reply.drip);
  if (sent && hangs) wait_until_gone(socket);
  hanging_ -= hangs;
  return sent && reply.end == ending::whole;
}

void loopback_http_server::wait_for_stop() {
  std::unique_lock lock(mutex_);
  stopped_.wait(lock, [this] { return stop_; });
}

void loopback_http_server::wait_until_gone(int socket) {
  for (bool stopped = false; !stopped;) {
    pollfd watched{socket, POLLRDHUP, 0};
    if (::poll(&watched, 1, 10) > 0) break;
    std::lock_guard lock(mutex_);
    stopped = stop_;
  }
}

}  // namespace utcp::testing
