#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>
#include <utcp/task.hpp>

#include <optional>
#include <string>

namespace utcp::mcp {

/// What a server said with HTTP status 401 or 403.
struct refusal {
  refusal() = default;

  int status = 0;
  std::string www_authenticate;   ///< all fields of that name, joined by ", "
  std::optional<secret> used;     ///< the Authorization value that was refused; nothing: none was sent
};

/// Credentials for one MCP server over HTTP. Used from the session's executor only; several requests may wait in it at once, and then
/// share one authorization.
class authorizer {
 public:
  virtual ~authorizer() = default;

  /// The value of the Authorization header of the next request; nothing while none is known to be needed.
  virtual task<result<std::optional<secret>>> authorization() = 0;

  /// Gets other credentials after a refusal. True: send the request again; false: the refusal stands, tell the caller.
  virtual task<result<bool>> refused(refusal what) = 0;
};

}  // namespace utcp::mcp
