#pragma once

#include <utcp/json.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace utcp {

/// What went wrong, one meaning each.
enum class errc {
  invalid_config = 1,   ///< a configuration, provider or manual cannot be read or used
  invalid_argument,     ///< the caller's arguments do not fit the tool or the operation
  missing_variable,     ///< a `${NAME}` has no value anywhere it may be looked up
  unknown_tool,         ///< no such tool or manual is registered
  already_registered,   ///< a manual of that name exists
  not_allowed,          ///< refused by policy: insecure URL, protocol, origin
  unauthorized,         ///< the server refused the credentials (HTTP 401, 403, 407)
  timed_out,            ///< the deadline passed
  cancelled,            ///< the caller cancelled
  connection_failed,    ///< no connection: resolve, connect, TLS, reset
  unavailable,          ///< the server says: later (HTTP 502, 503, 504)
  rate_limited,         ///< the server says: too many (HTTP 429)
  remote_failed,        ///< the tool or its server answered with a failure
  too_large,            ///< a limit on size, depth or count was passed
  protocol_error,       ///< the peer broke its protocol
  unsupported,          ///< not supported by this build or this transport
  internal,             ///< an exception that no one expected
};

const boost::system::error_category& category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;

}  // namespace utcp

template <>
struct boost::system::is_error_code_enum<utcp::errc> : std::true_type {};

namespace utcp {

/// Why an operation failed. `message` is ours and holds no secret; `remote` is what the server said (null if nothing).
struct error {
  error() = default;
  error(errc c, std::string text, json said = nullptr) : code(make_error_code(c)), message(std::move(text)), remote(std::move(said)) {}

  boost::system::error_code code;
  std::string message;
  json remote;

  friend bool operator==(const error& e, errc c) noexcept { return e.code == make_error_code(c); }
};

/// Thrown by `result<T>::value()` of a failed result.
class exception : public std::runtime_error {
 public:
  explicit exception(error e);
  const error& what_failed() const noexcept { return error_; }

 private:
  error error_;
};

[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

/// A value or why there is none. `.value()` throws `utcp::exception`.
template <class T>
using result = boost::system::result<T, error>;

/// The lower-case name of an errc, e.g. "timed_out".
std::string_view to_string(errc e) noexcept;

/// Something worth telling that stopped nothing. `place` is a JSON pointer, a file, or a tool's name.
struct notice {
  notice() = default;
  notice(std::string at, std::string text) : place(std::move(at)), message(std::move(text)) {}

  std::string place;
  std::string message;
};

}  // namespace utcp
