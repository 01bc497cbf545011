#include <utcp/catalogue.hpp>
#include <utcp/dialect.hpp>

#include <algorithm>
#include <bit>
#include <functional>

namespace utcp {

registered_manual::registered_manual(std::shared_ptr<const call_template> provider, manual published, std::uint64_t turn)
    : provider_(std::move(provider)), published_(std::move(published)), turn_(turn) {
  auto& tools = published_.tools;
  slots_.resize(std::bit_ceil(tools.size() * 2 + 1));
  const std::size_t mask = slots_.size() - 1;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    std::size_t at = std::hash<std::string_view>{}(tools[i]->name) & mask;
    while (slots_[at] != 0 && tools[slots_[at] - 1]->name != tools[i]->name) at = (at + 1) & mask;
    if (slots_[at] != 0) {
      tools[slots_[at] - 1] = std::move(tools[i]);
      continue;
    }
    if (kept != i) tools[kept] = std::move(tools[i]);
    slots_[at] = static_cast<std::uint32_t>(++kept);
  }
  tools.resize(kept);
  tools.shrink_to_fit();
}

tool_ptr registered_manual::find(std::string_view full_name) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = std::hash<std::string_view>{}(full_name) & mask; slots_[at] != 0; at = (at + 1) & mask)
    if (published_.tools[slots_[at] - 1]->name == full_name) return published_.tools[slots_[at] - 1];
  return nullptr;
}

catalogue::catalogue(std::vector<manual_ptr> manuals) : manuals_(std::move(manuals)) {
  const auto earlier = [](const manual_ptr& a, const manual_ptr& b) { return a->turn() < b->turn(); };
  if (!std::is_sorted(manuals_.begin(), manuals_.end(), earlier)) std::stable_sort(manuals_.begin(), manuals_.end(), earlier);
  for (const auto& manual : manuals_) tool_count_ += manual->tools().size();
}

manual_ptr catalogue::find_manual(std::string_view name) const noexcept {
  for (const auto& manual : manuals_)
    if (manual->name() == name) return manual;
  return nullptr;
}

tool_ptr catalogue::find_tool(std::string_view full_name) const noexcept {
  const auto dot = full_name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  auto manual = find_manual(full_name.substr(0, dot));
  return manual ? manual->find(full_name) : nullptr;
}

}  // namespace utcp
