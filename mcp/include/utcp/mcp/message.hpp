#pragma once

#include <utcp/error.hpp>
#include <utcp/limits.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::mcp {

/// One JSON-RPC 2.0 message, taken apart. Members that it does not name are dropped.
struct message {
  enum class kind { request, notification, result, failure };

  kind what = kind::notification;
  json id;             ///< string or integer; null of a notification and of a failure without one
  std::string method;  ///< of a request or notification
  json body;           ///< params, result, or error object; null: absent
  std::size_t bytes = 0;  ///< of the text it was read from
};

/// Reads the text of one message, or of a batch (revision 2025-03-26), onto `out`.
/// Fails with errc::protocol_error (not JSON, not JSON-RPC) and errc::too_large (depth, number of values).
result<void> read_messages(std::string_view text, const document_limits& limits, std::vector<message>& out);

/// The same of a value that was read already.
result<message> read_message(json value);

/// Ids of our own requests are integers. Nothing: another kind of id.
std::optional<std::int64_t> number_of(const json& id) noexcept;

/// The id in the text of a message that is too long to read: its first and last bytes are looked at.
std::optional<std::int64_t> id_in_pieces(std::string_view head, std::string_view tail);

/// `params` is JSON text of an object, or empty.
std::string write_request(std::int64_t id, std::string_view method, std::string_view params);
std::string write_notification(std::string_view method, std::string_view params);
std::string write_result(const json& id, const json& value);
std::string write_failure(const json& id, int code, std::string_view text, const json& data = nullptr);

/// What an error object means: `remote` is that object. `method` begins the message.
/// −32601, −32021, −32022 → unsupported; −32602 → invalid_argument; −32700, −32600, −32020 → protocol_error; else remote_failed.
error error_of_failure(const json& failure, std::string_view method);

}  // namespace utcp::mcp
