#pragma once

#include <utcp/mcp/types.hpp>
#include <utcp/tool_result.hpp>
#include <utcp/error.hpp>

namespace utcp::mcp_transport {

/// What a caller gets of a tool's answer: `structuredContent` where there is some, else the text of a single text block, else the
/// list of blocks. `unwrap`: the tool's output schema says that its value stands under "result" (x-fastmcp-wrap-result).
/// `raw`: the result object as it came. A failed tool is errc::remote_failed in either case.
result<tool_result> map_result(mcp::call_result answer, const std::string& tool, bool unwrap, bool raw, bool want_meta);

/// Whether an output schema says that a value was wrapped.
bool wraps_result(const json& output_schema);

}  // namespace utcp::mcp_transport
