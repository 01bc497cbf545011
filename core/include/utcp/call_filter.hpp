#pragma once

#include <utcp/call_context.hpp>
#include <utcp/error.hpp>
#include <utcp/task.hpp>
#include <utcp/tool_result.hpp>

#include <functional>
#include <memory>

namespace utcp {

class tool_stream;

using call_next = std::function<task<result<tool_result>>(tool_call, call_context)>;
using stream_next = std::function<task<result<std::unique_ptr<tool_stream>>>(tool_call, call_context)>;

/// Port: stands around each call, outermost first. May change the call, answer itself, or call `next` any number of times.
class call_filter {
 public:
  virtual ~call_filter() = default;
  virtual task<result<tool_result>> run(tool_call what, call_context context, call_next next) = 0;

  /// The same around the opening of a stream: refuse it, change it, or put a stream of its own around the one that `next`
  /// gives. Default: `next`.
  virtual task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context context, stream_next next);
};

}  // namespace utcp
