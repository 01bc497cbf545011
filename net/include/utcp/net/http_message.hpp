#pragma once

#include <utcp/clock.hpp>
#include <utcp/input_source.hpp>
#include <utcp/net/address.hpp>
#include <utcp/net/connection_options.hpp>
#include <utcp/net/url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace utcp::net {

/// Compares ASCII letters without regard to case, as header names are (RFC 9110).
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

struct http_header {
  http_header() = default;
  http_header(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}

  std::string name;
  std::string value;

  friend bool operator==(const http_header&, const http_header&) = default;
};

/// The headers of a request, few and changed often. Names are compared without regard to case.
class http_header_list {
 public:
  const std::string* find(std::string_view name) const noexcept;
  /// Replaces the value in place, dropping further ones; appends when there is none.
  void set(std::string name, std::string value);
  void erase(std::string_view name);
  template <class Predicate>
  void erase_if(Predicate drop) { std::erase_if(items_, drop); }
  bool empty() const noexcept { return items_.empty(); }
  std::size_t size() const noexcept { return items_.size(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

 private:
  std::vector<http_header> items_;
};

/// Fails with errc::invalid_argument unless the name is a token and the value has no CR, LF or NUL, and for names that the
/// HTTP engine owns (Content-Length, Transfer-Encoding, Connection …). The message never shows the value.
result<void> check_header(std::string_view name, std::string_view value);

/// The header fields of a response, kept as one text: a response costs two allocations, not two a field.
class http_field_block {
 public:
  using field = std::pair<std::string_view, std::string_view>;

  void add(std::string_view name, std::string_view value);
  void clear() noexcept;
  /// The first value of that name, ignoring case; a view into this object.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  std::size_t size() const noexcept { return slots_.size(); }
  field operator[](std::size_t i) const noexcept;

 private:
  struct slot { std::uint32_t at, name_size, value_size; };
  std::string text_;
  std::vector<slot> slots_;
};

/// One HTTP request. Redirects are never followed by the engine (see redirect.hpp).
struct http_request {
  http_request() = default;

  std::string method = "GET";                 ///< upper case
  url target;                                 ///< http or https; the caller has checked it against the policy
  http_header_list headers;
  std::shared_ptr<const std::string> body;    ///< null: none
  std::shared_ptr<input_source> upload;       ///< the body when there is no `body`; has to be at its beginning
  connection_ptr connection;                  ///< null: the client's
  /// No address but a public one is connected to, whatever the host's name resolves to; fails with errc::not_allowed. Through a proxy
  /// it is the proxy that resolves the name, and the proxy's own address is the operator's choice: then nothing is checked here.
  bool public_addresses_only = false;
  time_point deadline = time_point::max();    ///< of the whole exchange; of a stream, until it opens, unless the status tells of a failure
  bool deadline_covers_stream = false;        ///< of a stream, until its end
  std::size_t max_response_bytes = 64u << 20; ///< of the body, after decompression
  std::string_view limit_set_by = "max_response_bytes";  ///< the key that the message of a passed limit names; a literal
  bool want_timings = false;
  bool want_peer = false;                     ///< fill http_head::peer
};

struct http_timings {
  std::chrono::microseconds connected{0};   ///< 0: an open connection was used
  std::chrono::microseconds first_byte{0};
  std::chrono::microseconds total{0};
};

/// Status line and header fields.
struct http_head {
  int status = 0;
  std::string version;   ///< "1.1", "2"
  std::string reason;    ///< as sent, else the usual one
  http_field_block fields;
  /// Where the answer came from, when asked for and for redirects. Nothing when a proxy stood between; a
  /// unix socket is loopback.
  std::optional<address_scope> peer;
};

struct http_response : http_head {
  http_request request;  ///< what was sent, given back: the next hop or try is made from it
  std::string body;      ///< decompressed
  http_timings timings;  ///< filled when asked for
};

/// "Not Found" for 404; empty for what RFC 9110 does not know.
std::string_view usual_reason(int status) noexcept;

}  // namespace utcp::net
