#include "argument_check.hpp"

#include <algorithm>

namespace utcp {

result<void> argument_check::run(const tool_ptr& tool, const json& arguments, std::vector<notice>& notices) {
  if (tool->inputs.empty()) return {};
  return inputs_of(tool, notices).validate(arguments, "the arguments of " + tool->name);
}

json_schema argument_check::inputs_of(const tool_ptr& tool, std::vector<notice>& notices) {
  {
    std::lock_guard lock(mutex_);
    if (auto it = known_.find(tool.get()); it != known_.end() && it->second.owner.lock() == tool) return it->second.inputs;
  }
  json_schema made(tool->inputs.to_json());
  for (const notice& each : made.notices()) notices.emplace_back(tool->name, "inputs#" + each.place + ": " + each.message);
  std::lock_guard lock(mutex_);
  if (known_.size() >= tidy_at_) {
    std::erase_if(known_, [](const auto& each) { return each.second.owner.expired(); });
    tidy_at_ = std::max<std::size_t>(64, known_.size() * 2);
  }
  known_.insert_or_assign(tool.get(), entry{tool, made});
  return made;
}

}  // namespace utcp
