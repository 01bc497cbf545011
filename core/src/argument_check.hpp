#pragma once

#include <utcp/json_schema.hpp>
#include <utcp/tool.hpp>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace utcp {

/// Checks arguments against the `inputs` of tools. A schema is compiled at its tool's first call and kept as long as the
/// tool is. Thread-safe.
class argument_check {
 public:
  /// Fails as json_schema::validate does. `notices` gets what the schema has that is not understood, at the first call only.
  result<void> run(const tool_ptr& tool, const json& arguments, std::vector<notice>& notices);

 private:
  struct entry {
    std::weak_ptr<const tool> owner;  // a new tool may get the address of one that is gone
    json_schema inputs;
  };

  json_schema inputs_of(const tool_ptr& tool, std::vector<notice>& notices);

  std::mutex mutex_;
  std::unordered_map<const tool*, entry> known_;
  std::size_t tidy_at_ = 64;
};

}  // namespace utcp
