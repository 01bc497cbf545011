#pragma once

#include <utcp/clock.hpp>
#include <utcp/manual_version.hpp>
#include <utcp/tool.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace utcp {

class input_source;
class observer;

/// What holds for one discovery or call, resolved once (call > manual > client > default).
struct call_context {
  call_context() = default;

  std::string manual;                            ///< normalised name of the manual
  time_point deadline = time_point::max();       ///< enforced by the client too: the operation is cancelled
  std::size_t max_response_bytes = 64u << 20;
  bool allow_insecure_http = false;              ///< plain http and ws to other hosts than this one
  bool allow_private_addresses = false;          ///< where a public server sends us: a redirect, a tool of its manual
  bool want_meta = false;                        ///< fill tool_result::meta
  bool may_be_unchanged = false;                 ///< of a discovery: the client has what this manual gave last time
  manual_version known_version;                  ///< with `may_be_unchanged`: what an earlier process got with it; empty: this client got it
  std::shared_ptr<utcp::observer> observer;      ///< never null; hides the secrets of what this is done with
};

/// One call of one tool. `how` is the tool's template, with variables replaced.
struct tool_call {
  tool_call() = default;

  tool_ptr tool;                 ///< name is `manual.tool`
  std::shared_ptr<const call_template> how;  ///< the tool's own object when no variable stands in it; never null in a call
  json arguments = json::object();  ///< always an object
  std::shared_ptr<input_source> input;  ///< null: none; see transport::takes_input
};

}  // namespace utcp
