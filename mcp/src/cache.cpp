#include "cache.hpp"

#include "json_members.hpp"

#include <algorithm>

namespace utcp::mcp {
namespace {

constexpr std::size_t max_entries = 256;
constexpr std::uint64_t longest_ms = 24ull * 3'600'000;

}  // namespace

const json* answer_cache::find(const std::string& method, const std::string& what, time_point now) {
  const auto found = entries_.find(key(method, what));
  if (found == entries_.end()) return nullptr;
  if (found->second.until > now) return &found->second.answer;
  entries_.erase(found);
  return nullptr;
}

void answer_cache::put(const std::string& method, const std::string& what, const json& answer, time_point now) {
  const json* ttl = member(answer, "ttlMs");
  const auto ms = ttl ? whole_number(*ttl).value_or(0) : 0;
  if (ms == 0) return;
  if (entries_.size() >= max_entries) std::erase_if(entries_, [&](const auto& each) { return each.second.until <= now; });
  if (entries_.size() >= max_entries) entries_.clear();
  entry& kept = entries_[key(method, what)];
  kept.answer = answer;
  kept.until = now + std::chrono::milliseconds(std::min(ms, longest_ms));
}

void answer_cache::forget(const std::string& method) {
  std::erase_if(entries_, [&](const auto& each) { return each.first.first == method; });
}

void answer_cache::forget(const std::string& method, const std::string& what) { entries_.erase(key(method, what)); }

}  // namespace utcp::mcp
