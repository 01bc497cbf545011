#pragma once

#include <utcp/error.hpp>
#include <utcp/tool_result.hpp>

#include <functional>
#include <memory>
#include <string>

namespace utcp {

/// Port: changes a result before the caller sees it. Thread-safe.
class post_processor {
 public:
  virtual ~post_processor() = default;
  /// `tool` is the full name, `manual` the manual's name.
  virtual result<tool_result> process(tool_result value, const std::string& tool, const std::string& manual) const = 0;
};

using post_processor_factory = std::function<result<std::shared_ptr<post_processor>>(const json& options)>;

}  // namespace utcp
