#pragma once

#include <utcp/call_context.hpp>
#include <utcp/error.hpp>
#include <utcp/task.hpp>
#include <utcp/tool_result.hpp>

#include <functional>

namespace utcp {

using call_next = std::function<task<result<tool_result>>(tool_call, call_context)>;

/// Port: stands around each call, outermost first. May change the call, answer itself, or call `next` any number of times.
class call_filter {
 public:
  virtual ~call_filter() = default;
  virtual task<result<tool_result>> run(tool_call what, call_context context, call_next next) = 0;
};

}  // namespace utcp
