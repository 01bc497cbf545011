#include "response_reader.hpp"

#include "content_decoder.hpp"
#include "http_rules.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace http = boost::beast::http;

namespace utcp::net {
namespace {

using boost::beast::string_view;
constexpr int max_informational = 16;

constexpr std::size_t status_line_size = 12;  // of "HTTP/1.1 200"

// The parser insists on the space before a reason that is not there (RFC 9112 section 4), which some servers leave out with it.
bool lacks_space(std::string_view start) {
  return start.size() > status_line_size && start[status_line_size] == '\r' && start.starts_with("HTTP/1.");
}

std::string_view as_std(string_view text) { return {text.data(), text.size()}; }

// The parser (Boost 1.81) takes it for a mistake of its own when a body without a chunk ends in pieces: an assertion.
constexpr std::string_view end_of_no_chunks = "0\r\n\r\n";

// What a parser reports to. `failure` says why it was told to stop.
struct reading {
  const http_request* request = nullptr;
  http_response response;
  content_decoder decoder;
  std::optional<error> failure;
  std::size_t taken = 0;  ///< of the body
  bool may_be_readable = false;
  bool head_complete = false;
  bool in_pieces = false;
  std::optional<std::string> undecodable;  ///< why the body, if there is one, cannot be decompressed
};

class parser : public http::basic_parser<false> {
 public:
  explicit parser(reading& to) : to_(to) {
    header_limit(max_head_bytes);
    body_limit(boost::none);
    eager(true);
    skip(to.request->method == "HEAD");
  }

  /// Whether the next bytes are a chunk's head.
  bool between_chunks() const { return is_header_done() && chunked() && left_in_chunk_ == 0; }

 private:
  using error_code = boost::system::error_code;

  void stop(error_code& ec, error why) {
    if (!to_.failure) to_.failure = std::move(why);
    ec = boost::system::errc::make_error_code(boost::system::errc::operation_canceled);
  }

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}

  void on_response_impl(int status, string_view reason, int version, error_code& ec) override {
    // Source: RFC 9110, section 15. The smallest are informational.
    if (status < 100) return stop(ec, exchange_failed(*to_.request, errc::protocol_error, "the answer's status is below 100"));
    http_response& response = to_.response;
    response.fields.clear();
    response.status = status;
    response.version = version == 10 ? "1.0" : "1.1";
    response.reason = reason.empty() ? usual_reason(status) : as_std(reason);
  }

  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
    if (to_.head_complete) return;  // a trailer
    if (name.size() + value.size() > max_header_line_bytes) return stop(ec, header_line_too_large(*to_.request));
    to_.response.fields.add(as_std(name), as_std(value));
  }

  void on_header_impl(error_code& ec) override {
    const int status = to_.response.status;
    if (status == 101) return stop(ec, exchange_failed(*to_.request, errc::protocol_error, "the server changed the protocol, which nobody asked for"));
    to_.head_complete = status >= 200;
    // Now: the head may be taken before the body comes.
    if (to_.head_complete) read_codings();
  }

  void read_codings() {
    for (std::size_t i = 0; i < to_.response.fields.size(); ++i) {
      const auto [name, value] = to_.response.fields[i];
      if (name.size() == 16 && equal_ignoring_case(name, "content-encoding") && !to_.decoder.add(value)) to_.undecodable = "has an unknown Content-Encoding";
    }
    if (to_.in_pieces && to_.decoder.codings() > 1) to_.undecodable = "is compressed more than once";
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override {
    if (to_.undecodable) {
      to_.may_be_readable = true;
      return stop(ec, exchange_failed(*to_.request, errc::protocol_error, "the answer " + *to_.undecodable));
    }
    if (!length) return;
    if (*length > to_.request->max_response_bytes) return stop(ec, body_too_large(*to_.request));
    to_.response.body.reserve(std::min<std::size_t>(*length, max_reserve_bytes));
  }

  std::size_t on_body_impl(string_view bytes, error_code& ec) override {
    take(as_std(bytes), ec);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code&) override { left_in_chunk_ = size; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override {
    left_in_chunk_ -= bytes.size();
    return on_body_impl(bytes, ec);
  }

  void on_finish_impl(error_code& ec) override {
    if (to_.decoder.active() && !to_.decoder.complete())
      stop(ec, exchange_failed(*to_.request, errc::protocol_error, "the compressed answer ends too early"));
  }

  void take(std::string_view bytes, error_code& ec) {
    if (!to_.decoder.active()) {
      if (!append(bytes)) stop(ec, body_too_large(*to_.request));
      return;
    }
    const auto to_body = [this](std::string_view out) {
      if (append(out)) return true;
      to_.failure = body_too_large(*to_.request);
      return false;
    };
    if (!to_.decoder.feed(bytes, to_body)) stop(ec, exchange_failed(*to_.request, errc::protocol_error, "the answer is not compressed as it says"));
  }

  bool append(std::string_view bytes) {
    std::string& body = to_.response.body;
    if (bytes.size() > to_.request->max_response_bytes - to_.taken - body.size()) return false;
    body += bytes;
    return true;
  }

  reading& to_;
  std::uint64_t left_in_chunk_ = 0;
};

}  // namespace

struct response_reader::message {
  reading state;
  std::optional<parser> parse;
  std::string rest;  // not taken by the parser yet
  int informational = 0;
  bool started = false;
  bool has_excess = false;  // bytes came after the response

  // How much of `bytes` was used; `ec` as the parser's.
  std::size_t put(std::string_view bytes, boost::system::error_code& ec) {
    std::size_t used = parse->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    while (!ec && parse->is_done() && !state.head_complete) {  // informational
      if (++informational > max_informational) {
        state.failure = head_too_large(*state.request);
        break;
      }
      parse.emplace(state);
      state.response.status = 0;
      const std::string_view next = bytes.substr(used);
      if (next.empty() || lacks_space(next)) {  // which is mended first
        ec = http::make_error_code(http::error::need_more);
        break;
      }
      used += parse->put(boost::asio::buffer(next.data(), next.size()), ec);
    }
    return used;
  }

  error failed(const boost::system::error_code& ec) {
    if (state.failure) return *state.failure;
    const http_request& request = *state.request;
    if (ec == http::make_error_code(http::error::header_limit)) return head_too_large(request);
    state.may_be_readable = true;
    return exchange_failed(request, errc::protocol_error, "the answer is not correct HTTP/1.1: " + ec.message());
  }
};

response_reader::response_reader() : message_(std::make_unique<message>()) {}
response_reader::~response_reader() = default;

void response_reader::begin(const http_request& request, bool in_pieces) {
  message& m = *message_;
  m.state.request = &request;
  m.state.in_pieces = in_pieces;
  m.state.undecodable.reset();
  m.state.response = http_response();
  m.state.decoder.clear();
  m.state.failure.reset();
  m.state.head_complete = m.state.may_be_readable = false;
  m.state.taken = 0;
  m.rest.clear();
  m.informational = 0;
  m.started = m.has_excess = false;
  m.parse.emplace(m.state);
}

result<bool> response_reader::feed(std::string_view bytes) {
  message& m = *message_;
  m.started = m.started || !bytes.empty();
  bool kept = !m.rest.empty();
  if (kept) bytes = m.rest += bytes;
  if (m.state.response.status == 0 && lacks_space(bytes)) {
    m.rest = std::string(bytes).insert(status_line_size, 1, ' ');
    bytes = m.rest;
    kept = true;
  }
  boost::system::error_code ec;
  std::size_t used = 0;
  const bool would_trip = m.parse->between_chunks() && bytes.size() < end_of_no_chunks.size() && end_of_no_chunks.starts_with(bytes);
  if (!would_trip) used = m.put(bytes, ec);
  if (m.state.failure) return *m.state.failure;
  if (ec && ec != http::make_error_code(http::error::need_more)) return m.failed(ec);
  if (m.state.head_complete && m.parse->is_done()) {
    m.has_excess = used < bytes.size();
    return true;
  }
  if (kept) m.rest.erase(0, used);
  else m.rest.assign(bytes.substr(used));
  if (m.state.response.status == 0 && used > 0 && lacks_space(m.rest)) return feed({});  // after an informational answer
  // What the parser leaves is no body: lines of the head, of a chunk's head, or of the trailer.
  if (m.rest.size() > max_head_bytes) return head_too_large(*m.state.request);
  return false;
}

result<void> response_reader::end() {
  message& m = *message_;
  if (!m.started) return closed_without_answer(*m.state.request);
  if (!m.parse->got_some()) return closed_early(*m.state.request);  // after an informational answer
  boost::system::error_code ec;
  m.parse->put_eof(ec);
  if (ec == http::make_error_code(http::error::partial_message)) return closed_early(*m.state.request);
  if (ec || m.state.failure) return m.failed(ec);
  return {};
}

bool response_reader::started() const noexcept { return message_->started; }
bool response_reader::head_complete() const noexcept { return message_->state.head_complete; }
bool response_reader::may_be_readable() const noexcept { return message_->state.may_be_readable; }
bool response_reader::keeps_connection() const noexcept { return message_->parse->keep_alive() && !message_->has_excess; }
bool response_reader::is_coded() const noexcept { return message_->state.decoder.active(); }
std::size_t response_reader::body_size() const noexcept { return message_->state.response.body.size(); }
http_head response_reader::take_head() { return std::move(static_cast<http_head&>(message_->state.response)); }
std::string response_reader::take_body() {
  reading& state = message_->state;
  state.taken += state.response.body.size();
  return std::exchange(state.response.body, std::string());
}
http_response response_reader::take() { return std::move(message_->state.response); }

}  // namespace utcp::net
