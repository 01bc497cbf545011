#pragma once

#include <utcp/call_template.hpp>
#include <utcp/schema.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp {

/// One callable tool. `name` is `manual.tool` once registered, the bare name before.
struct tool {
  std::string name;
  std::string description;
  schema inputs;
  schema outputs;
  std::vector<std::string> tags;
  std::optional<std::int64_t> average_response_size;  ///< no agreed unit; stored and shown only
  std::shared_ptr<const call_template> tool_call_template;  ///< never null after reading; equal ones are shared
  schema extra;  ///< unknown keys, as a JSON object; empty when there are none
};

using tool_ptr = std::shared_ptr<const tool>;

}  // namespace utcp
